"""The statements that write what becomes of messages, of their attempts and of their contacts."""

from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.fates import Fate
from fintech_pipeline.alerts.outbox_rows import Parcel
from fintech_pipeline.alerts.tables import contacts, deliveries, delivery_attempts

UPDATE = (
    sa.update(deliveries)
    .where(deliveries.c.id == sa.bindparam("of"))
    .values(
        progress=sa.bindparam("new_progress"),
        told=sa.bindparam("new_told"),
        due_at=sa.func.coalesce(sa.bindparam("new_due_at"), deliveries.c.due_at),
        accepted_at=sa.func.coalesce(deliveries.c.accepted_at, sa.bindparam("new_accepted_at")),
        ended_at=sa.bindparam("new_ended_at"),
        vendor_id=sa.func.coalesce(sa.bindparam("new_vendor_id"), deliveries.c.vendor_id),
        asked_next_at=sa.bindparam("new_asked_next_at"),
        segments=sa.func.coalesce(sa.bindparam("new_segments"), deliveries.c.segments),
        cost_usd=sa.func.coalesce(sa.bindparam("new_cost_usd"), deliveries.c.cost_usd),
        escalated_to=sa.func.coalesce(deliveries.c.escalated_to, sa.bindparam("new_escalated_to")),
    )
)
END = (
    sa.update(delivery_attempts)
    .where(
        delivery_attempts.c.delivery_id == sa.bindparam("of"),
        delivery_attempts.c.number == sa.bindparam("which"),
        # Of the same number there may be one of somebody else's, who saw that we lost our hold.
        delivery_attempts.c.begun_at == sa.bindparam("of_when"),
        delivery_attempts.c.ended_at.is_(None),
    )
    .values(ended_at=sa.bindparam("at"), told=sa.bindparam("why"))
)


def end_of(parcel: Parcel, fate: Fate, now: datetime) -> dict[str, object]:
    """What `END` is given of a message whose attempt has come to its end (UTC)."""
    return {
        "of": parcel.delivery_id,
        "which": parcel.number,
        "of_when": parcel.case.begun_at,
        "at": now,
        "why": fate.told,
    }


def row_of(parcel: Parcel, fate: Fate, other: int | None, now: datetime) -> dict[str, object]:
    """What `UPDATE` is given of a message.

    Args:
        parcel: The message.
        fate: What became of it.
        other: The message that goes in its place; None where there is none.
        now: The present (UTC).
    """
    receipt = fate.receipt
    taken = receipt is not None and fate.progress is not Progress.FAILED
    return {
        "of": parcel.delivery_id,
        "new_progress": str(fate.progress),
        "new_told": fate.told,
        "new_due_at": fate.due_at,
        "new_accepted_at": now if taken else None,
        "new_ended_at": now if fate.ended else None,
        "new_vendor_id": receipt.vendor_id if receipt else None,
        "new_asked_next_at": fate.asked_next_at,
        "new_segments": receipt.segments if receipt else None,
        "new_cost_usd": receipt.cost_usd if receipt else None,
        "new_escalated_to": other,
    }


def disable(connection: sa.Connection, parcel: Parcel, why: str, now: datetime) -> None:
    """Ends a contact; what else waits for it is looked at now, and says why it can't leave."""
    number = parcel.message.contact.contact_id
    connection.execute(
        sa.update(contacts)
        .where(contacts.c.id == number, contacts.c.disabled_at.is_(None))
        .values(disabled_at=now, disabled_because=why)
    )
    waits = (
        sa.select(deliveries.c.id)
        .where(
            deliveries.c.contact_id == number,
            deliveries.c.progress == str(Progress.PLANNED),
            deliveries.c.due_at > now,
        )
        .with_for_update(key_share=True, skip_locked=True)
    )
    ids = connection.execute(waits).scalars().all()
    if ids:
        connection.execute(sa.update(deliveries).where(deliveries.c.id.in_(ids)).values(due_at=now))
