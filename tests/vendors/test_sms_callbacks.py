"""Twilio's reports on SMS: signed, repeated, out of order, forged."""

import itertools
import random
from collections.abc import Sequence

import pytest

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.errors import Rejected
from tests.vendors.sms_asking import accepted, channel, message
from tests.vendors.twilio_standin import TOKEN, TwilioStandIn, signed

URL = "https://watch.example/api/twilio/status?of=sms"


@pytest.fixture
def sid(twilio: TwilioStandIn) -> str:
    return accepted(channel(twilio.url), message()).vendor_id or ""


def test_a_signed_report_moves_its_message(twilio: TwilioStandIn, sid: str) -> None:
    ours = channel(twilio.url)
    twilio.moves(sid, "undelivered", 30003)
    of, came = ours.callback(*twilio.reports(sid, URL), URL)
    assert of == came.vendor_id == sid
    assert came.progress is Progress.FAILED
    assert "switched off or out of reach" in came.told


def test_the_example_of_twilios_own_documentation_is_verified() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signed(url, form, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    "changed",
    [
        {"MessageStatus": "delivered"},
        {"MessageSid": "SM" + "9" * 32},
        {"Extra": "field"},
    ],
)
def test_a_report_that_was_changed_is_refused(
    changed: dict[str, str], twilio: TwilioStandIn, sid: str
) -> None:
    form, signature = twilio.reports(sid, URL)
    with pytest.raises(Rejected, match="not signed by Twilio") as caught:
        channel(twilio.url).callback({**form, **changed}, signature, URL)
    assert TOKEN not in str(caught.value)


def test_a_report_signed_by_another_token_or_for_another_address_is_refused(
    twilio: TwilioStandIn, sid: str
) -> None:
    ours = channel(twilio.url)
    form, signature = twilio.reports(sid, URL)
    for wrong, url in (
        (signed(URL, form, "another token"), URL),
        (signature, URL.replace("watch", "other")),
        ("", URL),
        ("ü", URL),
        (signature[:-2], URL),
    ):
        with pytest.raises(Rejected, match="not signed by Twilio"):
            ours.callback(form, wrong, url)
    assert ours.callback(form, signature, URL)[0] == sid


def test_a_signed_report_about_nothing_is_refused(twilio: TwilioStandIn, sid: str) -> None:
    form, _ = twilio.reports(sid, URL)
    for name in ("Message", "Sms"):
        form = {key: value for key, value in form.items() if not key.startswith(name)}
    with pytest.raises(Rejected, match="names no SMS"):
        channel(twilio.url).callback(form, signed(URL, form), URL)


def test_a_field_that_twilio_adds_one_day_changes_nothing(twilio: TwilioStandIn, sid: str) -> None:
    form, _ = twilio.reports(sid, URL)
    form |= {"RawDlrDoneDate": "2611272359", "Größe": "ä"}
    assert channel(twilio.url).callback(form, signed(URL, form), URL)[0] == sid


@pytest.mark.parametrize("last", ["delivered", "undelivered"])
def test_in_any_order_and_repeated_reports_only_move_a_message_forward(
    last: str, twilio: TwilioStandIn, sid: str
) -> None:
    ours = channel(twilio.url)
    end = Progress.DELIVERED if last == "delivered" else Progress.FAILED
    statuses = ("queued", "sending", "sent", last)
    orders: list[Sequence[str]] = list(itertools.permutations(statuses))
    chance = random.Random(5)  # noqa: S311
    orders += [chance.choices(statuses, k=9) for _ in range(40)]
    for order in orders:
        progress = Progress.ACCEPTED
        for status in order:
            _, came = ours.callback(*twilio.reports(sid, URL, status), URL)
            before = progress
            progress = came.progress if came.progress.passes(progress) else progress
            assert not before.passes(progress)
        assert progress is (end if last in order else Progress.ACCEPTED)
