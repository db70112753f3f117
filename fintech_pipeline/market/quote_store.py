"""Quotes in Postgres."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from fintech_pipeline.market.quotes import Quote
from fintech_pipeline.storage.database import Database, instant, metadata

quotes = sa.Table(
    "quotes",
    metadata,
    sa.Column("symbol", sa.Text, sa.ForeignKey("instruments.symbol"), primary_key=True),
    sa.Column("as_of_at", instant, primary_key=True),
    sa.Column("price", sa.Double, nullable=False),
    sa.Column("previous_close", sa.Double),
    sa.Column("volume_shares", sa.Double),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("observed_at", instant, nullable=False),
    # To Postgres NaN is greater than every number, infinity included.
    sa.CheckConstraint("price > 0 AND price < 'Infinity'", name="possible"),
)
"""Last prices. No signal uses one: it is no bar."""


@dataclass(frozen=True, slots=True)
class ToldQuote:
    """A quote, and who told it when (UTC)."""

    quote: Quote
    provider: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class QuoteStore:
    """Writes quotes.

    Attributes:
        database: Where they are.
    """

    database: Database

    def write(self, connection: sa.Connection, told: Sequence[ToldQuote]) -> None:
        """Upserts the quotes inside the caller's transaction; what says the same stays as it is."""
        if not told:
            return
        rows = [
            {**asdict(one.quote), "provider": one.provider, "observed_at": one.observed_at}
            for one in told
        ]
        statement = insert(quotes).values(rows)
        values = ("price", "previous_close", "volume_shares")
        old, new = ([table[name] for name in values] for table in (quotes.c, statement.excluded))
        changes = {name: statement.excluded[name] for name in (*values, "provider", "observed_at")}
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["symbol", "as_of_at"],
                set_=changes,
                where=sa.tuple_(*old).is_distinct_from(sa.tuple_(*new)),
            )
        )
