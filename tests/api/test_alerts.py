"""Alerts, acknowledgement, silences, deliveries and the SMS vendor's reports over HTTP."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from fintech_pipeline.alerts.channels.channel import Receipt
from fintech_pipeline.alerts.channels.sms.callbacks import reported
from fintech_pipeline.alerts.channels.sms.statuses import receipt
from fintech_pipeline.alerts.rule_files import rule_file_of
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.tables import deliveries
from fintech_pipeline.api.tokens import Tokens
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.events import events
from tests.api.asking import Client
from tests.api.living import NOW, access_by, serving_api
from tests.storage.alert_rows import contact_id, event, message, open_alert
from tests.vendors.sms_asking import accepted, channel
from tests.vendors.sms_asking import message as sms_message
from tests.vendors.standin import standing_in
from tests.vendors.twilio_standin import TOKEN, TwilioStandIn

RULES = """
[people.anna]
email = "anna@example.org"
sms = "+4915112345678"
[rules.strong]
metric = "score"
above = 0.6
notify = ["anna"]
[rules.weak]
metric = "score"
below = -0.6
severity = "critical"
notify = ["anna"]
"""
AGO = NOW - timedelta(hours=1)
TOKENS = Tokens(SecretStr("what-a-viewer-knows"), SecretStr("what-an-editor-knows"))
EDITOR = {"Authorization": "Bearer what-an-editor-knows"}
VIEWER = {"Authorization": "Bearer what-a-viewer-knows"}


@dataclass(frozen=True)
class Alerted:
    """Three alerts, one of them told by email, one ended."""

    open_id: int
    ended_id: int
    critical_id: int
    delivery_id: int


@pytest.fixture
def alerted(database: Database) -> Alerted:
    RuleStore(database).apply(rule_file_of("rules.toml", tomllib.loads(RULES)), "Ada", AGO)
    with database.transaction() as connection:
        first = open_alert(connection, "strong", "AAPL", AGO)
        ended = open_alert(connection, "strong", "KO", AGO)
        connection.execute(
            sa.text("UPDATE fintech.alerts SET resolved_at = :at WHERE id = :id"),
            {"at": NOW, "id": ended},
        )
        critical = open_alert(connection, "weak", "AAPL", AGO, severity="critical")
        told = event(connection, first, "repeated", AGO)
        sent = message(
            connection,
            told,
            contact_id(connection, "anna", "email"),
            AGO,
            told="The mail server took it for anna@example.org.",
        )
    return Alerted(first, ended, critical, sent)


@pytest.fixture
def api(database: Database, alerted: Alerted) -> Iterator[Client]:
    assert alerted
    with serving_api(database) as client:
        yield client


def ids(api: Client, query: str) -> list[int]:
    return [one["alert_id"] for one in api.get(f"/api/v1/alerts?{query}").document["items"]]


def test_alerts_are_listed_by_what_is_asked_for(api: Client, alerted: Alerted) -> None:
    everything = [alerted.critical_id, alerted.ended_id, alerted.open_id]
    assert ids(api, "") == everything
    assert ids(api, "state=open") == [alerted.critical_id, alerted.open_id]
    assert ids(api, "state=resolved") == [alerted.ended_id]
    assert ids(api, "rule=strong") == [alerted.ended_id, alerted.open_id]
    assert ids(api, "symbol=aapl") == [alerted.critical_id, alerted.open_id]
    assert ids(api, "severity=critical") == [alerted.critical_id]
    assert ids(api, "rule=nobody") == []


def test_pages_of_alerts_hold_each_once(api: Client, alerted: Alerted) -> None:
    found, cursor = [], ""
    while True:
        page = api.get(f"/api/v1/alerts?limit=1{cursor}").document
        found += [one["alert_id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == [alerted.critical_id, alerted.ended_id, alerted.open_id]
    assert api.get("/api/v1/alerts?cursor=nonsense").status == 400


def test_the_story_of_an_alert_says_what_changed_and_who_was_told(
    api: Client, alerted: Alerted
) -> None:
    story = api.get(f"/api/v1/alerts/{alerted.open_id}").document
    assert story["alert"]["reason"] == "Score +0.72 is above +0.60."
    assert [one["event"] for one in story["events"]] == ["fired", "repeated"]
    (notice,) = story["events"][1]["notices"]
    assert notice["delivery_id"] == alerted.delivery_id
    assert notice["contact"]["address"] == "anna@example.org"
    for strange in ("999999", "0", "-1", "x", str(2**64)):
        assert api.get(f"/api/v1/alerts/{strange}").status in {404, 422}, strange


def test_who_only_looks_sees_no_whole_address(database: Database, alerted: Alerted) -> None:
    paths = [f"/api/v1/alerts/{alerted.open_id}", "/api/v1/deliveries"]
    with serving_api(database, access=access_by(TOKENS)) as api:
        for path in paths:
            seen = api.ask(method="GET", path=path, headers=VIEWER).body
            assert b"anna@example.org" not in seen, path
            assert "a…@example.org".encode() in seen, path
            assert b"anna@example.org" in api.ask(method="GET", path=path, headers=EDITOR).body


def test_an_alert_is_acknowledged_once_by_whoever_is_first(
    database: Database, alerted: Alerted
) -> None:
    path = f"/api/v1/alerts/{alerted.open_id}/acknowledgement"
    named = {**EDITOR, "Content-Type": "application/json", "X-Forwarded-User": "ben"}
    with serving_api(database, access=access_by(TOKENS)) as api:
        first = api.ask({"comment": "On it."}, path=path, headers=named)
        again = api.ask({}, path=path, headers={**named, "X-Forwarded-User": "cleo"})
        gone = api.ask({}, path=f"/api/v1/alerts/{alerted.ended_id}/acknowledgement", headers=named)
        none = api.ask({}, path="/api/v1/alerts/99/acknowledgement", headers=named)
        story = api.ask(method="GET", path=f"/api/v1/alerts/{alerted.open_id}", headers=EDITOR)
    assert (first.status, first.document["by"], first.document["new"]) == (200, "ben", True)
    assert (again.document["by"], again.document["new"]) == ("ben", False)
    assert (gone.status, none.status) == (409, 404)
    assert story.document["alert"]["acknowledged_by"] == "ben"
    assert story.document["events"][-1]["reason"] == "ben has acknowledged it: On it."
    with database.transaction() as connection:
        told = connection.execute(sa.select(events.c.payload).where(events.c.topic == "alerts"))
        assert any('"acknowledged"' in json.dumps(one) for (one,) in told)


def test_a_silence_is_made_shown_and_ended(api: Client) -> None:
    until = (NOW + timedelta(hours=2)).isoformat()
    made = api.ask(
        {"subject": "AAPL", "ends_at": until, "comment": "Earnings."}, path="/api/v1/silences"
    )
    number = made.document["silence_id"]
    assert (made.status, made.headers["location"]) == (201, f"/api/v1/silences/{number}")
    assert made.document["author"] == "local"
    path = f"/api/v1/silences/{number}"
    assert api.get("/api/v1/silences?lasting=true").document["items"] == [made.document]
    assert api.get(path).document == made.document
    assert api.ask(method="DELETE", path=path, headers={}).status == 200
    assert api.get("/api/v1/silences?lasting=true").document["items"] == []
    assert api.ask(method="DELETE", path=path, headers={}).status == 409
    assert api.ask(method="DELETE", path="/api/v1/silences/99", headers={}).status == 404


def test_a_silence_of_one_alert_lasts_until_it_has_ended(api: Client, alerted: Alerted) -> None:
    made = api.ask({"alert_id": alerted.open_id}, path="/api/v1/silences")
    assert (made.status, made.document["ends_at"]) == (201, None)
    story = api.get(f"/api/v1/alerts/{alerted.open_id}").document
    assert [one["silence_id"] for one in story["silences"]] == [made.document["silence_id"]]
    refused = api.ask({"alert_id": alerted.ended_id}, path="/api/v1/silences")
    assert refused.status == 422
    assert "there is nothing to silence" in refused.detail


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({}, "say what is silenced"),
        ({"rule": "strong"}, "say until when"),
        ({"rule": "strong", "ends_at": "2020-01-01T00:00:00Z"}, "would end before it begins"),
        ({"rule": "s" * 300, "ends_at": "2030-01-01T00:00:00Z"}, "at most 100"),
        ({"rule": "strong", "ends_at": "soon"}, "ends_at is wrong"),
        ({"mood": "quiet"}, "not known here"),
    ],
)
def test_a_silence_that_says_too_little_or_too_much_is_refused(
    api: Client, wanted: Mapping[str, Any], said: str
) -> None:
    refused = api.ask(wanted, path="/api/v1/silences")
    assert refused.status == 422
    assert said in refused.detail


def test_messages_are_listed_with_what_became_of_them(api: Client, alerted: Alerted) -> None:
    (one,) = api.get("/api/v1/deliveries?person=anna&channel=email&progress=sent").document["items"]
    assert one["delivery_id"] == alerted.delivery_id
    assert one["alert_ids"] == [alerted.open_id]
    for query in ("person=ben", "channel=sms", "progress=failed"):
        assert api.get(f"/api/v1/deliveries?{query}").document["items"] == [], query
    assert api.get("/api/v1/deliveries?channel=pigeon").status == 422


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioStandIn]:
    monkeypatch.setenv("NO_PROXY", "*")
    stand_in = TwilioStandIn()
    with standing_in(stand_in) as stand_in.url:
        yield stand_in


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def with_twilio(twilio: TwilioStandIn) -> dict[str, Any]:
    """Settings that name the vendor and where people reach us, and what hears its reports."""

    def hear(form: Mapping[str, str], signature: str, url: str) -> tuple[str, Receipt]:
        sms = reported(form, signature, url, SecretStr(TOKEN))
        return sms.sid, receipt(sms, NOW)

    demo = load_settings(environment={})
    alerts = demo.alerts.model_copy(update={"public_url": "https://watch.example.org"})
    assert twilio
    return {"settings": demo.model_copy(update={"alerts": alerts}), "hear_sms": hear}


def test_a_signed_report_moves_its_sms_and_repeats_change_nothing(
    database: Database, alerted: Alerted, twilio: TwilioStandIn
) -> None:
    assert alerted
    sid = accepted(channel(twilio.url), sms_message()).vendor_id or ""
    with database.transaction() as connection:
        told = event(connection, alerted.open_id, "repeated", NOW)
        sent = message(
            connection, told, contact_id(connection, "anna", "sms"), AGO, progress="accepted"
        )
        connection.execute(
            sa.update(deliveries).where(deliveries.c.id == sent).values(vendor_id=sid)
        )
    given = with_twilio(twilio)
    url = given["settings"].alerts.sms_status_url
    assert url == "https://watch.example.org/api/v1/sms/status"

    def post(api: Client, form: Mapping[str, str], signature: str) -> int:
        headers = {**FORM, "X-Twilio-Signature": signature}
        path = "/api/v1/sms/status"
        return api.ask(body=urlencode(form).encode(), path=path, headers=headers).status

    with serving_api(database, access=access_by(TOKENS), **given) as api:
        for status in ("delivered", "delivered", "sent", "queued"):
            assert post(api, *twilio.reports(sid, url, status)) == 204, status
        form, signature = twilio.reports(sid, url, "failed")
        assert post(api, {**form, "MessageStatus": "undelivered"}, signature) == 403
        assert post(api, form, "") == 403
        found = api.ask(method="GET", path="/api/v1/deliveries?channel=sms", headers=VIEWER)
    (one,) = found.document["items"]
    assert one["progress"] == "delivered"
    assert str(ChannelName.SMS) == one["contact"]["channel"]


def test_where_no_vendor_reports_nothing_is_there(api: Client) -> None:
    answer = api.ask(body=b"MessageSid=SM1", path="/api/v1/sms/status", headers=FORM)
    assert answer.status == 404
