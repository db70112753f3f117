"""Models and what they foretold, in Postgres: written once, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.forecasting.features import FEATURES
from fintech_pipeline.signals.forecasting.forecaster import SPEAKS_AFTER, Forecaster, Registered
from fintech_pipeline.signals.forecasting.learners import LEARNERS, is_usable
from fintech_pipeline.signals.forecasting.model import digest, packed, unpacked
from fintech_pipeline.signals.forecasting.targets import target_named
from fintech_pipeline.signals.forecasting.training import Trained
from fintech_pipeline.storage.bulk import stage
from fintech_pipeline.storage.database import SCHEMA, Database, instant, metadata

forecast_models = sa.Table(
    "forecast_models",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("interval", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("learner", sa.Text, nullable=False),
    sa.Column("trained_at", instant, nullable=False),
    sa.Column("first_slot_at", instant, nullable=False),
    sa.Column("last_slot_at", instant, nullable=False),
    sa.Column("samples", sa.Integer, nullable=False),
    sa.Column("symbols", ARRAY(sa.Text), nullable=False),
    sa.Column("features", ARRAY(sa.Text), nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("verdict", JSONB, nullable=False),
    sa.Column("folds", ARRAY(sa.Double), nullable=False),
    sa.Column("has_edge", sa.Boolean, nullable=False),
    # Of a model that had too little to learn from nothing is kept but why.
    sa.Column("digest", sa.Text),
    sa.Column("artefact", sa.LargeBinary),
    sa.CheckConstraint("(digest IS NULL) = (artefact IS NULL)", name="whole"),
    sa.CheckConstraint("artefact IS NOT NULL OR NOT has_edge", name="edge_of_something"),
    sa.Index("ix_forecast_models_trained_at", "interval", "target", sa.text("trained_at DESC")),
)
forecasts = sa.Table(
    "forecasts",
    metadata,
    sa.Column("model_id", sa.BigInteger, sa.ForeignKey("forecast_models.id"), nullable=False),
    sa.Column("symbol", sa.Text, sa.ForeignKey("instruments.symbol"), nullable=False),
    sa.Column("slot_at", instant, nullable=False),
    # The chance of a rise, or the logarithm of a range.
    sa.Column("value", sa.Double, nullable=False),
    sa.PrimaryKeyConstraint("model_id", "slot_at", "symbol"),
)
_WRITE = sa.text(f"""
    INSERT INTO {SCHEMA}.forecasts (model_id, symbol, slot_at, value)
    SELECT model_id, symbol, slot_at, value FROM staged_forecasts
    ON CONFLICT DO NOTHING
""")  # noqa: S608  # the schema is a constant


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a model was learnt of.

    Attributes:
        interval: Of the bars.
        trained_at: When (UTC).
        first_slot_at: The first slot among its samples (UTC).
        last_slot_at: The last one.
        samples: How many there were.
        symbols: Whose, sorted.
        seed: Of its chance.
    """

    interval: Interval
    trained_at: datetime
    first_slot_at: datetime
    last_slot_at: datetime
    samples: int
    symbols: Sequence[str]
    seed: int


@dataclass(frozen=True, slots=True)
class ForecastStore:
    """Reads and writes models and what they foretold."""

    database: Database

    def register(self, trained: Trained, learnt: Learnt) -> int:
        """Keeps a model with all that is known of it; gives its id.

        Raises:
            StorageError: The database refused.
        """
        arrays = None if trained.model is None else trained.model.arrays()
        values = {
            **asdict(learnt),
            "interval": str(learnt.interval),
            "symbols": list(learnt.symbols),
            "target": trained.target.name,
            "learner": trained.learner,
            "features": list(FEATURES),
            "verdict": asdict(trained.verdict),
            "folds": list(trained.folds),
            "has_edge": trained.verdict.has_edge and arrays is not None,
            "digest": None if arrays is None else digest(arrays),
            "artefact": None if arrays is None else packed(arrays),
        }
        insert = sa.insert(forecast_models).values(values).returning(forecast_models.c.id)
        with self.database.transaction() as connection:
            made: int = connection.execute(insert).scalar_one()
        return made

    def forecaster(self, until: datetime, since: datetime) -> Forecaster:
        """The models that may speak of slots read between two instants.

        Those trained in between, and of each interval and target the newest before.

        Args:
            until: The last cutoff (UTC).
            since: The first one.
        """
        columns = [
            forecast_models.c[name]
            for name in ("id", "interval", "target", "learner", "trained_at", "has_edge")
        ]
        before = (
            sa.select(forecast_models.c.id)
            .distinct(forecast_models.c.interval, forecast_models.c.target)
            .where(
                forecast_models.c.trained_at <= since - SPEAKS_AFTER,
                forecast_models.c.artefact.is_not(None),
            )
            .order_by(
                forecast_models.c.interval,
                forecast_models.c.target,
                forecast_models.c.trained_at.desc(),
                forecast_models.c.id.desc(),
            )
        )
        chosen = sa.select(*columns, forecast_models.c.artefact).where(
            forecast_models.c.artefact.is_not(None),
            sa.or_(
                forecast_models.c.id.in_(before),
                forecast_models.c.trained_at.between(since - SPEAKS_AFTER, until),
            ),
        )
        with self.database.transaction() as connection:
            rows = connection.execute(chosen.order_by(forecast_models.c.id)).all()
        return Forecaster(tuple(_registered(row) for row in rows if is_usable(row.learner)))

    def write(self, connection: sa.Connection, foretold: pa.Table) -> int:
        """Stores what models foretold inside the caller's transaction; once told it stays.

        Args:
            connection: The transaction.
            foretold: `model_id, symbol, slot_at, value`.
        """
        if not len(foretold):
            return 0
        stage(connection, "staged_forecasts", foretold)
        written: int = connection.execute(_WRITE).rowcount
        connection.execute(sa.text("DROP TABLE staged_forecasts"))
        return written

    def told(self, model_ids: Sequence[int]) -> pa.Table:
        """What models foretold: `model_id, symbol, slot_at, cutoff_at, mic, value`, by slot.

        The cutoff is that of the slot's first signal of the symbol; the slot, where it has none.
        """
        query = f"""
            SELECT f.model_id, f.symbol, f.slot_at, i.mic, f.value,
                coalesce(seen.cutoff_at, f.slot_at) AS cutoff_at
            FROM {SCHEMA}.forecasts AS f
            JOIN {SCHEMA}.forecast_models AS m ON m.id = f.model_id
            JOIN {SCHEMA}.instruments AS i USING (symbol)
            LEFT JOIN LATERAL (
                SELECT min(s.cutoff_at) AS cutoff_at FROM {SCHEMA}.signals AS s
                WHERE s.symbol = f.symbol AND s.interval = m.interval AND s.slot_at = f.slot_at
            ) AS seen ON true
            WHERE f.model_id = ANY({{models}})
            ORDER BY f.slot_at, f.symbol
        """  # noqa: S608  # the schema is a constant, the values are quoted by Database.arrow
        return self.database.arrow(query, {"models": list(model_ids)})


def newest_models(connection: sa.Connection, count: int) -> Sequence[Mapping[str, Any]]:
    """The newest models, the newest first, without what they are made of."""
    columns = [one for one in forecast_models.c if one.name != "artefact"]
    newest = (
        sa.select(*columns)
        .order_by(forecast_models.c.trained_at.desc(), forecast_models.c.id.desc())
        .limit(count)
    )
    return [dict(row._mapping) for row in connection.execute(newest)]  # its public name


def _registered(row: sa.Row[Any]) -> Registered:
    interval = Interval(row.interval)
    target = target_named(interval, row.target)
    model = LEARNERS[row.learner]().restored(unpacked(row.artefact))
    return Registered(row.id, interval, target, row.trained_at, row.has_edge, model)
