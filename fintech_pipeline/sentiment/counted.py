"""Which score of a text counts where several models have judged it, as a part of a query.

The same rule as `ScoreStore.scored`, for lists that people read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from fintech_pipeline.clock import KnownBy
from fintech_pipeline.sentiment.score_store import VERDICT, sentiment_scores, stand_ins, unscored

TOLD = (*VERDICT, "model_version", "scored_at", "same_as")
"""The columns of a score that a person is told."""
_SCORES = sentiment_scores.c


@dataclass(frozen=True, slots=True)
class AsOf:
    """What is told of the past.

    Attributes:
        known_at: Articles known by then (UTC) are told.
        judged_at: What was said of them by then (UTC); of what was backfilled all, since nobody
            was looking.
    """

    known_at: datetime
    judged_at: datetime


class Said:
    """Whether what was said of an article had been said by then."""

    def __init__(self, as_of: AsOf | None, known_by: sa.ColumnElement[str]) -> None:
        """Of a query.

        Args:
            as_of: The past that is told; None: now.
            known_by: The article's, a column of the query around it.
        """
        self._as_of = as_of
        self._known_by = known_by
        table = getattr(known_by, "table", None)
        self.around: tuple[sa.FromClause, ...] = () if as_of is None or table is None else (table,)
        """What the condition asks for of the query around it."""

    def by_then(self, instant: sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
        """The condition on when it was said."""
        if self._as_of is None:
            return sa.true()
        return sa.or_(instant <= self._as_of.judged_at, self._known_by == KnownBy.BACKFILL.value)


def counted_score(
    article_id: sa.ColumnElement[int],
    symbol: sa.ColumnElement[str],
    models: Sequence[str],
    said: Said,
) -> sa.Select[Any]:
    """The score that counts of a text, or no row: the columns of `TOLD`, and in whose place.

    Who stood in for the first model keeps its word. What the first model was asked and gave up on
    has no score, even if another once gave it one.

    Args:
        article_id: The text's article, a column of the query around it.
        symbol: The text's symbol, a column of it too.
        models: The versions of the chain, the preferred first.
        said: By when it must have been said.
    """
    stood_in = sa.and_(
        stand_ins.c.article_id == _SCORES.article_id,
        stand_ins.c.symbol == _SCORES.symbol,
        stand_ins.c.model_version == models[0],
        stand_ins.c.stood_in_by == _SCORES.model_version,
        said.by_then(stand_ins.c.stood_in_at),
    )
    given_up = (
        sa.exists()
        .where(
            unscored.c.article_id == _SCORES.article_id,
            unscored.c.symbol == _SCORES.symbol,
            unscored.c.model_version == models[0],
            said.by_then(unscored.c.tried_at),
        )
        .correlate(sentiment_scores, *said.around)
    )
    stands_in = stand_ins.c.model_version.is_not(None)
    return (
        sa.select(
            *(_SCORES[name] for name in TOLD),
            stand_ins.c.model_version.label("preferred_version"),
            stand_ins.c.reason.label("why"),
        )
        .join_from(sentiment_scores, stand_ins, stood_in, isouter=True)
        .where(
            _SCORES.article_id == article_id,
            _SCORES.symbol == symbol,
            said.by_then(_SCORES.scored_at),
            sa.or_(_SCORES.model_version.in_(models), stands_in),
            sa.or_(_SCORES.model_version == models[0], stands_in, ~given_up),
        )
        .order_by(stands_in.desc(), _rank(models, _SCORES.model_version))
        .limit(1)
    )


def counted_failure(
    article_id: sa.ColumnElement[int],
    symbol: sa.ColumnElement[str],
    models: Sequence[str],
    said: Said,
) -> sa.Select[Any]:
    """Why the most preferred model that gave the text up did so (`reason`), or no row."""
    return (
        sa.select(unscored.c.reason, unscored.c.model_version)
        .where(
            unscored.c.article_id == article_id,
            unscored.c.symbol == symbol,
            unscored.c.model_version.in_(models),
            said.by_then(unscored.c.tried_at),
        )
        .order_by(_rank(models, unscored.c.model_version))
        .limit(1)
    )


def _rank(models: Sequence[str], version: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    return sa.func.array_position(sa.literal(list(models), ARRAY(sa.Text)), version)
