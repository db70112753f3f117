"""Deleting events that nobody will come back for."""

import sqlalchemy as sa

from fintech_pipeline.storage.database import SCHEMA, Database
from fintech_pipeline.storage.event_cursor import PUBLISHER
from fintech_pipeline.storage.event_reading import KEPT_DAYS

MOST = 5_000
"""How many are deleted in one transaction."""

# The last of the old ones stays: it tells who comes back that something was deleted before it. So
# does the one at the publisher's cursor, and all that it has not published.
_OLD = sa.text(f"""
    WITH last AS (
        SELECT id, at FROM {SCHEMA}.events
        WHERE at < now() - make_interval(days => :days)
        ORDER BY at DESC, id DESC
        LIMIT 1
    ), gone AS (
        SELECT e.id FROM {SCHEMA}.events AS e
        WHERE e.id < (SELECT id FROM last) AND e.at <= (SELECT at FROM last)
            AND (NOT :keep_unpublished OR NOT EXISTS (
                SELECT FROM {SCHEMA}.event_cursors
                WHERE name = :publisher AND event_id <= e.id))
        ORDER BY e.id
        LIMIT :most
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM {SCHEMA}.events WHERE id IN (SELECT id FROM gone)
""")  # noqa: S608  # the schema is a constant


def prune_events(database: Database, *, keep_unpublished: bool) -> int:
    """Deletes events older than three days, a bounded number; gives how many.

    Args:
        database: Where they are.
        keep_unpublished: Whether what waits for a broker stays, however old: while one is
            configured. Where nobody ever published, nothing waits.

    Raises:
        StorageError: The database is away or refused.
    """
    values = {"days": KEPT_DAYS, "most": MOST, "publisher": PUBLISHER}
    with database.transaction() as connection:
        values |= {"keep_unpublished": keep_unpublished}
        return int(connection.execute(_OLD, values).rowcount)
