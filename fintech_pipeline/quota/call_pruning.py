"""Deleting calls whose cost nobody asks for any more."""

from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.storage.database import SCHEMA

_OLD = sa.text(f"""
    DELETE FROM {SCHEMA}.provider_calls WHERE id IN (
        SELECT id FROM {SCHEMA}.provider_calls
        WHERE granted_at < :before AND state <> 'granted'
        ORDER BY granted_at LIMIT :most FOR UPDATE SKIP LOCKED
    )
""")  # noqa: S608  # the schema is a constant


def prune_calls(connection: sa.Connection, before: datetime, most: int) -> int:
    """Deletes calls that have ended and were granted before an instant; gives how many.

    Args:
        connection: The transaction.
        before: The instant (UTC).
        most: How many at the most.
    """
    return int(connection.execute(_OLD, {"before": before, "most": most}).rowcount)
