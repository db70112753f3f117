"""Telling: from what a decision changed to messages in the outbox, each with its reason."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.alerts.alert_store import (
    NewEvent,
    OpenAlert,
    messages_since,
    told_so_far,
    write_events,
    write_notices,
)
from fintech_pipeline.alerts.announcing import announce_alerts
from fintech_pipeline.alerts.evaluation import Decision, Look, scopes
from fintech_pipeline.alerts.facts import Scene, told_of
from fintech_pipeline.alerts.lifecycle import Event, Phase
from fintech_pipeline.alerts.people import Contact, Person
from fintech_pipeline.alerts.planning import Occasion, Orders, Past, Verdict, recipients, verdict
from fintech_pipeline.alerts.posting import Letter, post
from fintech_pipeline.alerts.rules import Pair, Rule, StoredRule
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.alerts.told import Telling, Told
from fintech_pipeline.alerts.waking import WAKE

NOTHING = "nothing changed"
AboutAlert = tuple[int, int]
"""An alert or a rule, and a contact."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision came to.

    Attributes:
        events: How many of each kind.
        messages: How many messages tell them.
        muted: How many contacts are not told, for a reason that is stored.
    """

    events: Mapping[str, int]
    messages: int
    muted: int

    def __str__(self) -> str:
        told = [f"{count} {event.replace('_', ' ')}" for event, count in self.events.items()]
        if not told:
            return NOTHING
        sent = f"{self.messages} message{'s' if self.messages != 1 else ''}"
        kept = f", {self.muted} not told" if self.muted else ""
        return f"{', '.join(told)}; {sent}{kept}"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a decision is told with.

    Attributes:
        orders: Rules, people and silences.
        look: What was found.
        scene: What messages tell beside it.
        now: The present (UTC).
        opened: The alerts that were open before.
        alert_ids: The number of every alert that is or was open.
        again: Whether the slot was decided before, and has gained symbols since.
    """

    orders: Orders
    look: Look
    scene: Scene
    now: datetime
    opened: Mapping[Pair, OpenAlert]
    alert_ids: Mapping[Pair, int]
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """Something that may be told, and to whom.

    Attributes:
        decision: What was decided.
        occasion: What is told.
        told: The facts; None where they are stored already, with the event.
        event_id: The event it is about, where that is stored already.
        ways: The contacts, each with whether it is told and why.
    """

    decision: Decision
    occasion: Occasion
    told: Told | None
    event_id: int | None
    ways: tuple[tuple[Person, Verdict], ...]


def tell(connection: sa.Connection, around: Surroundings, made: Sequence[Decision]) -> Outcome:
    """Stores the events of a decision, its messages, and why who is not told is not.

    Raises:
        StorageError: The database is away.
    """
    known = _known(connection, around, {one.stored.rule_id: one.stored for one in made})
    cases = list(_cases(around, made, known))
    new = [case for case in cases if case.event_id is None]
    events = list(_events(around, made, new))
    ids = write_events(connection, events, around.now)
    rules = {one.stored.rule_id: one.stored.rule for one in made}
    announce_alerts(connection, [_announced(one, rules[one.rule_id]) for one in events])
    told_first = len(ids) - len(new)
    event_ids = {id(case): ids[told_first + place] for place, case in enumerate(new)}
    letters = _letters(cases, known.past)
    messages = post(connection, letters, around.orders.pace, around.now)
    write_notices(
        connection,
        (
            {
                "event_id": case.event_id or event_ids[id(case)],
                "contact_id": found.contact.contact_id,
                "delivery_id": messages[found.contact.contact_id or 0] if found.tells else None,
                "reason": found.reason,
            }
            for case in cases
            for _, found in case.ways
        ),
    )
    if messages:
        connection.execute(WAKE)
    counts = Counter(str(one.step.event) for one in made if one.step.event)
    counts.update(
        case.occasion.telling for case in new if case.occasion.telling is Telling.REPEATED
    )
    muted = sum(not found.tells for case in new for _, found in case.ways)
    return Outcome(counts, len(messages), muted)


@dataclass(frozen=True, slots=True)
class _Known:
    """What verdicts need to know, by rule, alert and contact."""

    past: Mapping[AboutAlert, Past]
    today: Mapping[AboutAlert, int]
    ways: Mapping[int, Sequence[tuple[Person, Contact]]]
    sizes: Mapping[int, int]
    tags: Mapping[str, frozenset[str]]
    silences: Sequence[Silence]


def _known(
    connection: sa.Connection, around: Surroundings, rules: Mapping[int, StoredRule]
) -> _Known:
    ways = {number: recipients(one.rule, around.orders.people) for number, one in rules.items()}
    capped = [number for number, one in rules.items() if one.rule.most_per_day is not None]
    since = {
        _id(contact): person.day_start(around.now)
        for number in capped
        for person, contact in ways[number]
    }
    sizes = scopes(list(rules.values()), around.look).sum(axis=1).tolist() if rules else []
    return _Known(
        told_so_far(connection, list(around.alert_ids.values())),
        messages_since(connection, capped, since),
        ways,
        dict(zip(rules, sizes, strict=True)),
        dict(zip(around.look.subjects, around.look.tags, strict=True)),
        # Years of ended ones are not asked about every contact.
        [one for one in around.orders.silences if one.lasts_at(around.now)],
    )


def _cases(around: Surroundings, made: Sequence[Decision], known: _Known) -> Iterator[_Case]:
    for one in made:
        pair = (one.stored.rule_id, one.subject)
        alert = around.opened.get(pair)
        for telling, event_id in _tellings(one, alert):
            # A slot tells once that an alert goes on; who was not due then hears at the next.
            if telling is Telling.REPEATED and around.again and not one.changed_again:
                continue
            occasion = Occasion(
                one.stored.rule,
                one.stored.rule_id,
                one.subject,
                known.tags.get(one.subject, frozenset()),
                around.alert_ids.get(pair),
                telling,
                alert.acknowledged_by if alert else None,
            )
            ways = tuple(_ways(around, occasion, known, late=event_id is not None))
            # A repetition that nobody is due is none, nor is a beginning that all have heard of.
            if telling is Telling.REPEATED and not any(way.tells for _, way in ways):
                continue
            if event_id is not None:
                if ways:
                    yield _Case(one, occasion, None, event_id, ways)
                continue
            told = told_of(one, telling, around.scene, occasion.alert_id or 0, known.sizes[pair[0]])
            yield _Case(one, occasion, told, None, ways)


def _ways(
    around: Surroundings, occasion: Occasion, known: _Known, *, late: bool
) -> Iterator[tuple[Person, Verdict]]:
    """What becomes of the occasion at each contact.

    Args:
        around: The decision.
        occasion: What is told.
        known: What is known of the contacts.
        late: Whether it is a beginning of before, which only who has not heard of it hears.
    """
    for person, contact in known.ways[occasion.rule_id]:
        past = known.past.get((occasion.alert_id or 0, _id(contact)))
        if late and past is not None:
            continue
        today = known.today.get((occasion.rule_id, _id(contact)), 0)
        if found := verdict(occasion, contact, past, known.silences, today, around.now):
            yield person, found


def _tellings(one: Decision, alert: OpenAlert | None) -> Iterator[tuple[Telling, int | None]]:
    """What may be told of a decision, and the event that is stored already."""
    rule, event = one.stored.rule, one.step.event
    if event is Event.FIRED:
        yield Telling.FIRED, None
    elif event is Event.RESOLVED and rule.tells_resolved:
        yield Telling.RESOLVED, None
    elif event in {Event.NO_DATA, Event.ERROR} and rule.tells_no_data:
        yield Telling(str(event)), None
    elif alert is not None and one.step.looked and one.step.standing.phase is Phase.FIRING:
        # Who has not heard of it, because it was silenced or a cap was reached, hears of it now.
        yield Telling.FIRED, alert.event_id
        yield Telling.REPEATED, None


def _events(
    around: Surroundings, made: Sequence[Decision], new: Sequence[_Case]
) -> Iterator[NewEvent]:
    """What is stored: first what nobody is told, then the cases in their order."""
    told = {(one.decision.stored.rule_id, one.decision.subject) for one in new}
    for one in made:
        pair = (one.stored.rule_id, one.subject)
        if one.step.event is not None and (pair not in told or one.step.event is Event.BACK):
            yield _event(around, one, str(one.step.event), None)
    for case in new:
        yield _event(around, case.decision, str(case.occasion.telling), case.told)


def _event(around: Surroundings, one: Decision, event: str, told: Told | None) -> NewEvent:
    alert_id = around.alert_ids.get((one.stored.rule_id, one.subject))
    value, reason = one.step.standing.value, one.step.reason
    return NewEvent(
        one.stored.rule_id, one.subject, alert_id, event, around.look.at, value, reason, told
    )


def _announced(event: NewEvent, rule: Rule) -> dict[str, Any]:
    """What those who follow live are told of an event."""
    value = event.value
    return {
        "id": event.alert_id,
        "rule": rule.name,
        "subject": event.subject,
        "event": event.event,
        "severity": rule.severity,
        "at": event.at.isoformat(),
        "value": value if value is not None and isfinite(value) else None,
        "reason": event.reason,
    }


def _letters(cases: Sequence[_Case], past: Mapping[AboutAlert, Past]) -> list[Letter]:
    """One for each contact that is told something."""
    found: dict[int, Letter] = {}
    for case in cases:
        severity = case.occasion.rule.severity
        for person, way in case.ways:
            if not way.tells:
                continue
            contact_id = _id(way.contact)
            before = past.get((case.occasion.alert_id or 0, contact_id))
            answers = before.delivery_id if before else None
            if known := found.get(contact_id):
                severity = max(severity, known.severity, key=lambda one: one.rank)
                answers = known.answers or answers
            found[contact_id] = Letter(person, way.contact, severity, answers)
    return list(found.values())


def _id(contact: Contact) -> int:
    return contact.contact_id or 0
