"""Bars and their revisions in Postgres.

`bars` is partitioned by year. A bar that replaces another (`bar_writing.py` says when) makes it a
revision, so what was known at any past instant can still be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from fintech_pipeline.clock import Instants, Window
from fintech_pipeline.market.bar_writing import COLUMNS, PARTIAL, VALUES, upsert
from fintech_pipeline.market.bars import LENGTHS, BarSeries, Interval
from fintech_pipeline.storage.bulk import INSTANT
from fintech_pipeline.storage.database import SCHEMA, Database, instant, metadata


def _bar_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("symbol", sa.Text, sa.ForeignKey("instruments.symbol"), nullable=False),
        sa.Column("interval", sa.Text, nullable=False),
        sa.Column("opened_at", instant, nullable=False),
        sa.Column("closed_at", instant, nullable=False),
        *(sa.Column(name, sa.Double, nullable=False) for name in VALUES),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("observed_at", instant, nullable=False),
        sa.Column("known_at", instant, nullable=False),
        sa.Column("known_by", sa.Text, nullable=False),
    ]


bars = sa.Table(
    "bars",
    metadata,
    *_bar_columns(),
    sa.PrimaryKeyConstraint("symbol", "interval", "opened_at"),
    sa.CheckConstraint("low <= least(open, close) AND high >= greatest(open, close)", name="ohlc"),
    sa.CheckConstraint("low > 0 AND volume_shares >= 0", name="positive"),
    # To Postgres NaN is greater than every number, infinity included.
    sa.CheckConstraint("high < 'Infinity' AND volume_shares < 'Infinity'", name="finite"),
    postgresql_partition_by="RANGE (opened_at)",
)

bar_revisions = sa.Table(
    "bar_revisions",
    metadata,
    *_bar_columns(),
    sa.Column("replaced_at", instant, nullable=False),
    sa.PrimaryKeyConstraint("symbol", "interval", "opened_at", "replaced_at"),
    sa.ForeignKeyConstraint(
        ["symbol", "interval", "opened_at"],
        ["bars.symbol", "bars.interval", "bars.opened_at"],
    ),
)

_READ = f"symbol, opened_at, closed_at, {', '.join(VALUES)}, known_at"
_INSIDE = (
    "symbol = ANY({symbols}) AND interval = {interval} AND opened_at >= {start} "
    "AND opened_at < {end} AND closed_at <= {end}"
)


def _bound(symbols: Sequence[str], interval: Interval, window: Window) -> dict[str, object]:
    return {
        "symbols": list(symbols),
        "interval": str(interval),
        "start": window.start,
        "end": window.end,
    }


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """A series as one collection brought it, ready to be stored.

    Attributes:
        series: Good bars of one symbol and interval.
        provider: Who gave them.
        observed_at: When we asked (UTC).
        known_at: From when each bar may be used.
        live: Whether each bar was seen live; the others are known by backfill.
        partial: Whether each bar was made of fewer rows than trade in it; None where none was.
    """

    series: BarSeries
    provider: str
    observed_at: datetime
    known_at: Instants
    live: np.typing.NDArray[np.bool_]
    partial: np.typing.NDArray[np.bool_] | None = None

    def table(self) -> pa.Table:
        """The rows in the shape of `bars`, and whether each is partial."""
        count = len(self.series)
        opened_at, *values = self.series.bars.columns()
        observed_at = pa.scalar(self.observed_at, INSTANT)
        arrays = [
            pa.repeat(pa.scalar(self.series.symbol), count),
            pa.repeat(pa.scalar(str(self.series.interval)), count),
            _instants(opened_at),
            _instants(self.series.closed_at),
            *(pa.array(value) for value in values),
            pa.repeat(pa.scalar(self.provider), count),
            pa.repeat(observed_at, count),
            _instants(self.known_at),
            pa.array(np.where(self.live, "live", "backfill").tolist(), pa.string()),
            pa.array(np.zeros(count, dtype=np.bool_) if self.partial is None else self.partial),
        ]
        return pa.table(arrays, names=[*COLUMNS, PARTIAL])


def _instants(column: Instants) -> "pa.Array[Any]":
    values: pa.Array[Any] = pa.array(column.astype("datetime64[us]")).cast(INSTANT)
    return values


@dataclass(frozen=True, slots=True)
class BarStore:
    """Reads and writes bars.

    Attributes:
        database: Where they are.
        chain: The providers in order; an earlier one's bars replace a later one's.
    """

    database: Database
    chain: tuple[str, ...]

    def write(self, connection: sa.Connection, collected: Sequence[Collected]) -> int:
        """Upserts the series inside the caller's transaction.

        Returns:
            How many rows are new or changed.
        """
        parts = [part for part in collected if len(part.series)]
        return upsert(connection, parts, self.chain) if parts else 0

    def read(self, symbols: Sequence[str], interval: Interval, window: Window) -> pa.Table:
        """Every version of the bars that open in the window and close by its end.

        Returns:
            `symbol, opened_at, closed_at, open, high, low, close, volume_shares, known_at`. Where
            any bar was ever replaced, by symbol, opened_at, known_at and replacement, so that the
            versions of a bar stand together, the newest last; else in no order, which is faster.
        """
        current = self.current(symbols, interval, window)
        replaced = self.database.arrow(
            f"SELECT {_READ}, replaced_at FROM {SCHEMA}.bar_revisions WHERE {_INSIDE}",  # noqa: S608  # constants
            _bound(symbols, interval, window),
        )
        if not len(replaced):
            return current
        versions = pa.concat_tables([replaced, current], promote_options="default")
        order = ("symbol", "opened_at", "known_at", "replaced_at")
        # What stands now has no replaced_at, and Arrow sorts the missing last.
        return versions.sort_by([(name, "ascending") for name in order]).drop_columns("replaced_at")

    def current(self, symbols: Sequence[str], interval: Interval, window: Window) -> pa.Table:
        """The bars that open in the window and close by its end, as they stand now.

        Returns:
            The columns of `read`, in no order.
        """
        return self.database.arrow(
            f"SELECT {_READ} FROM {SCHEMA}.bars WHERE {_INSIDE}",  # noqa: S608  # constants
            _bound(symbols, interval, window),
        )

    def closes(
        self,
        connection: sa.Connection,
        symbols: Sequence[str],
        interval: Interval,
        window: Window,
    ) -> list[tuple[str, datetime, str]]:
        """Symbol, close and provider of each stored bar that closes in the window, after its start.

        Args:
            connection: The transaction that asks, so that what it wrote counts.
            symbols: Whose bars.
            interval: One of fixed length.
            window: Its end is included.
        """
        # By opened_at too, which the index has.
        query = sa.text(f"""
            SELECT symbol, closed_at, provider FROM {SCHEMA}.bars
            WHERE symbol = ANY(:symbols) AND interval = :interval
                AND opened_at >= :opened AND opened_at < :end
                AND closed_at > :start AND closed_at <= :end
        """)  # noqa: S608  # the schema is a constant
        values = {
            "symbols": list(symbols),
            "interval": str(interval),
            "opened": window.start - LENGTHS[interval],
            "start": window.start,
            "end": window.end,
        }
        found = connection.execute(query, values)
        return [(row.symbol, row.closed_at, row.provider) for row in found]

    def earliest(
        self, connection: sa.Connection, symbols: Sequence[str], interval: Interval
    ) -> dict[str, datetime]:
        """The first stored `opened_at` of each symbol that has any bar of the interval."""
        return _one_each(connection, symbols, interval, "true ORDER BY opened_at", {})

    def newest(
        self,
        connection: sa.Connection,
        symbols: Sequence[str],
        interval: Interval,
        before: datetime,
    ) -> dict[str, datetime]:
        """The last stored `opened_at` before an instant (UTC) of each symbol that has one."""
        order = "opened_at < :before ORDER BY opened_at DESC"
        return _one_each(connection, symbols, interval, order, {"before": before})


def _one_each(
    connection: sa.Connection,
    symbols: Sequence[str],
    interval: Interval,
    which: str,
    values: dict[str, datetime],
) -> dict[str, datetime]:
    # One index probe a symbol; an aggregate over all rows would read the whole history.
    query = sa.text(f"""
        SELECT wanted.symbol, one.opened_at
        FROM unnest(CAST(:symbols AS text[])) AS wanted(symbol)
        CROSS JOIN LATERAL (
            SELECT opened_at FROM {SCHEMA}.bars
            WHERE symbol = wanted.symbol AND interval = :interval AND {which} LIMIT 1
        ) AS one
    """)  # noqa: S608  # the schema is a constant, and so is the order
    bound = {"symbols": list(symbols), "interval": str(interval), **values}
    return {row.symbol: row.opened_at for row in connection.execute(query, bound)}
