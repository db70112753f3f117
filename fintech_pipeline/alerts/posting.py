"""Messages into the outbox: what a contact is told joins one that waits, or makes a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.alerts.announcing import announce_deliveries
from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.people import Contact, Person
from fintech_pipeline.alerts.planning import Pace, leaves_at
from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.tables import deliveries, delivery_attempts
from fintech_pipeline.storage.database import SCHEMA

PLANNED = str(Progress.PLANNED)
SOON = "It leaves in a moment."
_LAST = sa.text(f"""
    SELECT wanted.contact_id, one.left_at
    FROM unnest(CAST(:contacts AS bigint[])) AS wanted(contact_id)
    CROSS JOIN LATERAL (
        SELECT coalesce(accepted_at, due_at) AS left_at FROM {SCHEMA}.deliveries
        WHERE contact_id = wanted.contact_id ORDER BY created_at DESC LIMIT 1
    ) AS one
""")  # noqa: S608  # the schema is a constant


@dataclass(frozen=True, slots=True)
class Letter:
    """What one contact is to be told of a decision.

    Attributes:
        person: Who.
        contact: Where.
        severity: The greatest of it.
        answers: The message that told the beginning of the first alert in it; None for none.
    """

    person: Person
    contact: Contact
    severity: Severity
    answers: int | None


def post(
    connection: sa.Connection, letters: Sequence[Letter], pace: Pace, at: datetime
) -> dict[int, int]:
    """Puts the letters into the outbox; gives the message of each contact.

    Args:
        connection: The transaction of the decision.
        letters: At most one for each contact.
        pace: How messages are gathered.
        at: The present (UTC).
    """
    numbers = [one.contact.contact_id for one in letters]
    waiting = _waiting(connection, numbers)
    last = _last_due(connection, numbers)
    found: dict[int, int] = {}
    fresh: list[dict[str, Any]] = []
    for one in letters:
        contact_id = one.contact.contact_id
        if contact_id is None:
            raise ValueError(f"{one.person.name}'s contact is not stored")
        if contact_id in waiting:
            found[contact_id] = _joined(connection, waiting[contact_id], one, pace, at)
            continue
        due_at, told = leaves_at(one.person, one.severity, last.get(contact_id), pace, at)
        fresh.append(
            {
                "contact_id": contact_id,
                "progress": PLANNED,
                "severity": str(one.severity),
                "created_at": at,
                "due_at": due_at,
                "told": told or SOON,
                "answers": one.answers,
            }
        )
    if fresh:
        statement = sa.insert(deliveries).returning(deliveries.c.id, sort_by_parameter_order=True)
        made = connection.execute(statement, fresh).scalars()
        new = {row["contact_id"]: number for row, number in zip(fresh, made, strict=True)}
        found |= new
        announce_deliveries(connection, _told(letters, new))
    return found


def _told(letters: Sequence[Letter], new: Mapping[int, int]) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "person": one.person.name,
            "channel": one.contact.channel,
            "progress": PLANNED,
        }
        for one in letters
        if (number := new.get(one.contact.contact_id or 0)) is not None
    ]


def _waiting(
    connection: sa.Connection, contact_ids: Sequence[int | None]
) -> Mapping[int, sa.Row[Any]]:
    """The message of each contact that waits and that nobody has begun to send."""
    query = (
        sa.select(
            deliveries.c.id, deliveries.c.contact_id, deliveries.c.due_at, deliveries.c.severity
        )
        .where(
            deliveries.c.contact_id.in_(contact_ids),
            deliveries.c.progress == PLANNED,
            deliveries.c.instead_of == "",
        )
        .order_by(deliveries.c.due_at.desc())
        # Whoever sends one holds it.
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(query).all()
    # Asked once they are held: whoever began one and died has told so by then.
    begun = sa.select(delivery_attempts.c.delivery_id).where(
        delivery_attempts.c.delivery_id.in_([row.id for row in rows])
    )
    tried = set(connection.execute(begun).scalars())
    return {int(row.contact_id): row for row in rows if row.id not in tried}


def _joined(
    connection: sa.Connection,
    waiting: sa.Row[Any],
    letter: Letter,
    pace: Pace,
    at: datetime,
) -> int:
    """Joins a message that waits; what is critical makes it leave now."""
    severity = max(Severity(waiting.severity), letter.severity, key=lambda one: one.rank)
    changes: dict[str, object] = {"severity": str(severity)}
    if letter.severity is Severity.CRITICAL and waiting.due_at > at + pace.wait:
        changes |= {"due_at": at + pace.wait, "told": "Something critical joined it."}
    connection.execute(sa.update(deliveries).where(deliveries.c.id == waiting.id).values(changes))
    number: int = waiting.id
    return number


def _last_due(connection: sa.Connection, contact_ids: Sequence[int | None]) -> dict[int, datetime]:
    """When the last message to each contact left, or is due to (UTC)."""
    rows = connection.execute(_LAST, {"contacts": list(contact_ids)})
    return {row.contact_id: row.left_at for row in rows}
