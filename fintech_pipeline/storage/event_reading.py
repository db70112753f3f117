"""Following the table `events`: in the order of transactions, behind a safe horizon.

Ids are given when a row is written, and rows become visible when their transaction commits: who
remembers the highest id that he saw loses what commits later under a lower one. Here a place in
the order is a transaction's number (`xid`) and then the row's. What is read ends before the oldest
transaction that is still under way (the snapshot's `xmin`): of all before it, it is known for ever
whether they committed, so that nothing can come between what was read. A transaction that takes
long, in whatever database of the server, delays what follows it, and loses nothing.

The numbers mean something in one history of one database only. A dump that is restored elsewhere
brings rows of other numbers with it, and a server that is set back, or a copy that takes over,
gives the same numbers again. Therefore each history has a name, and rows of a number that this
server has not given yet are not looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

import psycopg
import sqlalchemy as sa
from psycopg.rows import namedtuple_row

from fintech_pipeline.storage.database import SCHEMA

KEPT_DAYS = 3
"""For how long an event is kept; who was away for longer reads everything again."""
AT_ONCE = 500
"""How many rows are read at once."""


class Position(NamedTuple):
    """A place in the order of events: after one of them, or before a transaction (`id` 0)."""

    xid: int
    id: int


ORIGIN = Position(0, 0)
"""Before everything."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it stands in the table.

    Attributes:
        position: Its place in the order.
        topic: What it is about.
        at: When it was written (UTC), a little before its commit.
        payload: Its JSON.
    """

    position: Position
    topic: str
    at: datetime
    payload: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some events in a row.

    Attributes:
        events: In order.
        position: Up to where everything has been read.
        full: Whether there are more that may be read now.
        waiting_since: When the first was written that must wait for a transaction (UTC); None
            where none does.
    """

    events: tuple[StoredEvent, ...]
    position: Position
    full: bool
    waiting_since: datetime | None


_AFTER: LiteralString = f"""
    SELECT CAST(CAST(pg_snapshot_xmin(s) AS text) AS bigint) AS horizon,
        e.xid, e.id, e.topic, e.at, e.payload
    FROM pg_current_snapshot() AS s
    LEFT JOIN LATERAL (
        SELECT xid, id, topic, at,
            CASE WHEN xid < CAST(CAST(pg_snapshot_xmin(s) AS text) AS bigint)
                THEN CAST(payload AS text) END AS payload
        FROM {SCHEMA}.events
        WHERE (xid, id) > (%(xid)s, %(id)s)
            AND xid < CAST(CAST(pg_snapshot_xmax(s) AS text) AS bigint)
        ORDER BY xid, id
        LIMIT %(most)s
    ) AS e ON true
"""  # noqa: S608  # the schema is a constant
_NEWEST: LiteralString = f"""
    SELECT CAST(CAST(pg_snapshot_xmin(s) AS text) AS bigint) AS horizon,
        e.xid, e.id, e.topic, e.at, e.payload
    FROM pg_current_snapshot() AS s
    LEFT JOIN LATERAL (
        SELECT xid, id, topic, at, CAST(payload AS text) AS payload
        FROM {SCHEMA}.events
        WHERE xid < CAST(CAST(pg_snapshot_xmin(s) AS text) AS bigint)
        ORDER BY xid DESC, id DESC
        LIMIT %(most)s
    ) AS e ON true
    ORDER BY e.xid, e.id
"""  # noqa: S608  # the schema is a constant
# The name of the log's current segment begins with the history's number at once; the control file
# learns of it only some time after a copy has taken over.
_HISTORY: LiteralString = """
    SELECT left(md5(concat_ws(' ',
        (SELECT system_identifier FROM pg_control_system()),
        left(pg_walfile_name(pg_current_wal_lsn()), 8),
        (SELECT oid FROM pg_database WHERE datname = current_database()))), 8) AS history
"""
_LOST: LiteralString = f"""
    SELECT EXISTS (SELECT FROM {SCHEMA}.events WHERE at < now() - make_interval(days => %(days)s))
        AND (%(xid)s, %(id)s) < (SELECT xid, id FROM {SCHEMA}.events ORDER BY xid, id LIMIT 1)
"""  # noqa: S608  # the schema is a constant


async def read_history(connection: psycopg.AsyncConnection[Any]) -> str:
    """The name of the database's history: another one after a restore or a take-over."""
    (row,) = await (await connection.execute(_HISTORY)).fetchall()
    return str(row[0])


async def read_after(
    connection: psycopg.AsyncConnection[Any], position: Position, most: int = AT_ONCE
) -> Batch:
    """The events after a place, as many as may be read now.

    Args:
        connection: To the primary server, in autocommit.
        position: The place.
        most: How many at the most.

    Raises:
        psycopg.Error: The server refused or is away.
    """
    cursor = connection.cursor(row_factory=namedtuple_row)
    await cursor.execute(_AFTER, {**position._asdict(), "most": most})
    return _batch(position, most, await cursor.fetchall())


async def read_newest(
    connection: psycopg.AsyncConnection[Any], most: int = AT_ONCE
) -> tuple[Batch, bool]:
    """The newest events that may be read now, and whether they are all there are.

    Args:
        connection: To the primary server, in autocommit.
        most: How many at the most.

    Raises:
        psycopg.Error: The server refused or is away.
    """
    cursor = connection.cursor(row_factory=namedtuple_row)
    await cursor.execute(_NEWEST, {"most": most})
    rows = await cursor.fetchall()
    read = _batch(ORIGIN, len(rows) + 1, rows)
    return read, len(read.events) < most


def replayed(connection: sa.Connection, position: Position, most: int = AT_ONCE) -> Batch:
    """As `read_after`, for whoever comes back after a while.

    Args:
        connection: To the primary server, in autocommit.
        position: The last place that is known to whoever asks.
        most: How many at the most.
    """
    values: Mapping[str, int] = {**position._asdict(), "most": most}
    return _batch(position, most, connection.exec_driver_sql(_AFTER, dict(values)).all())


def lost(connection: sa.Connection, position: Position) -> bool:
    """Whether events after this place may have been deleted already."""
    values = {**position._asdict(), "days": KEPT_DAYS}
    return bool(connection.exec_driver_sql(_LOST, values).scalar())


def _batch(position: Position, most: int, rows: Sequence[Any]) -> Batch:
    horizon = rows[0].horizon
    found = [row for row in rows if row.xid is not None]
    ready = tuple(
        StoredEvent(Position(row.xid, row.id), row.topic, row.at, row.payload)
        for row in found
        if row.xid < horizon
    )
    waiting = found[len(ready)].at if len(ready) < len(found) else None
    full = len(ready) == most
    reached = ready[-1].position if full else max(position, Position(horizon, 0))
    return Batch(ready, reached, full, waiting)
