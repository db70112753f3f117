"""What goes on in the database server just now."""

import sqlalchemy as sa

# Of other roles' sessions a role without rights sees that they are there, and not since when.
_OLDEST_WRITER = sa.text(
    "SELECT CAST(coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) AS float) "
    "FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
)


def oldest_writer_seconds(connection: sa.Connection) -> float:
    """How long the oldest transaction that has written something has been under way; 0 without one.

    Nothing that was told after it began is read before it ends; see `events`.
    """
    return float(connection.execute(_OLDEST_WRITER).scalar_one())
