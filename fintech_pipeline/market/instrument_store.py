"""Instruments and the watchlist in Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from fintech_pipeline.clock import Clock, utc_now
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import Database, instant, metadata
from fintech_pipeline.storage.events import Event, Topic, announce

instruments = sa.Table(
    "instruments",
    metadata,
    sa.Column("symbol", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("aliases", ARRAY(sa.Text), nullable=False),
    sa.Column("mic", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("tags", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
)

watchlist = sa.Table(
    "watchlist",
    metadata,
    sa.Column("symbol", sa.Text, sa.ForeignKey("instruments.symbol"), primary_key=True),
    sa.Column("added_at", instant, nullable=False, server_default=sa.func.now()),
    sa.Column("removed_at", instant),
)

_CHANGED = ("name", "aliases", "mic", "currency", "tags")


@dataclass(frozen=True, slots=True)
class InstrumentStore:
    """Reads and writes instruments and the watchlist.

    Attributes:
        database: Where they are.
        clock: Tells since when a symbol is followed.
    """

    database: Database
    clock: Clock = utc_now

    def seed(self, configured: Sequence[Instrument]) -> None:
        """Brings the configured instruments in; what a person added or removed stays so."""
        if not configured:
            return
        with self.database.transaction() as connection:
            _upsert(connection, configured)
            now = self.clock()
            rows = [{"symbol": instrument.symbol, "added_at": now} for instrument in configured]
            connection.execute(insert(watchlist).values(rows).on_conflict_do_nothing())

    def add(self, instrument: Instrument) -> None:
        """Follows the instrument from now on; what is stored of it becomes what is given."""
        with self.database.transaction() as connection:
            follow(connection, instrument, self.clock())

    def known(self, symbol: str) -> Instrument | None:
        """What is stored of the symbol, followed or not; None where nothing is."""
        with self.database.transaction() as connection:
            return known_instrument(connection, symbol)

    def stored(self) -> dict[str, Instrument]:
        """Every instrument there is, followed or not, by its symbol."""
        with self.database.transaction() as connection:
            rows = connection.execute(sa.select(instruments).order_by(instruments.c.symbol))
            return {row.symbol: instrument_in(row) for row in rows}

    def remove(self, symbol: str) -> None:
        """Follows the symbol no longer; what is stored of it stays.

        Raises:
            ConfigurationError: The symbol is not on the watchlist.
        """
        with self.database.transaction() as connection:
            if not unfollow(connection, symbol, self.clock()):
                raise ConfigurationError(f"{symbol} is not on the watchlist; nothing was removed.")

    def followed_since(self) -> dict[str, datetime]:
        """From when each of the instruments followed now has been (UTC)."""
        query = sa.select(watchlist.c.symbol, watchlist.c.added_at).where(
            watchlist.c.removed_at.is_(None)
        )
        with self.database.transaction() as connection:
            return {row.symbol: row.added_at for row in connection.execute(query)}

    def watched(self) -> list[Instrument]:
        """The instruments followed now, by symbol."""
        with self.database.transaction() as connection:
            return watched_instruments(connection)


def follow(connection: sa.Connection, instrument: Instrument, at: datetime) -> None:
    """Follows the instrument inside the caller's transaction; what is stored of it is replaced.

    Args:
        connection: The transaction.
        instrument: What becomes stored of it.
        at: From when it is followed, where it is not yet (UTC).
    """
    _upsert(connection, [instrument])
    again = sa.case((watchlist.c.removed_at.is_(None), watchlist.c.added_at), else_=at)
    connection.execute(
        insert(watchlist)
        .values(symbol=instrument.symbol, added_at=at)
        .on_conflict_do_update(
            index_elements=["symbol"], set_={"removed_at": None, "added_at": again}
        )
    )
    announce(connection, [Event(Topic.WATCHLIST, {"symbol": instrument.symbol, "followed": True})])


def unfollow(connection: sa.Connection, symbol: str, at: datetime) -> bool:
    """Follows the symbol no longer inside the caller's transaction; whether it was followed.

    Args:
        connection: The transaction.
        symbol: Ours.
        at: The present (UTC).
    """
    changed = connection.execute(
        sa.update(watchlist)
        .where(watchlist.c.symbol == symbol, watchlist.c.removed_at.is_(None))
        .values(removed_at=at)
    )
    if changed.rowcount == 0:
        return False
    announce(connection, [Event(Topic.WATCHLIST, {"symbol": symbol, "followed": False})])
    return True


def watched_instruments(connection: sa.Connection) -> list[Instrument]:
    """The instruments followed now, by symbol."""
    query = (
        sa.select(instruments)
        .join(watchlist)
        .where(watchlist.c.removed_at.is_(None))
        .order_by(instruments.c.symbol)
    )
    return [instrument_in(row) for row in connection.execute(query)]


def known_instrument(connection: sa.Connection, symbol: str) -> Instrument | None:
    """What is stored of the symbol, followed or not; None where nothing is."""
    query = sa.select(instruments).where(instruments.c.symbol == symbol)
    row = connection.execute(query).one_or_none()
    return None if row is None else instrument_in(row)


def instrument_in(row: sa.Row[Any]) -> Instrument:
    """The instrument that a row of the table holds."""
    return Instrument(
        row.symbol, row.name, tuple(row.aliases), row.mic, row.currency, tuple(row.tags)
    )


def _upsert(connection: sa.Connection, configured: Sequence[Instrument]) -> None:
    rows = [
        {
            "symbol": instrument.symbol,
            "name": instrument.name,
            "aliases": list(instrument.aliases),
            "mic": instrument.mic,
            "currency": instrument.currency,
            "tags": list(instrument.tags),
        }
        for instrument in configured
    ]
    statement = insert(instruments).values(rows)
    changes = {key: statement.excluded[key] for key in _CHANGED}
    connection.execute(statement.on_conflict_do_update(index_elements=["symbol"], set_=changes))
