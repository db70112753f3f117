"""What Twilio reports of an SMS, from the stand-in that sent it to our address."""

import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from fintech_pipeline.alert_channels import channels_of
from fintech_pipeline.alerts.channels.sms.channel import SmsChannel
from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.tables import contacts, deliveries
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.settings.alerts import AlertSettings, TwilioSettings
from fintech_pipeline.storage.database import Database
from tests.api.alerting import PREFIX, Asking, asking
from tests.api.asking import Answer
from tests.storage.outgoing import Outgoing
from tests.vendors.standin import standing_in
from tests.vendors.twilio_standin import ACCOUNT, SENDER, TOKEN, TwilioStandIn, signed

PUBLIC = "https://watch.example.com"
URL = f"{PUBLIC}/api/v1/sms/status"


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioStandIn]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    one = TwilioStandIn()
    with standing_in(one) as one.url:
        yield one


def settings_of(twilio: TwilioStandIn, public_url: str | None = PUBLIC) -> Settings:
    section = TwilioSettings(
        account_sid=ACCOUNT, auth_token=SecretStr(TOKEN), sender=SENDER, base_url=twilio.url
    )
    alerts = AlertSettings(twilio=section, public_url=public_url)
    return load_settings(environment={}).model_copy(update={"alerts": alerts})


def channel_of(settings: Settings, database: Database) -> SmsChannel:
    now = datetime.now(UTC)
    ways = channels_of(settings, database, Ledger(database), lambda: now, io.StringIO())
    found = ways[ChannelName.SMS]
    assert isinstance(found, SmsChannel)
    return found


def sent(settings: Settings, database: Database) -> int:
    """One SMS that has left by the deliverer; gives its number."""
    outgoing = Outgoing(database)
    outgoing.now = datetime.now(UTC)
    (number,) = outgoing.plan(outgoing.person()[ChannelName.SMS])
    channel = channel_of(settings, database)
    assert Deliverer(database, {ChannelName.SMS: channel}, outgoing.clock).drain() == 1
    return number


def reported(api: Asking, form: dict[str, str], signature: str) -> Answer:
    return api.client.ask(
        body=urlencode(form).encode(),
        path=f"{PREFIX}/sms/status",
        headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": signature,
        },
    )


def progress(database: Database, number: int) -> str:
    query = sa.select(deliveries.c.progress).where(deliveries.c.id == number)
    with database.transaction() as connection:
        return str(connection.execute(query).scalar_one())


def test_an_sms_is_sent_reported_and_delivered_whatever_is_repeated(
    database: Database, twilio: TwilioStandIn
) -> None:
    settings = settings_of(twilio)
    number = sent(settings, database)
    [(sid, _)] = twilio.messages.items()
    assert twilio.posted[0]["StatusCallback"] == URL
    assert progress(database, number) == "accepted"
    hear = channel_of(settings, database).callback
    with asking(database, settings=settings, hear_sms=hear) as api:
        for status, came in (
            ("queued", "accepted"),
            ("sent", "accepted"),
            ("delivered", "delivered"),
            ("delivered", "delivered"),
            ("sent", "delivered"),
            ("failed", "delivered"),
        ):
            answer = reported(api, *twilio.reports(sid, URL, status))
            assert (answer.status, answer.body) == (204, b"")
            assert progress(database, number) == came
        [shown] = api.get("/deliveries?channel=sms").document["items"]
    assert shown["progress"] == "delivered"
    assert sid not in str(shown)


def test_a_number_that_opted_out_is_disabled_by_a_report(
    database: Database, twilio: TwilioStandIn
) -> None:
    settings = settings_of(twilio)
    number = sent(settings, database)
    [sid] = twilio.messages
    twilio.moves(sid, "undelivered", 21610)
    hear = channel_of(settings, database).callback
    with asking(database, settings=settings, hear_sms=hear) as api:
        assert reported(api, *twilio.reports(sid, URL)).status == 204
    assert progress(database, number) == "failed"
    query = sa.select(contacts.c.disabled_because).where(contacts.c.channel == "sms")
    with database.transaction() as connection:
        assert connection.execute(query).scalar_one() is not None


def test_reports_at_the_same_time_are_taken_in_once(
    database: Database, twilio: TwilioStandIn
) -> None:
    settings = settings_of(twilio)
    number = sent(settings, database)
    [sid] = twilio.messages
    statuses: list[int] = []
    hear = channel_of(settings, database).callback
    with asking(database, settings=settings, hear_sms=hear) as api:
        form, signature = twilio.reports(sid, URL, "delivered")

        def report() -> None:
            statuses.append(reported(api, form, signature).status)

        reports = [threading.Thread(target=report) for _ in range(8)]
        for one in reports:
            one.start()
        for one in reports:
            one.join()
    assert statuses == [204] * 8
    assert progress(database, number) == "delivered"


def test_what_twilio_did_not_sign_changes_nothing(
    database: Database, twilio: TwilioStandIn
) -> None:
    settings = settings_of(twilio)
    number = sent(settings, database)
    [sid] = twilio.messages
    form, signature = twilio.reports(sid, URL, "delivered")
    hear = channel_of(settings, database).callback
    elsewhere = URL.replace("watch", "other")
    with asking(database, settings=settings, hear_sms=hear) as api:
        wrong = [
            reported(api, form, ""),
            reported(api, form, signed(elsewhere, form)),
            reported(api, {**form, "MessageStatus": "failed"}, signature),
            reported(api, {}, signature),
        ]
        odd = api.client.ask(
            body=b"\xff=\xff",
            path=f"{PREFIX}/sms/status",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        stranger = {**form, "MessageSid": f"SM{'9' * 32}"}
        unknown = reported(api, stranger, signed(URL, stranger))
    assert {one.status for one in wrong} == {403}
    assert "was not signed by Twilio" in wrong[0].detail
    assert TOKEN not in wrong[0].detail
    assert (odd.status, unknown.status) == (400, 204)
    assert progress(database, number) == "accepted"


def test_where_nobody_reports_there_is_nothing(database: Database, twilio: TwilioStandIn) -> None:
    settings = settings_of(twilio, public_url=None)
    hear = channel_of(settings, database).callback
    with asking(database) as api:
        assert reported(api, {}, "").status == 404
    with asking(database, settings=settings, hear_sms=hear) as api:
        assert reported(api, {}, "").status == 404


@pytest.mark.parametrize(
    ("public_url", "told"),
    [
        (None, None),
        ("http://localhost:3000", None),
        ("http://127.0.0.1:3000", None),
        ("http://192.168.1.4", None),
        ("http://watch.local", None),
        ("https://watch.example.com/market", "https://watch.example.com/market/api/v1/sms/status"),
        ("https://8.8.8.8", "https://8.8.8.8/api/v1/sms/status"),
    ],
)
def test_twilio_is_given_no_address_that_it_would_refuse(
    public_url: str | None, told: str | None
) -> None:
    assert AlertSettings(public_url=public_url).sms_status_url == told
