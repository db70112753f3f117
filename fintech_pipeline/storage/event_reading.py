"""Following the table `events`: in the order of ids, behind a safe horizon.

Ids are given when a row is written, and rows become visible when their transaction commits: who
remembers the highest id that he saw loses what commits later under a lower one. So nothing is read
beyond a horizon below which nothing can come any more. Only those who announce move it; however
long another transaction takes, it delays nobody.

Who announces (`storage.events.announce`)

1. reads L, the highest id that was given yet;
2. takes a shared advisory lock whose key holds L, and which lasts until its transaction, or the
   savepoint, has ended;
3. writes its rows, which get their ids now: all of them above L.

Who follows

1. reads S, the highest id that was given yet;
2. looks at those locks; H is the lowest L among them, or S where that is lower or there is none;
3. reads the rows up to H.

Then no row with an id up to H can appear later. Say one could, with the id I. I is at most S, so it
was given before step 1 of the reader, and the writer held its lock by then. Either the lock is
still there at step 2; then H is at most the writer's L, which is below I: a contradiction. Or the
writer has ended before; then step 3, which begins later, sees the row, or it never comes.

What this rests on:

- Each step of the reader is a statement of its own, in READ COMMITTED: the rows are seen as of the
  beginning of step 3. A transaction that commits is visible to new snapshots before its locks are
  released (`CommitTransaction` in PostgreSQL's xact.c has that order). `pg_locks` shows the locks
  of the moment, not of a snapshot, and has those of prepared transactions too.
- The ids come from one sequence with the cache 1 (the default), so no session has ids of its own in
  hand. What is rolled back leaves gaps, which mean nothing.
- A shared lock never waits, as nobody takes these exclusively; one that did would count as held.
- A transaction that announces twice holds two locks, the second with a higher L; the lower counts.

`pg_locks` lists all locks of the server, some thousands at the most: a millisecond or two.

An id means something in one history of one database only: a server that is set back, or a copy that
takes over, gives the same ids again. Therefore each history has a name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
import sqlalchemy as sa
from psycopg.rows import namedtuple_row

from fintech_pipeline.storage.database import SCHEMA
from fintech_pipeline.storage.events import ANNOUNCING, LAST_ID

KEPT_DAYS = 3
"""For how long an event is kept; who was away for longer reads everything again."""
AT_ONCE = 500
"""How many rows are read at once."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it stands in the table.

    Attributes:
        id: Its place in the order.
        topic: What it is about.
        at: When it was written (UTC), a little before its commit.
        payload: Its JSON.
    """

    id: int
    topic: str
    at: datetime
    payload: str


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far may be read.

    Attributes:
        given: The highest id that was given yet.
        final: Up to this id nothing new can appear.
    """

    given: int
    final: int

    @property
    def held_back(self) -> bool:
        """Whether somebody who announces has not ended yet."""
        return self.final < self.given


@dataclass(frozen=True, slots=True)
class Batch:
    """Some events in a row.

    Attributes:
        events: In order.
        reached: The id of the last one that has been read. Not the horizon: the ids of who rolled
            back may be given again after a crash, that of an event never.
        full: Whether there may be more that may be read now.
        horizon: How far may be read.
    """

    events: tuple[StoredEvent, ...]
    reached: int
    full: bool
    horizon: Horizon


_GIVEN: LiteralString = f"SELECT {LAST_ID}"
# The key's upper half is `classid`, whose upper half tells whose lock it is.
_HELD: LiteralString = f"""
    SELECT min((CAST(classid AS bigint) & 65535) << 32 | CAST(objid AS bigint))
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND mode = 'ShareLock'
        AND CAST(classid AS bigint) >> 16 = {ANNOUNCING}
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""  # noqa: S608  # a constant
_AFTER: LiteralString = f"""
    SELECT id, topic, at, CAST(payload AS text) AS payload FROM {SCHEMA}.events
    WHERE id > %(after)s AND id <= %(last)s
    ORDER BY id
    LIMIT %(most)s
"""  # noqa: S608  # the schema is a constant
_NEWEST: LiteralString = f"""
    SELECT id, topic, at, CAST(payload AS text) AS payload FROM {SCHEMA}.events
    WHERE id <= %(last)s
    ORDER BY id DESC
    LIMIT %(most)s
"""  # noqa: S608  # the schema is a constant
# The name of the log's current segment begins with the history's number at once; the control file
# learns of it only some time after a copy has taken over. A restored dump makes the table anew.
_HISTORY: LiteralString = f"""
    SELECT left(md5(concat_ws(' ',
        (SELECT system_identifier FROM pg_control_system()),
        left(pg_walfile_name(pg_current_wal_lsn()), 8),
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        CAST(CAST('{SCHEMA}.events' AS regclass) AS oid))), 8) AS history
"""  # noqa: S608  # the schema is a constant
_LOST: LiteralString = f"""
    SELECT EXISTS (SELECT FROM {SCHEMA}.events WHERE at < now() - make_interval(days => %(days)s))
        AND %(after)s < (SELECT min(id) - 1 FROM {SCHEMA}.events)
"""  # noqa: S608  # the schema is a constant


async def read_history(connection: psycopg.AsyncConnection[Any]) -> str:
    """The name of the database's history: another one after a restore or a take-over."""
    return str(await _one(connection, _HISTORY))


async def read_horizon(connection: psycopg.AsyncConnection[Any]) -> Horizon:
    """How far may be read just now.

    Args:
        connection: To the primary server, in autocommit.

    Raises:
        psycopg.Error: The server refused or is away.
    """
    given = int(await _one(connection, _GIVEN))
    held = await _one(connection, _HELD)  # only now: see above
    return Horizon(given, given if held is None else min(given, int(held)))


async def read_after(
    connection: psycopg.AsyncConnection[Any], after: int, most: int = AT_ONCE
) -> Batch:
    """The events after an id, as many as may be read now.

    Args:
        connection: To the primary server, in autocommit.
        after: The id.
        most: How many at the most.

    Raises:
        psycopg.Error: The server refused or is away.
    """
    horizon = await read_horizon(connection)
    if horizon.final <= after:
        return Batch((), after, False, horizon)
    cursor = connection.cursor(row_factory=namedtuple_row)
    await cursor.execute(_AFTER, {"after": after, "last": horizon.final, "most": most})
    events = _events(await cursor.fetchall())
    full = len(events) == most
    return Batch(events, events[-1].id if events else after, full, horizon)


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
    horizon = await read_horizon(connection)
    cursor = connection.cursor(row_factory=namedtuple_row)
    await cursor.execute(_NEWEST, {"last": horizon.final, "most": most})
    events = _events(await cursor.fetchall())[::-1]
    reached = events[-1].id if events else horizon.final
    return Batch(events, reached, False, horizon), len(events) < most


def replayed(
    connection: sa.Connection, after: int, last: int, most: int = AT_ONCE
) -> tuple[StoredEvent, ...]:
    """The events after an id, for whoever comes back after a while.

    Args:
        connection: To the primary server, in autocommit.
        after: The last id that is known to whoever asks.
        last: The last that is read, which was behind a horizon already.
        most: How many at the most.
    """
    values = {"after": after, "last": last, "most": most}
    return _events(connection.exec_driver_sql(_AFTER, values).all())


def lost(connection: sa.Connection, after: int) -> bool:
    """Whether events after this id may have been deleted already."""
    values = {"after": after, "days": KEPT_DAYS}
    return bool(connection.exec_driver_sql(_LOST, values).scalar())


async def read_lost(connection: psycopg.AsyncConnection[Any], after: int) -> bool:
    """As `lost`, on a connection of who follows."""
    values = {"after": after, "days": KEPT_DAYS}
    ((found,),) = await (await connection.execute(_LOST, values)).fetchall()
    return bool(found)


async def _one(connection: psycopg.AsyncConnection[Any], query: LiteralString) -> Any:
    ((found,),) = await (await connection.execute(query)).fetchall()
    return found


def _events(rows: Sequence[Any]) -> tuple[StoredEvent, ...]:
    return tuple(StoredEvent(row.id, row.topic, row.at, row.payload) for row in rows)
