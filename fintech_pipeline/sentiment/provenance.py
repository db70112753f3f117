"""What stands behind stored scores, for a person: who said it, why, and in whose place."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from fintech_pipeline.sentiment.score_store import VERDICT, score_of, sentiment_scores, stand_ins
from fintech_pipeline.sentiment.scores import SentimentScore
from fintech_pipeline.storage.database import Database

Key = tuple[int, str, str]
"""An article, a symbol and a model version."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Why a score is not that of the preferred model.

    Attributes:
        preferred_version: The model that was to be asked first.
        reason: Why it could not be.
    """

    preferred_version: str
    reason: str


@dataclass(frozen=True, slots=True)
class StoredScore:
    """A score as it stands.

    Attributes:
        score: What was said.
        model_version: Who said it.
        stands_in: For whom, and why; None: the model was the preferred one.
    """

    score: SentimentScore
    model_version: str
    stands_in: StandIn | None


def stored_scores(database: Database, article_ids: Collection[int]) -> dict[Key, StoredScore]:
    """Every score of these articles.

    Raises:
        StorageError: The database is away.
    """
    with database.transaction() as connection:
        return scores_of(connection, article_ids)


def scores_of(connection: sa.Connection, article_ids: Collection[int]) -> dict[Key, StoredScore]:
    """As `stored_scores`, in a connection that is open."""
    if not article_ids:
        return {}
    scores, wanted = sentiment_scores.c, set(article_ids)
    query = (
        sa.select(
            scores.article_id,
            scores.symbol,
            scores.model_version,
            *(scores[name] for name in VERDICT),
            stand_ins.c.model_version.label("preferred_version"),
            stand_ins.c.reason.label("why"),
        )
        .outerjoin(
            stand_ins,
            sa.and_(
                stand_ins.c.article_id == scores.article_id,
                stand_ins.c.symbol == scores.symbol,
                stand_ins.c.stood_in_by == scores.model_version,
                # Postgres does not conclude it, and would read all there ever were.
                stand_ins.c.article_id.in_(wanted),
            ),
        )
        .where(scores.article_id.in_(wanted))
        # Of several whom it stands in for, the last one named stays.
        .order_by(stand_ins.c.stood_in_at)
    )
    return {
        (row.article_id, row.symbol, row.model_version): StoredScore(
            score_of(row),
            row.model_version,
            StandIn(row.preferred_version, row.why) if row.preferred_version else None,
        )
        for row in connection.execute(query)
    }
