"""How far the events have been published: one row, written by whoever publishes.

The cursor stands in the very database that the events stand in, so that a copy or a backup has both
as of the same instant: what was published stays before it, what was not comes after it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
import sqlalchemy as sa
from psycopg.rows import class_row

from fintech_pipeline.storage.database import SCHEMA, Database, instant, metadata
from fintech_pipeline.storage.events import Topic

PUBLISHER = "publisher"
"""The cursor of whoever publishes to the broker."""
PUBLISHED = (Topic.SIGNALS, Topic.ALERTS, Topic.OUTCOMES)
"""What is published; a cursor passes over the rest."""

event_cursors = sa.Table(
    "event_cursors",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    # The database's history when it was written last.
    sa.Column("history", sa.Text, nullable=False),
    # All events up to this one are published.
    sa.Column("event_id", sa.BigInteger, nullable=False),
    # When that event was written; null before the first.
    sa.Column("event_at", instant),
    sa.Column("moved_at", instant, nullable=False),
    # How many CloudEvents the broker has confirmed in all, repeats included.
    sa.Column("confirmed", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    # Why nothing is published now, a sentence, and since when.
    sa.Column("error", sa.Text),
    sa.Column("failed_at", instant),
    sa.CheckConstraint("(error IS NULL) = (failed_at IS NULL)", name="failed_with_a_reason"),
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where whoever publishes stands.

    Attributes:
        history: The database's history when it was written last.
        event_id: All events up to this one are published.
        event_at: When that event was written (UTC); None before the first.
        moved_at: When it came there (UTC).
        confirmed: How many CloudEvents the broker has confirmed in all, repeats included.
        error: Why nothing is published now, a sentence; None where nothing is wrong.
        failed_at: Since when (UTC).
    """

    history: str
    event_id: int
    event_at: datetime | None
    moved_at: datetime
    confirmed: int
    error: str | None
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be published.

    Attributes:
        events: How many events.
        oldest_at: When the oldest of them was written (UTC); None where none waits.
        served: Whether somebody publishes now.
    """

    events: int
    oldest_at: datetime | None
    served: bool


_COLUMNS: LiteralString = "history, event_id, event_at, moved_at, confirmed, error, failed_at"
_READ: LiteralString = f"""
    SELECT {_COLUMNS} FROM {SCHEMA}.event_cursors WHERE name = '{PUBLISHER}'
"""  # noqa: S608  # constants
_BEGIN: LiteralString = f"""
    INSERT INTO {SCHEMA}.event_cursors (name, history, event_id, moved_at)
    VALUES ('{PUBLISHER}', %s, %s, clock_timestamp())
"""  # noqa: S608  # constants
_ADVANCE: LiteralString = f"""
    UPDATE {SCHEMA}.event_cursors
    SET event_id = %s, event_at = %s, moved_at = clock_timestamp(), confirmed = confirmed + %s,
        error = NULL, failed_at = NULL
    WHERE name = '{PUBLISHER}'
"""  # noqa: S608  # constants
_HISTORY: LiteralString = f"""
    UPDATE {SCHEMA}.event_cursors SET history = %s WHERE name = '{PUBLISHER}'
"""  # noqa: S608  # constants
_FAIL: LiteralString = f"""
    UPDATE {SCHEMA}.event_cursors
    SET error = %s, failed_at = coalesce(failed_at, clock_timestamp())
    WHERE name = '{PUBLISHER}'
"""  # noqa: S608  # constants
_MEND: LiteralString = f"""
    UPDATE {SCHEMA}.event_cursors SET error = NULL, failed_at = NULL
    WHERE name = '{PUBLISHER}' AND error IS NOT NULL
"""  # noqa: S608  # constants
_TURN: LiteralString = "SELECT pg_try_advisory_lock(hashtext('fintech events'))"
_SERVED: LiteralString = """
    SELECT EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
            AND mode = 'ExclusiveLock'
            AND objid = CAST(CAST(hashtext('fintech events') AS bit(32)) AS bigint)
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""
_BACKLOG: LiteralString = f"""
    SELECT count(*), min(at) FROM {SCHEMA}.events WHERE id > %(after)s AND topic = ANY(%(topics)s)
"""  # noqa: S608  # the schema is a constant


async def take_turn(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Takes the right to publish, which this connection then holds until it ends.

    Returns:
        Whether it has it; another connection may.
    """
    ((taken,),) = await (await connection.execute(_TURN)).fetchall()
    return bool(taken)


async def read_cursor(connection: psycopg.AsyncConnection[Any]) -> Cursor | None:
    """Where whoever publishes stands; None where nobody ever did."""
    cursor = connection.cursor(row_factory=class_row(Cursor))
    return await (await cursor.execute(_READ)).fetchone()


async def begin_cursor(
    connection: psycopg.AsyncConnection[Any], history: str, event_id: int
) -> None:
    """Begins after an event; what was before is not published."""
    await connection.execute(_BEGIN, (history, event_id))


async def rename_history(connection: psycopg.AsyncConnection[Any], history: str) -> None:
    """Notes that the database goes on under another history."""
    await connection.execute(_HISTORY, (history,))


async def advance(
    connection: psycopg.AsyncConnection[Any], event_id: int, event_at: datetime, confirmed: int
) -> None:
    """Notes that all events up to this one are published, and so that nothing is wrong.

    Args:
        connection: The one that holds the right to publish.
        event_id: The event.
        event_at: When it was written (UTC).
        confirmed: How many CloudEvents the broker has confirmed since the last time.
    """
    await connection.execute(_ADVANCE, (event_id, event_at, confirmed))


async def note_failure(connection: psycopg.AsyncConnection[Any], error: str) -> None:
    """Notes why nothing is published now.

    Args:
        connection: The one that holds the right to publish.
        error: A sentence without a secret.
    """
    await connection.execute(_FAIL, (error,))


async def note_recovery(connection: psycopg.AsyncConnection[Any]) -> None:
    """Notes that nothing is wrong any more."""
    await connection.execute(_MEND)


def standing(database: Database) -> tuple[Cursor | None, Backlog]:
    """Where whoever publishes stands, and what waits for it.

    Raises:
        StorageError: The database is away.
    """
    with database.transaction() as connection:
        return standing_read(connection)


def standing_read(connection: sa.Connection) -> tuple[Cursor | None, Backlog]:
    """The same through a connection that reads."""
    row = connection.exec_driver_sql(_READ).one_or_none()
    cursor = None if row is None else Cursor(*row)
    served = bool(connection.exec_driver_sql(_SERVED).scalar())
    if cursor is None:
        # Nothing waits for whom nobody ever began; to count all there are would take a while.
        return None, Backlog(0, None, served)
    values = {"after": cursor.event_id, "topics": [*map(str, PUBLISHED)]}
    events, oldest_at = connection.exec_driver_sql(_BACKLOG, values).one()
    return cursor, Backlog(events, oldest_at, served)
