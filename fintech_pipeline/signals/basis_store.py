"""What signals were made with, in Postgres: each set of strategy, models and formulas once.

A signal refers to its basis, so that it can be computed again long after the configuration changed.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.signals.definition import definition, strategy_of
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.storage.database import Database, instant, metadata

FORMULAS = 2
"""Raised whenever a formula changes, of a component, the news or the composite: signals of other
formulas cannot be computed again."""
_HOUR = timedelta(hours=1)

signal_bases = sa.Table(
    "signal_bases",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("strategy", sa.Text, nullable=False, index=True),
    sa.Column("definition", JSONB, nullable=False),
    sa.Column("models", JSONB, nullable=False),
    sa.Column("half_life_hours", sa.Double, nullable=False),
    sa.Column("source_weights", JSONB, nullable=False),
    sa.Column("formulas", sa.Integer, nullable=False),
    sa.Column("first_used_at", instant, nullable=False, server_default=sa.func.now()),
)


@dataclass(frozen=True, slots=True)
class Basis:
    """All that makes a signal of its stored inputs.

    Attributes:
        strategy: What weighs the components.
        models: The versions of the models whose scores count, the preferred first.
        half_life: After which an article counts half.
        source_weights: How far outlets are trusted, by `same_outlet`, in [0, 1]; others count 1.
        formulas: The `FORMULAS` it was made with.
    """

    strategy: Strategy
    models: tuple[str, ...]
    half_life: timedelta
    source_weights: Mapping[str, float]
    formulas: int = FORMULAS


@dataclass(frozen=True, slots=True)
class BasisStore:
    """Reads and writes the bases of signals."""

    database: Database

    def basis_id(self, connection: sa.Connection, basis: Basis) -> int:
        """The id of the basis, which is stored inside the caller's transaction where it is new.

        Raises:
            ConfigurationError: The strategy's name and version were used with another definition.
        """
        values = _values(basis)
        digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
        if (known := _known(connection, digest)) is not None:
            return known
        # One after the other, or two at once would each not see the other's definition.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('fintech bases'))"))
        if (known := _known(connection, digest)) is not None:
            return known
        _require_unchanged(connection, basis.strategy)
        insert = sa.insert(signal_bases).values(digest=digest, **values)
        made: int = connection.execute(insert.returning(signal_bases.c.id)).scalar_one()
        return made

    def read(self, ids: Collection[int]) -> dict[int, Basis]:
        """The bases by their ids."""
        with self.database.transaction() as connection:
            return read_bases(connection, ids)

    def require_unchanged(self, strategies: Sequence[Strategy]) -> None:
        """Makes sure that no signal was made by another strategy of the same name and version.

        Raises:
            ConfigurationError: One was; the sentence says to raise the version.
        """
        with self.database.transaction() as connection:
            for strategy in strategies:
                _require_unchanged(connection, strategy)


def read_bases(connection: sa.Connection, ids: Collection[int]) -> dict[int, Basis]:
    """The bases by their ids."""
    query = sa.select(signal_bases).where(signal_bases.c.id.in_(ids))
    return {row.id: _basis(row._mapping) for row in connection.execute(query)}


def _known(connection: sa.Connection, digest: str) -> int | None:
    query = sa.select(signal_bases.c.id).where(signal_bases.c.digest == digest)
    found: int | None = connection.scalar(query)
    return found


def _require_unchanged(connection: sa.Connection, strategy: Strategy) -> None:
    # Compared by Postgres, to which 1 and 1.0 are the same number in JSON.
    own = sa.cast(definition(strategy), JSONB)
    query = sa.select(signal_bases.c.first_used_at).where(
        signal_bases.c.strategy == strategy.label, signal_bases.c.definition != own
    )
    used_at = connection.scalar(query.order_by(signal_bases.c.first_used_at).limit(1))
    if used_at is not None:
        raise ConfigurationError(
            f"The strategy {strategy.label} is not the one whose signals are stored since "
            f"{used_at:%Y-%m-%d %H:%MZ}: raise the version in its file to "
            f"{strategy.version + 1}, so that each signal names what made it."
        )


def _values(basis: Basis) -> dict[str, Any]:
    return {
        "strategy": basis.strategy.label,
        "definition": definition(basis.strategy),
        "models": list(basis.models),
        "half_life_hours": basis.half_life / _HOUR,
        "source_weights": {name: float(w) for name, w in basis.source_weights.items()},
        "formulas": basis.formulas,
    }


def _basis(row: Mapping[Any, Any]) -> Basis:
    return Basis(
        strategy_of(row["definition"]),
        tuple(row["models"]),
        timedelta(hours=row["half_life_hours"]),
        row["source_weights"],
        row["formulas"],
    )
