"""What is told comes to RabbitMQ as CloudEvents: all of it, once a symbol, in order."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
import sqlalchemy as sa
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from fintech_pipeline.alerts.acknowledging import acknowledge
from fintech_pipeline.publishing.asyncapi import document
from fintech_pipeline.storage.events import Event, Topic, announce
from tests.events.telling import FIRST, SLOT, Teller, by_subject, firsts
from tests.storage.deciding import Desk, score_rule
from tests.storage.settled_past import Past

SCHEMA = "urn:fintech:schema:"


@pytest.fixture
def begun(teller: Teller) -> Teller:
    """One that has published up to now."""
    assert teller.once() == 0
    return teller


def plain(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def checked(event: dict[str, Any], message: str) -> None:
    """Holds the event against the AsyncAPI document and against the CloudEvents library."""
    described = json.loads(document("any", None))
    schema = {"$ref": f"#/components/schemas/{message}", "components": described["components"]}
    jsonschema.validate(event, schema)
    read = JSONFormat().read(CloudEvent, json.dumps(event))
    assert read.get_specversion() == "1.0"


def test_each_signal_of_a_live_slot_is_a_message_with_all_that_people_see(begun: Teller) -> None:
    slot_at = begun.slot()
    assert begun.once() == 3
    taken = begun.rabbit.take(begun.queue, 3)
    assert [one.routing_key for one in taken] == ["signal.AAPL", "signal.BRK.B", "signal.KO"]
    first = taken[0]
    assert first.properties["content_type"] == "application/cloudevents+json"
    assert first.properties["delivery_mode"] == 2, "it outlives a restart"
    assert first.properties["message_id"] == first.event["id"]
    assert first.properties["type"] == first.event["type"] == "fintech.signal.made"
    assert first.event["source"] == f"urn:fintech:{begun.name}"
    assert first.event["subject"] == "AAPL"
    assert first.event["dataschema"] == f"{SCHEMA}signal:1"
    assert first.event["simulated"] is True
    assert first.event["data"] == {
        "symbol": "AAPL",
        "interval": "30m",
        "slot_at": plain(slot_at),
        "strategy": "balanced-2",
        "revision": 1,
        "score": 0.05,
        "action": "hold",
        "confidence": 0.5,
        "price": 100.25,
        "change_pct": None,
        "components": [
            {"name": "momentum", "value": 0.5, "weight": 0.2, "contribution": 0.1, "figure": 1.5},
            {"name": "news", "value": -0.25, "weight": 0.2, "contribution": -0.05, "figure": None},
        ],
        "cutoff_at": plain(slot_at),
    }
    for one in taken:
        checked(one.event, "SignalEvent")


def test_every_change_of_an_alert_is_a_message_with_its_reason_in_order(begun: Teller) -> None:
    desk = Desk(begun.database)
    desk.hire("anna", {"email": "anna@example.org"})
    desk.rule(score_rule(hold=timedelta(minutes=30)))
    looks = [0.1, 0.6, 0.7, 0.1]  # calm, pending, fired, resolved
    for place, score in enumerate(looks):
        desk.look(score, 0.0, 0.0)
        if place == 2:
            ((alert,),) = desk.rows("SELECT id FROM {s}.alerts")
            with begun.database.transaction() as connection:
                acknowledge(connection, alert, "anna", FIRST, "on it")
    begun.once()
    taken = begun.rabbit.take(begun.queue, 4)
    assert {one.routing_key for one in taken} == {"alert.AAPL"}
    types = [one.event["type"].removeprefix("fintech.alert.") for one in taken]
    assert types == ["pending", "fired", "acknowledged", "resolved"]
    stored = desk.rows("SELECT event, reason, value FROM {s}.alert_events ORDER BY id")
    data = [one.event["data"] for one in taken]
    assert [(one["change"], one["reason"], one["value"]) for one in data] == stored
    assert data[0]["alert_id"] is None
    assert data[1]["alert_id"] == alert
    assert {(one["rule"], one["severity"]) for one in data} == {("high", "warning")}
    for one in taken:
        checked(one.event, "AlertEvent")


def test_every_outcome_is_a_message_however_many_are_settled_at_once(begun: Teller) -> None:
    past = Past(begun.database)
    past.follow("AAPL")
    with begun.database.transaction() as connection:
        connection.execute(
            sa.text("""
                INSERT INTO fintech.signals (symbol, interval, slot_at, strategy, revision, price,
                    score, action, confidence, components, inputs, cutoff_at, live, run_id,
                    written_at)
                SELECT symbol, '30m', slot_at, 'balanced-2', 1, 100, 0.25, 'buy', 0.5, '[]', '{}',
                    slot_at, true, 'run', slot_at
                FROM generate_series(timestamptz '2025-07-01 14:00Z', '2025-07-04 20:00Z',
                    interval '30 minutes') AS slot_at, unnest(ARRAY['AAPL', 'KO']) AS symbol
            """)
        )
    settled = past.settle("2026-01-05 00:00")
    assert settled.written > 500, "more than are read at once"
    assert begun.once() == settled.written
    taken = begun.rabbit.take(begun.queue, settled.written)
    assert len(taken) == settled.written
    with begun.database.transaction() as connection:
        stored = connection.execute(
            sa.text("""
                SELECT s.symbol, s.slot_at, o.horizon, o.reason FROM fintech.signal_outcomes AS o
                JOIN fintech.signals AS s ON s.id = o.signal_id ORDER BY o.signal_id, o.horizon
            """)
        ).all()
    told = {
        (one.event["subject"], one.event["data"]["slot_at"], one.event["data"]["horizon"]): one
        for one in taken
    }
    assert set(told) == {(row.symbol, plain(row.slot_at), row.horizon) for row in stored}
    of_apple = [one.event["data"]["slot_at"] for one in taken if one.event["subject"] == "AAPL"]
    assert of_apple == sorted(of_apple)
    assert {one.event["type"] for one in taken} == {"fintech.outcome.settled"}
    checked(taken[0].event, "OutcomeEvent")


def test_a_backfill_publishes_nothing_and_nothing_waits_after_it(begun: Teller) -> None:
    begun.slot(live=False)
    assert begun.once() == 0
    assert begun.published()


def test_it_begins_with_what_comes_from_then_on_and_goes_on_where_it_was(teller: Teller) -> None:
    teller.slot()
    assert teller.once() == 0
    teller.slot(["AAPL"])
    teller.slot(["AAPL"])
    assert teller.once() == 2
    assert teller.once() == 0
    taken = teller.rabbit.take(teller.queue, 2)
    assert by_subject(firsts(taken)) == {"AAPL": [plain(FIRST + SLOT), plain(FIRST + 2 * SLOT)]}
    assert teller.cursor().confirmed == 2


def test_what_is_published_again_has_the_same_ids_and_the_same_content(begun: Teller) -> None:
    start = begun.cursor().event_id
    for _ in range(3):
        begun.slot()
    begun.once()
    with begun.database.transaction() as connection:
        again = sa.text("UPDATE fintech.event_cursors SET event_id = :start")
        connection.execute(again, {"start": start})
    begun.once()
    taken = begun.rabbit.take(begun.queue, 9)
    bodies = [one.body for one in taken]
    assert sorted(bodies[:9]) == sorted(bodies[9:])
    assert len({one.event["id"] for one in taken}) == 9


def test_an_id_that_a_restored_database_gives_again_is_another_event(begun: Teller) -> None:
    begun.slot(["AAPL"])
    begun.once()
    ((first,),) = _rows(begun, "SELECT id FROM fintech.events")
    with begun.database.transaction() as connection:
        connection.execute(sa.text("DELETE FROM fintech.events"))
        connection.execute(sa.text(f"ALTER TABLE fintech.events ALTER id RESTART {first}"))
        values = {"history": "before", "id": first - 1}
        query = sa.text("UPDATE fintech.event_cursors SET history = :history, event_id = :id")
        connection.execute(query, values)
    begun.slot(["AAPL"])
    done = begun.fintech("events", "publish", "--once")
    assert done.stdout == "1 message published.\n"
    assert "was restored or another one took over" in done.stderr
    ids = [one.event["id"] for one in begun.rabbit.take(begun.queue, 2)]
    assert [one.split("-")[0] for one in ids] == [str(first)] * 2
    assert ids[0] != ids[1]


def test_that_nobody_has_a_queue_is_told_and_stops_nothing(begun: Teller) -> None:
    begun.name = f"{begun.name}x"  # an exchange that no queue is bound to
    begun.configure(begun.rabbit.url)
    begun.slot()
    done = begun.fintech("events", "publish", "--once")
    assert done.stdout == "3 messages published.\n"
    assert "has no queue bound for some of signal.# and drops it" in done.stderr


def test_an_event_of_an_older_version_stops_nothing(begun: Teller) -> None:
    change = {"id": 1, "rule": "high", "subject": "AAPL", "event": "fired", "severity": "info"}
    told = [
        Event(Topic.OUTCOMES, {"symbols": ["AAPL"], "interval": "30m", "outcomes": 4}),
        Event(Topic.ALERTS, {"symbols": ["AAPL"], "alerts": [{**change, "at": plain(FIRST)}]}),
    ]
    with begun.database.transaction() as connection:
        announce(connection, told)
    assert begun.once() == 1
    (taken,) = begun.rabbit.take(begun.queue, 1)
    assert taken.event["data"]["reason"] is None


def _rows(teller: Teller, query: str) -> list[Any]:
    with teller.database.transaction() as connection:
        return list(connection.execute(sa.text(query)).all())
