"""Reading one symbol's bars for whoever shows them: a long column at once, no object a row."""

from dataclasses import dataclass

import sqlalchemy as sa

from fintech_pipeline.clock import Instants, Window
from fintech_pipeline.market.bars import Interval, RawBars
from fintech_pipeline.storage.columns import sent_floats, sent_instants
from fintech_pipeline.storage.database import SCHEMA

_VALUES = ("open", "high", "low", "close", "volume_shares")
_QUERY = sa.text(f"""
    SELECT EXISTS (SELECT FROM {SCHEMA}.instruments WHERE symbol = :symbol) AS known, columns.*
    FROM (
        SELECT {", ".join(f"array_send(array_agg({name})) AS {name}" for name in _VALUES)},
            array_send(array_agg(opened_at)) AS opened_at,
            array_send(array_agg(closed_at)) AS closed_at,
            array_agg(DISTINCT provider) AS providers
        FROM (
            SELECT * FROM {SCHEMA}.bars
            WHERE symbol = :symbol AND interval = :interval
                AND opened_at >= :start AND opened_at < :end AND closed_at <= :end
            ORDER BY opened_at
        ) AS rows
    ) AS columns
""")  # noqa: S608  # every name in it is a constant of this module


@dataclass(frozen=True, slots=True, eq=False)
class StoredBars:
    """One symbol's bars as they stand now.

    Attributes:
        bars: In strict order of time; not adjusted.
        closed_at: When each closed, `datetime64[us]`, UTC.
        providers: Who gave them, by name.
    """

    bars: RawBars
    closed_at: Instants
    providers: tuple[str, ...]


def bars_between(
    connection: sa.Connection, symbol: str, interval: Interval, window: Window
) -> StoredBars | None:
    """The bars that open and close in the window; None where no such instrument is known.

    Args:
        connection: Reads.
        symbol: Ours.
        interval: Of the stored bars.
        window: Its end does not belong to it (UTC).
    """
    values = {
        "symbol": symbol,
        "interval": str(interval),
        "start": window.start,
        "end": window.end,
    }
    row = connection.execute(_QUERY, values).one()
    if not row.known:
        return None
    opened_at, closed_at = sent_instants(row.opened_at), sent_instants(row.closed_at)
    bars = RawBars(
        symbol, interval, opened_at, *(sent_floats(getattr(row, name)) for name in _VALUES)
    )
    return StoredBars(bars, closed_at, tuple(row.providers or ()))
