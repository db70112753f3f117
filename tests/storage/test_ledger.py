"""The ledger on a real Postgres: what it grants, refuses, remembers and reports."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from fintech_pipeline.errors import (
    Malformed,
    NotConfigured,
    Paused,
    PremiumOnly,
    QuotaExhausted,
    RateLimited,
    Rationed,
    Unavailable,
    Unreachable,
)
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.calls import Call
from fintech_pipeline.quota.circuit import Circuit
from fintech_pipeline.quota.ledger import Grant, Ledger
from fintech_pipeline.quota.spending import Purpose, spending
from fintech_pipeline.quota.tables import provider_calls
from fintech_pipeline.storage.database import Database, connect

BARS = Call("/query", {"symbol": "AAPL"}, "daily bars", ("AAPL", "KO"))
NEWS = Call("/query", {}, "news", cost=2)
FREE = Allowance(per_day=3, reset_zone="America/New_York")
NOON = datetime(2026, 1, 15, 17, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 16, 5, tzinfo=UTC)
FAILED = Unavailable("it failed")


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def ledger(database: Database, slept: list[float]) -> Ledger:
    return Ledger(database, Circuit(3, timedelta(minutes=5)), "test/1", slept.append)


def rows(ledger: Ledger) -> list[sa.Row[tuple[object, ...]]]:
    with ledger.database.transaction() as connection:
        return list(connection.execute(sa.select(provider_calls).order_by(provider_calls.c.id)))


def spend(ledger: Ledger, times: int, allowance: Allowance = FREE, now: datetime = NOON) -> Grant:
    grants = [ledger.grant("vendor", allowance, BARS, now) for _ in range(times)]
    return grants[-1]


def test_a_grant_is_a_row_before_the_call(ledger: Ledger) -> None:
    grant = ledger.grant("vendor", FREE, BARS, NOON)
    (row,) = rows(ledger)
    assert (row.id, row.provider, row.purpose, row.symbols, row.cost, row.state) == (
        (grant.id, "vendor", "daily bars", ["AAPL", "KO"], 1, "granted")
    )
    assert (row.granted_at, row.asked_by, row.told, row.ended_at) == (NOON, "test/1", None, None)


def test_the_databases_clock_says_when_it_was_granted(ledger: Ledger) -> None:
    grant = ledger.grant("vendor", FREE, BARS)
    assert abs(grant.granted_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_spent_day_is_refused_until_the_vendors_midnight(ledger: Ledger) -> None:
    spend(ledger, 3)
    with pytest.raises(QuotaExhausted) as caught:
        ledger.grant("vendor", FREE, BARS, NOON)
    assert str(caught.value) == (
        "vendor may be asked again at 05:00Z: its 3 requests of today are spent."
    )
    assert caught.value.resets_at == MIDNIGHT
    assert len(rows(ledger)) == 3


def test_the_next_day_begins_full_at_the_vendors_midnight(ledger: Ledger) -> None:
    last = MIDNIGHT - timedelta(microseconds=1)
    spend(ledger, 3, now=last)
    with pytest.raises(QuotaExhausted):
        ledger.grant("vendor", FREE, BARS, last)
    spend(ledger, 3, now=MIDNIGHT)


def test_a_call_that_costs_more_than_is_left_is_refused_and_a_cheaper_one_is_not(
    ledger: Ledger,
) -> None:
    spend(ledger, 2)
    with pytest.raises(QuotaExhausted, match=r"2 of its 3 .* spent, and this call counts as 2"):
        ledger.grant("vendor", FREE, NEWS, NOON)
    spend(ledger, 1)


def test_a_call_that_never_fits_is_a_matter_of_the_plan(ledger: Ledger) -> None:
    with pytest.raises(NotConfigured, match=r"counts as 2 requests and the plan allows 1 a second"):
        ledger.grant("vendor", Allowance(per_second=1), NEWS, NOON)
    assert rows(ledger) == []


def test_providers_do_not_spend_each_others_day(ledger: Ledger) -> None:
    spend(ledger, 3)
    ledger.grant("other", FREE, BARS, NOON)


def test_a_full_second_is_waited_for_in_turn(ledger: Ledger, slept: list[float]) -> None:
    for _ in range(4):
        ledger.grant("vendor", Allowance(per_second=2), BARS, NOON)
    assert slept == [1.0, 1.0]
    ledger.grant("vendor", Allowance(per_second=2), BARS, NOON + timedelta(seconds=0.5))
    assert slept == [1.0, 1.0, 1.5]


def test_nobody_waits_for_more_than_half_a_minute(ledger: Ledger, slept: list[float]) -> None:
    plan = Allowance(per_minute=1)
    ledger.grant("vendor", plan, BARS, NOON)
    with pytest.raises(RateLimited, match=r"may be asked at 17:01:00Z at the earliest") as caught:
        ledger.grant("vendor", plan, BARS, NOON)
    assert caught.value.retry_after == timedelta(minutes=1)
    ledger.grant("vendor", plan, BARS, NOON + timedelta(seconds=31))
    assert slept == [29.0]


def test_who_waits_into_the_next_day_spends_neither_day_too_much(ledger: Ledger) -> None:
    plan = Allowance(per_second=1, per_day=2)
    last = datetime(2026, 1, 15, 23, 59, 59, 500_000, tzinfo=UTC)
    spend(ledger, 2, plan, last)
    with pytest.raises(QuotaExhausted):
        ledger.grant("vendor", plan, BARS, last)
    # One of the two waits until 00:00:00.5, so one is left of the new day.
    spend(ledger, 1, plan, last + timedelta(seconds=1))
    with pytest.raises(QuotaExhausted):
        ledger.grant("vendor", plan, BARS, last + timedelta(seconds=2))


def test_a_refund_gives_the_request_back_and_a_settled_call_does_not(ledger: Ledger) -> None:
    ledger.refund(spend(ledger, 3))
    last = spend(ledger, 1)
    ledger.settle(last)
    ledger.refund(last)
    with pytest.raises(QuotaExhausted):
        spend(ledger, 1)
    assert [row.state for row in rows(ledger)] == ["granted", "granted", "refunded", "made"]


def test_what_became_of_a_call_is_kept_without_the_errors_text(ledger: Ledger) -> None:
    plan = Allowance()
    ledger.settle(spend(ledger, 1, plan))
    ledger.settle(spend(ledger, 1, plan), PremiumOnly("key 12345"))
    ledger.settle(spend(ledger, 1, plan), Unavailable("key 12345"))
    ledger.refund(spend(ledger, 1, plan), Unavailable("key 12345"))
    kept = [(row.state, row.told) for row in rows(ledger)]
    assert kept == [
        ("made", None),
        ("refused", "PremiumOnly"),
        ("made", "Unavailable"),
        ("refunded", "Unavailable"),
    ]
    assert all(row.ended_at is not None for row in rows(ledger))
    assert "12345" not in str(rows(ledger))


def test_the_vendors_own_word_counts_though_we_counted_less(ledger: Ledger) -> None:
    until = NOON + timedelta(hours=3)
    ledger.exhausted("vendor", until)
    ledger.exhausted("vendor", until - timedelta(hours=1))
    with pytest.raises(QuotaExhausted) as caught:
        ledger.grant("vendor", FREE, BARS, NOON)
    assert str(caught.value) == (
        "vendor may be asked again at 20:00Z: it says itself that its quota is spent."
    )
    assert caught.value.resets_at == until
    ledger.grant("vendor", FREE, BARS, until)


def fail(ledger: Ledger, times: int, now: datetime | None = None) -> None:
    for _ in range(times):
        ledger.settle(ledger.grant("vendor", Allowance(), BARS, now), FAILED)


def test_after_three_failures_in_a_row_the_provider_is_left_alone(ledger: Ledger) -> None:
    fail(ledger, 3)
    with pytest.raises(Paused, match=r"until \d\d:\d\d:\d\dZ: it failed 3 times in a row; nothing"):
        fail(ledger, 1)
    ledger.grant("other", Allowance(), BARS)


def test_every_pod_sees_the_circuit(ledger: Ledger) -> None:
    fail(ledger, 3)
    other = connect(ledger.database.url)
    with pytest.raises(Paused):
        Ledger(other).grant("vendor", Allowance(), BARS)
    other.close()


def test_an_answer_between_failures_closes_the_circuit_whatever_it_says(ledger: Ledger) -> None:
    fail(ledger, 2)
    ledger.settle(ledger.grant("vendor", Allowance(), BARS), Malformed("odd"))
    fail(ledger, 2)
    assert ledger.standing("vendor").failures == 2


def test_after_the_pause_one_call_tries_for_all(ledger: Ledger) -> None:
    fail(ledger, 3)
    later = datetime.now(UTC) + timedelta(minutes=6)
    trial = ledger.grant("vendor", Allowance(), BARS, later)
    with pytest.raises(Paused):
        ledger.grant("vendor", Allowance(), BARS, later)
    ledger.settle(trial)
    ledger.grant("vendor", Allowance(), BARS, later)
    assert ledger.standing("vendor").failures == 0


def test_a_trial_that_fails_or_dies_opens_the_circuit_again(ledger: Ledger) -> None:
    fail(ledger, 3)
    later = datetime.now(UTC) + timedelta(minutes=6)
    ledger.grant("vendor", Allowance(), BARS, later)  # and its process dies
    later += timedelta(seconds=61)
    fail(ledger, 1, later)
    assert ledger.standing("vendor").failures == 4
    with pytest.raises(Paused):
        ledger.grant("vendor", Allowance(), BARS)


def test_a_call_that_is_settled_twice_fails_once(ledger: Ledger) -> None:
    grant = ledger.grant("vendor", Allowance(), BARS)
    for _ in range(3):
        ledger.settle(grant, FAILED)
    assert ledger.standing("vendor").failures == 1


def test_a_pause_the_vendor_asked_for_holds_for_all(ledger: Ledger) -> None:
    ledger.pause("vendor", timedelta(hours=1), RateLimited("later", timedelta(hours=1)))
    with pytest.raises(Paused, match=r"^vendor is left alone until .*Z: it asked for a pause; no"):
        ledger.grant("vendor", Allowance(), BARS)
    ledger.grant("vendor", Allowance(), BARS, datetime.now(UTC) + timedelta(hours=1))


def test_a_report_tells_what_was_spent_on_what(ledger: Ledger) -> None:
    plan = Allowance(per_day=10, reset_zone="America/New_York")
    ledger.grant("vendor", plan, BARS, NOON - timedelta(days=1))
    ledger.grant("other", plan, BARS, NOON)
    ledger.settle(ledger.grant("vendor", plan, NEWS, NOON))
    ledger.settle(ledger.grant("vendor", plan, NEWS, NOON), PremiumOnly("no"))
    ledger.grant("vendor", plan, BARS, NOON)
    ledger.refund(ledger.grant("vendor", plan, BARS, NOON))
    found = spending(ledger, "vendor", plan, NOON)
    assert found.purposes == (Purpose("news", 2, 4, 1), Purpose("daily bars", 1, 1, 0))
    assert (found.spent, found.left, found.resets_at) == (5, 5, MIDNIGHT)


def test_a_report_believes_the_vendor(ledger: Ledger) -> None:
    until = NOON + timedelta(hours=1)
    ledger.exhausted("vendor", until)
    found = spending(ledger, "vendor", FREE, NOON)
    assert (found.spent, found.left, found.resets_at) == (0, 0, until)


def test_a_report_on_an_empty_ledger_is_full(ledger: Ledger) -> None:
    found = spending(ledger, "vendor", FREE, NOON)
    assert (found.purposes, found.spent, found.left) == ((), 0, 3)


def test_a_database_that_is_away_is_one_sentence() -> None:
    away = connect("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(Unreachable, match=r"^The database can't be reached: [^\n]*\.$"):
        Ledger(away).grant("vendor", FREE, BARS)
    away.close()


def test_years_of_calls_are_not_read(ledger: Ledger) -> None:
    with ledger.database.transaction() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO fintech.provider_calls"
                " (provider, purpose, symbols, cost, granted_at, state, asked_by)"
                " SELECT 'vendor', 'bars', '{}', 1, :noon - n * interval '1 minute', 'made', ''"
                " FROM generate_series(1, 50000) n"
            ),
            {"noon": NOON},
        )
        connection.execute(sa.text("ANALYZE fintech.provider_calls"))
    plans: list[str] = []

    def explain(_: object, cursor: Any, text: str, values: Any, *_rest: object) -> None:
        if text.startswith("SELECT") and "provider_calls" in text:
            with cursor.connection.cursor() as beside:
                lines = beside.execute(f"EXPLAIN {text}", values).fetchall()
            plans.append("\n".join(line for (line,) in lines))

    sa.event.listen(ledger.database.engine, "before_cursor_execute", explain)
    ledger.grant("vendor", Allowance(1, 75, 2000, "America/New_York"), BARS, NOON)
    spending(ledger, "vendor", FREE, NOON)
    assert len(plans) == 3
    for plan in plans:
        assert "granted_at on provider_calls" in plan, plan
        assert "Seq Scan" not in plan, plan


def test_a_call_that_must_leave_something_is_put_off_where_it_would_not(ledger: Ledger) -> None:
    spend(ledger, 1)
    ledger.grant("vendor", FREE, BARS, NOON, keeps=1)
    with pytest.raises(Rationed) as caught:
        ledger.grant("vendor", FREE, BARS, NOON, keeps=1)
    assert str(caught.value) == (
        "vendor was not asked: 2 of its 3 requests of today are spent, and the last 1 is kept "
        "for the closes to come and the rest of the day."
    )
    assert caught.value.resets_at == MIDNIGHT
    assert len(rows(ledger)) == 2
    spend(ledger, 1)
    with pytest.raises(Rationed, match="its 3 requests of today are spent"):
        spend(ledger, 1)
