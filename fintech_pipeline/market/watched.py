"""The watchlist as it is read and edited, each entry with its version: no change gets lost."""

import hashlib
from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.market.instrument_store import (
    follow,
    instrument_in,
    instruments,
    known_instrument,
    unfollow,
    watchlist,
)
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import Database

_EDITING = sa.text("SELECT pg_advisory_xact_lock(hashtext('fintech watchlist'))")
"""Of two who begin to follow the same symbol one is first; there is no row yet to lock."""


@dataclass(frozen=True, slots=True)
class Watched:
    """An instrument that is followed.

    Attributes:
        instrument: What it is.
        added_at: Since when it is followed (UTC).
        version: Which state this is; an edit names the one it changes.
    """

    instrument: Instrument
    added_at: datetime
    version: str


def watched_symbols(
    connection: sa.Connection, limit: int, after: str | None, tag: str | None
) -> list[Watched]:
    """At most so many of the instruments followed, by symbol.

    Args:
        connection: Reads.
        limit: How many.
        after: The last symbol already told; None begins with the first.
        tag: Only those that have it; None: all.
    """
    query = _followed().order_by(instruments.c.symbol).limit(limit)
    if after is not None:
        query = query.where(instruments.c.symbol > after)
    if tag is not None:
        query = query.where(instruments.c.tags.contains([tag]))
    return [_watched(row) for row in connection.execute(query)]


def watched_one(connection: sa.Connection, symbol: str, *, lock: bool = False) -> Watched | None:
    """The symbol on the watchlist; None where it is not followed.

    Args:
        connection: Reads, or the transaction of an edit.
        symbol: Ours.
        lock: Whether nobody may change it until the transaction ends.
    """
    query = _followed().where(instruments.c.symbol == symbol)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _watched(row)


def put_watched(
    database: Database,
    symbol: str,
    make: Callable[[Instrument | None], Instrument],
    require: Callable[[Watched | None], None],
    at: datetime,
) -> tuple[Watched, bool]:
    """Follows a symbol, or changes what is stored of one that is followed.

    Args:
        database: Where.
        symbol: Ours.
        make: What becomes of what is stored of it, or of nothing; contacts nobody.
        require: Raises where what is followed now is not what was meant.
        at: The present (UTC).

    Returns:
        How it is followed now, and whether it was not before.

    Raises:
        StorageError: The database refused; nothing is changed.
    """
    with database.transaction() as connection:
        connection.execute(_EDITING)
        current = watched_one(connection, symbol, lock=True)
        require(current)
        follow(connection, make(known_instrument(connection, symbol)), at)
        now = connection.execute(_followed().where(instruments.c.symbol == symbol)).one()
        return _watched(now), current is None


def remove_watched(
    database: Database, symbol: str, require: Callable[[Watched | None], None], at: datetime
) -> None:
    """Follows a symbol no longer; what is stored of it stays.

    Args:
        database: Where.
        symbol: Ours.
        require: Raises where what is followed now is not what was meant.
        at: The present (UTC).

    Raises:
        StorageError: The database refused; nothing is changed.
    """
    with database.transaction() as connection:
        connection.execute(_EDITING)
        require(watched_one(connection, symbol, lock=True))
        unfollow(connection, symbol, at)


def known_instruments(
    connection: sa.Connection, limit: int, after: str | None, search: str | None
) -> list[Instrument]:
    """At most so many of the instruments that are known, followed or not, by symbol.

    Args:
        connection: Reads.
        limit: How many.
        after: The last symbol already told; None begins with the first.
        search: How the symbol begins, or a part of the name, in any case; None: all.
    """
    query = sa.select(instruments).order_by(instruments.c.symbol).limit(limit)
    if after is not None:
        query = query.where(instruments.c.symbol > after)
    if search is not None:
        query = query.where(
            sa.or_(
                instruments.c.symbol.istartswith(search, autoescape=True),
                instruments.c.name.icontains(search, autoescape=True),
            )
        )
    return [instrument_in(row) for row in connection.execute(query)]


def _followed() -> "sa.Select[Any]":
    return (
        sa.select(instruments, watchlist.c.added_at)
        .join(watchlist)
        .where(watchlist.c.removed_at.is_(None))
    )


def _watched(row: sa.Row[Any]) -> Watched:
    instrument = instrument_in(row)
    state = repr((*astuple(instrument), row.added_at.isoformat())).encode()
    return Watched(instrument, row.added_at, hashlib.blake2b(state, digest_size=8).hexdigest())
