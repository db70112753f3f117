"""Deleting calls whose cost nobody asks for any more."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.quota.tables import State, provider_calls

_CALLS = provider_calls.c


def prune_calls(
    connection: sa.Connection, before: datetime, most: int, referred: sa.Select[Any]
) -> int:
    """Deletes calls that have ended and were granted before an instant; gives how many.

    Args:
        connection: The transaction.
        before: The instant (UTC).
        most: How many at the most.
        referred: The ids of calls that other rows refer to, which stay.
    """
    old = (
        sa.select(_CALLS.id)
        .where(
            _CALLS.granted_at < before,
            _CALLS.state != str(State.GRANTED),
            _CALLS.id.not_in(referred),
        )
        .order_by(_CALLS.granted_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return int(connection.execute(sa.delete(provider_calls).where(_CALLS.id.in_(old))).rowcount)
