"""What price rules look at, against plain loops over raw bars."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from fintech_pipeline.alerts.measures import Why, price_measures
from fintech_pipeline.alerts.rules import Metric, MetricKey
from tests.unit import published
from tests.unit.made_prices import NEW_YORK, changed, scaled, walk, without

PRICES = walk(rows=17 * NEW_YORK, columns=2, per_session=NEW_YORK, seed=8)
CLOSE = PRICES.close[:, 0].tolist()
LAST = len(CLOSE) - 1
HOURS, DAY = timedelta(hours=2), timedelta(days=1)


def key(metric: Metric, window: timedelta | None = None) -> MetricKey:
    return MetricKey(metric, window)


def test_a_change_over_hours_counts_trading_half_hours_through_the_night() -> None:
    wanted = key(Metric.PRICE_CHANGE_PCT, HOURS)
    found = price_measures(PRICES, [wanted])[wanted].value[:, 0]
    for row in range(4, len(CLOSE)):
        assert found[row] == pytest.approx((CLOSE[row] / CLOSE[row - 4] - 1) * 100, rel=1e-9)
    assert np.isnan(found[:4]).all()


def test_a_change_over_a_day_counts_from_the_last_close_of_the_session_before() -> None:
    wanted = key(Metric.PRICE_CHANGE_PCT, DAY)
    found = price_measures(PRICES, [wanted])[wanted].value[:, 0]
    for row in range(NEW_YORK, len(CLOSE)):
        before = CLOSE[row // NEW_YORK * NEW_YORK - 1]
        assert found[row] == pytest.approx((CLOSE[row] / before - 1) * 100, rel=1e-9)


def test_a_change_in_ranges_is_the_change_over_wilders_average_true_range() -> None:
    wanted = key(Metric.PRICE_CHANGE_ATR, HOURS)
    found = price_measures(PRICES, [wanted])[wanted].value[:, 0]
    high, low = PRICES.high[:, 0].tolist(), PRICES.low[:, 0].tolist()
    average = published.wilder(published.true_ranges(high, low, CLOSE), 14)[-1]
    assert found[-1] == pytest.approx((CLOSE[-1] - CLOSE[-5]) / average, rel=1e-9)


@pytest.mark.parametrize("window", [HOURS, DAY, 5 * DAY])
def test_a_drawdown_is_measured_from_the_highest_close_of_the_window(window: timedelta) -> None:
    wanted = key(Metric.DRAWDOWN_PCT, window)
    found = price_measures(PRICES, [wanted])[wanted].value[:, 0]
    first = LAST - 4 if window == HOURS else LAST // NEW_YORK * NEW_YORK - 1
    first -= max(0, window.days - 1) * NEW_YORK
    assert found[-1] == pytest.approx((1 - CLOSE[-1] / max(CLOSE[first:])) * 100, abs=1e-9)
    assert (found[~np.isnan(found)] >= 0).all()


def test_volume_is_compared_with_the_same_half_hour_of_ten_sessions() -> None:
    wanted = key(Metric.VOLUME_RATIO)
    found = price_measures(PRICES, [wanted])[wanted].value[:, 0]
    money = (PRICES.close * PRICES.volume_shares)[:, 0].tolist()
    usual = [money[LAST - n * NEW_YORK] for n in range(1, 11)]
    assert found[-1] == pytest.approx(money[-1] / (sum(usual) / 10), rel=1e-9)


def test_a_split_is_no_fall_and_mutes_price_rules_for_its_session_only() -> None:
    day = 14 * NEW_YORK
    shares = np.ones_like(PRICES.close)
    shares[day:, 0] = 2.0
    split = np.ones_like(PRICES.close)
    split[day, 0] = 2.0
    told = changed(scaled(PRICES, 1 / shares, shares), {"split": split})
    wanted = key(Metric.PRICE_CHANGE_PCT, DAY)
    found = price_measures(told, [wanted])[wanted]
    assert (found.why[day : day + NEW_YORK, 0] == Why.SPLIT).all()
    assert (found.why[day : day + NEW_YORK, 1] == Why.NOTHING).all()
    plain = price_measures(PRICES, [wanted])[wanted]
    np.testing.assert_allclose(found.value[day + NEW_YORK :], plain.value[day + NEW_YORK :])


def test_a_jump_like_a_split_that_nobody_told_of_mutes_price_rules() -> None:
    day = 15 * NEW_YORK
    shares = np.ones_like(PRICES.close)
    shares[day:, 0] = 7.0
    untold = scaled(PRICES, 1 / shares, shares)
    wanted = key(Metric.DRAWDOWN_PCT, DAY)
    found = price_measures(untold, [wanted])[wanted]
    assert (found.why[day:, 0] == Why.SUSPECTED).all()
    assert (found.why[day:, 1] == Why.NOTHING).all()


def test_without_its_bar_a_symbol_has_no_value_and_says_how_stale_it_is() -> None:
    missing = np.zeros(PRICES.close.shape, dtype=np.bool_)
    missing[-3:, 0] = True
    holed = without(PRICES, missing)
    change, stale = key(Metric.PRICE_CHANGE_PCT, HOURS), key(Metric.STALENESS_MINUTES)
    found = price_measures(holed, [change, stale])
    assert found[change].why[-1].tolist() == [Why.NO_BAR, Why.NOTHING]
    assert found[stale].value[-1].tolist() == [90.0, 0.0]
    # A staleness rule looks on where price rules have nothing to look at.
    assert (found[stale].why[-1] == Why.NOTHING).all()


def test_a_missing_bar_at_a_windows_start_is_replaced_by_the_close_before_it() -> None:
    missing = np.zeros(PRICES.close.shape, dtype=np.bool_)
    missing[LAST - 4, 0] = True
    wanted = key(Metric.PRICE_CHANGE_PCT, HOURS)
    found = price_measures(without(PRICES, missing), [wanted])[wanted]
    assert found.value[-1, 0] == pytest.approx((CLOSE[-1] / CLOSE[-6] - 1) * 100, rel=1e-9)


def test_a_symbol_without_any_bar_has_no_value_of_anything() -> None:
    missing = np.zeros(PRICES.close.shape, dtype=np.bool_)
    missing[:, 0] = True
    keys = [key(Metric.DRAWDOWN_PCT, DAY), key(Metric.VOLUME_RATIO), key(Metric.STALENESS_MINUTES)]
    found = price_measures(without(PRICES, missing), keys)
    for measured in found.values():
        assert np.isnan(measured.value[:, 0]).all()
        assert (measured.why[:, 0] > 0).all()
        assert not np.isnan(measured.value[-1, 1])


def test_what_comes_later_changes_no_row_before() -> None:
    keys = [
        key(Metric.PRICE_CHANGE_PCT, HOURS),
        key(Metric.PRICE_CHANGE_ATR, DAY),
        key(Metric.DRAWDOWN_PCT, 5 * DAY),
        key(Metric.VOLUME_RATIO),
        key(Metric.STALENESS_MINUTES),
    ]
    cut = 12 * NEW_YORK + 5
    names = ("open", "high", "low", "close", "volume_shares", "split", "payout")
    rows = {name: getattr(PRICES, name)[:cut] for name in (*names, "slots", "session", "place")}
    early, whole = price_measures(replace(PRICES, **rows), keys), price_measures(PRICES, keys)
    for one in keys:
        np.testing.assert_array_equal(early[one].value, whole[one].value[:cut])
