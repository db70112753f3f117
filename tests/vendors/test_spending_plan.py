"""What the plan keeps back of Alpha Vantage's day from which call, on a real ledger."""

from datetime import UTC, datetime, timedelta

import pytest

from fintech_pipeline.errors import NoData, ProviderError, RateLimited
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.providers.alpha_vantage.requests import daily
from fintech_pipeline.market.stored_days import StoredDays
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.quota.allowances import PLANS, Allowance
from fintech_pipeline.quota.calls import Call
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.spending_plan import SpendingPlan
from fintech_pipeline.storage.database import Database
from tests.vendors.free_week import Present

SYMBOLS = [f"S{n:02d}" for n in range(20)]
NOON = datetime(2025, 11, 12, 17, 0, tzinfo=UTC)
"""A Wednesday in New York, four hours before the close."""
EVENING = NOON + timedelta(hours=6)
NEWS = Call("/query", {}, "news", ("S00",))
QUARTER = timedelta(minutes=15)


@pytest.fixture
def clock() -> Present:
    return Present(NOON)


@pytest.fixture
def plan(database: Database, clock: Present) -> SpendingPlan:
    instruments = InstrumentStore(database, clock)
    instruments.seed([Instrument(symbol, f"Company {symbol}") for symbol in SYMBOLS])
    ledger = Ledger(database, asked_by="test/1", sleep=lambda _: None)
    days = StoredDays(database)
    allowance = PLANS["alpha_vantage"]
    return SpendingPlan(
        "alpha_vantage", allowance, ledger, clock, instruments, days, "daily bars", QUARTER
    )


def asked_for(plan: SpendingPlan, *symbols: str, at: datetime) -> None:
    for symbol in symbols:
        grant = plan.ledger.grant("alpha_vantage", Allowance(), daily(symbol, symbol), at)
        plan.ledger.settle(grant)


def test_at_noon_the_close_and_half_of_the_rest_are_kept_from_news(plan: SpendingPlan) -> None:
    assert plan.keeps(NEWS) == 20 + 2


def test_after_the_close_each_symbol_that_was_asked_for_frees_one(
    plan: SpendingPlan, clock: Present
) -> None:
    clock.now = EVENING
    assert plan.keeps(NEWS) == 20 + 1
    asked_for(plan, *SYMBOLS[:15], at=EVENING - timedelta(minutes=30))
    assert plan.keeps(NEWS) == 5 + 1


def test_the_first_days_of_a_symbol_come_at_once(plan: SpendingPlan) -> None:
    assert plan.keeps(daily("S00", "S00")) == 0


@pytest.mark.parametrize(
    ("error", "kept"),
    [(NoData("It does not know S00."), 20 + 2), (RateLimited("Slow down.", QUARTER), 0)],
)
def test_first_days_that_were_refused_come_at_once_only_where_the_reason_passes(
    plan: SpendingPlan, error: ProviderError, kept: int
) -> None:
    earlier = NOON - timedelta(hours=1)
    grant = plan.ledger.grant("alpha_vantage", Allowance(), daily("S00", "S00"), earlier)
    plan.ledger.settle(grant, error)
    assert plan.keeps(daily("S00", "S00")) == kept


def test_days_that_a_close_is_about_to_bring_wait_for_it(
    plan: SpendingPlan, clock: Present
) -> None:
    asked_for(plan, "S00", at=NOON - timedelta(days=3))
    assert plan.keeps(daily("S00", "S00")) == 20, "five may be had before the close"
    clock.now = EVENING
    assert plan.keeps(daily("S00", "S00")) == 0


def test_a_day_that_lacked_is_asked_for_again_only_out_of_the_rest(
    plan: SpendingPlan, clock: Present
) -> None:
    clock.now = EVENING
    asked_for(plan, "S00", at=EVENING - timedelta(hours=1))
    assert plan.keeps(daily("S00", "S00")) == 19 + 1


def test_nothing_is_kept_from_what_a_person_waits_for(plan: SpendingPlan) -> None:
    assert plan.keeps(Call("/query", {}, "symbol lookup", ("NVDA",), waited_for=True)) == 0


def test_the_order_is_by_the_wait_and_a_plan_without_a_day_has_none(plan: SpendingPlan) -> None:
    asked_for(plan, "S01", at=NOON - timedelta(hours=1))
    asked_for(plan, "S00", at=NOON - timedelta(hours=2))
    some = [one for one in plan.instruments.watched() if one.symbol in {"S00", "S01", "S02"}]
    ordered = [one.symbol for one in plan.in_order(some, "daily bars")]
    assert ordered == ["S02", "S00", "S01"], "who was never asked for is first"
