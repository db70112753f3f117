"""The free plan's days: asked for once a session, and again where they lacked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from fintech_pipeline.clock import Window
from fintech_pipeline.market.providers.alpha_vantage.provider import AlphaVantage
from tests.vendors.alpha_vantage_standin import AlphaVantageStandIn
from tests.vendors.asking import Asking
from tests.vendors.standin import KEY, standing_in
from tests.vendors.test_alpha_vantage_market import DAYS, Remembered, instruments, opens, told

OPENED = datetime(2025, 11, 28, 14, 30, tzinfo=UTC)
READY = datetime(2025, 11, 28, 18, 15, tzinfo=UTC)
"""A quarter of an hour after the half day's close."""
MINUTE = timedelta(minutes=1)
WINDOW = Window(datetime(2025, 11, 24, tzinfo=UTC), datetime(2025, 11, 29, tzinfo=UTC))
NOTHING_ELSE = {("splits", "AAPL"): READY, ("dividends", "AAPL"): READY}


@pytest.fixture
def vendor() -> Iterator[AlphaVantageStandIn]:
    standin = AlphaVantageStandIn(days={"AAPL": dict(DAYS)})
    with standing_in(standin) as standin.url:
        yield standin


def market(vendor: AlphaVantageStandIn, now: datetime, budget: Remembered) -> AlphaVantage:
    return AlphaVantage(Asking(vendor.url, key={"apikey": KEY}), "free", lambda: now, budget)


def remembered(asked_at: datetime | None, *stored: datetime) -> Remembered:
    asked = {("daily bars", "AAPL"): asked_at} if asked_at else {}
    return Remembered(NOTHING_ELSE | asked, {("AAPL", at) for at in stored})


def test_a_newest_day_that_is_stored_is_not_asked_for(vendor: AlphaVantageStandIn) -> None:
    provider = market(vendor, READY + 30 * MINUTE, remembered(READY, OPENED))
    answer = provider.bars(instruments("AAPL"), WINDOW)
    assert (answer.bars, answer.problems, vendor.asked) == ([], [], [])


def test_a_session_that_has_ended_since_makes_one_call(vendor: AlphaVantageStandIn) -> None:
    wednesday = READY - timedelta(days=2)
    provider = market(vendor, READY, remembered(wednesday, OPENED - timedelta(days=2)))
    assert opens(provider.bars(instruments("AAPL"), WINDOW), "AAPL")[-1] == "2025-11-28T14:30"
    assert vendor.functions() == ["TIME_SERIES_DAILY AAPL"]


def test_a_day_that_lacked_is_asked_for_again_after_three_hours(
    vendor: AlphaVantageStandIn,
) -> None:
    asked_at = READY + 2 * MINUTE
    early = market(vendor, READY + 182 * MINUTE - MINUTE, remembered(asked_at))
    answer = early.bars(instruments("AAPL"), WINDOW)
    assert told(answer, "AAPL") == (
        "Alpha Vantage was asked for its days at 18:17Z and did not give the newest; "
        "it is asked again after 2025-11-28 21:17Z"
    )
    assert vendor.asked == []
    late = market(vendor, READY + 182 * MINUTE, remembered(asked_at))
    assert opens(late.bars(instruments("AAPL"), WINDOW), "AAPL")
    assert len(vendor.asked) == 1


def test_a_symbol_that_trades_no_more_costs_three_calls_a_day(
    vendor: AlphaVantageStandIn,
) -> None:
    vendor.days["AAPL"].pop("2025-11-28")
    asked_at: datetime | None = None
    for tick in range(48):
        now = READY + 30 * MINUTE * tick
        provider = market(vendor, now, remembered(asked_at))
        before = len(vendor.asked)
        provider.bars(instruments("AAPL"), WINDOW)
        asked_at = now if len(vendor.asked) > before else asked_at
    assert len(vendor.asked) == 3


def test_the_chunks_of_a_backfill_share_one_answer(vendor: AlphaVantageStandIn) -> None:
    provider = market(vendor, READY, remembered(READY - timedelta(days=2)))
    middle = datetime(2025, 11, 26, tzinfo=UTC)
    first = provider.bars(instruments("AAPL"), Window(WINDOW.start, middle))
    second = provider.bars(instruments("AAPL"), Window(middle, WINDOW.end))
    assert opens(first, "AAPL") == ["2025-11-24T14:30", "2025-11-25T14:30"]
    assert opens(second, "AAPL") == ["2025-11-26T14:30", "2025-11-28T14:30"]
    assert len(vendor.asked) == 1


def test_the_past_is_asked_for_where_an_end_of_it_lacks(vendor: AlphaVantageStandIn) -> None:
    past = Window(WINDOW.start, datetime(2025, 11, 26, tzinfo=UTC))
    monday, tuesday = (datetime(2025, 11, day, 14, 30, tzinfo=UTC) for day in (24, 25))
    there = market(vendor, READY, remembered(READY, monday, tuesday))
    assert there.bars(instruments("AAPL"), past).bars == []
    assert vendor.asked == []
    lacking = market(vendor, READY, remembered(READY, tuesday))
    assert len(opens(lacking.bars(instruments("AAPL"), past), "AAPL")) == 2
