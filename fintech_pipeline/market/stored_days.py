"""What the stored daily bars tell whoever plans the next calls: which are there, how they move."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.storage.database import SCHEMA, Database

FEWEST_RETURNS = 5
"""Of fewer a standard deviation says nothing."""


@dataclass(frozen=True, slots=True)
class StoredDays:
    """Reads daily bars.

    Attributes:
        database: Where they are.
    """

    database: Database

    def among(self, wanted: Sequence[tuple[str, datetime]]) -> set[tuple[str, datetime]]:
        """Those of the symbols and opens (UTC) of which a daily bar is stored; in one query."""
        query = sa.text(f"""
            SELECT symbol, opened_at
            FROM unnest(CAST(:symbols AS text[]), CAST(:opens AS timestamptz[]))
                AS wanted(symbol, opened_at)
            JOIN {SCHEMA}.bars AS stored USING (symbol, opened_at)
            WHERE stored.interval = :interval
        """)  # noqa: S608  # the schema is a constant
        values = {
            "symbols": [symbol for symbol, _ in wanted],
            "opens": [opened_at for _, opened_at in wanted],
            "interval": str(Interval.DAY),
        }
        with self.database.transaction() as connection:
            return {(row.symbol, row.opened_at) for row in connection.execute(query, values)}

    def volatilities(self, symbols: Sequence[str], since: datetime) -> dict[str, float]:
        """The standard deviation of the daily log returns of the bars opened since then (UTC).

        Returns:
            By symbol, a fraction; a symbol with too few bars has no entry. Splits are not taken
            out: it only weighs who is asked first.
        """
        query = sa.text(f"""
            SELECT symbol, stddev_samp(log_return) AS volatility
            FROM (
                SELECT symbol, ln(close / lag(close) OVER (
                    PARTITION BY symbol ORDER BY opened_at
                )) AS log_return
                FROM {SCHEMA}.bars
                WHERE symbol = ANY(:symbols) AND interval = :interval AND opened_at >= :since
            ) AS returns
            GROUP BY symbol HAVING count(log_return) >= :fewest
        """)  # noqa: S608  # the schema is a constant
        values = {
            "symbols": list(symbols),
            "interval": str(Interval.DAY),
            "since": since,
            "fewest": FEWEST_RETURNS,
        }
        with self.database.transaction() as connection:
            return {row.symbol: row.volatility for row in connection.execute(query, values)}
