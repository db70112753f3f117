"""What goes on in the database server just now."""

import sqlalchemy as sa

from fintech_pipeline.storage.events import ANNOUNCING

# Of other roles' sessions a role without rights sees that they are there, and not since when.
_OLDEST_ANNOUNCER = sa.text(
    "SELECT CAST(coalesce(max(extract(epoch FROM clock_timestamp() - a.xact_start)), 0) AS float) "  # noqa: S608
    "FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) "
    "WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.mode = 'ShareLock' "
    f"AND CAST(l.classid AS bigint) >> 16 = {ANNOUNCING} AND a.datname = current_database()"
)


def oldest_announcer_seconds(connection: sa.Connection) -> float:
    """How long the oldest transaction that has announced something is under way; 0 without one.

    Nothing that was announced after it is read before it ends; see `event_reading`.
    """
    return float(connection.execute(_OLDEST_ANNOUNCER).scalar_one())
