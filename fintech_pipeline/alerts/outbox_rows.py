"""What the outbox holds, read: messages as channels send them, and what was tried."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.fates import Case
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.planning import BEGINNINGS
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.tables import (
    alert_events,
    contacts,
    deliveries,
    delivery_attempts,
    notices,
    people,
)
from fintech_pipeline.alerts.told import Message, Telling, Told
from fintech_pipeline.storage.database import instant


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message that is held: nobody else sends it as long as the transaction lasts.

    Attributes:
        message: What is sent. `told` is empty where nothing that it tells of is stored.
        case: What is known of it; while it is sent with the attempt that is being made.
        number: Of the attempt that was made last, and while it is sent of that one; from 1.
        open_attempt: Whether an attempt was begun and has no end.
        vendor_id: The other side's number of it.
        unreachable: Why nothing goes to the contact; None where it may.
        sms_per_day: How many SMS the person gets in a day; None for no limit.
    """

    message: Message
    case: Case
    number: int
    open_attempt: bool
    vendor_id: str | None
    unreachable: str | None
    sms_per_day: int | None

    @property
    def delivery_id(self) -> int:
        """The message's number."""
        return self.message.delivery_id

    def begun(self, at: datetime) -> "Parcel":
        """The same with a new attempt (UTC)."""
        since = self.case.since if self.case.tries else at
        case = replace(self.case, tries=self.case.tries + 1, since=since, begun_at=at)
        return replace(self, case=case, number=self.number + 1, open_attempt=True)


def held(
    connection: sa.Connection, which: sa.ColumnElement[bool], repeatable: bool, most: int
) -> list[Parcel]:
    """Takes hold of messages that nobody else holds, the critical ones first.

    Rows are locked, not leased: a process that dies, or loses its connection, holds nothing. Rows
    that refer to a message may still be written beside it, since no key of it is held.

    Args:
        connection: The transaction that holds them.
        which: Which deliveries, with their contacts and people.
        repeatable: Whether their channel may send one again.
        most: How many at most.
    """
    first = deliveries.alias("first")
    answered_at = (
        sa.select(first.c.created_at).where(first.c.id == deliveries.c.answers).scalar_subquery()
    )
    critical = sa.case((deliveries.c.severity == str(Severity.CRITICAL), 0), else_=1)
    query = (
        sa.select(
            deliveries,
            contacts.c.person,
            contacts.c.channel,
            contacts.c.address,
            contacts.c.disabled_because,
            sa.or_(contacts.c.removed_at.is_not(None), people.c.removed_at.is_not(None)).label(
                "removed"
            ),
            people.c.time_zone,
            people.c.sms_per_day,
            answered_at.label("answered_at"),
        )
        .select_from(
            deliveries.join(contacts, contacts.c.id == deliveries.c.contact_id).join(
                people, people.c.name == contacts.c.person
            )
        )
        .where(which)
        .order_by(critical, deliveries.c.due_at, deliveries.c.id)
        .limit(most)
        .with_for_update(key_share=True, skip_locked=True, of=deliveries)
    )
    rows = connection.execute(query).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    # Read after the rows are held: whoever held them before has committed what was tried.
    tried = _tried(connection, ids)
    told = _told(connection, ids, {row.id for row in rows if row.instead_of})
    return [_parcel(row, tried.get(row.id), told[row.id], repeatable) for row in rows]


def _parcel(
    row: sa.Row[Any], tried: sa.Row[Any] | None, told: list[Told], repeatable: bool
) -> Parcel:
    contact = Contact(
        ChannelName(row.channel), row.address, row.contact_id, disabled_because=row.disabled_because
    )
    message = Message(
        row.id,
        row.person,
        contact,
        row.created_at,
        tuple(told),
        row.answers,
        row.instead_of,
        row.time_zone,
        row.answered_at,
    )
    case = Case(
        contact.channel,
        Severity(row.severity),
        Progress(row.progress),
        tried.tries if tried else 0,
        row.accepted_at or (tried.first_at if tried else row.due_at),
        tried.last_at if tried else None,
        repeatable,
        row.escalated_to is not None,
    )
    return Parcel(
        message,
        case,
        tried.number if tried else 0,
        bool(tried and tried.open),
        row.vendor_id,
        _unreachable(row),
        row.sms_per_day,
    )


def _unreachable(row: sa.Row[Any]) -> str | None:
    if row.removed:
        return f"{row.person}'s contact was removed."
    if row.disabled_because:
        return f"Nothing goes there any more: {row.disabled_because}"
    return None


def _tried(connection: sa.Connection, ids: Sequence[int]) -> dict[int, sa.Row[Any]]:
    table = delivery_attempts.c
    query = (
        sa.select(
            table.delivery_id,
            sa.func.count().label("tries"),
            sa.func.max(table.number).label("number"),
            sa.func.min(table.begun_at).label("first_at"),
            # Not the latest: a clock may have been set back.
            sa.func.array_agg(
                aggregate_order_by(table.begun_at, table.number.desc()), type_=ARRAY(instant)
            )[1].label("last_at"),
            sa.func.bool_or(table.ended_at.is_(None)).label("open"),
        )
        .where(table.delivery_id.in_(ids))
        .group_by(table.delivery_id)
    )
    return {row.delivery_id: row for row in connection.execute(query)}


def _told(
    connection: sa.Connection, ids: Sequence[int], instead: Collection[int]
) -> dict[int, list[Told]]:
    """What each message tells, the most severe first.

    Only a message made to go in another's place (`instead`) says that it was escalated: one that
    told the same anyway is sent again as it was.
    """
    tried = sa.exists().where(delivery_attempts.c.delivery_id == deliveries.c.id)
    others = sa.exists().where(deliveries.c.escalated_to == notices.c.delivery_id, tried)
    # Looks through all messages there ever were: only where it matters.
    escalated = others if instead else sa.false()
    query = (
        sa.select(notices.c.delivery_id, alert_events.c.told, escalated.label("escalated"))
        .join(alert_events, alert_events.c.id == notices.c.event_id)
        .where(notices.c.delivery_id.in_(ids), alert_events.c.told.is_not(None))
        .order_by(alert_events.c.id)
    )
    found: dict[int, list[Told]] = defaultdict(list)
    for row in connection.execute(query):
        if row.told is None:  # JSON's null, which is no NULL
            continue
        told = Told.read(row.told)
        if row.escalated and row.delivery_id in instead and told.telling in BEGINNINGS:
            told = replace(told, telling=Telling.ESCALATED)
        found[row.delivery_id].append(told)
    for one in found.values():
        one.sort(key=lambda told: -told.severity.rank)
    return found
