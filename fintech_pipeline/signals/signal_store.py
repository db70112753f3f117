"""Signals in Postgres: written once, recomputed only as a numbered revision."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from fintech_pipeline.clock import Window
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.basis_store import signal_bases
from fintech_pipeline.signals.composite import ArticleShare, Contribution, Signal
from fintech_pipeline.signals.explanation import reason_of
from fintech_pipeline.signals.signal_announcing import announce_signals
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
    # For lists of one strategy's, the newest first, of some actions or of all.
    sa.Index("ix_signals_strategy_action_slot_at", "strategy", "action", "slot_at"),
    # For what people were shown slot by slot, without a look at the wide rows.
    sa.Index(
        "ix_signals_first",
        "strategy",
        "symbol",
        "slot_at",
        postgresql_include=["action"],
        postgresql_where=sa.text("revision = 1"),
    ),
)

_NUMBERS = ("coverage", "agreement", "freshness", "bars", "split", "last_close")
_KEY = "symbol, interval, slot_at, strategy"
_CONTENT = "price, change_pct, score, action, confidence, components, inputs"
_INSERT = sa.text(f"""
    INSERT INTO {SCHEMA}.signals
        ({_KEY}, {_CONTENT}, revision, cutoff_at, live, run_id, written_at, basis_id)
    SELECT s.symbol, s.interval, s.slot_at, s.strategy, s.price, s.change_pct, s.score, s.action,
        s.confidence, CAST(s.components AS jsonb), CAST(s.inputs AS jsonb),
        coalesce(last.revision, 0) + 1, s.cutoff_at, :live, :run_id, :written_at, s.basis_id
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
    ORDER BY s.slot_at, s.symbol, s.strategy
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
        basis_id: What made it; None of signals from before bases were stored.
    """

    signal: Signal
    revision: int
    cutoff_at: datetime
    live: bool
    run_id: str
    basis_id: int | None = None


@dataclass(frozen=True, slots=True)
class SignalStore:
    """Reads and writes signals."""

    database: Database

    def write(
        self,
        connection: sa.Connection,
        made: pa.Table,
        bases: Mapping[str, int],
        *,
        live: bool,
        run_id: str,
        at: datetime,
    ) -> int:
        """Stores the signals inside the caller's transaction.

        A signal that equals the newest stored one of its slot changes nothing; a different one
        becomes the next revision.

        Args:
            connection: The transaction.
            made: With `signal_rows.COLUMNS`.
            bases: The id of the basis of each strategy, by its label.
            live: Whether a live tick made them.
            run_id: Which run did.
            at: The present (UTC).

        Returns:
            How many rows were written.
        """
        if not len(made):
            return 0
        labels: list[Any] = made["strategy"].to_pylist()
        of = pa.array([bases[label] for label in labels], pa.int64())
        stage(connection, "staged_signals", made.append_column("basis_id", of))
        values = {"run_id": run_id, "written_at": at, "live": live}
        written: int = connection.execute(_INSERT, values).rowcount
        connection.execute(sa.text("DROP TABLE staged_signals"))
        if written:
            announce_signals(connection, made, written, values)
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
            return [stored_signal(row) for row in connection.execute(query)]

    def newest(self, symbol: str, strategy: str, count: int = 1) -> list[StoredSignal]:
        """The newest revisions of the symbol's last `count` slots, the newest first."""
        key = ("symbol", "interval", "slot_at", "strategy")
        # Every slot has a first revision, and they have an index in the order of time.
        last = (
            sa.select(*(signals.c[name] for name in key))
            .where(
                signals.c.symbol == symbol,
                signals.c.strategy == strategy,
                signals.c.revision == sa.literal_column("1"),
            )
            .order_by(signals.c.slot_at.desc())
            .limit(count)
            .subquery()
        )
        query = (
            sa.select(signals)
            .distinct(signals.c.slot_at)
            .join(last, sa.and_(*(last.c[name] == signals.c[name] for name in key)))
            .order_by(signals.c.slot_at.desc(), signals.c.revision.desc())
        )
        with self.database.transaction() as connection:
            return [stored_signal(row) for row in connection.execute(query)]

    def newest_slot(self, strategy: str) -> datetime | None:
        """The newest slot that has a signal."""
        query = sa.select(sa.func.max(signals.c.slot_at)).where(signals.c.strategy == strategy)
        with self.database.transaction() as connection:
            slot_at: datetime | None = connection.scalar(query)
            return slot_at


def signals_in(made: pa.Table) -> list[Signal]:
    """The signals of a table with `signal_rows.COLUMNS`, as objects to be shown."""
    return [
        _signal({**row, **{name: json.loads(row[name]) for name in ("components", "inputs")}})
        for row in made.to_pylist()
    ]


def stored_signal(row: sa.Row[Any]) -> StoredSignal:
    """The signal in a row that has the columns of the table."""
    values = row._mapping  # SQLAlchemy's documented name for the row as a mapping
    more = (values[n] for n in ("revision", "cutoff_at", "live", "run_id", "basis_id"))
    return StoredSignal(_signal(values), *more)


def _signal(values: Mapping[Any, Any]) -> Signal:
    inputs = values["inputs"]
    articles = tuple(ArticleShare(**article) for article in inputs["articles"])
    behind = (len(articles), inputs.get("stories", 0))
    since, interval = inputs.get("since"), Interval(values["interval"])
    return Signal(
        values["symbol"],
        values["slot_at"],
        values["strategy"],
        values["price"],
        values["change_pct"],
        values["score"],
        Action(values["action"]),
        values["confidence"],
        tuple([_contribution(part, interval, behind) for part in values["components"]]),
        tuple(inputs["missing"].items()),
        articles,
        **{name: inputs.get(name) for name in _NUMBERS},
        since=datetime.fromisoformat(since) if since else None,
        regime=inputs.get("regime"),
        stories=behind[1],
    )


def _contribution(
    part: Mapping[str, Any], interval: Interval, behind: tuple[int, int]
) -> Contribution:
    """A component as it is stored; signals from before have its reason in place of its figure."""
    name, figure = part["name"], part.get("figure")
    reason: str = part["reason"] if figure is None else reason_of(name, figure, interval, behind)
    value, weight = float(part["value"]), float(part["weight"])
    return Contribution(name, value, weight, float(part["contribution"]), reason, figure)
