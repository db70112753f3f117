"""Quotas, costs and calls over HTTP, from a real ledger."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from fintech_pipeline.api.paging import cursor_of
from fintech_pipeline.errors import PremiumOnly, RateLimited, Unavailable
from fintech_pipeline.quota.allowances import PLANS
from fintech_pipeline.quota.calls import Call, Usage
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.storage.database import Database
from tests.api.asking import Client
from tests.api.living import serving_api

GEMINI, FEEDS = PLANS["gemini"], PLANS["rss"]
SCORES = Call("/", {}, "scores", ("AAPL",), most_usd=Decimal("0.15"))
SMS = Call("/", {}, "sms", most_usd=Decimal("0.0083"))
USED = Usage(100, 20, Decimal("0.00008000"))
DAY = timedelta(days=1)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, asked_by="pod/7", sleep=lambda _: None)


@pytest.fixture
def api(database: Database) -> Iterator[Client]:
    plans = {"gemini": GEMINI, "rss wire.example": FEEDS}
    with serving_api(database, plans=plans) as client:
        yield client


def test_a_provider_says_what_its_plan_allows_what_was_spent_and_what_is_left(
    ledger: Ledger, api: Client
) -> None:
    ledger.settle(ledger.grant("gemini", GEMINI, SCORES), usage=USED)
    ledger.settle(ledger.grant("gemini", GEMINI, SCORES), PremiumOnly("no"), Usage())
    ledger.grant("gemini", GEMINI, SCORES)
    gemini, feeds = api.get("/api/v1/quotas").document["providers"]
    times = [gemini.pop(name) for name in ("resets_at", "answered_at", "failed_at")]
    assert all(datetime.fromisoformat(at) for at in times)
    used = {"tokens_in": 100, "tokens_out": 20, "cost_usd": "0.15008"}
    assert gemini == {
        "provider": "gemini",
        "plan": {
            "per_second": None,
            "per_minute": 15,
            "per_day": 1000,
            "reset_zone": "America/Los_Angeles",
            "usd_per_day": "1",
        },
        "spent": 3,
        **used,
        "left": 997,
        "left_usd": "0.84992",
        "exhausted_until": None,
        "circuit": {"failures": 0, "paused_until": None, "told": None},
        "trouble": None,
        "purposes": [
            {"purpose": "scores", "calls": 3, "spent": 3, "without_answer": 1, **used},
        ],
        "failure": "PremiumOnly",
    }
    assert (feeds["provider"], feeds["spent"], feeds["left"], feeds["left_usd"]) == (
        "rss wire.example",
        0,
        None,
        None,
    )
    assert (feeds["answered_at"], feeds["purposes"]) == (None, [])


def test_why_a_provider_is_not_asked_is_told_in_words(ledger: Ledger, api: Client) -> None:
    feed = Call("/a", {}, "feed")
    for _ in range(5):
        ledger.settle(ledger.grant("rss wire.example", FEEDS, feed), Unavailable("no"))
    ledger.exhausted("gemini", datetime.now(UTC) + timedelta(hours=3))
    gemini, feeds = api.get("/api/v1/quotas").document["providers"]
    assert gemini["left"] == 0
    assert gemini["exhausted_until"] == gemini["resets_at"]
    assert gemini["trouble"].startswith("says itself that its quota is spent until ")
    assert feeds["circuit"]["failures"] == 5
    assert feeds["circuit"]["paused_until"] is not None
    assert feeds["trouble"].endswith("it failed 5 times in a row")


def test_a_pause_that_the_vendor_asked_for_is_told(ledger: Ledger, api: Client) -> None:
    ledger.pause("gemini", timedelta(minutes=9), RateLimited("slow", timedelta(minutes=9)))
    gemini, _ = api.get("/api/v1/quotas").document["providers"]
    assert gemini["circuit"]["told"] == "RateLimited"
    assert gemini["trouble"].endswith("it asked for a pause")


def test_who_asks_no_vendor_has_no_quota(database: Database) -> None:
    with serving_api(database) as api:
        assert api.get("/api/v1/quotas").document == {"providers": []}


def costs_of_two_days(ledger: Ledger) -> None:
    ledger.settle(ledger.grant("gemini", GEMINI, SCORES), usage=USED)
    ledger.settle(ledger.grant("gemini", GEMINI, SCORES), usage=USED)
    ledger.settle(ledger.grant("yahoo", PLANS["yahoo"], Call("/", {}, "bars")))
    ledger.refund(ledger.grant("gemini", GEMINI, SCORES))
    ledger.grant("twilio", PLANS["twilio"], SMS)
    with ledger.database.transaction() as connection:
        # The first instant of one UTC day, and the last of the one before.
        move = sa.text("UPDATE fintech.provider_calls SET granted_at = :at WHERE provider = :name")
        late = {"at": datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC), "name": "twilio"}
        for values in ({"at": datetime(2026, 3, 2, tzinfo=UTC), "name": "gemini"}, late):
            connection.execute(move, values)


def test_costs_are_told_by_day_provider_and_purpose_as_exact_numbers(
    ledger: Ledger, api: Client
) -> None:
    costs_of_two_days(ledger)
    told = api.get("/api/v1/costs").document
    assert told == {
        "first_on": "2026-02-01",
        "last_on": "2026-03-02",
        "cost_usd": "0.00846",
        "items": [
            {
                "day_on": "2026-03-02",
                "provider": "gemini",
                "purpose": "scores",
                "calls": 2,
                "unsettled_calls": 0,
                "tokens_in": 200,
                "tokens_out": 40,
                "cost_usd": "0.00016",
            },
            {
                "day_on": "2026-03-01",
                "provider": "twilio",
                "purpose": "sms",
                "calls": 1,
                "unsettled_calls": 1,
                "tokens_in": 0,
                "tokens_out": 0,
                "cost_usd": "0.0083",
            },
        ],
    }


def test_costs_of_some_days_are_theirs_alone(ledger: Ledger, api: Client) -> None:
    costs_of_two_days(ledger)
    for first, last, total in (
        ("2026-03-02", "2026-03-02", "0.00016"),
        ("2026-03-01", "2026-03-01", "0.0083"),
        ("2026-02-01", "2026-02-28", "0"),
        ("2025-03-02", "2026-03-02", "0.00846"),
    ):
        told = api.get(f"/api/v1/costs?from={first}&to={last}").document
        assert (told["first_on"], told["last_on"], told["cost_usd"]) == (first, last, total)


NO_DAYS = {
    "from=1976-01-01&to=2026-01-01": "Ask for 366 days at the most",
    "from=2025-03-01&to=2026-03-02": "Ask for 366 days at the most",
    "from=9999-12-30&to=9999-12-31": "Ask for 366 days at the most",
    "from=2026-03-02&to=2026-03-01": "The parameter from lies after to",
    "from=3026-03-02": "The parameter from lies after to",
    "from=last+week": "The parameter from is wrong: write it like 2026-03-02",
    "to=0": "The parameter to is wrong: write it like 2026-03-02",
}


def test_days_that_cannot_be_summed_are_refused_in_a_sentence(api: Client) -> None:
    for query, told in NO_DAYS.items():
        answer = api.get(f"/api/v1/costs?{query}")
        assert (answer.status, told in answer.detail) == (422, True), (query, answer.detail)


def test_the_first_day_there_is_can_be_asked_for(api: Client) -> None:
    told = api.get("/api/v1/costs?to=0001-01-01").document
    assert (told["first_on"], told["items"]) == ("0001-01-01", [])


def test_calls_are_told_the_newest_first(ledger: Ledger, api: Client) -> None:
    ledger.settle(ledger.grant("gemini", GEMINI, SCORES), usage=USED)
    ledger.settle(ledger.grant("gemini", GEMINI, SCORES), PremiumOnly("no"), Usage())
    ledger.grant("twilio", PLANS["twilio"], SMS)
    first = api.get("/api/v1/calls?limit=2").document
    rest = api.get(f"/api/v1/calls?limit=2&cursor={first['next']}").document
    assert [one["call_id"] for one in first["items"]] == [3, 2]
    assert rest["next"] is None
    (oldest,) = rest["items"]
    assert datetime.fromisoformat(oldest.pop("granted_at")) <= datetime.fromisoformat(
        oldest.pop("ended_at")
    )
    assert oldest == {
        "call_id": 1,
        "provider": "gemini",
        "purpose": "scores",
        "symbols": ["AAPL"],
        "requests": 1,
        "state": "made",
        "told": None,
        "asked_by": "pod/7",
        "tokens_in": 100,
        "tokens_out": 20,
        "cost_usd": "0.00008",
    }
    of = {
        query: [one["call_id"] for one in api.get(f"/api/v1/calls?{query}").document["items"]]
        for query in ("provider=gemini", "state=refused", "provider=gemini&state=granted")
    }
    assert list(of.values()) == [[2, 1], [2], []]


NO_CALLS = {
    "state=lost": 422,
    "provider=%00": 422,
    "cursor=x": 400,
    f"cursor={cursor_of(1, 2)}": 400,
    f"cursor={cursor_of(2**63)}": 400,
    "limit=0": 422,
}


def test_calls_that_cannot_be_asked_for_are_refused(api: Client) -> None:
    assert {query: api.get(f"/api/v1/calls?{query}").status for query in NO_CALLS} == NO_CALLS
