"""Runs over HTTP: looked at, asked for, refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fintech_pipeline.api.running import RunShown
from fintech_pipeline.errors import PipelineError
from fintech_pipeline.storage.database import Database, connect
from tests.api.living import NOW, AskedRuns, serving_api


def shown(number: int) -> RunShown:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC) - timedelta(minutes=30 * number)
    return RunShown(
        f"run-{number}", "tick", "success", at, None, None, at, at, at + timedelta(seconds=9), 9.0
    )


def test_runs_are_told_page_by_page_until_the_last(database: Database) -> None:
    runs = AskedRuns([shown(number) for number in range(5)])
    with serving_api(database, runs=runs) as api:
        first = api.get("/api/v1/runs?limit=3").document
        last = api.get(f"/api/v1/runs?limit=3&cursor={first['next']}").document
    assert [run["run_id"] for run in first["items"]] == ["run-0", "run-1", "run-2"]
    assert [run["run_id"] for run in last["items"]] == ["run-3", "run-4"]
    assert last["next"] is None
    assert first["items"][0]["slot_at"] == "2026-03-02T12:00:00Z"
    assert first["items"][0]["duration_seconds"] == 9


def test_a_run_nobody_knows_and_a_cursor_of_another_list_are_told(database: Database) -> None:
    with serving_api(database) as api:
        unknown = api.get("/api/v1/runs/nothing")
        malformed = api.get("/api/v1/runs?cursor=%F0%9F%98%80")
        foreign = api.get("/api/v1/runs?cursor=WzFd")
        unstorable = [
            api.get(f"/api/v1/runs?cursor={one}").status
            for one in ("WyJcdTAwMDAiXQ", "WyJcdWQ4MDAiXQ")
        ]
        long = api.get("/api/v1/runs/" + "a" * 300)
    assert unknown.status == 404
    assert unknown.detail == "No run of that id is recorded; see GET /api/v1/runs."
    assert (malformed.status, foreign.status, long.status) == (400, 400, 422)
    assert unstorable == [400, 400]


def test_a_tick_is_asked_for_and_its_run_named(database: Database) -> None:
    runs = AskedRuns([shown(0)])
    with serving_api(database, runs=runs) as api:
        answer = api.ask({"slot_at": "2026-03-02T15:30+01:00"}, path="/api/v1/ticks")
        newest = api.ask({}, path="/api/v1/ticks")
    assert answer.status == newest.status == 202
    assert answer.headers["location"] == "/api/v1/runs/run-of-tick"
    assert answer.document == {"run_id": "run-of-tick", "slot_at": "2026-03-02T14:30:00Z"}
    assert runs.ticks == [datetime(2026, 3, 2, 14, 30, tzinfo=UTC), NOW.replace(minute=0)]


@pytest.mark.parametrize(
    ("slot_at", "sentence"),
    [
        (
            "2026-03-02T15:30Z",
            "The slot 2026-03-02 15:30Z lies in the future; the newest that has ended is "
            "2026-03-02 15:00Z.",
        ),
        ("2026-03-02T14:45Z", "A slot lies on the half-hour grid: its minutes are 00 or 30."),
        (
            "2026-01-01T00:00Z",
            "The slot 2026-01-01 00:00Z lies before 2026-01-01, where this configuration starts "
            "(pipeline.starts_on).",
        ),
        (
            "0001-01-01T00:00+14:00",
            "The field slot_at is wrong: its year must lie between 1 and 9999.",
        ),
        (
            "2026-03-02T14:30",
            "The field slot_at is wrong: input should have timezone info.",
        ),
        *(
            (
                number,  # pydantic alone would read seconds since 1970
                "The field slot_at is wrong: write it like 2026-03-02, an instant like "
                "2026-03-02T14:30:00Z.",
            )
            for number in (1772461800, "1772461800", True)
        ),
    ],
)
def test_a_slot_that_cannot_be_done_is_refused_in_a_sentence(
    database: Database, slot_at: object, sentence: str
) -> None:
    runs = AskedRuns()
    with serving_api(database, runs=runs) as api:
        answer = api.ask({"slot_at": slot_at}, path="/api/v1/ticks")
    assert (answer.status, answer.detail) == (422, sentence)
    assert runs.ticks == []


def test_days_are_asked_for_and_those_that_lack_nothing_are_left_out(database: Database) -> None:
    runs = AskedRuns()
    body = {"first_on": "2026-02-27", "last_on": "2026-03-01"}
    with serving_api(database, runs=runs) as api:
        answer = api.ask(body, path="/api/v1/backfills")
    assert answer.status == 202
    assert answer.headers["location"] == "/api/v1/runs/run-of-backfill"
    assert answer.document["days"] == ["2026-02-27", "2026-02-28", "2026-03-01"]
    assert runs.days == [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]


@pytest.mark.parametrize(
    ("first_on", "last_on", "sentence"),
    [
        ("2026-03-01", "2026-03-03", "2026-03-03 lies in the future; today is 2026-03-02 (UTC)."),
        (
            "2026-03-02",
            "2026-02-01",
            "The backfill would end on 2026-02-01, before it starts on 2026-03-02.",
        ),
        (
            1772323200,
            "2026-03-01",
            "The field first_on is wrong: write it like 2026-03-02, an instant like "
            "2026-03-02T14:30:00Z.",
        ),
        (
            "1976-03-01",
            "2026-03-01",
            "1976-03-01 lies before 2026-01-01, where this configuration starts "
            "(pipeline.starts_on).",
        ),
    ],
)
def test_days_that_cannot_be_done_are_refused_in_a_sentence(
    database: Database, first_on: object, last_on: str, sentence: str
) -> None:
    runs = AskedRuns()
    with serving_api(database, runs=runs) as api:
        answer = api.ask({"first_on": first_on, "last_on": last_on}, path="/api/v1/backfills")
    assert (answer.status, answer.detail) == (422, sentence)
    assert runs.days == []


class Nobody(AskedRuns):
    def tick(self, slot_at: datetime) -> str:
        raise PipelineError(f"Nobody does {slot_at}.")


def test_where_nobody_takes_runs_it_is_told(database: Database) -> None:
    with serving_api(database, runs=Nobody()) as api:
        answer = api.ask({}, path="/api/v1/ticks")
        misspelt = api.ask({"slot": "2026-03-02T14:30Z"}, path="/api/v1/ticks")
    assert (answer.status, answer.detail) == (503, "Nobody does 2026-03-02 15:00:00+00:00.")
    assert misspelt.detail == "The body has a field that is not known here; leave it out."


def test_a_closed_database_is_told_and_nothing_is_asked_for() -> None:
    runs, closed = AskedRuns(), connect("postgresql://127.0.0.1:1/nowhere")
    with serving_api(closed, runs=runs) as api:
        answer = api.ask(
            {"first_on": "2026-02-27", "last_on": "2026-03-01"}, path="/api/v1/backfills"
        )
        slots = api.get("/api/v1/slots")
    assert (answer.status, slots.status) == (503, 503)
    assert answer.detail.startswith("The database can't be reached")
    assert runs.days == []
