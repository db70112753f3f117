"""Judges a scenario at its end: by the tables, and by what the mail server and the vendor took."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.lifecycle import CALM, Event, step
from fintech_pipeline.alerts.planning import Orders, recipients
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.told import Telling
from tests.faults.alert_scenarios import Scenario

LOG = """
    CREATE TABLE fintech.progress_log (
        id bigint GENERATED ALWAYS AS IDENTITY, delivery_id bigint, was text, now text);
    CREATE FUNCTION fintech.log_progress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO fintech.progress_log (delivery_id, was, now)
        VALUES (new.id, old.progress, new.progress);
        RETURN new;
    END $$;
    CREATE TRIGGER progress_log AFTER UPDATE ON fintech.deliveries FOR EACH ROW
        WHEN (old.progress <> new.progress) EXECUTE FUNCTION fintech.log_progress();
"""
"""Each change of a message's progress, whoever makes it."""
FORWARD = ("planned", "unknown", "accepted", "sent", "failed", "delivered")
_MARK = re.compile(r"\[d(\d+)\]$")
_MESSAGE_ID = re.compile(r"<d(\d+)\.[0-9a-f]+@example\.org>")
_DELIVERIES = """
    SELECT d.*, c.channel, c.person, c.address,
        EXISTS (SELECT FROM fintech.delivery_attempts a WHERE a.delivery_id = d.id) AS tried
    FROM fintech.deliveries d JOIN fintech.contacts c ON c.id = d.contact_id ORDER BY d.id
"""
_NOTICES = """
    SELECT e.id AS event_id, e.rule_id, e.subject, e.alert_id, e.event, e.at, e.decided_at,
        n.contact_id, n.delivery_id, n.reason, coalesce(d.accepted_at, d.due_at) AS told_at,
        d.instead_of
    FROM fintech.alert_events e LEFT JOIN fintech.alert_notices n ON n.event_id = e.id
    LEFT JOIN fintech.deliveries d ON d.id = n.delivery_id
    WHERE e.told IS NOT NULL AND jsonb_typeof(e.told) <> 'null' ORDER BY e.at, e.id
"""
_EVENTS = "SELECT rule_id, subject, event, at FROM fintech.alert_events ORDER BY at, id"
_OPEN = """
    SELECT d.id, a.number FROM fintech.delivery_attempts a
    JOIN fintech.deliveries d ON d.id = a.delivery_id WHERE a.ended_at IS NULL
"""


@dataclass(frozen=True)
class Evidence:
    """All that is looked at.

    Attributes:
        drawn: The scenario.
        connection: To its database.
        orders: Its rules and people as they are stored.
        mails: What the mail server took.
        sms: What the SMS vendor took.
    """

    drawn: Scenario
    connection: sa.Connection
    orders: Orders
    mails: Sequence[Message]
    sms: Sequence[dict[str, Any]]

    def rows(self, query: str) -> list[Any]:
        return list(self.connection.execute(sa.text(query)).all())


def broken(evidence: Evidence) -> list[str]:
    """What of the promises was not kept, a sentence each; nothing where all was."""
    deliveries = {row.id: row for row in evidence.rows(_DELIVERIES)}
    notices = evidence.rows(_NOTICES)
    return [
        *_decided(evidence),
        *_without_a_visible_end(evidence, deliveries, notices),
        *_not_at_its_end(evidence, deliveries),
        *_backwards(evidence),
        *_sms_twice(evidence, deliveries),
        *_mail_by_two_names(evidence, deliveries),
        *_said_and_not_done(evidence, deliveries),
        *_not_escalated(evidence, deliveries),
        *_repeated_too_early(evidence, notices),
    ]


def _decided(evidence: Evidence) -> Iterator[str]:
    """Whatever died: each rule and symbol had the life that the pure function gives it."""
    stored = defaultdict(list)
    for row in evidence.rows(_EVENTS):
        if row.event != Telling.REPEATED:
            stored[row.rule_id, row.subject].append((row.event, row.at))
    drawn = evidence.drawn
    for one in evidence.orders.rules:
        for column, symbol in enumerate(drawn.symbols):
            expected = list(_life(evidence, one.rule_id, column))
            found = stored.pop((one.rule_id, symbol), [])
            if found != expected:
                yield f"{one.rule.name} of {symbol} had {found}, and should have {expected}"
    for pair, found in stored.items():
        yield f"Nobody knows why there are {found} of {pair}"


def _life(evidence: Evidence, rule_id: int, column: int) -> Iterator[tuple[str, Any]]:
    drawn = evidence.drawn
    rule = next(one.rule for one in evidence.orders.rules if one.rule_id == rule_id)
    if not rule.scope.covers(drawn.symbols[column], frozenset()):
        return
    standing = CALM
    for number, slot in enumerate(drawn.slots):
        at, reading = drawn.slot_at(number), slot.readings[column]
        made = step(rule, standing, reading, at, lambda since, until: until - since)
        # Of what is calm it is not stored that there is no data, unless that is told.
        unseen = standing == CALM and made.event is Event.NO_DATA and not rule.tells_no_data
        if not unseen:
            standing = made.standing if made.standing.phase != "inactive" else CALM
            if made.event is not None:
                yield str(made.event), at


def _without_a_visible_end(
    evidence: Evidence, deliveries: dict[int, Any], notices: list[Any]
) -> Iterator[str]:
    told = defaultdict(set)
    for row in notices:
        if row.contact_id is None:
            continue
        told[row.event_id].add(row.contact_id)
        if row.delivery_id is None and not row.reason.strip():
            yield f"Event {row.event_id} is not told to contact {row.contact_id} for no reason"
        if row.delivery_id is not None and row.delivery_id not in deliveries:
            yield f"Event {row.event_id} is told by a message that there is not"
    rules = {one.rule_id: one.rule for one in evidence.orders.rules}
    for row in {one.event_id: one for one in notices}.values():
        ways = recipients(rules[row.rule_id], evidence.orders.people)
        lacking = {contact.contact_id for _, contact in ways} - told[row.event_id]
        if lacking and row.event != Telling.REPEATED:
            yield f"The event {row.event} {row.event_id} says nothing of contacts {lacking}"


def _not_at_its_end(evidence: Evidence, deliveries: dict[int, Any]) -> Iterator[str]:
    ends = {Progress.SENT, Progress.FAILED, Progress.DELIVERED}
    for row in deliveries.values():
        if row.progress not in ends or row.ended_at is None:
            yield f"Message {row.id} by {row.channel} is still {row.progress}: {row.told}"
        if not row.told.strip().endswith("."):
            yield f"Message {row.id} does not say what became of it: {row.told!r}"
    for row in evidence.rows(_OPEN):
        yield f"Attempt {row.number} of message {row.id} has no end"


def _backwards(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows("SELECT delivery_id, was, now FROM fintech.progress_log ORDER BY id"):
        if FORWARD.index(row.now) <= FORWARD.index(row.was):
            yield f"Message {row.delivery_id} went from {row.was} back to {row.now}"


def _sms_twice(evidence: Evidence, deliveries: dict[int, Any]) -> Iterator[str]:
    for number, count in Counter(_marks(evidence)).items():
        if count > 1:
            yield f"The vendor took SMS {number} {count} times"
        if number not in deliveries or deliveries[number].channel != ChannelName.SMS:
            yield f"The vendor took an SMS {number} that there is not"


def _marks(evidence: Evidence) -> Iterator[int]:
    for one in evidence.sms:
        found = _MARK.search(one["body"])
        yield int(found[1]) if found else -1


def _mail_by_two_names(evidence: Evidence, deliveries: dict[int, Any]) -> Iterator[str]:
    names = defaultdict(set)
    for mail in evidence.mails:
        found = _MESSAGE_ID.fullmatch(mail["Message-ID"])
        if found is None or int(found[1]) not in deliveries:
            yield f"A mail is called {mail['Message-ID']}"
            continue
        row = deliveries[int(found[1])]
        names[row.id].add((mail["Message-ID"], mail["Subject"]))
        if (row.channel, row.address) != (ChannelName.EMAIL, mail["To"]):
            yield f"Message {row.id} went to {mail['To']}"
    for number, called in names.items():
        if len(called) > 1:
            yield f"Message {number} went under {len(called)} names: {called}"


def _said_and_not_done(evidence: Evidence, deliveries: dict[int, Any]) -> Iterator[str]:
    """What is said to have left has left, and what has left is not said to be lost unnoticed."""
    mailed = {
        int(found[1])
        for mail in evidence.mails
        if (found := _MESSAGE_ID.fullmatch(mail["Message-ID"]))
    }
    taken = {ChannelName.EMAIL: mailed, ChannelName.SMS: set(_marks(evidence))}
    for row in deliveries.values():
        left = row.id in taken[ChannelName(row.channel)]
        if row.progress in {Progress.SENT, Progress.DELIVERED} and not left:
            yield f"Message {row.id} is {row.progress}, and nobody took it"
        if left and not row.tried:
            yield f"Message {row.id} left without an attempt"


def _not_escalated(evidence: Evidence, deliveries: dict[int, Any]) -> Iterator[str]:
    """A critical SMS that failed, or may have, goes by email, where there is an address."""
    reachable = {
        person.name
        for person in evidence.orders.people.values()
        if any(one.channel is ChannelName.EMAIL for one in person.contacts)
    }
    query = "SELECT delivery_id FROM fintech.progress_log WHERE now IN ('unknown', 'failed')"
    doubtful = {row.delivery_id for row in evidence.rows(query)}
    for number in doubtful:
        row = deliveries[number]
        if row.channel != ChannelName.SMS or row.severity != Severity.CRITICAL:
            continue
        if row.person in reachable and row.escalated_to is None:
            yield f"The critical SMS {number} did not go by email: {row.told}"
        if row.escalated_to is not None and row.escalated_to not in deliveries:
            yield f"The critical SMS {number} went by an email that there is not"


def _repeated_too_early(evidence: Evidence, notices: list[Any]) -> Iterator[str]:
    """Between two tellings of an alert to a contact lies its rule's interval.

    By the slots, or by the clock of the deliverer: where that was moved, it is one of the two. What
    goes in the place of another message is told by the interval of that one.
    """
    rules = {one.rule_id: one.rule for one in evidence.orders.rules}
    last: dict[tuple[int, int], Any] = {}
    for row in notices:
        beginning = row.event in {Telling.FIRED, Telling.REPEATED}
        if not beginning or row.delivery_id is None or row.instead_of:
            continue
        before, repeat = last.get((row.alert_id, row.contact_id)), rules[row.rule_id].repeat
        last[row.alert_id, row.contact_id] = row
        if before is None:
            continue
        if repeat is None:
            yield f"Alert {row.alert_id} was told twice to contact {row.contact_id}"
        elif row.at - before.at < repeat and row.decided_at - before.told_at < repeat:
            yield (
                f"Alert {row.alert_id} was told again to contact {row.contact_id} "
                f"after {row.at - before.at}, and its rule says {repeat}"
            )
