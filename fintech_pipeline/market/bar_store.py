"""Bars and their revisions in Postgres.

`bars` is partitioned by year. Writing is an upsert: an equal row changes nothing, a different one
replaces the old only when its provider stands no later in the configured chain, and the old row
becomes a revision. So what was known at any past instant can still be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from fintech_pipeline.clock import Instants, Window, from_instant64
from fintech_pipeline.market.bars import LENGTHS, BarSeries, Interval
from fintech_pipeline.storage.bulk import INSTANT, stage
from fintech_pipeline.storage.database import SCHEMA, Database, instant, metadata

VALUES = ("open", "high", "low", "close", "volume_shares")
PROVENANCE = ("provider", "observed_at", "known_at", "known_by")


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

_COLUMNS = ("symbol", "interval", "opened_at", "closed_at", *VALUES, *PROVENANCE)
_NAMES = ", ".join(_COLUMNS)
_READ = f"symbol, opened_at, closed_at, {', '.join(VALUES)}, known_at"
_DIFFERENT = (
    f"({', '.join(f'old.{name}' for name in VALUES)}) IS DISTINCT FROM "
    f"({', '.join(f'new.{name}' for name in VALUES)})"
)
OUTRANKS = (
    "array_position(CAST(:chain AS text[]), new.provider) "
    "<= coalesce(array_position(CAST(:chain AS text[]), old.provider), 2147483647)"
)
"""Whether a new row's provider stands no later in the chain than the old one's."""
_SAVE_REVISIONS = sa.text(f"""
    INSERT INTO {SCHEMA}.bar_revisions ({_NAMES}, replaced_at)
    SELECT {", ".join(f"old.{name}" for name in _COLUMNS)}, new.observed_at
    FROM {SCHEMA}.bars AS old JOIN staged_bars AS new USING (symbol, interval, opened_at)
    WHERE {_DIFFERENT} AND {OUTRANKS}
    ON CONFLICT DO NOTHING
""")  # noqa: S608  # every name in it is a constant of this module
_REPLACED = {name: f"excluded.{name}" for name in _COLUMNS[3:]} | {
    # Until a correction was seen, what it corrects was what was known.
    "known_at": "greatest(old.known_at, excluded.observed_at)"
}
_UPSERT = sa.text(f"""
    INSERT INTO {SCHEMA}.bars AS old ({_NAMES})
    SELECT {_NAMES} FROM staged_bars
    ON CONFLICT (symbol, interval, opened_at) DO UPDATE
    SET {", ".join(f"{name} = {value}" for name, value in _REPLACED.items())}
    WHERE {_DIFFERENT.replace("new.", "excluded.")} AND {OUTRANKS.replace("new.", "excluded.")}
""")  # noqa: S608  # every name in it is a constant of this module


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """A series as one collection brought it, ready to be stored.

    Attributes:
        series: Good bars of one symbol and interval.
        provider: Who gave them.
        observed_at: When we asked (UTC).
        known_at: From when each bar may be used.
        live: Whether each bar was seen live; the others are known by backfill.
    """

    series: BarSeries
    provider: str
    observed_at: datetime
    known_at: Instants
    live: np.typing.NDArray[np.bool_]

    def table(self) -> pa.Table:
        """The rows in the shape of `bars`."""
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
        ]
        return pa.table(arrays, names=list(_COLUMNS))


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
        if not parts:
            return 0
        # A tick that fills a gap writes days that a backfill may be working on: one after the
        # other, or each would keep a revision of what the other is just replacing.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('fintech bars'))"))
        rows = pa.concat_tables([part.table() for part in parts])
        _ensure_partitions(connection, rows["opened_at"])
        stage(connection, "staged_bars", rows)
        chain = {"chain": list(self.chain)}
        if _any_stored(connection, parts):
            # Without statistics the planner expects a handful of rows and may join by nested loop.
            connection.execute(sa.text("ANALYZE staged_bars"))
            connection.execute(_SAVE_REVISIONS, chain)
        changed: int = connection.execute(_UPSERT, chain).rowcount
        connection.execute(sa.text("DROP TABLE staged_bars"))
        return changed

    def read(self, symbols: Sequence[str], interval: Interval, window: Window) -> pa.Table:
        """Every version of the bars that open in the window and close by its end.

        Returns:
            `symbol, opened_at, closed_at, open, high, low, close, volume_shares, known_at`. Where
            any bar was ever replaced, by symbol, opened_at, known_at and replacement, so that the
            versions of a bar stand together, the newest last; else in no order, which is faster.
        """
        condition = (
            "symbol = ANY({symbols}) AND interval = {interval} AND opened_at >= {start} "
            "AND opened_at < {end} AND closed_at <= {end}"
        )
        values = {
            "symbols": list(symbols),
            "interval": str(interval),
            "start": window.start,
            "end": window.end,
        }
        current = self.database.arrow(
            f"SELECT {_READ} FROM {SCHEMA}.bars WHERE {condition}",  # noqa: S608  # constants
            values,
        )
        replaced = self.database.arrow(
            f"SELECT {_READ}, replaced_at FROM {SCHEMA}.bar_revisions WHERE {condition}",  # noqa: S608  # constants
            values,
        )
        if not len(replaced):
            return current
        versions = pa.concat_tables([replaced, current], promote_options="default")
        order = ("symbol", "opened_at", "known_at", "replaced_at")
        # What stands now has no replaced_at, and Arrow sorts the missing last.
        return versions.sort_by([(name, "ascending") for name in order]).drop_columns("replaced_at")

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


def _any_stored(connection: sa.Connection, parts: Sequence[Collected]) -> bool:
    """Whether any bar is stored between the first and the last of any of the series."""
    query = sa.text(f"""
        SELECT EXISTS (
            SELECT FROM unnest(
                CAST(:symbols AS text[]), CAST(:intervals AS text[]),
                CAST(:firsts AS timestamptz[]), CAST(:lasts AS timestamptz[])
            ) AS part(symbol, interval, first, last)
            CROSS JOIN LATERAL (
                SELECT FROM {SCHEMA}.bars
                WHERE symbol = part.symbol AND interval = part.interval
                    AND opened_at BETWEEN part.first AND part.last
                LIMIT 1
            ) AS stored
        )
    """)  # noqa: S608  # the schema is a constant
    series = [part.series for part in parts]
    values = {
        "symbols": [one.symbol for one in series],
        "intervals": [str(one.interval) for one in series],
        "firsts": [from_instant64(one.bars.opened_at[0]) for one in series],
        "lasts": [from_instant64(one.bars.opened_at[-1]) for one in series],
    }
    return bool(connection.scalar(query, values))


def _ensure_partitions(connection: sa.Connection, opened_at: "pa.ChunkedArray[Any]") -> None:
    """Makes the yearly partitions the rows need; the caller is the only writer."""
    years = np.unique(opened_at.to_numpy().astype("datetime64[Y]").astype(int) + 1970)
    have = set(
        connection.scalars(
            sa.text("SELECT relname FROM pg_class WHERE relnamespace = CAST(:s AS regnamespace)"),
            {"s": SCHEMA},
        )
    )
    for year in (int(year) for year in years):
        if f"bars_{year}" in have:
            continue
        connection.execute(
            sa.text(
                f"CREATE TABLE IF NOT EXISTS {SCHEMA}.bars_{year} PARTITION OF {SCHEMA}.bars "
                f"FOR VALUES FROM ('{year}-01-01 00:00Z') TO ('{year + 1}-01-01 00:00Z')"
            )
        )
