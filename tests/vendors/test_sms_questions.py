"""What became of SMS: asked of Twilio by number and by mark, over real HTTP to a stand-in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.errors import Rejected, Retryable
from tests.vendors.loopback import hangs, resets
from tests.vendors.sms_asking import OTHER, QUICK, accepted, channel, message
from tests.vendors.standin import Does, Reply
from tests.vendors.twilio_standin import Turn, TwilioStandIn, refusal


def moved(twilio: TwilioStandIn, status: str, code: int | None = None) -> Receipt:
    ours = channel(twilio.url)
    sid = accepted(ours, message(7, reason="x" * 200)).vendor_id or ""
    twilio.moves(sid, status, code)
    return ours.status(sid)


@pytest.mark.parametrize("status", ["accepted", "scheduled", "queued", "sending", "sent"])
def test_what_is_under_way_is_accepted(status: str, twilio: TwilioStandIn) -> None:
    assert moved(twilio, status).progress is Progress.ACCEPTED


@pytest.mark.parametrize("status", ["delivered", "read", "partially_delivered"])
def test_what_arrived_is_delivered(status: str, twilio: TwilioStandIn) -> None:
    assert moved(twilio, status).progress is Progress.DELIVERED


def test_what_it_cost_and_how_many_it_was_is_told(twilio: TwilioStandIn) -> None:
    came = moved(twilio, "delivered")
    assert (came.segments, came.cost_usd) == (2, Decimal("0.01580"))


@pytest.mark.parametrize(
    ("status", "code", "because"),
    [
        ("undelivered", 30003, "did not arrive: the phone is switched off or out of reach"),
        ("undelivered", 30004, "blocks our SMS"),
        ("undelivered", 30005, "knows no such number"),
        ("undelivered", 30006, "landline"),
        ("undelivered", 30007, "took it for spam"),
        ("failed", 30036, "was not sent: it waited too long"),
        ("failed", 39999, "see twilio.com/docs/errors/39999"),
        ("failed", None, "does not say why"),
        ("canceled", None, "was canceled"),
    ],
)
def test_what_failed_says_why(
    status: str, code: int | None, because: str, twilio: TwilioStandIn
) -> None:
    came = moved(twilio, status, code)
    assert came.progress is Progress.FAILED
    assert because in came.told
    assert came.told.endswith(".")
    assert came.ends_contact is None


def test_who_opted_out_meanwhile_gets_no_more(twilio: TwilioStandIn) -> None:
    came = moved(twilio, "failed", 21610)
    assert came.progress is Progress.FAILED
    assert came.ends_contact is not None
    assert came.ends_contact.startswith("+49…78 has opted out")


def test_what_no_network_confirmed_for_hours_is_over(twilio: TwilioStandIn) -> None:
    ours = channel(twilio.url)
    sid = accepted(ours, message(7)).vendor_id or ""
    twilio.moves(sid, "sent")
    assert ours.status(sid).progress is Progress.ACCEPTED
    later = channel(twilio.url, clock=lambda: datetime.now(UTC) + timedelta(hours=6, seconds=2))
    assert later.status(sid).progress is Progress.SENT


@pytest.mark.parametrize(
    "does",
    [hangs, resets, refusal(500, 20500, "no"), refusal(429, 20429, "no"), Reply(b"<html>")],
)
def test_a_question_without_an_answer_is_asked_again(does: Does, twilio: TwilioStandIn) -> None:
    ours = channel(twilio.url)
    sid = accepted(ours, message(7)).vendor_id or ""
    hasty = channel(twilio.url, timeout=QUICK)
    asks: list[Callable[[], object]] = [
        lambda: hasty.status(sid),
        lambda: hasty.find(message().contact, 7, datetime.now(UTC)),
    ]
    for ask in asks:
        twilio.turns = [Turn(does)]
        with pytest.raises(Retryable, match=r"asked again|asked later"):
            ask()
    assert ours.status(sid).vendor_id == sid


def test_a_message_that_twilio_does_not_know_is_told_so(twilio: TwilioStandIn) -> None:
    with pytest.raises(Rejected, match="knows no such SMS"):
        channel(twilio.url).status("SM" + "0" * 32)


def test_a_wrong_token_is_told_here_too(twilio: TwilioStandIn) -> None:
    ours = channel(twilio.url, account_sid="AC" + "f" * 32)
    with pytest.raises(Retryable, match="TWILIO_AUTH_TOKEN"):
        ours.status("SM" + "0" * 32)
    with pytest.raises(Retryable, match="TWILIO_AUTH_TOKEN"):
        ours.find(message().contact, 7, datetime.now(UTC))


def test_one_message_among_many_is_found_by_its_mark_over_pages(twilio: TwilioStandIn) -> None:
    twilio.page_most, twilio.dates_at_once = 3, True
    ours, began = channel(twilio.url), datetime.now(UTC)
    sids = {number: accepted(ours, message(number)).vendor_id for number in range(1, 12)}
    accepted(ours, message(12, OTHER))
    for number in (1, 5, 11):
        found = ours.find(message().contact, number, began)
        assert found is not None
        assert found.vendor_id == sids[number]
    assert ours.find(message().contact, 12, began) is None
    assert ours.find(message(1, OTHER).contact, 12, began) is not None


def test_how_far_it_has_come_is_told_with_it(twilio: TwilioStandIn) -> None:
    ours, began = channel(twilio.url), datetime.now(UTC)
    sid = accepted(ours, message(7)).vendor_id or ""
    twilio.moves(sid, "delivered")
    found = ours.find(message().contact, 7, began)
    assert found is not None
    assert found.progress is Progress.DELIVERED


def test_a_message_of_an_earlier_database_with_the_same_number_is_not_taken_for_it(
    twilio: TwilioStandIn,
) -> None:
    twilio.clock = lambda: datetime.now(UTC) - timedelta(minutes=30)
    ours = channel(twilio.url)
    accepted(ours, message(7))
    assert ours.find(message().contact, 7, datetime.now(UTC)) is None


def test_a_clock_of_twilios_that_runs_behind_hides_nothing(twilio: TwilioStandIn) -> None:
    twilio.clock = lambda: datetime.now(UTC) - timedelta(minutes=2)
    ours = channel(twilio.url)
    accepted(ours, message(7))
    assert ours.find(message().contact, 7, datetime.now(UTC)) is not None
