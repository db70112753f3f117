"""The ledger's money: what a call may cost is set aside, what it cost is counted."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from fintech_pipeline.errors import NotConfigured, RateLimited, Rationed, Unavailable
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.calls import Call, Usage
from fintech_pipeline.quota.granting import Granting
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.quota.spending import spending, spent_since
from fintech_pipeline.quota.tables import provider_calls
from fintech_pipeline.storage.database import Database

DEAR = Call("/generate", {}, "sentiment", most_usd=Decimal("0.04"))
FREE = Call("/models", {}, "probe")
PLAN = Allowance(reset_zone="America/Los_Angeles", usd_per_day=Decimal("0.10"))
NOON = datetime(2026, 1, 15, 20, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 16, 8, tzinfo=UTC)
REAL = Usage(1200, 300, Decimal("0.000015"))


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, asked_by="test/1", sleep=lambda _: None)


def costs(ledger: Ledger) -> list[tuple[str, int, int, Decimal]]:
    of = provider_calls.c
    query = sa.select(of.state, of.tokens_in, of.tokens_out, of.cost_usd).order_by(of.id)
    with ledger.database.transaction() as connection:
        return list(connection.execute(query).tuples())


def test_beyond_the_budget_nothing_is_granted_until_the_vendors_midnight(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.grant("gemini", PLAN, DEAR, NOON)
    with pytest.raises(Rationed) as caught:
        ledger.grant("gemini", PLAN, DEAR, NOON)
    assert str(caught.value) == (
        "gemini may be asked again at 08:00Z: $0.08 of the $0.10 a day (quota.gemini.usd_per_day) "
        "are spent or set aside, and this call may cost $0.04."
    )
    assert caught.value.resets_at == MIDNIGHT
    assert len(costs(ledger)) == 2
    ledger.grant("gemini", PLAN, DEAR, MIDNIGHT)


def test_a_call_that_costs_nothing_and_another_vendor_are_not_held_up(ledger: Ledger) -> None:
    nothing = Allowance(usd_per_day=Decimal(0))
    with pytest.raises(Rationed, match=r"not asked: its budget is \$0.00 a day"):
        ledger.grant("gemini", nothing, DEAR, NOON)
    ledger.grant("gemini", nothing, FREE, NOON)
    ledger.grant("other", PLAN, DEAR, NOON)


def test_a_call_that_no_day_can_pay_says_so_and_not_when_to_ask_again(ledger: Ledger) -> None:
    with pytest.raises(NotConfigured) as caught:
        ledger.grant("gemini", Allowance(usd_per_day=Decimal("0.03")), DEAR, NOON)
    assert str(caught.value) == (
        "gemini: one call for sentiment may cost $0.04, and the whole day $0.03; raise "
        "quota.gemini.usd_per_day."
    )
    assert costs(ledger) == []


def test_what_a_call_really_cost_takes_the_place_of_what_was_set_aside(ledger: Ledger) -> None:
    ledger.settle(ledger.grant("gemini", PLAN, DEAR, NOON), usage=REAL)
    ledger.settle(ledger.grant("gemini", PLAN, DEAR, NOON), Unavailable("cut off"))
    ledger.refund(ledger.grant("gemini", PLAN, DEAR, NOON))
    assert costs(ledger) == [
        ("made", 1200, 300, Decimal("0.000015")),
        ("made", 0, 0, Decimal("0.04")),
        ("refunded", 0, 0, Decimal(0)),
    ]
    ledger.grant("gemini", PLAN, DEAR, NOON)
    with pytest.raises(Rationed, match=r"\$0.08 of"):
        ledger.grant("gemini", PLAN, DEAR, NOON)


def test_a_call_that_is_settled_twice_costs_what_it_cost_first(ledger: Ledger) -> None:
    grant = ledger.grant("gemini", PLAN, DEAR, NOON)
    ledger.settle(grant, usage=REAL)
    ledger.settle(grant, usage=Usage(1, 1, Decimal(1)))
    ledger.refund(grant)
    assert costs(ledger) == [("made", 1200, 300, Decimal("0.000015"))]


def test_a_library_s_call_passes_on_what_it_used(ledger: Ledger) -> None:
    granting = Granting(ledger, "gemini", Allowance(usd_per_day=Decimal(1)))
    with granting(DEAR) as outcome:
        outcome.usage = REAL
    with granting(DEAR) as outcome:
        outcome.error, outcome.usage = RateLimited("slower", timedelta(seconds=1)), Usage()
    with granting(DEAR) as outcome:
        outcome.made = False
    with pytest.raises(KeyError), granting(DEAR):
        raise KeyError  # the library failed: nobody knows what it cost
    assert costs(ledger) == [
        ("made", 1200, 300, Decimal("0.000015")),
        ("refused", 0, 0, Decimal(0)),
        ("refunded", 0, 0, Decimal(0)),
        ("made", 0, 0, Decimal("0.04")),
    ]


def test_reports_tell_tokens_and_cost_of_the_day_and_of_this_process(ledger: Ledger) -> None:
    began = NOON - timedelta(hours=1)
    ledger.settle(ledger.grant("gemini", PLAN, DEAR, NOON - timedelta(days=1)), usage=REAL)
    ledger.settle(ledger.grant("gemini", PLAN, DEAR, NOON), usage=REAL)
    Ledger(ledger.database, asked_by="elsewhere/1").grant("gemini", PLAN, DEAR, NOON)
    ledger.refund(ledger.grant("gemini", PLAN, DEAR, NOON))
    today = spending(ledger, "gemini", PLAN, NOON)
    assert today.usage == Usage(1200, 300, Decimal("0.040015"))
    assert [part.usage for part in today.purposes] == [today.usage]
    own = spent_since(ledger, began)["gemini"]
    assert (own.spent, own.usage) == (1, REAL)
