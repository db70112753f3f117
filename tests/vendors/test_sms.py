"""SMS by Twilio's SDK, over real HTTP to a stand-in that speaks as Twilio does and misbehaves."""

import logging
import os
import socket
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.errors import (
    Ambiguous,
    ContactEnded,
    DeliveryError,
    NotConfigured,
    OverBudget,
    Paused,
    ProviderError,
    RateLimited,
    Rationed,
    Rejected,
    Retryable,
    StorageError,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.quota.calls import Usage
from tests.vendors.gemini_asking import Grants
from tests.vendors.loopback import drips, hangs, resets, sends
from tests.vendors.sms_asking import (
    NUMBER,
    OTHER,
    PER_SEGMENT,
    QUICK,
    accepted,
    bodies,
    channel,
    message,
    outcome,
    refused,
)
from tests.vendors.standin import Does, Reply, standing_in
from tests.vendors.twilio_standin import (
    SENDER,
    SERVICE,
    TOKEN,
    Turn,
    TwilioStandIn,
    refusal,
)

HTML = Reply(b"<html>gateway</html>", 502, "text/html")


def test_a_message_is_taken_once_with_its_mark_and_told_how_far_it_came(
    twilio: TwilioStandIn,
) -> None:
    came = accepted(channel(twilio.url), message(7))
    (sid,) = twilio.messages
    assert came == Receipt(Progress.ACCEPTED, "Accepted: it waits in Twilio's queue.", sid, 1)
    (form,) = twilio.posted
    assert form == {
        "To": NUMBER,
        "From": SENDER,
        "Body": "AAPL: score +0.72 is above +0.60 [d7]",
        "ValidityPeriod": "14400",
    }


def test_a_messaging_service_and_a_callback_are_asked_for_as_twilio_wants_them(
    twilio: TwilioStandIn,
) -> None:
    address = "https://watch.example/api/twilio"
    ours = channel(twilio.url, sender=SERVICE, callback_url=address)
    came = accepted(ours, message(7))
    assert came.told == "Accepted: Twilio has taken it and chooses a sender."
    assert came.segments == 1  # by our count: Twilio does not know yet
    (form,) = twilio.posted
    assert (form["MessagingServiceSid"], form["StatusCallback"]) == (SERVICE, address)
    assert "From" not in form


def test_a_long_text_is_cut_to_three_sms_in_the_cheap_alphabet(twilio: TwilioStandIn) -> None:
    came = accepted(channel(twilio.url), message(7, reason="“Škoda” rises… " * 60))
    (body,) = bodies(twilio)
    assert body.startswith('"Skoda" rises... "Skoda" rises... ')
    assert body.endswith("... [d7]")
    assert 440 < len(body) <= 3 * 153
    assert came.segments == 3


def test_messages_are_given_one_by_one_and_each_is_told_of_as_soon_as_it_is_known(
    twilio: TwilioStandIn,
) -> None:
    twilio.numbers[OTHER] = (21610, "Attempt to send to unsubscribed recipient")
    ours = channel(twilio.url)
    assert (ours.name, ours.repeatable, ours.together) == ("sms", False, 1)
    told = ours.send([message(1), message(2, OTHER), message(3)])
    assert next(told)[0].delivery_id == 1
    assert len(twilio.requests) == 1
    kinds = [(one.delivery_id, type(came)) for one, came in told]
    assert kinds == [(2, ContactEnded), (3, Receipt)]


REFUSALS = [
    (21211, ContactEnded, "is no phone number"),
    (21614, ContactEnded, "is no mobile number"),
    (21635, ContactEnded, "is a landline"),
    (21265, ContactEnded, "is a short code"),
    (21610, ContactEnded, "opted out"),
    (21408, Rejected, "Geo permissions"),
    (21608, Rejected, "verified numbers alone"),
    (21612, Rejected, "no way from alerts.twilio.sender"),
    (21266, Rejected, "the sender itself"),
    (21617, Rejected, "error 21617; see twilio.com/docs/errors/21617"),
    (21606, Retryable, "alerts.twilio.sender"),
    (21660, Retryable, "alerts.twilio.sender"),
    (21611, Retryable, "no more SMS for the moment"),
    (20005, Retryable, "suspended or closed"),
]


@pytest.mark.parametrize(("code", "kind", "because"), REFUSALS)
def test_each_refusal_is_one_sentence_and_the_right_kind(
    code: int, kind: type[DeliveryError], because: str, twilio: TwilioStandIn
) -> None:
    twilio.numbers[NUMBER] = (code, f"Twilio's own words about {NUMBER} and {TOKEN}")
    grants = Grants()
    error = refused(channel(twilio.url, grants), message())
    assert type(error) is kind
    assert because in str(error)
    ((_, granted),) = grants.given
    assert granted.made
    assert granted.usage == Usage()  # Twilio asks nothing for what it did not take
    assert not twilio.messages


def test_a_wrong_token_is_told_by_the_name_of_its_variable(twilio: TwilioStandIn) -> None:
    grants = Grants()
    error = refused(channel(twilio.url, grants, account_sid="AC" + "f" * 32), message())
    assert type(error) is Retryable
    assert "TWILIO_AUTH_TOKEN" in str(error)
    assert isinstance(grants.given[0][1].error, Unauthorized)


def test_a_request_too_many_was_not_taken_and_may_be_sent_again(twilio: TwilioStandIn) -> None:
    twilio.turns = [Turn(refusal(429, 20429, "Too Many Requests"))]
    grants = Grants()
    ours = channel(twilio.url, grants)
    error = refused(ours, message())
    assert type(error) is Retryable
    assert isinstance(grants.given[0][1].error, RateLimited)
    accepted(ours, message())
    assert list(twilio.taken.values()) == [1]


TAKEN_OR_NOT = [
    ("an answer that is late", Turn(takes=True, seconds=1.2), True),
    ("silence after it was taken", Turn(hangs, takes=True), True),
    ("silence", Turn(hangs), False),
    ("a cut connection after it was taken", Turn(resets, takes=True), True),
    ("a cut connection", Turn(resets), False),
    ("an end without a word", Turn(sends(b""), takes=True), True),
    (
        "half an answer",
        Turn(sends(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{"), True),
        True,
    ),
    ("an answer that drips", Turn(drips, takes=True), True),
    ("500", Turn(refusal(500, 20500, "Internal Server Error")), False),
    ("503 after it was taken", Turn(refusal(503, 20503, "Unavailable"), takes=True), True),
    ("a gateway's page", Turn(HTML, takes=True), True),
    ("success that is no JSON", Turn(Reply(b"<html>", 201), takes=True), True),
    ("success that is a list", Turn(Reply(b"[]", 201), takes=True), True),
    ("success without a number", Turn(Reply(b'{"sid": null}', 201), takes=True), True),
    ("success without a word", Turn(Reply(b"", 201), takes=True), True),
    ("success of odd types", Turn(Reply(b'{"sid": 5, "date_sent": 7}', 201), takes=True), True),
]


@pytest.mark.parametrize(
    ("turn", "taken"), [one[1:] for one in TAKEN_OR_NOT], ids=[one[0] for one in TAKEN_OR_NOT]
)
def test_what_may_have_been_sent_is_never_sent_again_and_twilio_knows_which(
    turn: Turn, taken: bool, twilio: TwilioStandIn
) -> None:
    twilio.turns = [turn]
    grants = Grants()
    sent, began = message(7), datetime.now(UTC)
    error = refused(channel(twilio.url, grants, timeout=QUICK), sent)
    assert type(error) is Ambiguous
    ((call, granted),) = grants.given
    assert isinstance(granted.error, Unavailable)
    assert granted.made
    assert granted.usage is None  # what was set aside stays spent
    assert call.most_usd == PER_SEGMENT
    assert len(twilio.requests) == 1
    found = channel(twilio.url).find(sent.contact, 7, began)
    assert (found is not None) == taken
    assert list(twilio.taken.values()) == [1] * taken
    if found is not None:
        assert (found.progress, found.vendor_id) == (Progress.ACCEPTED, next(iter(twilio.messages)))


def test_a_request_that_is_still_on_its_way_is_found_once_it_was_taken(
    twilio: TwilioStandIn,
) -> None:
    slow = threaded(twilio)
    ours, began = channel(slow), datetime.now(UTC)
    hasty = channel(slow, timeout=timedelta(seconds=0.3))
    assert isinstance(outcome(hasty, message(7)), Ambiguous)
    assert ours.find(message().contact, 7, began) is None
    until = time.monotonic() + 20
    while not twilio.messages and time.monotonic() < until:
        time.sleep(0.1)
    assert ours.find(message().contact, 7, began) is not None


def threaded(twilio: TwilioStandIn) -> str:
    """A stand-in that thinks before it takes the first message."""
    take = twilio.reply

    def reply(request: object) -> Does:
        if len(twilio.requests) == 1:
            time.sleep(2)
        return take(request)  # type: ignore[arg-type]

    twilio.reply = reply  # type: ignore[method-assign]
    return twilio.url


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    grants = Grants()
    error = refused(channel(f"http://127.0.0.1:{port}", grants), message())
    assert type(error) is Retryable
    assert "can't be reached (connection refused); nothing was sent" in str(error)
    assert not grants.given[0][1].made  # the grant is given back


def test_a_name_that_nobody_knows_means_that_nothing_was_sent() -> None:
    grants = Grants()
    error = refused(channel("http://twilio.invalid", grants), message())
    assert type(error) is Retryable
    assert "twilio.invalid" in str(error)
    assert not grants.given[0][1].made


def test_a_certificate_that_nobody_vouches_for_ends_it_before_anything_was_sent(
    one_authority: Path,
) -> None:
    twilio = TwilioStandIn()
    with standing_in(twilio, one_authority) as url:
        error = refused(channel(url), message())
    assert type(error) is Retryable
    assert "certificate" in str(error)
    assert not twilio.requests


def test_a_redirect_is_not_followed(twilio: TwilioStandIn) -> None:
    twilio.turns = [Turn(Reply(b"", 307, headers={"Location": f"{twilio.url}/elsewhere"}))]
    error = refused(channel(twilio.url), message())
    assert type(error) is Retryable
    assert "base_url" in str(error)
    assert len(twilio.requests) == 1


def test_what_the_environment_sets_for_the_sdk_changes_nothing(
    twilio: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "TWILIO_ACCOUNT_SID": "AC" + "e" * 32,
        "TWILIO_AUTH_TOKEN": "of another",
        "TWILIO_EDGE": "ashburn",
        "TWILIO_REGION": "us1",
    }.items():
        monkeypatch.setitem(os.environ, name, value)
    accepted(channel(twilio.url), message())


def test_neither_the_token_nor_a_number_nor_a_text_is_ever_logged(
    twilio: TwilioStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ours = channel(twilio.url)
    sid = accepted(ours, message(7)).vendor_id or ""
    ours.status(sid)
    ours.find(message().contact, 99, datetime.now(UTC))
    twilio.turns = [Turn(resets)]
    outcome(ours, message(8))
    for secret in (TOKEN, NUMBER, NUMBER.removeprefix("+"), "score"):
        assert secret not in caplog.text
    assert TOKEN not in repr(ours)
    assert TOKEN not in repr(ours.asking)


class TestMoney:
    def test_the_most_that_it_may_cost_is_set_aside_and_what_it_costs_accounted_for(
        self, twilio: TwilioStandIn
    ) -> None:
        grants = Grants()
        accepted(channel(twilio.url, grants), message(7, reason="x" * 299))
        ((call, granted),) = grants.given
        assert (call.purpose, call.cost, call.most_usd) == ("SMS", 1, Decimal("0.10"))
        assert granted.usage == Usage(cost_usd=Decimal("0.10"))

    @pytest.mark.parametrize(
        ("error", "kind", "because"),
        [
            (
                Rationed("twilio may be asked again at 00:00Z.", datetime.now(UTC)),
                OverBudget,
                "The day's SMS budget is spent: twilio may be asked again at 00:00Z.",
            ),
            (NotConfigured("twilio: too dear."), OverBudget, "The day's SMS budget is spent: "),
            (Paused("twilio is left alone.", datetime.now(UTC)), Retryable, "is left alone"),
            (RateLimited("Others wait.", timedelta(minutes=1)), Retryable, "Others wait"),
            (StorageError("The database is away."), Retryable, "Nothing was asked of Twilio: The"),
        ],
    )
    def test_what_is_not_granted_is_not_sent(
        self,
        error: ProviderError | StorageError,
        kind: type[DeliveryError],
        because: str,
        twilio: TwilioStandIn,
    ) -> None:
        came = refused(channel(twilio.url, Grants(0, error)), message())
        assert type(came) is kind
        assert because in str(came)
        assert not twilio.requests

    def test_a_question_is_not_answered_with_the_end_of_the_budget(
        self, twilio: TwilioStandIn
    ) -> None:
        ours = channel(twilio.url, Grants(0))
        with pytest.raises(Retryable):
            ours.status("SM" + "0" * 32)
        with pytest.raises(Retryable):
            ours.find(message().contact, 7, datetime.now(UTC))
