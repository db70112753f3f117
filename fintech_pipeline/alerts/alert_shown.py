"""Alerts, their changes and their messages as people are shown them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.silences import Silence


@dataclass(frozen=True, slots=True)
class AlertShown:
    """An alert and where it stands.

    Attributes:
        alert_id: Its number.
        rule: Its rule's name.
        subject: The symbol, the part of the pipeline, or the provider.
        tags: The subject's.
        severity: How much it matters.
        started_at: When it began (UTC).
        resolved_at: When it ended (UTC); None while it is open.
        acknowledged_at: When somebody acknowledged it (UTC).
        acknowledged_by: Who.
        phase: Of an open one: firing, no data or error.
        value: Of an open one: the last value.
        reason: Why it stands so, a sentence.
    """

    alert_id: int
    rule: str
    subject: str
    tags: tuple[str, ...]
    severity: str
    started_at: datetime
    resolved_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    phase: str | None
    value: float | None
    reason: str


def silenced_by(alert: AlertShown, silences: Sequence[Silence], now: datetime) -> Silence | None:
    """The first silence that covers the alert now (UTC)."""
    for one in silences:
        if one.covers(
            rule=alert.rule,
            subject=alert.subject,
            tags=frozenset(alert.tags),
            severity=Severity(alert.severity),
            alert_id=alert.alert_id,
            at=now,
        ):
            return one
    return None


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """Whether one contact was told of an event.

    Attributes:
        person: Whose contact it is.
        contact: Which.
        reason: Why they are told, or why not, a sentence.
        delivery_id: The message that tells it; None where none does, like all below.
        progress: How far it has come.
        told: What became of it, a sentence.
        due_at: When it may leave (UTC).
        accepted_at: When the other side took it (UTC).
        ended_at: When it came to its end (UTC).
        attempts: How often it was tried.
        cost_usd: What it cost, as far as that is known.
        instead_of: Why it goes another way than the rule names; empty where it does not.
        escalated_to: The message that goes another way in its place.
    """

    person: str
    contact: Contact
    reason: str
    delivery_id: int | None
    progress: str | None
    told: str
    due_at: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    attempts: int
    cost_usd: Decimal | None
    instead_of: str
    escalated_to: int | None


@dataclass(frozen=True, slots=True)
class EventShown:
    """One change of an alert, or of where a rule stands.

    Attributes:
        event_id: Its number.
        alert_id: The alert; None where there is none.
        rule: The rule's name.
        subject: The subject.
        event: What changed.
        at: The slot, or the instant of the look (UTC).
        decided_at: When that was decided (UTC).
        value: The value; None where there was none.
        reason: Why, a sentence.
        notices: Who was told of it, and who was not.
    """

    event_id: int
    alert_id: int | None
    rule: str
    subject: str
    event: str
    at: datetime
    decided_at: datetime
    value: float | None
    reason: str
    notices: tuple[NoticeShown, ...]


@dataclass(frozen=True, slots=True)
class StandingShown:
    """Where a rule stands with one subject.

    Attributes:
        phase: Pending, firing, no data or error; what is calm is not stored.
        active_since: Since when its condition holds (UTC).
        looked_at: When it was last looked at (UTC).
        reason: Why it stands so, a sentence.
        alert_id: The open alert.
    """

    phase: str
    active_since: datetime | None
    looked_at: datetime
    reason: str
    alert_id: int | None
