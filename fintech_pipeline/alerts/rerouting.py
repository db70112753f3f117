"""What can't go its own way goes by the person's email: one message in place of another."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.alerts.alert_store import write_notices
from fintech_pipeline.alerts.announcing import announce_deliveries
from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.fates import Fate
from fintech_pipeline.alerts.outbox_rows import Parcel
from fintech_pipeline.alerts.posting import SOON
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.tables import contacts, deliveries, notices, people
from fintech_pipeline.alerts.waking import WAKE


def reroute(
    connection: sa.Connection, parcel: Parcel, fate: Fate, now: datetime
) -> tuple[Fate, int | None]:
    """Plans the email that goes in a message's place, where its fate asks for one.

    What the person is told by that email address anyway is not told twice.

    Args:
        connection: The transaction that holds the message.
        parcel: The message.
        fate: What became of it.
        now: The present (UTC).

    Returns:
        The fate with what is told of it, and the other message; None where there is none.
    """
    if not fate.by_email:
        return fate, None
    contact_id = _email_of(connection, parcel.message.person)
    if contact_id is None:
        lacks = f"{parcel.message.person} has no mail address that works."
        return replace(fate, told=f"{fate.told} {lacks}"), None
    ours = notices.alias()
    theirs = sa.and_(
        notices.c.event_id == ours.c.event_id,
        notices.c.contact_id == contact_id,
        notices.c.delivery_id.is_not(None),
    )
    query = (
        sa.select(ours.c.event_id, notices.c.delivery_id)
        .select_from(ours.outerjoin(notices, theirs))
        .where(ours.c.delivery_id == parcel.delivery_id)
        .order_by(ours.c.event_id)
    )
    rows = connection.execute(query).all()
    untold = [row.event_id for row in rows if row.delivery_id is None]
    if not untold:
        told = next((row.delivery_id for row in reversed(rows)), None)
        return fate, told
    number = _planned(connection, contact_id, parcel, fate, now)
    shared = {"contact_id": contact_id, "delivery_id": number, "reason": fate.by_email}
    write_notices(connection, [{"event_id": event_id, **shared} for event_id in untold])
    connection.execute(WAKE)
    return fate, number


def _planned(
    connection: sa.Connection, contact_id: int, parcel: Parcel, fate: Fate, now: datetime
) -> int:
    values = {
        "contact_id": contact_id,
        "progress": str(Progress.PLANNED),
        "severity": str(parcel.case.severity),
        "created_at": now,
        "due_at": now,
        "told": SOON,
        "instead_of": fate.by_email,
    }
    statement = sa.insert(deliveries).values(values).returning(deliveries.c.id)
    number: int = connection.execute(statement).scalar_one()
    told = {"person": parcel.message.person, "channel": ChannelName.EMAIL}
    announce_deliveries(connection, [{"id": number, **told, "progress": Progress.PLANNED}])
    return number


def goes_by_email(person: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether the person has a mail address that works."""
    return sa.exists(_addresses(person))


def _email_of(connection: sa.Connection, person: str) -> int | None:
    query = _addresses(sa.literal(person)).order_by(sa.literal_column("id")).limit(1)
    return connection.execute(query).scalar()


def _addresses(person: sa.ColumnElement[str]) -> sa.Select[tuple[int]]:
    theirs, owner = contacts.alias("email"), people.alias("owner")
    return (
        sa.select(theirs.c.id)
        .join(owner, owner.c.name == theirs.c.person)
        .where(
            theirs.c.person == person,
            theirs.c.channel == str(ChannelName.EMAIL),
            theirs.c.disabled_at.is_(None),
            theirs.c.removed_at.is_(None),
            owner.c.removed_at.is_(None),
        )
    )
