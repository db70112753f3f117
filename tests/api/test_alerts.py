"""Alerts, silences and deliveries over HTTP."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from fintech_pipeline.alerts.tables import alerts, delivery_attempts
from fintech_pipeline.api.callers import Role
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import Database
from tests.api.alerting import NUMBER, announced, apply, asking
from tests.api.living import NOW
from tests.storage.alert_rows import contact_id, event, message, open_alert, untold

SOON = NOW + timedelta(hours=2)


@pytest.fixture
def fired(database: Database) -> list[int]:
    """Four alerts, the second of which has ended; the first was told, and one contact was not."""
    apply(database)
    InstrumentStore(database).add(Instrument("AAPL", "Apple", tags=("core",)))
    with database.transaction() as connection:
        numbers = [
            open_alert(connection, "good", "AAPL", NOW),
            open_alert(connection, "good", "KO", NOW - timedelta(days=1)),
            open_alert(connection, "core", "AAPL", NOW, severity="critical"),
            open_alert(connection, "core", "daemon", NOW, severity="critical"),
        ]
        connection.execute(
            sa.update(alerts).where(alerts.c.id == numbers[1]).values(resolved_at=NOW)
        )
        told = event(connection, numbers[0], "repeated", NOW + timedelta(minutes=1))
        number = message(
            connection,
            told,
            contact_id(connection, "anna", "sms"),
            NOW,
            "failed",
            f"Twilio knows nobody at {NUMBER}.",
        )
        connection.execute(
            sa.insert(delivery_attempts).values(
                delivery_id=number, number=1, begun_at=NOW, ended_at=NOW, told=f"To {NUMBER}."
            )
        )
        untold(connection, told, contact_id(connection, "anna", "email"), "It was silenced.")
    return numbers


def test_alerts_are_found_by_what_they_are(database: Database, fired: list[int]) -> None:
    first, ended, core, daemon = fired
    asked = {
        "": [daemon, core, ended, first],
        "?state=open": [daemon, core, first],
        "?state=resolved": [ended],
        "?rule=good": [ended, first],
        "?rule=nobody": [],
        "?symbol=aapl": [core, first],
        "?symbol=daemon&severity=critical": [daemon],
        "?severity=info": [],
        "?state=open&rule=core&symbol=AAPL": [core],
    }
    with asking(database) as api:
        for query, numbers in asked.items():
            items = api.get(f"/alerts{query}").document["items"]
            assert [one["alert_id"] for one in items] == numbers, query
        page = api.get("/alerts?limit=3").document
        rest = api.get(f"/alerts?limit=3&cursor={page['next']}").document
    assert [one["alert_id"] for one in rest["items"]] == [first]
    assert rest["next"] is None


def test_what_can_not_be_asked_is_refused(database: Database) -> None:
    queries = (
        "state=odd",
        "severity=loud",
        f"symbol={'A' * 300}",
        "symbol=%00",
        "rule=%00",
        "limit=0",
        "limit=501",
    )
    with asking(database) as api:
        for query in queries:
            answer = api.get(f"/alerts?{query}")
            assert answer.status == 422, query
            assert answer.detail.startswith("The parameter"), query
        assert api.get("/alerts?cursor=%C3%BC").status == 400


def test_an_alert_tells_its_whole_story(database: Database, fired: list[int]) -> None:
    with asking(database) as api:
        api.post("/silences", {"symbol": "aapl", "for": "1h", "comment": "earnings\ncall"})
        api.post("/silences", {"symbol": "KO", "for": "1h"})
        story = api.get(f"/alerts/{fired[0]}").document
        listed = api.get("/alerts?state=open&rule=good").document["items"][0]
    with asking(database, Role.VIEWER) as api:
        seen = api.get(f"/alerts/{fired[0]}")
    assert [one["event"] for one in story["events"]] == ["fired", "repeated"]
    email, sms = story["events"][1]["notices"]
    assert (email["delivery_id"], email["reason"]) == (None, "It was silenced.")
    assert (sms["progress"], sms["attempts"]) == ("failed", 1)
    assert sms["contact"]["address"] == NUMBER
    assert sms["told"] == f"Twilio knows nobody at {NUMBER}."
    [silence] = story["silences"]
    assert (silence["subject"], silence["comment"]) == ("AAPL", "earnings call")
    assert story["silenced_by"] == listed["silenced_by"] == silence["silence_id"]
    assert listed == {key: story[key] for key in listed}
    assert NUMBER not in seen.body.decode()
    assert seen.document["events"][1]["notices"][1]["told"] == "Twilio knows nobody at +49…78."


def test_an_alert_that_is_not_there(database: Database) -> None:
    with asking(database) as api:
        for number, status in (("999", 404), ("x", 422), ("0", 422), ("9" * 30, 422)):
            for answer in (
                api.get(f"/alerts/{number}"),
                api.post(f"/alerts/{number}/acknowledgement"),
                api.get(f"/silences/{number}"),
                api.delete(f"/silences/{number}"),
            ):
                assert answer.status == status
                assert answer.detail


def test_whoever_acknowledges_first_stays(database: Database, fired: list[int]) -> None:
    path = f"/alerts/{fired[0]}/acknowledgement"
    with asking(database, name="ben") as api:
        done = api.post(path, {"comment": "looking  into it"})
        ended = api.post(f"/alerts/{fired[1]}/acknowledgement")
        long = api.post(path, {"comment": "a" * 301})
        odd = api.post(path, {"comment": "a\x00b"})
    with asking(database, name="lena") as api:
        again = api.post(path)
        story = api.get(f"/alerts/{fired[0]}").document
    assert (done.status, again.status) == (201, 200)
    assert (again.document["by"], again.document["now"]) == ("ben", False)
    assert (ended.status, long.status, odd.status) == (409, 422, 422)
    assert "there is nothing to acknowledge" in ended.detail
    assert story["acknowledged_by"] == "ben"
    reasons = [one["reason"] for one in story["events"] if one["event"] == "acknowledged"]
    assert reasons == ["ben has acknowledged it: looking into it."]
    (told,) = announced(database, "alerts")
    assert [(one["id"], one["event"]) for one in told["alerts"]] == [(fired[0], "acknowledged")]


def test_a_silence_is_made_seen_and_ended(database: Database, fired: list[int]) -> None:
    with asking(database, name="ben") as api:
        made = api.post("/silences", {"rule": "core", "tag": "core", "for": "2h"})
        one = api.post("/silences", {"alert_id": fired[3]}).document
        number = made.document["silence_id"]
        assert made.headers["location"] == f"/api/v1/silences/{number}"
        page = api.get("/silences?state=lasting&limit=1").document
        rest = api.get(f"/silences?state=lasting&cursor={page['next']}").document
        assert api.delete(f"/silences/{number}").status == 204
        again = api.delete(f"/silences/{number}")
        ended = api.get("/silences?state=ended").document["items"]
    assert (made.status, made.document["covers"]) == (201, [fired[2]])
    assert (made.document["author"], made.document["matched"]) == ("ben", "rule core, tag core")
    assert made.document["ends_at"] == "2026-03-02T17:10:00Z"
    assert (one["ends_at"], one["covers"]) == (None, [fired[3]])
    assert [page["items"][0]["silence_id"], rest["items"][0]["silence_id"]] == [
        one["silence_id"],
        number,
    ]
    assert (again.status, again.detail.endswith("already.")) == (409, True)
    assert [silence["silence_id"] for silence in ended] == [number]
    assert announced(database, "silences") == [
        {"silence": number, "ended": False},
        {"silence": one["silence_id"], "ended": False},
        {"silence": number, "ended": True},
    ]


def test_a_silence_that_means_nothing_is_refused(database: Database) -> None:
    apply(database)
    wrong: list[object] = [
        {},
        {"for": "2h"},
        {"symbol": "AAPL"},
        {"symbol": "AAPL", "for": "soon"},
        {"symbol": "AAPL", "for": "2h", "ends_at": SOON.isoformat()},
        {"symbol": "AAPL", "ends_at": "2026-03-02T12:00:00"},
        {"symbol": "AAPL", "ends_at": "2025-03-02T12:00:00Z"},
        {"symbol": "AAPL", "ends_at": "2076-03-02T12:00:00Z"},
        {"symbol": "AAPL", "for": "999999w"},
        {"symbol": "A" * 300, "for": "2h"},
        {"rule": "nope", "for": "2h"},
        {"alert_id": 999},
        {"alert_id": 1, "for": "2h"},
        {"symbol": "AAPL", "for": "2h", "colour": "red"},
    ]
    with asking(database) as api:
        for one in wrong:
            answer = api.post("/silences", one)
            assert answer.status == 422, one
            assert answer.detail
        assert api.get("/silences").document["items"] == []


def test_deliveries_come_with_their_attempts(database: Database, fired: list[int]) -> None:
    with database.transaction() as connection:
        other = event(connection, fired[2], "repeated", NOW + timedelta(minutes=2))
        message(connection, other, contact_id(connection, "anna", "email"), NOW)
    with asking(database) as api:
        items = api.get("/deliveries").document["items"]
        page = api.get("/deliveries?limit=1").document
        rest = api.get(f"/deliveries?cursor={page['next']}").document["items"]
        counts = {
            query: len(api.get(f"/deliveries?{query}").document["items"])
            for query in ("progress=failed", "person=anna", "person=ben", "channel=sms&person=anna")
        }
        odd = api.get("/deliveries?progress=lost")
    with asking(database, Role.VIEWER) as api:
        seen = api.get("/deliveries").body.decode()
    assert [one["alert_ids"] for one in items] == [[fired[2]], [fired[0]]]
    assert rest == items[1:]
    assert items[1]["attempts"] == [
        {
            "number": 1,
            "begun_at": "2026-03-02T15:10:00Z",
            "ended_at": "2026-03-02T15:10:00Z",
            "told": f"To {NUMBER}.",
        }
    ]
    assert counts == {
        "progress=failed": 1,
        "person=anna": 2,
        "person=ben": 0,
        "channel=sms&person=anna": 1,
    }
    assert odd.status == 422
    assert NUMBER not in seen
    assert "anna@example.com" not in seen
