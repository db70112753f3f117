"""Backtests in Postgres: the newest of each question, and so how many trials there were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.backtesting.backtest import (
    Backtest,
    Question,
    among,
    document,
)
from fintech_pipeline.storage.database import Database, instant, metadata

backtests = sa.Table(
    "backtests",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("strategy", sa.Text, nullable=False),
    # Of the strategy's definition: files of one name and version may differ.
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("terms", JSONB, nullable=False),
    sa.Column("symbols", ARRAY(sa.Text), nullable=False),
    sa.Column("from_on", sa.Date, nullable=False),
    sa.Column("to_on", sa.Date, nullable=False),
    sa.Column("made_at", instant, nullable=False),
    # Of one day; null where no day differs from another.
    sa.Column("daily_sharpe", sa.Double),
    sa.Column("document", JSONB, nullable=False),
    sa.UniqueConstraint(
        *("strategy", "definition", "terms", "symbols", "from_on", "to_on"),
        name="uq_backtests_question",
    ),
    sa.CheckConstraint("from_on <= to_on", name="in_order"),
    sa.Index("ix_backtests_made_at", sa.text("made_at DESC"), sa.text("id DESC")),
)

_ANEW = ("made_at", "daily_sharpe", "document")


@dataclass(frozen=True, slots=True)
class BacktestStore:
    """Reads and writes backtests."""

    database: Database

    def trials(self, besides: Question) -> list[float]:
        """The daily Sharpe ratio of each other strategy and terms that was tried so far.

        Args:
            besides: The strategy and terms that are left out.
        """
        with self.database.transaction() as connection:
            return [
                one.daily_sharpe
                for one in _tried(connection)
                if (one.strategy, one.definition, one.terms)
                != (besides.strategy, besides.definition, besides.terms.plain())
            ]

    def write(self, made: Backtest) -> int:
        """Stores a backtest in the place of an earlier one of the same question.

        Returns:
            Its id.

        Raises:
            StorageError: The database refused.
        """
        question = made.question
        values = {
            "strategy": question.strategy,
            "definition": question.definition,
            "symbols": list(question.symbols),
            "terms": question.terms.plain(),
            "from_on": question.from_on,
            "to_on": question.to_on,
            "made_at": made.made_at,
            "daily_sharpe": made.trial.daily_sharpe,
            "document": document(made),
        }
        statement = insert(backtests).values(values)
        again = statement.on_conflict_do_update(
            constraint="uq_backtests_question",
            set_={name: statement.excluded[name] for name in _ANEW},
        ).returning(backtests.c.id)
        with self.database.transaction() as connection:
            found: int = connection.execute(again).scalar_one()
        return found


def newest_backtests(connection: sa.Connection, count: int) -> Sequence[Mapping[str, Any]]:
    """The newest backtests as documents with their ids and without their paths, newest first."""
    listed = (
        sa.select(*_OWN, _GLANCED)
        .order_by(backtests.c.made_at.desc(), backtests.c.id.desc())
        .limit(count)
    )
    rows = connection.execute(listed).all()
    tried = _tried(connection)
    return [among({**row.document, "id": row.id}, _with_own(row, tried)) for row in rows]


def backtest_with(connection: sa.Connection, number: int) -> Mapping[str, Any] | None:
    """One backtest as a document with its id; None where there is none of that id."""
    one = sa.select(*_OWN, backtests.c.document).where(backtests.c.id == number)
    row = connection.execute(one).one_or_none()
    if row is None:
        return None
    return among({**row.document, "id": number}, _with_own(row, _tried(connection)))


def _with_own(row: sa.Row[Any], tried: Sequence[sa.Row[Any]]) -> Floats:
    """The Sharpe ratios of the others that were tried, and its own."""
    what = (row.strategy, row.definition, row.terms)
    others = [
        one.daily_sharpe for one in tried if (one.strategy, one.definition, one.terms) != what
    ]
    own = [] if row.daily_sharpe is None else [row.daily_sharpe]
    return np.array([*others, *own])


def _tried(
    connection: sa.Connection,
) -> Sequence[sa.Row[tuple[str, str, dict[str, Any], float]]]:
    """Each strategy and terms with the Sharpe ratio of its newest backtest.

    The same over another range or other symbols is no other trial.
    """
    what = (backtests.c.strategy, backtests.c.definition, backtests.c.terms)
    newest = (
        sa.select(*what, backtests.c.daily_sharpe)
        .distinct(*what)
        .where(backtests.c.daily_sharpe.is_not(None))
        .order_by(*what, backtests.c.made_at.desc())
    )
    return connection.execute(newest).all()


_OWN = tuple(
    backtests.c[name] for name in ("id", "strategy", "definition", "terms", "daily_sharpe")
)
# A list shows no path, which is most of a document.
_GLANCED = (backtests.c.document - "path").label("document")
