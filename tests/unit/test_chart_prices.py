"""Adjusted prices of a chart: the last bar keeps its own, what is before it is comparable."""

from datetime import UTC, date, datetime

import numpy as np
from numpy.testing import assert_allclose

from fintech_pipeline.market.bars import ActionKind, CorporateAction, Interval, RawBars
from fintech_pipeline.signals.chart_prices import adjusted_bars

DAYS = np.datetime64("2026-03-02T14:30", "us") + np.arange(5) * np.timedelta64(1, "D")


def days(*closes: float) -> RawBars:
    close = np.array(closes)
    return RawBars(
        "AAPL", Interval.DAY, DAYS[: len(close)], close, close * 1.01, close * 0.99, close, close
    )


def action(day: int, kind: ActionKind, value: float) -> CorporateAction:
    at = datetime(2026, 3, 2 + day, 14, 30, tzinfo=UTC)
    return CorporateAction("AAPL", at, date(2026, 3, 2 + day), kind, value)


def test_without_an_action_every_bit_stays() -> None:
    bars = days(100.25, 101.3, 99.87, 100.01)
    found, suspected = adjusted_bars(bars, [], dividends=True)
    assert [*found.close] == [*bars.close]
    assert [*found.volume_shares] == [*bars.volume_shares]
    assert not suspected


def test_a_split_is_taken_out_and_a_dividend_only_where_asked() -> None:
    bars = days(400, 404, 101, 99, 98)
    told = [action(2, ActionKind.SPLIT, 4.0), action(3, ActionKind.DIVIDEND, 1.01)]
    splits, _ = adjusted_bars(bars, told, dividends=False)
    whole, _ = adjusted_bars(bars, told, dividends=True)
    assert_allclose(splits.close, [100, 101, 101, 99, 98])
    assert_allclose(splits.volume_shares, [1600, 1616, 101, 99, 98])
    assert_allclose(whole.close, [99, 99.99, 99.99, 99, 98])
    assert (whole.low < whole.close).all()
    assert (whole.high > whole.close).all()


def test_a_jump_that_nobody_told_of_is_taken_for_a_split_and_said_so() -> None:
    found, suspected = adjusted_bars(days(400, 404, 101, 99, 98), [], dividends=False)
    assert_allclose(found.close, [100, 101, 101, 99, 98])
    assert suspected


def test_actions_outside_the_range_bend_nothing() -> None:
    bars = days(100, 101)
    told = [action(0, ActionKind.SPLIT, 4.0), action(4, ActionKind.SPLIT, 2.0)]
    found, _ = adjusted_bars(bars, told, dividends=True)
    assert [*found.close] == [100, 101]


def test_no_bars_stay_none() -> None:
    found, suspected = adjusted_bars(days(), [], dividends=True)
    assert (len(found), suspected) == (0, False)
