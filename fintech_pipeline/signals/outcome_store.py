"""Outcomes in Postgres: what came after each live signal, settled once."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa

from fintech_pipeline.clock import KnownBy, Window
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.horizons import HORIZONS
from fintech_pipeline.signals.strategy import COMPONENTS
from fintech_pipeline.storage.bulk import stage
from fintech_pipeline.storage.database import SCHEMA, Database, instant, metadata

signal_outcomes = sa.Table(
    "signal_outcomes",
    metadata,
    sa.Column("signal_id", sa.BigInteger, sa.ForeignKey("signals.id"), nullable=False),
    sa.Column("horizon", sa.Text, nullable=False),
    # When it was bought and sold; null where the exchange has no such time.
    sa.Column("entered_at", instant),
    sa.Column("left_at", instant),
    sa.Column("return_pct", sa.Double),
    sa.Column("settled_at", instant, nullable=False),
    # Why there is no return.
    sa.Column("reason", sa.Text),
    sa.PrimaryKeyConstraint("signal_id", "horizon"),
    sa.CheckConstraint("(return_pct IS NULL) = (reason IS NOT NULL)", name="return_or_reason"),
    # To Postgres NaN is greater than every number, infinity included.
    sa.CheckConstraint("return_pct >= -100 AND return_pct < 'Infinity'", name="finite"),
)

_SETTLE = sa.text(f"""
    INSERT INTO {SCHEMA}.signal_outcomes
        (signal_id, horizon, entered_at, left_at, return_pct, settled_at, reason)
    SELECT signal_id, horizon, entered_at, left_at, return_pct, :settled_at, reason
    FROM staged_outcomes ORDER BY signal_id, horizon
    ON CONFLICT DO NOTHING
""")  # noqa: S608  # the schema is a constant
_VALUES = ", ".join(f"(part.value_of->'{name}')::float8 AS {name}" for name in COMPONENTS)


@dataclass(frozen=True, slots=True)
class OutcomeStore:
    """Reads and writes outcomes."""

    database: Database

    def unsettled(self, before: datetime, after_id: int, count: int) -> pa.Table:
        """The next live signals, by id, that lack an outcome.

        Only a signal's first revision has outcomes: it is what people were shown.

        Args:
            before: Signals of later slots are not looked at (UTC).
            after_id: Where the last batch ended.
            count: How many at most.

        Returns:
            `id, symbol, interval, slot_at, cutoff_at, mic, removed_at, settled`: since when the
            symbol is no longer followed, null while it is, and the horizons that are settled.
        """
        query = f"""
            SELECT s.id, s.symbol, s.interval, s.slot_at, s.cutoff_at, i.mic, w.removed_at,
                done.settled
            FROM {SCHEMA}.signals AS s
            JOIN {SCHEMA}.instruments AS i USING (symbol)
            LEFT JOIN {SCHEMA}.watchlist AS w USING (symbol)
            CROSS JOIN LATERAL (
                SELECT array_agg(horizon) AS settled FROM {SCHEMA}.signal_outcomes
                WHERE signal_id = s.id
            ) AS done
            WHERE s.live AND s.revision = 1 AND s.id > {{after}} AND s.slot_at < {{before}}
                AND s.interval = ANY({{intervals}})
                AND coalesce(cardinality(done.settled), 0) < {{horizons}}
            ORDER BY s.id LIMIT {{count}}
        """  # noqa: S608  # the schema is a constant, the values are quoted by Database.arrow
        values = {
            "after": after_id,
            "before": before,
            "intervals": [str(interval) for interval in HORIZONS],
            "horizons": len(HORIZONS[Interval.HALF_HOUR]),  # every interval has as many
            "count": count,
        }
        return self.database.arrow(query, values)

    def settle(self, connection: sa.Connection, outcomes: pa.Table, at: datetime) -> int:
        """Stores outcomes inside the caller's transaction; what is settled already stays as it is.

        Args:
            connection: The transaction.
            outcomes: `signal_id, horizon, entered_at, left_at, return_pct, reason`.
            at: Now (UTC).

        Returns:
            How many were new.
        """
        if not len(outcomes):
            return 0
        stage(connection, "staged_outcomes", outcomes)
        written: int = connection.execute(_SETTLE, {"settled_at": at}).rowcount
        connection.execute(sa.text("DROP TABLE staged_outcomes"))
        return written

    def signals(
        self, strategy: str, window: Window, *, live: bool, symbols: list[str] | None = None
    ) -> pa.Table:
        """The first revisions of one strategy's signals whose slot ends in the window.

        Args:
            strategy: Its label.
            window: Its end is included.
            live: Whether live signals are wanted, or those of a backfilled history.
            symbols: Whose; None for all.

        Returns:
            `id, symbol, interval, slot_at, cutoff_at, mic, score, action, change_pct`, and the
            value of each of `COMPONENTS`, null where it is missing. By slot and symbol.
        """
        query = f"""
            SELECT s.id, s.symbol, s.interval, s.slot_at, s.cutoff_at, i.mic, s.score, s.action,
                s.change_pct, {_VALUES}
            FROM {SCHEMA}.signals AS s
            JOIN {SCHEMA}.instruments AS i USING (symbol)
            CROSS JOIN LATERAL (
                SELECT jsonb_object_agg(one->>'name', one->'value') AS value_of
                FROM jsonb_array_elements(s.components) AS one
            ) AS part
            WHERE s.strategy = {{strategy}} AND s.revision = 1 AND s.live = {{live}}
                AND s.slot_at > {{start}} AND s.slot_at <= {{end}}
                AND ({{symbols}}::text[] IS NULL OR s.symbol = ANY({{symbols}}))
            ORDER BY s.slot_at, s.symbol
        """  # noqa: S608  # the schema is a constant, the values are quoted by Database.arrow
        values = {
            "strategy": strategy,
            "live": live,
            "symbols": symbols,
            "start": window.start,
            "end": window.end,
        }
        return self.database.arrow(query, values)

    def settled(self, strategy: str, window: Window) -> pa.Table:
        """The outcomes of one strategy's live signals whose slot ends in the window.

        Returns:
            `signal_id, horizon, left_at, return_pct, reason`.
        """
        query = f"""
            SELECT o.signal_id, o.horizon, o.left_at, o.return_pct, o.reason
            FROM {SCHEMA}.signal_outcomes AS o
            JOIN {SCHEMA}.signals AS s ON s.id = o.signal_id
            WHERE s.strategy = {{strategy}} AND s.slot_at > {{start}} AND s.slot_at <= {{end}}
        """  # noqa: S608  # the schema is a constant, the values are quoted by Database.arrow
        values = {"strategy": strategy, "start": window.start, "end": window.end}
        return self.database.arrow(query, values)

    def article_scores(self, window: Window, *, live: bool) -> pa.Table:
        """Every score of every model for an article that became known in the window.

        Args:
            window: Its end is included.
            live: Whether articles seen as they came are wanted, or backfilled ones.

        Returns:
            `symbol, mic, outlet, model_version, score, known_at`; the last is from when the score
            could be used.
        """
        query = f"""
            SELECT s.symbol, i.mic, a.outlet, s.model_version, s.score,
                greatest(a.known_at, s.known_at) AS known_at
            FROM {SCHEMA}.sentiment_scores AS s
            JOIN {SCHEMA}.articles AS a ON a.id = s.article_id
            JOIN {SCHEMA}.instruments AS i ON i.symbol = s.symbol
            WHERE a.known_by = {{known_by}} AND a.known_at > {{start}} AND a.known_at <= {{end}}
            ORDER BY s.symbol, known_at, a.id, s.model_version
        """  # noqa: S608  # the schema is a constant, the values are quoted by Database.arrow
        values = {
            "known_by": str(KnownBy.LIVE if live else KnownBy.BACKFILL),
            "start": window.start,
            "end": window.end,
        }
        return self.database.arrow(query, values)

    def strategies(self, *, live: bool) -> list[str]:
        """The labels of the strategies that have signals of this kind, sorted."""
        query = sa.text(f"""
            SELECT DISTINCT strategy FROM {SCHEMA}.signals WHERE live = :live ORDER BY strategy
        """)  # noqa: S608  # the schema is a constant
        with self.database.transaction() as connection:
            return list(connection.scalars(query, {"live": live}))
