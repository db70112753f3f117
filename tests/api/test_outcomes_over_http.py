"""Outcomes over HTTP: what became of the signals, as the command line tells it."""

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from fintech_pipeline.api import reviewing
from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.api.reviewing import Reviews
from fintech_pipeline.api.reviews_shown import ReviewShown
from fintech_pipeline.signals.settling import settle
from fintech_pipeline.storage.database import Database
from tests.api.living import serving_api
from tests.storage.settled_past import Past, at

NOW = at("2025-08-01 12:00")
PARTS = '[{"name": "momentum", "value": %s}]'
NOTHING = ReviewShown(live=True, simulated=True, strategies=[], sentiment=[])


@pytest.fixture
def past(database: Database) -> Past:
    """Two symbols that rise for a month, and signals of one strategy each half hour of a day."""
    past = Past(database, ("simulated",))
    past.follow("AAPL", "KO")
    for symbol in ("AAPL", "KO"):
        past.trade(symbol, "2025-06-02 13:30", "2025-07-31 20:00")
        for slot in range(8):
            score = 0.1 * (slot - 3)
            when = at("2025-06-03 14:00") + slot * timedelta(minutes=30)
            past.judge(symbol, when, score, components=PARTS % score)
    return past


def test_settled_outcomes_are_told_by_strategy_and_horizon(past: Past) -> None:
    settle(past.stores, NOW)
    with serving_api(past.database, clock=lambda: NOW) as api:
        answer = api.get("/api/v1/outcomes")
        one = api.get("/api/v1/outcomes?strategy=balanced&horizon=1%20session").document
        apple = api.get("/api/v1/outcomes?symbol=aapl").document
    assert answer.status == 200, answer.body
    (told,) = answer.document["strategies"]
    assert (told["strategy"], told["signals"], told["symbols"]) == ("balanced-2", 16, 2)
    assert (told["first"], told["last"]) == ("2025-06-03T14:00:00Z", "2025-06-03T17:30:00Z")
    assert [h["horizon"] for h in told["horizons"]] == ["1 bar", "1 session", "5 sessions"]
    assert [h["count"] for h in told["horizons"]] == [16, 16, 16]
    # All prices rise, so each score above 0 was right, and each below it was wrong.
    assert (told["horizons"][0]["sign"]["hits"], told["horizons"][0]["sign"]["count"]) == (8, 14)
    assert "NaN" not in json.dumps(answer.document)
    assert [h["horizon"] for h in one["strategies"][0]["horizons"]] == ["1 session"]
    assert apple["strategies"][0]["signals"] == 8


def test_reading_settles_nothing(past: Past) -> None:
    with serving_api(past.database, clock=lambda: NOW) as api:
        (told,) = api.get("/api/v1/outcomes").document["strategies"]
        backfilled = api.get("/api/v1/outcomes?backfilled=true").document
    assert [(h["count"], h["waiting"]) for h in told["horizons"]] == [(0, 16)] * 3
    assert (backfilled["live"], backfilled["strategies"]) == (False, [])


def test_the_span_says_which_signals_count_and_its_ends_are_included(past: Past) -> None:
    with serving_api(past.database, clock=lambda: NOW) as api:
        path = "/api/v1/outcomes?from=2025-06-03T15:00:00Z&to=2025-06-03T16:00:00Z"
        (told,) = api.get(path).document["strategies"]
        empty = api.get("/api/v1/outcomes?from=2030-01-01T00:00:00Z").document
    assert told["signals"] == 6
    assert empty["strategies"] == []


def test_what_cannot_be_reviewed_is_refused_in_a_sentence(past: Past) -> None:
    with serving_api(past.database, clock=lambda: NOW) as api:
        for query, status, detail in (
            ("from=1976-01-01T00:00:00Z", 422, "A review looks at 366 days at the most"),
            ("horizon=2%20bars", 422, "The parameter horizon is wrong"),
            ("strategy=nobody", 404, "There is no strategy nobody; there is balanced-2"),
            ("strategy=%00", 422, "The parameter strategy is wrong"),
            ("symbol=NOPE", 404, "No instrument of that symbol is known"),
            (
                "from=2025-06-03T15:00:00Z&to=2025-06-02T15:00:00Z",
                422,
                "The parameter from lies after to",
            ),
        ):
            answer = api.get(f"/api/v1/outcomes?{query}")
            assert (query, answer.status) == (query, status)
            assert answer.detail.startswith(detail)


def test_one_review_is_made_at_a_time_and_given_again_for_a_minute() -> None:
    at_once, most, made = [0], [0], []

    def make() -> ReviewShown:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        made.append(threading.get_ident())
        threading.Event().wait(0.02)
        at_once[0] -= 1
        return NOTHING

    async def ask() -> None:
        reviews, now = Reviews(), datetime(2026, 3, 2, tzinfo=UTC)
        await asyncio.gather(*(reviews.of((n % 3,), now, make) for n in range(9)))
        assert len(made) == 3
        await reviews.of((0,), now + timedelta(seconds=61), make)
        assert len(made) == 4

    asyncio.run(ask())
    assert most == [1]


def test_who_waits_too_long_for_another_review_is_told_when_to_ask_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reviewing, "PATIENCE_SECONDS", 0.05)
    let = threading.Event()

    def slow() -> ReviewShown:
        assert let.wait(10)
        return NOTHING

    async def ask() -> None:
        reviews, now = Reviews(), datetime(2026, 3, 2, tzinfo=UTC)
        first = asyncio.create_task(reviews.of((1,), now, slow))
        await asyncio.sleep(0.01)
        with pytest.raises(Refusal, match="Another review is still being made") as refused:
            await reviews.of((2,), now, slow)
        assert (refused.value.status, refused.value.retry_seconds) == (503, 30)
        let.set()
        assert await first == NOTHING

    asyncio.run(ask())
