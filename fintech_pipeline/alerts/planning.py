"""Who is told of what, and when: silences, acknowledgement, repeats, caps, quiet hours. Pure.

Every occasion gets a verdict for every contact that its rule names, with its reason; a verdict that
tells becomes a part of one message to that contact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fintech_pipeline.alerts.people import Contact, Person
from fintech_pipeline.alerts.rules import Rule, Severity, StoredRule
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.alerts.told import Telling
from fintech_pipeline.alerts.wording import span

BEGINNINGS = frozenset({Telling.FIRED, Telling.REPEATED})


@dataclass(frozen=True, slots=True)
class Past:
    """What a contact was told of an alert so far.

    Attributes:
        delivery_id: The message that told its beginning.
        told_at: When its beginning, or that it goes on, left last, or is due to leave (UTC).
        waiting: Whether that message has not left yet.
        failed: Whether no message about it ever arrived: each has failed.
    """

    delivery_id: int
    told_at: datetime
    waiting: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that people may be told.

    Attributes:
        rule: The rule.
        rule_id: Its number.
        subject: The subject.
        tags: The subject's.
        alert_id: The alert; None where there is none: no data of what was calm.
        telling: Why they are told.
        acknowledged_by: Who has acknowledged the alert; None where nobody has.
    """

    rule: Rule
    rule_id: int
    subject: str
    tags: frozenset[str]
    alert_id: int | None
    telling: Telling
    acknowledged_by: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one contact is told.

    Attributes:
        contact: Who.
        tells: Whether.
        reason: Why, or why not, a sentence.
    """

    contact: Contact
    tells: bool
    reason: str


def recipients(rule: Rule, people: Mapping[str, Person]) -> list[tuple[Person, Contact]]:
    """The contacts that the rule names, each once, in its order."""
    found: dict[int | None, tuple[Person, Contact]] = {}
    for one in rule.recipients:
        person = people.get(one.person)
        for contact in person.contacts if person else ():
            if person and (not one.channels or contact.channel in one.channels):
                found.setdefault(contact.contact_id, (person, contact))
    return list(found.values())


def verdict(
    occasion: Occasion,
    contact: Contact,
    past: Past | None,
    silences: Sequence[Silence],
    told_today: int,
    at: datetime,
) -> Verdict | None:
    """Whether the contact is told of the occasion.

    Args:
        occasion: What happened.
        contact: Who might be told.
        past: What the contact was told of the alert so far; None for nothing.
        silences: All there are.
        told_today: How many messages about the rule the contact got in its person's day.
        at: The present (UTC).

    Returns:
        None where there is nothing to say: it has been told, and no repetition is due.
    """
    if occasion.telling is Telling.REPEATED and not _repeats(occasion.rule, past, at):
        return None
    reason = _hindrance(occasion, contact, past, silences, told_today, at)
    if reason is not None:
        return Verdict(contact, False, reason)
    again = occasion.telling is Telling.REPEATED and occasion.rule.key.changes
    return Verdict(contact, True, _CHANGED_AGAIN if again else _REASONS[occasion.telling])


_REASONS: Mapping[Telling, str] = {
    Telling.FIRED: "It began, and the rule names this contact.",
    Telling.REPEATED: "It goes on, and the rule's repeat interval has passed.",
    Telling.RESOLVED: "It ended, and its beginning was told here.",
    Telling.NO_DATA: "There is no data to judge by, and the rule tells so.",
    Telling.ERROR: "It could not be read, and the rule tells so.",
}

_CHANGED_AGAIN = "It changed again, and the rule tells every change."


def _repeats(rule: Rule, past: Past | None, at: datetime) -> bool:
    """Whether a repetition is due: of an alert that was told, not one whose message still waits.

    A change that follows upon a change is no repetition to be spared: it is told like the first.
    """
    if past is None:
        return False
    if rule.key.changes:
        return True
    if past.waiting:
        return False
    return rule.repeat is not None and at - past.told_at >= rule.repeat


def _hindrance(
    occasion: Occasion,
    contact: Contact,
    past: Past | None,
    silences: Sequence[Silence],
    told_today: int,
    at: datetime,
) -> str | None:
    """Why the contact is not told, a sentence; None where it is."""
    # What matters is planned all the same: the deliverer finds another way to the person.
    if contact.disabled_because is not None and occasion.rule.severity is Severity.INFO:
        return f"Nothing is sent to this contact: {contact.disabled_because}"
    if occasion.telling is Telling.RESOLVED:
        # Who heard of the beginning hears of the end, whatever has been silenced since.
        return None if past and not past.failed else "Its beginning was not told here."
    if occasion.acknowledged_by is not None:
        return f"{occasion.acknowledged_by} has acknowledged it."
    for silence in silences:
        if _covers(silence, occasion, at):
            return f"It is silenced: {silence.told()}"
    most = occasion.rule.most_per_day
    if most is not None and told_today >= most:
        return f"The rule's {most} messages a day to this contact are used up."
    return None


def _covers(silence: Silence, occasion: Occasion, at: datetime) -> bool:
    return silence.covers(
        rule=occasion.rule.name,
        subject=occasion.subject,
        tags=occasion.tags,
        severity=occasion.rule.severity,
        alert_id=occasion.alert_id,
        at=at,
    )


@dataclass(frozen=True, slots=True)
class Pace:
    """How messages to one contact are gathered.

    Attributes:
        wait: How long a message waits for its siblings.
        interval: How long after one the next leaves at the earliest, unless it is critical.
    """

    wait: timedelta
    interval: timedelta


def leaves_at(
    person: Person, severity: Severity, last_due_at: datetime | None, pace: Pace, at: datetime
) -> tuple[datetime, str]:
    """When a message leaves, and why not at once, a sentence; empty where it does.

    Args:
        person: Whom it is for.
        severity: The greatest of what it tells.
        last_due_at: When the last message to the same contact left, or is due to (UTC).
        pace: How messages are gathered.
        at: The present (UTC).
    """
    due_at = at + pace.wait
    if severity is Severity.CRITICAL:
        return due_at, ""
    if quiet := person.quiet_until(due_at):
        return quiet, f"{person.name}'s quiet hours end then."
    # A clock that was ahead when the last one left holds nothing up for longer than that.
    later = min(last_due_at, due_at) + pace.interval if last_due_at else due_at
    if later <= due_at:
        return due_at, ""
    if quiet := person.quiet_until(later):
        return quiet, f"{person.name}'s quiet hours end then."
    return later, f"Messages to one contact are {span(pace.interval)} apart."


@dataclass(frozen=True, slots=True)
class Orders:
    """What is decided by: rules, people and silences, and how messages are gathered."""

    rules: Sequence[StoredRule]
    people: Mapping[str, Person]
    silences: Sequence[Silence]
    pace: Pace
