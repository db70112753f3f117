"""The outbox: messages are held while they are sent, and what becomes of each is written down.

Whoever sends a message holds its row in a transaction that lasts as long as the sending, and has
committed on another connection, before anything is sent, that it is being tried. There are no
leases and no clocks are compared: a process that dies holds nothing, and leaves a message that is
planned and has an attempt without an end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from fintech_pipeline.alerts.announcing import announce_deliveries
from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.fates import STUCK, Fate, received
from fintech_pipeline.alerts.outbox_rows import Parcel, held
from fintech_pipeline.alerts.outbox_writing import END, UPDATE, disable, end_of, row_of
from fintech_pipeline.alerts.rerouting import goes_by_email, reroute
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.sms_limits import within_limits
from fintech_pipeline.alerts.tables import contacts, deliveries, delivery_attempts
from fintech_pipeline.storage.database import Database

KILLED = "Nobody knows what became of it: whoever sent it was stopped in the middle."


@dataclass(frozen=True, slots=True)
class Outbox:
    """Reads and writes the messages that leave, and how far each has come."""

    database: Database

    def claim(
        self,
        connection: sa.Connection,
        channel: ChannelName,
        now: datetime,
        most: int,
        *,
        repeatable: bool,
    ) -> list[Parcel]:
        """Takes hold of messages that may leave by the channel now.

        Args:
            connection: The transaction that holds them.
            channel: Which way they go.
            now: The present (UTC).
            most: How many at most.
            repeatable: Whether the channel may send one again.
        """
        return held(connection, _due(channel, now), repeatable, most)

    def begin(
        self, parcels: Sequence[Parcel], now: datetime
    ) -> tuple[list[Parcel], list[tuple[Parcel, Fate]]]:
        """Commits that these messages are being tried, before anything is sent.

        Two that hold the same message, because one of them lost its connection without noticing,
        write the same attempt: only one of them gets it back.

        Args:
            parcels: Messages that are held.
            now: The present (UTC).

        Returns:
            Those that may be sent now, with their attempt; and those over their person's limit.

        Raises:
            StorageError: Nothing may be sent; whether it is written is not known.
        """
        with self.database.transaction() as connection:
            allowed, over = within_limits(connection, parcels, now)
            begun = {parcel.delivery_id: parcel.begun(now) for parcel in allowed}
            if not begun:
                return [], over
            again = [number for number, one in begun.items() if one.number > 1]
            self._close(connection, again, now)
            rows = [
                {"delivery_id": one.delivery_id, "number": one.number, "begun_at": now}
                for one in begun.values()
            ]
            statement = (
                insert(delivery_attempts)
                .values(rows)
                .on_conflict_do_nothing()
                .returning(delivery_attempts.c.delivery_id)
            )
            ours = set(connection.execute(statement).scalars())
        return [one for number, one in begun.items() if number in ours], over

    def record(
        self, connection: sa.Connection, fates: Sequence[tuple[Parcel, Fate]], now: datetime
    ) -> list[tuple[Parcel, Fate]]:
        """Writes what became of messages, in the transaction that holds them.

        Args:
            connection: The transaction.
            fates: Each message once.
            now: The present (UTC).

        Returns:
            The same, each with what was written of it.
        """
        if not fates:
            return []
        written, rows = [], []
        for parcel, fate in fates:
            told, other = reroute(connection, parcel, fate, now)
            written.append((parcel, told))
            rows.append(row_of(parcel, told, other, now))
        connection.execute(UPDATE, rows)
        attempts = [end_of(parcel, fate, now) for parcel, fate in written if parcel.open_attempt]
        if attempts:
            connection.execute(END, attempts)
        for parcel, fate in written:
            if fate.ends_contact:
                disable(connection, parcel, fate.ends_contact, now)
        moved = [
            {
                "id": parcel.delivery_id,
                "person": parcel.message.person,
                "channel": parcel.message.contact.channel,
                "progress": fate.progress,
            }
            for parcel, fate in written
            if fate.progress is not parcel.case.progress
        ]
        announce_deliveries(connection, moved)
        return written

    def record_afterwards(
        self, parcel: Parcel, fate: Fate, now: datetime
    ) -> tuple[Parcel, Fate] | None:
        """Writes what became of a message whose hold was lost meanwhile.

        Whoever took hold of it since may have brought it further: it never goes back.

        Args:
            parcel: The message as it was sent.
            fate: What became of it.
            now: The present (UTC).

        Returns:
            What was written; None where it has come further already.

        Raises:
            StorageError: It could not be written; try again.
        """
        with self.database.transaction() as connection:
            mine = deliveries.c.id == parcel.delivery_id
            query = sa.select(deliveries.c.progress).where(mine).with_for_update(key_share=True)
            progress = Progress(connection.execute(query).scalar_one())
            if progress is not Progress.PLANNED and not fate.progress.passes(progress):
                connection.execute(END, [end_of(parcel, fate, now)])
                return None
            if fate.progress is not Progress.PLANNED:
                # Somebody else may have begun to send it again, and died over it.
                self._close(connection, [parcel.delivery_id], now, besides=parcel.number)
            return self.record(connection, [(parcel, fate)], now)[0]

    def to_ask(
        self,
        connection: sa.Connection,
        channel: ChannelName,
        now: datetime,
        most: int,
        *,
        repeatable: bool,
    ) -> list[Parcel]:
        """Takes hold of messages of which the channel's other side is to be asked now."""
        which = sa.and_(contacts.c.channel == str(channel), deliveries.c.asked_next_at <= now)
        return held(connection, which, repeatable, most)

    def hear(self, vendor_id: str, receipt: Receipt, now: datetime) -> bool:
        """Takes in what a vendor tells unasked; told twice, or out of order, it changes nothing.

        Args:
            vendor_id: The vendor's number of a message.
            receipt: What it says.
            now: The present (UTC).

        Returns:
            Whether the message has come further by it.

        Raises:
            StorageError: It could not be written.
        """
        with self.database.transaction() as connection:
            for parcel in held(connection, deliveries.c.vendor_id == vendor_id, False, 1):
                if receipt.progress.passes(parcel.case.progress):
                    self.record(connection, [(parcel, received(parcel.case, receipt, now))], now)
                    return True
        return False

    def late(
        self,
        connection: sa.Connection,
        channel: ChannelName,
        now: datetime,
        most: int,
        *,
        repeatable: bool,
        give_up: timedelta,
    ) -> list[Parcel]:
        """Takes hold of messages that can't leave and have waited too long for that.

        Those that are given up, and those that are critical and go by email meanwhile.
        """
        first = (
            sa.select(sa.func.min(delivery_attempts.c.begun_at))
            .where(delivery_attempts.c.delivery_id == deliveries.c.id)
            .scalar_subquery()
        )
        since = sa.func.coalesce(first, deliveries.c.due_at)
        stuck = sa.and_(
            deliveries.c.severity == str(Severity.CRITICAL),
            deliveries.c.escalated_to.is_(None),
            contacts.c.channel != str(ChannelName.EMAIL),
            since <= now - STUCK,
            goes_by_email(contacts.c.person),
        )
        which = sa.and_(_due(channel, now), sa.or_(since <= now - give_up, stuck))
        return held(connection, which, repeatable, most)

    def next_at(self, channel: ChannelName) -> datetime | None:
        """When something is to be done for the channel next (UTC); None where nothing is.

        A message is due then, or the vendor is to be asked of one.

        Raises:
            StorageError: It could not be read.
        """
        theirs = deliveries.join(contacts, contacts.c.id == deliveries.c.contact_id)
        ours = contacts.c.channel == str(channel)
        planned = deliveries.c.progress == str(Progress.PLANNED)
        due = sa.select(sa.func.min(deliveries.c.due_at)).select_from(theirs).where(ours, planned)
        asked = sa.select(sa.func.min(deliveries.c.asked_next_at)).select_from(theirs)
        asked = asked.where(ours, deliveries.c.asked_next_at.is_not(None))
        query = sa.select(sa.func.least(due.scalar_subquery(), asked.scalar_subquery()))
        with self.database.transaction() as connection:
            found: datetime | None = connection.execute(query).scalar()
            return found

    def explain(self, channel: ChannelName, why: str, now: datetime) -> None:
        """Says of each message that waits for the channel why it does.

        Raises:
            StorageError: It could not be written.
        """
        waits = (
            sa.select(deliveries.c.id)
            .join(contacts, contacts.c.id == deliveries.c.contact_id)
            .where(_due(channel, now), deliveries.c.told != why)
            .with_for_update(key_share=True, skip_locked=True, of=deliveries)
        )
        with self.database.transaction() as connection:
            ids = connection.execute(waits).scalars().all()
            if ids:
                connection.execute(
                    sa.update(deliveries).where(deliveries.c.id.in_(ids)).values(told=why)
                )

    def _close(
        self, connection: sa.Connection, ids: Sequence[int], now: datetime, besides: int = 0
    ) -> None:
        """Ends the attempts of those that died over messages, but for the attempt of a number."""
        if ids:
            table = delivery_attempts.c
            connection.execute(
                sa.update(delivery_attempts)
                .where(
                    table.delivery_id.in_(ids),
                    table.ended_at.is_(None),
                    table.number != besides,
                )
                .values(ended_at=now, told=KILLED)
            )


def _due(channel: ChannelName, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        deliveries.c.progress == str(Progress.PLANNED),
        deliveries.c.due_at <= now,
        contacts.c.channel == str(channel),
    )
