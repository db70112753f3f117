"""Writing bars: what a new row may replace, and what becomes of the old one.

An equal row changes nothing. A different one replaces what is stored only when its provider stands
no later in the configured chain, and when it is not the poorer of the two: a partial answer never
overwrites better data. The old row becomes a revision.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from fintech_pipeline.clock import from_instant64
from fintech_pipeline.storage.bulk import stage
from fintech_pipeline.storage.database import SCHEMA

if TYPE_CHECKING:
    from fintech_pipeline.market.bar_store import Collected

VALUES = ("open", "high", "low", "close", "volume_shares")
PROVENANCE = ("provider", "observed_at", "known_at", "known_by")
PARTIAL = "partial"
"""Beside the columns of `bars`: whether the row was made of fewer rows than trade in it."""

COLUMNS = ("symbol", "interval", "opened_at", "closed_at", *VALUES, *PROVENANCE)
_NAMES = ", ".join(COLUMNS)
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
    SELECT {", ".join(f"old.{name}" for name in COLUMNS)}, new.observed_at
    FROM {SCHEMA}.bars AS old JOIN staged_bars AS new USING (symbol, interval, opened_at)
    WHERE {_DIFFERENT} AND {OUTRANKS}
    ON CONFLICT DO NOTHING
""")  # noqa: S608  # every name in it is a constant of this module
_REPLACED = {name: f"excluded.{name}" for name in COLUMNS[3:]} | {
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
_RANK = "coalesce(array_position(CAST(:chain AS text[]), {0}.provider), 2147483647)"
_ONE_OF_EACH = sa.text(f"""
    DELETE FROM staged_bars AS one USING staged_bars AS other
    WHERE one.symbol = other.symbol AND one.interval = other.interval
        AND one.opened_at = other.opened_at
        AND ({_RANK.format("one")}, one.ctid) > ({_RANK.format("other")}, other.ctid)
""")  # noqa: S608  # every name in it is a constant of this module
"""Of two providers' rows for one bar the earlier provider's stays."""
_NOT_THE_POORER = sa.text(f"""
    DELETE FROM staged_bars AS new USING {SCHEMA}.bars AS old
    WHERE (new.{PARTIAL} OR new.volume_shares = 0) AND new.volume_shares < old.volume_shares
        AND new.symbol = old.symbol AND new.interval = old.interval
        AND new.opened_at = old.opened_at
""")  # noqa: S608  # every name in it is a constant of this module
"""A row that lacks part of its time, or its volume, replaces none that holds more of it."""


def upsert(connection: sa.Connection, parts: Sequence["Collected"], chain: Sequence[str]) -> int:
    """Writes the series inside the caller's transaction.

    Args:
        connection: The transaction.
        parts: Series with rows.
        chain: The providers in order.

    Returns:
        How many rows are new or changed.
    """
    # A tick that fills a gap writes days that a backfill may be working on: one after the
    # other, or each would keep a revision of what the other is just replacing.
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('fintech bars'))"))
    rows = pa.concat_tables([part.table() for part in parts])
    years = np.unique(rows["opened_at"].to_numpy().astype("datetime64[Y]").astype(int) + 1970)
    make_partitions(connection, map(int, years))
    stage(connection, "staged_bars", rows)
    ranks = {"chain": list(chain)}
    if len({(part.series.symbol, part.series.interval) for part in parts}) < len(parts):
        connection.execute(_ONE_OF_EACH, ranks)
    if _any_stored(connection, parts):
        # Without statistics the planner expects a handful of rows and may join by nested loop.
        connection.execute(sa.text("ANALYZE staged_bars"))
        connection.execute(_NOT_THE_POORER)
        connection.execute(_SAVE_REVISIONS, ranks)
    changed: int = connection.execute(_UPSERT, ranks).rowcount
    connection.execute(sa.text("DROP TABLE staged_bars"))
    return changed


def _any_stored(connection: sa.Connection, parts: Sequence["Collected"]) -> bool:
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


_MAKING = sa.text("SELECT pg_advisory_xact_lock(hashtext('fintech partitions'))")


def make_partitions(connection: sa.Connection, years: Iterable[int]) -> None:
    """Makes the partitions of these years where there are none; two at once make each once.

    Args:
        connection: The transaction.
        years: The years of the bars' openings (UTC).
    """
    have = set(
        connection.scalars(
            sa.text("SELECT relname FROM pg_class WHERE relnamespace = CAST(:s AS regnamespace)"),
            {"s": SCHEMA},
        )
    )
    for year in years:
        if f"bars_{year}" in have:
            continue
        connection.execute(_MAKING)
        connection.execute(
            sa.text(
                f"CREATE TABLE IF NOT EXISTS {SCHEMA}.bars_{year} PARTITION OF {SCHEMA}.bars "
                f"FOR VALUES FROM ('{year}-01-01 00:00Z') TO ('{year + 1}-01-01 00:00Z')"
            )
        )
