"""The outbox: what is held, what a dead attempt means, and that nothing ever goes back."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.fates import FINDING, Fate
from fintech_pipeline.alerts.outbox import Outbox
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.tables import contacts, notices
from fintech_pipeline.alerts.told import Message, Telling
from fintech_pipeline.errors import (
    Ambiguous,
    ContactEnded,
    OverBudget,
    Rejected,
    Retryable,
)
from fintech_pipeline.storage.database import Database
from tests.storage.outgoing import NOW, Answer, Outgoing, Recording, Tracking

EMAIL, SMS = ChannelName.EMAIL, ChannelName.SMS
TAKEN = Receipt(Progress.ACCEPTED, "The vendor took it.", vendor_id="SM1")
DONE = Receipt(Progress.DELIVERED, "It arrived.")


@pytest.fixture
def outgoing(database: Database) -> Outgoing:
    return Outgoing(database)


def deliverer(outgoing: Outgoing, *channels: Recording) -> Deliverer:
    return Deliverer(
        outgoing.database,
        {one.name: one for one in channels},
        outgoing.clock,
        jitter=lambda: 1.0,
    )


def test_what_is_due_is_sent_once(outgoing: Outgoing) -> None:
    email, anna = Recording(), outgoing.person()
    (number,) = outgoing.plan(anna[EMAIL])
    assert deliverer(outgoing, email).drain() == 1
    assert deliverer(outgoing, email).drain() == 0
    row = outgoing.row(number)
    assert email.ids == [number]
    assert (row.progress, row.told, row.ended_at) == ("sent", "It was taken.", NOW)
    assert outgoing.attempts(number) == [(NOW, "It was taken.")]


def test_what_is_due_later_waits(outgoing: Outgoing) -> None:
    email, anna = Recording(), outgoing.person()
    outgoing.plan(anna[EMAIL], due_at=NOW + timedelta(seconds=1))
    assert deliverer(outgoing, email).drain() == 0
    outgoing.passes(seconds=1)
    assert deliverer(outgoing, email).drain() == 1


def test_a_message_is_what_was_told_of_its_events_the_most_severe_first(
    outgoing: Outgoing,
) -> None:
    email, anna = Recording(), outgoing.person()
    (number,) = outgoing.plan(anna[EMAIL], severity=Severity.INFO, events=2)
    with outgoing.database.transaction() as connection:
        outgoing.now += timedelta(minutes=1)
        event = outgoing._event(connection, Severity.CRITICAL)
        connection.execute(
            sa.insert(notices).values(
                event_id=event, contact_id=anna[EMAIL], delivery_id=number, reason="Told."
            )
        )
    deliverer(outgoing, email).drain()
    (message,) = email.sent
    assert [told.subject for told in message.told] == ["S3", "S1", "S2"]
    assert message.severity is Severity.CRITICAL
    assert (message.person, message.time_zone) == ("anna", "Europe/Berlin")
    assert message.contact.address == "anna@example.com"


def test_two_connections_never_hold_the_same_message(outgoing: Outgoing) -> None:
    anna = outgoing.person()
    numbers = {outgoing.plan(anna[EMAIL])[0] for _ in range(5)}
    outbox = Outbox(outgoing.database)
    with outgoing.database.transaction() as one, outgoing.database.transaction() as other:
        first = outbox.claim(one, EMAIL, NOW, 3, repeatable=True)
        second = outbox.claim(other, EMAIL, NOW, 3, repeatable=True)
    held = [parcel.delivery_id for parcel in [*first, *second]]
    assert len(first) == 3
    assert len(second) == 2
    assert set(held) == numbers


def test_that_a_message_is_tried_is_committed_while_it_is_held(outgoing: Outgoing) -> None:
    anna = outgoing.person()
    (number,) = outgoing.plan(anna[EMAIL])
    outbox = Outbox(outgoing.database)
    with outgoing.database.transaction() as connection:
        parcels = outbox.claim(connection, EMAIL, NOW, 3, repeatable=True)
        outbox.begin(parcels, NOW)
        assert outgoing.attempts(number) == [(None, None)]


def test_of_two_that_believe_to_hold_a_message_only_one_may_send_it(outgoing: Outgoing) -> None:
    anna = outgoing.person()
    outgoing.plan(anna[SMS])
    outbox = Outbox(outgoing.database)
    with outgoing.database.transaction() as connection:
        parcels = outbox.claim(connection, SMS, NOW, 3, repeatable=False)
        # The connection is lost here, and nobody has noticed yet.
    assert len(outbox.begin(parcels, NOW)[0]) == 1
    assert outbox.begin(parcels, NOW + timedelta(seconds=1))[0] == []


def test_the_critical_ones_leave_first(outgoing: Outgoing) -> None:
    email, anna = Recording(together=1), outgoing.person()
    (early,) = outgoing.plan(anna[EMAIL], severity=Severity.INFO)
    outgoing.passes(seconds=1)
    (critical,) = outgoing.plan(anna[EMAIL], severity=Severity.CRITICAL)
    deliverer(outgoing, email).drain()
    assert email.ids == [critical, early]


@pytest.mark.parametrize("channel", [EMAIL, ChannelName.APPRISE, ChannelName.CONSOLE])
def test_what_a_killed_deliverer_had_begun_is_sent_again_where_twice_is_better_than_never(
    outgoing: Outgoing, channel: ChannelName
) -> None:
    sending, anna = Recording(channel), outgoing.person()
    (number,) = outgoing.plan(anna[channel])
    outgoing.begun(number)
    outgoing.passes(seconds=30)
    deliverer(outgoing, sending).drain()
    assert sending.ids == [number]
    (first, said), (second, _) = outgoing.attempts(number)
    assert (first, second) == (outgoing.now, outgoing.now)
    assert said is not None
    assert "stopped in the middle" in said


def test_an_sms_that_a_killed_deliverer_had_begun_is_asked_for_and_never_sent_again(
    outgoing: Outgoing,
) -> None:
    sms, anna = Tracking(), outgoing.person()
    (number,) = outgoing.plan(anna[SMS])
    outgoing.begun(number)
    working = deliverer(outgoing, sms)
    working.drain()
    assert outgoing.progress(number) is Progress.UNKNOWN
    sms.found[number] = Receipt(Progress.ACCEPTED, "It is queued.", vendor_id="SM1")
    outgoing.passes(minutes=1)
    working.drain()
    assert outgoing.progress(number) is Progress.ACCEPTED
    sms.statuses["SM1"] = DONE
    outgoing.passes(minutes=10)
    working.drain()
    row = outgoing.row(number)
    assert (row.progress, row.told, row.vendor_id) == ("delivered", "It arrived.", "SM1")
    assert row.asked_next_at is None
    assert sms.sent == []


def test_an_sms_that_the_vendor_knows_nothing_of_has_failed_after_ten_minutes(
    outgoing: Outgoing,
) -> None:
    sms, email, anna = Tracking(), Recording(), outgoing.person()
    (number,) = outgoing.plan(anna[SMS])
    sms.answer = lambda _: Ambiguous("The vendor did not answer.")
    working = deliverer(outgoing, sms, email)
    working.drain()
    for _ in range(9):
        outgoing.passes(minutes=1)
        working.drain()
        assert outgoing.progress(number) is Progress.UNKNOWN
    assert email.sent == []
    outgoing.passes(seconds=FINDING.total_seconds())
    working.drain()
    working.drain()
    assert outgoing.row(number).told == "It was not sent: the vendor knows nothing of it."
    assert sms.ids == [number]
    (instead,) = email.sent
    assert instead.instead_of == "It was not sent: the vendor knows nothing of it, so by email."


def test_a_critical_sms_of_which_nobody_knows_goes_by_email_at_once(outgoing: Outgoing) -> None:
    sms, email, anna = Tracking(), Recording(), outgoing.person()
    (number,) = outgoing.plan(anna[SMS], severity=Severity.CRITICAL)
    sms.answer = lambda _: Ambiguous("The vendor did not answer.")
    working = deliverer(outgoing, sms, email)
    working.drain()
    working.drain()
    (instead,) = email.sent
    assert instead.told[0].telling is Telling.ESCALATED
    assert instead.instead_of == "The SMS may not have arrived, so by email."
    assert outgoing.row(number).escalated_to == instead.delivery_id
    outgoing.passes(minutes=15)
    working.drain()
    working.drain()
    assert outgoing.progress(number) is Progress.FAILED
    assert email.ids == [instead.delivery_id]


def test_a_vendor_that_cannot_be_asked_does_not_make_an_sms_fail(outgoing: Outgoing) -> None:
    sms, anna = Tracking(), outgoing.person()
    (number,) = outgoing.plan(anna[SMS])
    sms.answer = lambda _: Ambiguous("The vendor did not answer.")
    sms.found[number] = Retryable("The vendor is away.")
    working = deliverer(outgoing, sms)
    working.drain()
    outgoing.passes(hours=5)
    working.drain()
    row = outgoing.row(number)
    assert (row.progress, row.told) == ("unknown", "The vendor is away.")
    outgoing.passes(hours=20)
    working.drain()
    row = outgoing.row(number)
    assert row.progress == "failed"
    assert "could not be asked for a day" in row.told


def test_what_the_person_gets_by_email_anyway_is_not_escalated_twice(outgoing: Outgoing) -> None:
    sms, email, anna = Tracking(), Recording(), outgoing.person()
    by_sms, by_email = outgoing.plan(anna[SMS], anna[EMAIL], severity=Severity.CRITICAL)
    sms.answer = lambda _: Ambiguous("The vendor did not answer.")
    working = deliverer(outgoing, sms, email)
    working.drain()
    working.drain()
    assert email.ids == [by_email]
    assert outgoing.row(by_sms).escalated_to == by_email


def test_what_was_not_sent_is_tried_again_at_growing_intervals_until_it_is_given_up(
    outgoing: Outgoing,
) -> None:
    email, anna = Recording(), outgoing.person()
    (number,) = outgoing.plan(anna[EMAIL])
    email.answer = lambda _: Retryable("The mailbox is full.")
    working = deliverer(outgoing, email)
    working.give_up = timedelta(hours=2)
    gaps = []
    while outgoing.progress(number) is Progress.PLANNED:
        working.drain()
        due_at = outgoing.row(number).due_at
        gaps.append((due_at - outgoing.now).total_seconds())
        outgoing.now = max(due_at, outgoing.now)
    row = outgoing.row(number)
    assert gaps[:4] == [5, 10, 20, 40]
    assert max(gaps) == 600
    assert row.progress == "failed"
    assert row.told == "Given up after 2h: The mailbox is full."
    assert row.ended_at - NOW >= timedelta(hours=2)


def test_a_server_that_is_away_is_left_alone_and_each_message_says_why_it_waits(
    outgoing: Outgoing,
) -> None:
    email, anna = Recording(together=5), outgoing.person()
    numbers = [outgoing.plan(anna[EMAIL])[0] for _ in range(20)]
    email.answer = lambda _: Retryable("The mail server mail:587 refuses connections.")
    working = deliverer(outgoing, email)
    working.drain()
    working.drain()
    assert len(email.sent) == 5
    told = {outgoing.row(number).told for number in numbers}
    assert told == {"The mail server mail:587 refuses connections."}
    outgoing.passes(seconds=6)
    working.drain()
    assert len(email.sent) == 6  # one is tried
    email.answer = Recording.answer
    outgoing.passes(minutes=1)
    working.drain()
    assert {outgoing.progress(number) for number in numbers} == {Progress.SENT}


def test_one_that_is_refused_does_not_hold_up_the_others(outgoing: Outgoing) -> None:
    email, anna = Recording(), outgoing.person()
    bad, good = (outgoing.plan(anna[EMAIL])[0] for _ in range(2))

    def answer(message: Message) -> Answer:
        return Rejected("No such mailbox.") if message.delivery_id == bad else DONE

    email.answer = answer
    deliverer(outgoing, email).drain()
    assert outgoing.progress(bad) is Progress.FAILED
    assert outgoing.progress(good) is Progress.DELIVERED


def test_a_channel_that_breaks_over_one_message_sends_the_others(outgoing: Outgoing) -> None:
    email, anna = Recording(), outgoing.person()
    numbers = [outgoing.plan(anna[EMAIL])[0] for _ in range(4)]

    def answer(message: Message) -> Answer:
        if message.delivery_id == numbers[1]:
            raise RuntimeError("a bug")
        return DONE

    email.answer = answer
    deliverer(outgoing, email).drain()
    found = [outgoing.progress(number) for number in numbers]
    assert found == [
        Progress.DELIVERED,
        Progress.PLANNED,
        Progress.DELIVERED,
        Progress.DELIVERED,
    ]
    assert max(email.ids.count(number) for number in numbers if number != numbers[1]) == 1


def test_an_sms_channel_that_breaks_leaves_it_unknown(outgoing: Outgoing) -> None:
    sms, anna = Tracking(together=2), outgoing.person()
    numbers = [outgoing.plan(anna[SMS])[0] for _ in range(2)]

    def answer(_: Message) -> Answer:
        raise RuntimeError("a bug")

    sms.answer = answer
    working = deliverer(outgoing, sms)
    working.drain()
    assert {outgoing.progress(number) for number in numbers} == {Progress.UNKNOWN}


def test_a_contact_that_ended_is_disabled_and_what_waits_for_it_goes_by_email(
    outgoing: Outgoing,
) -> None:
    sms, email, anna = Tracking(), Recording(), outgoing.person()
    (now,) = outgoing.plan(anna[SMS])
    (later,) = outgoing.plan(anna[SMS], due_at=NOW + timedelta(hours=8))
    (trifle,) = outgoing.plan(anna[SMS], severity=Severity.INFO, due_at=NOW + timedelta(hours=8))
    sms.answer = lambda _: ContactEnded("+49…78 has opted out.")
    working = deliverer(outgoing, sms, email)
    working.drain()
    working.drain()
    with outgoing.database.transaction() as connection:
        query = sa.select(contacts.c.disabled_because).where(contacts.c.id == anna[SMS])
        assert connection.execute(query).scalar() == "+49…78 has opted out."
    assert sms.ids == [now]
    for number in (later, trifle):
        row = outgoing.row(number)
        assert row.progress == "failed"
        assert row.told == "Nothing goes there any more: +49…78 has opted out."
    told = sorted(one.told[0].subject for one in email.sent)
    assert told == ["S1", "S2"]
    assert outgoing.row(trifle).escalated_to is None


def test_a_person_without_a_mail_address_is_said_to_have_none(outgoing: Outgoing) -> None:
    sms, anna = Tracking(), outgoing.person()
    with outgoing.database.transaction() as connection:
        connection.execute(
            sa.update(contacts).where(contacts.c.id == anna[EMAIL]).values(removed_at=NOW)
        )
    (number,) = outgoing.plan(anna[SMS])
    sms.answer = lambda _: Rejected("It was filtered.")
    deliverer(outgoing, sms).drain()
    row = outgoing.row(number)
    assert row.told == "It was filtered. anna has no mail address that works."
    assert row.escalated_to is None


def test_beyond_the_days_sms_it_goes_by_email(outgoing: Outgoing) -> None:
    sms, email, anna = Tracking(), Recording(), outgoing.person(sms_per_day=2)
    numbers = [outgoing.plan(anna[SMS], severity=Severity.INFO)[0] for _ in range(4)]
    working = deliverer(outgoing, sms, email)
    working.drain()
    working.drain()
    assert sms.ids == numbers[:2]
    assert [one.instead_of for one in email.sent] == [
        "The day's 2 SMS are used up, so by email."
    ] * 2
    assert {one.told[0].telling for one in email.sent} == {Telling.FIRED}
    # In Berlin the next day begins at 23:00 UTC.
    outgoing.now = NOW.replace(hour=23, minute=0, second=0)
    (fresh,) = outgoing.plan(anna[SMS])
    working.drain()
    assert sms.ids == [*numbers[:2], fresh]


def test_beyond_the_days_money_it_goes_by_email(outgoing: Outgoing) -> None:
    sms, email, anna = Tracking(), Recording(), outgoing.person()
    (number,) = outgoing.plan(anna[SMS], severity=Severity.INFO)
    sms.answer = lambda _: OverBudget("The day's SMS budget of $2 is spent.")
    working = deliverer(outgoing, sms, email)
    working.drain()
    working.drain()
    assert outgoing.progress(number) is Progress.FAILED
    assert [one.instead_of for one in email.sent] == [
        "The day's SMS budget of $2 is spent, so by email."
    ]


def test_a_channel_that_is_not_configured_is_named_until_it_is_given_up(
    outgoing: Outgoing,
) -> None:
    email, anna = Recording(), outgoing.person()
    by_email, by_sms = outgoing.plan(anna[EMAIL], anna[SMS])
    working = deliverer(outgoing)
    working.drain()
    row = outgoing.row(by_email)
    assert (row.progress, row.told) == (
        "planned",
        "No mail server is configured: set alerts.smtp.",
    )
    outgoing.passes(hours=24)
    deliverer(outgoing, email).drain()
    assert outgoing.progress(by_email) is Progress.SENT
    row = outgoing.row(by_sms)
    assert row.progress == "failed"
    assert row.told.startswith("Given up after 1d: No SMS vendor is configured")


def test_a_critical_sms_that_cannot_leave_for_ten_minutes_goes_by_email_meanwhile(
    outgoing: Outgoing,
) -> None:
    email, anna = Recording(), outgoing.person()
    (number,) = outgoing.plan(anna[SMS], severity=Severity.CRITICAL)
    working = deliverer(outgoing, email)
    working.drain()
    outgoing.passes(minutes=10)
    for _ in range(3):
        working.drain()
    assert outgoing.progress(number) is Progress.PLANNED
    assert [one.instead_of for one in email.sent] == [
        "No SMS vendor is configured: set alerts.twilio, so by email."
    ]


def test_callbacks_that_come_twice_or_out_of_order_change_nothing(outgoing: Outgoing) -> None:
    sms, anna = Tracking(), outgoing.person()
    (number,) = outgoing.plan(anna[SMS])
    deliverer(outgoing, sms).drain()
    outbox, vendor_id = Outbox(outgoing.database), f"SM{number}"
    sent, failed = (
        Receipt(Progress.SENT, "It left."),
        Receipt(Progress.FAILED, "The phone is off."),
    )
    assert outbox.hear(vendor_id, DONE, NOW)
    for late in (DONE, sent, failed, TAKEN):
        assert not outbox.hear(vendor_id, late, NOW)
    assert outgoing.row(number).told == "It arrived."
    assert not outbox.hear("SM of nobody", DONE, NOW)


def test_what_is_known_of_a_message_is_written_after_the_hold_was_lost(
    outgoing: Outgoing,
) -> None:
    anna, outbox = outgoing.person(), Outbox(outgoing.database)
    (number,) = outgoing.plan(anna[SMS])
    with outgoing.database.transaction() as connection:
        held = outbox.claim(connection, SMS, NOW, 1, repeatable=False)
        ((mine,), _) = outbox.begin(held, NOW)
    # Another deliverer takes the lost hold for a killed sender.
    deliverer(outgoing, Tracking()).drain()
    assert outgoing.progress(number) is Progress.UNKNOWN
    accepted = Fate(Progress.ACCEPTED, "The vendor took it.", asked_next_at=NOW, receipt=TAKEN)
    assert outbox.record_afterwards(mine, accepted, NOW) is not None
    assert outgoing.row(number).vendor_id == "SM1"
    retried = Fate(Progress.PLANNED, "It was not sent.", due_at=NOW)
    assert outbox.record_afterwards(mine, retried, NOW) is None
    assert outgoing.progress(number) is Progress.ACCEPTED
