"""How many SMS a person gets in a day of theirs: what is over it goes by email."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.fates import Fate, over_limit
from fintech_pipeline.alerts.outbox_rows import Parcel
from fintech_pipeline.alerts.people import Person
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.tables import contacts, deliveries, delivery_attempts

_ONE_COUNTS = sa.text("SELECT pg_advisory_xact_lock(hashtext('fintech sms of the day'))")
_NOT_SENT = (str(Progress.PLANNED), str(Progress.FAILED))


def within_limits(
    connection: sa.Connection, parcels: Sequence[Parcel], now: datetime
) -> tuple[list[Parcel], list[tuple[Parcel, Fate]]]:
    """The messages within what their person gets of SMS in a day, and those over it.

    Args:
        connection: The transaction that writes that they are being tried; two that count at once
            count one after the other.
        parcels: Messages that are held.
        now: The present (UTC).
    """
    allowed: list[Parcel] = []
    over: list[tuple[Parcel, Fate]] = []
    used: dict[str, int] = {}
    for parcel in parcels:
        person, most = parcel.message.person, parcel.sms_per_day
        if parcel.case.channel is not ChannelName.SMS or most is None:
            allowed.append(parcel)
            continue
        if person not in used:
            if not used:
                connection.execute(_ONE_COUNTS)  # two deliverers count one after the other
            used[person] = _sms_of_the_day(connection, parcel, now)
        if used[person] >= most:
            over.append((parcel, over_limit(most)))
        else:
            used[person] += 1
            allowed.append(parcel)
    return allowed, over


def _sms_of_the_day(connection: sa.Connection, parcel: Parcel, now: datetime) -> int:
    """How many SMS the person was sent today, in their time zone; those under way count."""
    message = parcel.message
    start = Person(message.person, (), message.time_zone).day_start(now)
    table = delivery_attempts.c
    query = (
        sa.select(sa.func.count(sa.distinct(table.delivery_id)))
        .select_from(
            delivery_attempts.join(deliveries, deliveries.c.id == table.delivery_id).join(
                contacts, contacts.c.id == deliveries.c.contact_id
            )
        )
        .where(
            contacts.c.person == message.person,
            contacts.c.channel == str(ChannelName.SMS),
            table.begun_at >= start,
            table.delivery_id != message.delivery_id,
            # One that is planned was refused or put off, unless it is being sent now.
            sa.or_(
                deliveries.c.progress.not_in(_NOT_SENT),
                deliveries.c.vendor_id.is_not(None),
                table.ended_at.is_(None),
            ),
        )
    )
    return connection.execute(query).scalar_one()
