"""Signals in Postgres: written once, recomputed only as a numbered revision."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from fintech_pipeline.clock import Window
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.basis_store import signal_bases
from fintech_pipeline.signals.composite import ArticleShare, Contribution, Signal
from fintech_pipeline.signals.strategy import Action
from fintech_pipeline.storage.bulk import stage
from fintech_pipeline.storage.database import SCHEMA, Database, instant, metadata

signals = sa.Table(
    "signals",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("symbol", sa.Text, sa.ForeignKey("instruments.symbol"), nullable=False),
    sa.Column("interval", sa.Text, nullable=False),
    sa.Column("slot_at", instant, nullable=False, index=True),
    sa.Column("strategy", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("price", sa.Double, nullable=False),
    sa.Column("change_pct", sa.Double),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("confidence", sa.Double, nullable=False),
    sa.Column("components", JSONB, nullable=False),
    sa.Column("inputs", JSONB, nullable=False),
    sa.Column("cutoff_at", instant, nullable=False),
    sa.Column("live", sa.Boolean, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("written_at", instant, nullable=False),
    # Empty in rows of versions before it.
    sa.Column("basis_id", sa.BigInteger, sa.ForeignKey(signal_bases.c.id)),
    sa.UniqueConstraint("symbol", "interval", "slot_at", "strategy", "revision"),
    sa.CheckConstraint("score BETWEEN -1 AND 1 AND confidence BETWEEN 0 AND 1", name="bounded"),
)

_KEY = "symbol, interval, slot_at, strategy"
_CONTENT = "price, change_pct, score, action, confidence, components, inputs"
_INSERT = sa.text(f"""
    INSERT INTO {SCHEMA}.signals
        ({_KEY}, {_CONTENT}, revision, cutoff_at, live, run_id, written_at)
    SELECT s.symbol, s.interval, s.slot_at, s.strategy, s.price, s.change_pct, s.score, s.action,
        s.confidence, CAST(s.components AS jsonb), CAST(s.inputs AS jsonb),
        coalesce(last.revision, 0) + 1, s.cutoff_at, s.live, :run_id, :written_at
    FROM staged_signals AS s
    LEFT JOIN LATERAL (
        SELECT * FROM {SCHEMA}.signals AS stored
        WHERE (stored.symbol, stored.interval, stored.slot_at, stored.strategy)
            = (s.symbol, s.interval, s.slot_at, s.strategy)
        ORDER BY revision DESC LIMIT 1
    ) AS last ON true
    WHERE last.id IS NULL
        OR (last.price, last.change_pct, last.score, last.action, last.confidence,
            last.components, last.inputs)
        IS DISTINCT FROM (s.price, s.change_pct, s.score, s.action, s.confidence,
            CAST(s.components AS jsonb), CAST(s.inputs AS jsonb))
    ORDER BY s.slot_at, s.symbol
""")  # noqa: S608  # every name in it is a constant of this module


@dataclass(frozen=True, slots=True)
class StoredSignal:
    """A signal as it stands in the table.

    Attributes:
        signal: The signal.
        revision: 1 is the one written first, to which alerts and outcomes refer.
        cutoff_at: The instant its inputs were read (UTC).
        live: Whether it was made by a live tick.
        run_id: The Dagster run that made it.
    """

    signal: Signal
    revision: int
    cutoff_at: datetime
    live: bool
    run_id: str


@dataclass(frozen=True, slots=True)
class SignalStore:
    """Reads and writes signals."""

    database: Database

    def write(
        self,
        connection: sa.Connection,
        made: Sequence[Signal],
        cutoffs: Mapping[datetime, datetime],
        live: bool,
        run_id: str,
        at: datetime,
    ) -> int:
        """Stores the signals inside the caller's transaction.

        A signal that equals the newest stored one of its slot changes nothing; a different one
        becomes the next revision.

        Returns:
            How many rows were written.
        """
        if not made:
            return 0
        stage(connection, "staged_signals", _table(made, cutoffs, live))
        values = {"run_id": run_id, "written_at": at}
        written: int = connection.execute(_INSERT, values).rowcount
        connection.execute(sa.text("DROP TABLE staged_signals"))
        return written

    def cutoffs(self, slots: Sequence[datetime]) -> dict[tuple[str, datetime], datetime]:
        """The cutoff each symbol was first judged with at each slot, where it was."""
        if not slots:
            return {}
        query = (
            sa.select(
                signals.c.symbol,
                signals.c.slot_at,
                sa.func.min(signals.c.cutoff_at).label("cutoff_at"),
            )
            .where(
                signals.c.slot_at >= min(slots),
                signals.c.slot_at <= max(slots),
                signals.c.revision == 1,
            )
            .group_by(signals.c.symbol, signals.c.slot_at)
        )
        with self.database.transaction() as connection:
            return {(row.symbol, row.slot_at): row.cutoff_at for row in connection.execute(query)}

    def count(self, window: Window) -> int:
        """How many signals judge a slot that ends in the window, revisions not counted."""
        query = (
            sa.select(sa.func.count())
            .select_from(signals)
            .where(
                signals.c.slot_at > window.start,
                signals.c.slot_at <= window.end,
                signals.c.revision == 1,
            )
        )
        with self.database.transaction() as connection:
            return connection.execute(query).scalar_one()

    def at_slot(self, slot_at: datetime, strategy: str) -> list[StoredSignal]:
        """The newest revision of every symbol's signal at the slot, by symbol."""
        query = (
            sa.select(signals)
            .distinct(signals.c.symbol)
            .where(signals.c.slot_at == slot_at, signals.c.strategy == strategy)
            .order_by(signals.c.symbol, signals.c.revision.desc())
        )
        with self.database.transaction() as connection:
            return [_stored(row) for row in connection.execute(query)]

    def newest(self, symbol: str, strategy: str, count: int = 1) -> list[StoredSignal]:
        """The newest revisions of the symbol's last `count` slots, the newest first."""
        query = (
            sa.select(signals)
            .distinct(signals.c.slot_at)
            .where(signals.c.symbol == symbol, signals.c.strategy == strategy)
            .order_by(signals.c.slot_at.desc(), signals.c.revision.desc())
            .limit(count)
        )
        with self.database.transaction() as connection:
            return [_stored(row) for row in connection.execute(query)]

    def newest_slot(self, strategy: str) -> datetime | None:
        """The newest slot that has a signal."""
        query = sa.select(sa.func.max(signals.c.slot_at)).where(signals.c.strategy == strategy)
        with self.database.transaction() as connection:
            slot_at: datetime | None = connection.scalar(query)
            return slot_at


def _table(made: Sequence[Signal], cutoffs: Mapping[datetime, datetime], live: bool) -> pa.Table:
    when = pa.timestamp("us", "UTC")
    return pa.table(
        {
            "symbol": [signal.symbol for signal in made],
            "interval": [str(Interval.HALF_HOUR)] * len(made),
            "slot_at": pa.array([signal.slot_at for signal in made], when),
            "strategy": [signal.strategy for signal in made],
            "price": [signal.price for signal in made],
            "change_pct": pa.array([signal.change_pct for signal in made], pa.float64()),
            "score": [signal.score for signal in made],
            "action": [str(signal.action) for signal in made],
            "confidence": [signal.confidence for signal in made],
            "components": [
                json.dumps([asdict(part) for part in signal.contributions]) for signal in made
            ],
            "inputs": [
                json.dumps(
                    {
                        "missing": dict(signal.missing),
                        "articles": [asdict(article) for article in signal.articles],
                    }
                )
                for signal in made
            ],
            "cutoff_at": pa.array([cutoffs[signal.slot_at] for signal in made], when),
            "live": [live] * len(made),
        }
    )


def _stored(row: sa.Row[tuple[object, ...]]) -> StoredSignal:
    values = row._mapping  # SQLAlchemy's documented name for the row as a mapping
    signal = Signal(
        values["symbol"],
        values["slot_at"],
        values["strategy"],
        values["price"],
        values["change_pct"],
        values["score"],
        Action(values["action"]),
        values["confidence"],
        tuple(Contribution(**part) for part in values["components"]),
        tuple(values["inputs"]["missing"].items()),
        tuple(ArticleShare(**article) for article in values["inputs"]["articles"]),
    )
    return StoredSignal(
        signal, values["revision"], values["cutoff_at"], values["live"], values["run_id"]
    )
