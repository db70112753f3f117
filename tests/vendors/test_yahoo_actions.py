"""Splits and dividends of Yahoo: prices are stored as they were traded, whenever they are asked."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fintech_pipeline.clock import Window
from fintech_pipeline.market.bars import ActionKind
from fintech_pipeline.market.provider import MarketAnswer
from tests.vendors.standin import standing_in
from tests.vendors.test_yahoo_market import FRIDAY, WEEK, instruments, market, quarters
from tests.vendors.yahoo_standin import Row, YahooStandIn

WEDNESDAY = FRIDAY - timedelta(days=2)
AFTER = FRIDAY + timedelta(days=1)


def rows(opened: datetime, price: float, volume: float) -> dict[datetime, Row]:
    prices = (price, price * 1.1, price * 0.9, price)
    return dict.fromkeys(quarters(opened, 14), (*prices, volume))


@pytest.fixture
def vendor() -> Iterator[YahooStandIn]:
    """Four new shares for one on Friday; Wednesday's prices are divided, as Yahoo does."""
    standin = YahooStandIn(
        minutes={"AAPL": {**rows(WEDNESDAY, 100.0, 400.0), **rows(FRIDAY, 101.0, 500.0)}},
        splits={"AAPL": {FRIDAY: (4, 1)}},
    )
    with standing_in(standin) as standin.url:
        yield standin


def closes(answer: MarketAnswer) -> dict[str, tuple[float, float]]:
    """The last close and volume of each day."""
    [bars] = answer.bars
    days = bars.opened_at.astype("datetime64[D]").astype(str)
    values = zip(days, bars.close, bars.volume_shares, strict=True)
    return {day: (round(float(c), 6), round(float(v), 6)) for day, c, v in values}


def test_a_split_inside_the_window_is_given_and_prices_before_it_are_as_traded(
    vendor: YahooStandIn, tmp_path: Path
) -> None:
    answer = market(vendor, tmp_path, AFTER).bars(instruments("AAPL"), WEEK)
    assert closes(answer) == {"2025-11-26": (400.0, 100.0), "2025-11-28": (101.0, 500.0)}
    [split] = answer.actions
    assert (split.kind, split.value, str(split.ex_on)) == (ActionKind.SPLIT, 4.0, "2025-11-28")
    assert split.ex_at == FRIDAY
    assert answer.problems == []


def test_what_was_asked_before_the_split_and_after_it_is_the_same(
    vendor: YahooStandIn, tmp_path: Path
) -> None:
    day = Window(WEDNESDAY, WEDNESDAY + timedelta(hours=8))
    after = market(vendor, tmp_path, AFTER).bars(instruments("AAPL"), day)
    vendor.minutes, vendor.splits = {"AAPL": rows(WEDNESDAY, 400.0, 100.0)}, {}
    before = market(vendor, tmp_path, WEDNESDAY + timedelta(hours=9)).bars(instruments("AAPL"), day)
    assert closes(after) == closes(before) == {"2025-11-26": (400.0, 100.0)}
    assert after.actions == [], "it lies behind the window"


def test_a_dividend_is_for_a_share_of_its_day(vendor: YahooStandIn, tmp_path: Path) -> None:
    vendor.dividends = {"AAPL": {WEDNESDAY: 0.25, FRIDAY: 0.1}}
    answer = market(vendor, tmp_path, AFTER).bars(instruments("AAPL"), WEEK)
    paid = [(str(one.ex_on), one.value) for one in answer.actions if one.kind == "dividend"]
    assert paid == [("2025-11-26", 1.0), ("2025-11-28", 0.1)], "Yahoo divides the first by four"


def test_a_dividend_of_another_unit_is_left_out(vendor: YahooStandIn, tmp_path: Path) -> None:
    vendor.dividends = {"AAPL": {FRIDAY: 210.0}}
    answer = market(vendor, tmp_path, AFTER).bars(instruments("AAPL"), WEEK)
    assert [one.kind for one in answer.actions] == [ActionKind.SPLIT]
