"""Messages, what was tried of each and what it tells of, by the page."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.alerts.alert_store import among
from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.tables import (
    alert_events,
    contacts,
    deliveries,
    delivery_attempts,
    notices,
)


@dataclass(frozen=True, slots=True)
class AttemptShown:
    """One try to send a message.

    Attributes:
        number: From 1.
        begun_at: When it was begun (UTC).
        ended_at: When it ended (UTC); None while it goes on, or where whoever sent it died.
        told: What became of it, a sentence; empty as long as it has no end.
    """

    number: int
    begun_at: datetime
    ended_at: datetime | None
    told: str


@dataclass(frozen=True, slots=True)
class DeliveryShown:
    """A message, and what became of it.

    Attributes:
        delivery_id: Its number.
        person: Who is told.
        contact: Where.
        severity: The greatest of what it tells.
        progress: How far it has come.
        told: What became of it, a sentence.
        created_at: When it was made (UTC).
        due_at: When it may leave (UTC).
        accepted_at: When the other side took it (UTC).
        ended_at: When it came to its end (UTC).
        segments: How many SMS it was; None of other messages, and until it is known.
        cost_usd: What it cost, as far as that is known.
        instead_of: Why it goes another way than the rule names; empty where it does not.
        escalated_to: The message that goes another way in its place.
        attempts: What was tried, the oldest first.
        alert_ids: The alerts that it tells of.
    """

    delivery_id: int
    person: str
    contact: Contact
    severity: str
    progress: Progress
    told: str
    created_at: datetime
    due_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    segments: int | None
    cost_usd: Decimal | None
    instead_of: str
    escalated_to: int | None
    attempts: tuple[AttemptShown, ...]
    alert_ids: tuple[int, ...]


def deliveries_page(
    connection: sa.Connection,
    *,
    progress: Progress | None = None,
    person: str | None = None,
    channel: ChannelName | None = None,
    before: int | None = None,
    most: int,
) -> list[DeliveryShown]:
    """Messages, the newest first.

    Args:
        connection: The transaction.
        progress: Only those that have come so far.
        person: Only those to this person, who may be removed.
        channel: Only those by this way.
        before: Only those with a smaller number.
        most: How many at the most.
    """
    query = (
        sa.select(
            deliveries,
            contacts.c.person,
            contacts.c.channel,
            contacts.c.address,
            contacts.c.disabled_because,
        )
        .join(contacts, contacts.c.id == deliveries.c.contact_id)
        .order_by(deliveries.c.id.desc())
        .limit(most)
    )
    if progress is not None:
        query = query.where(deliveries.c.progress == str(progress))
    if person is not None:
        query = query.where(contacts.c.person == person)
    if channel is not None:
        query = query.where(contacts.c.channel == str(channel))
    if before is not None:
        query = query.where(deliveries.c.id < before)
    rows = connection.execute(query).all()
    numbers = [row.id for row in rows]
    tried = _attempts(connection, numbers)
    about = _alerts(connection, numbers)
    return [_delivery(row, tried.get(row.id, ()), about.get(row.id, ())) for row in rows]


def _attempts(connection: sa.Connection, numbers: list[int]) -> dict[int, tuple[AttemptShown, ...]]:
    query = (
        sa.select(delivery_attempts)
        .where(among(delivery_attempts.c.delivery_id, numbers))
        .order_by(delivery_attempts.c.delivery_id, delivery_attempts.c.number)
    )
    found: dict[int, tuple[AttemptShown, ...]] = {}
    for row in connection.execute(query):
        one = AttemptShown(row.number, row.begun_at, row.ended_at, row.told or "")
        found[row.delivery_id] = (*found.get(row.delivery_id, ()), one)
    return found


def _alerts(connection: sa.Connection, numbers: list[int]) -> dict[int, tuple[int, ...]]:
    query = (
        sa.select(notices.c.delivery_id, sa.func.array_agg(sa.distinct(alert_events.c.alert_id)))
        .join(alert_events, alert_events.c.id == notices.c.event_id)
        .where(among(notices.c.delivery_id, numbers), alert_events.c.alert_id.is_not(None))
        .group_by(notices.c.delivery_id)
    )
    return {number: tuple(sorted(ids)) for number, ids in connection.execute(query)}


def _delivery(
    row: sa.Row[Any], attempts: tuple[AttemptShown, ...], alert_ids: tuple[int, ...]
) -> DeliveryShown:
    return DeliveryShown(
        row.id,
        row.person,
        Contact(ChannelName(row.channel), row.address, row.contact_id, row.disabled_because),
        row.severity,
        Progress(row.progress),
        row.told,
        row.created_at,
        row.due_at,
        row.accepted_at,
        row.ended_at,
        row.segments,
        row.cost_usd,
        row.instead_of,
        row.escalated_to,
        attempts,
        alert_ids,
    )
