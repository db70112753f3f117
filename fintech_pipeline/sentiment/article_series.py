"""A symbol's scored articles as columns for a chart: the most relevant, as many as fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.storage.database import SCHEMA

# The score that a signal would use, as `ScoreStore.scored` has it: that of whoever stood in for
# the preferred model, else of the first model that gave one, unless the preferred one gave up.
_SERIES = sa.text(f"""
    WITH known AS (
        SELECT a.id AS article_id, a.known_at, a.headline, a.outlet, a.story_id, l.relevance,
            best.score, best.confidence, best.label, best.reason, best.model_version,
            best.stands_in_for
        FROM {SCHEMA}.article_symbols AS l
        JOIN {SCHEMA}.articles AS a ON a.id = l.article_id
        LEFT JOIN LATERAL (
            SELECT s.*, t.model_version AS stands_in_for
            FROM {SCHEMA}.sentiment_scores AS s
            LEFT JOIN {SCHEMA}.stand_ins AS t
                ON (t.article_id, t.symbol, t.stood_in_by)
                    = (s.article_id, s.symbol, s.model_version)
                AND t.model_version = :preferred
            WHERE s.article_id = l.article_id AND s.symbol = l.symbol
                AND (t.model_version IS NOT NULL OR s.model_version = :preferred
                    OR NOT EXISTS (
                        SELECT FROM {SCHEMA}.unscored AS u WHERE u.article_id = l.article_id
                            AND u.symbol = l.symbol AND u.model_version = :preferred
                    ))
            ORDER BY t.model_version IS NULL,
                array_position(CAST(:models AS text[]), s.model_version) NULLS LAST, s.scored_at
            LIMIT 1
        ) AS best ON true
        WHERE l.symbol = :symbol AND a.known_at >= :start AND a.known_at <= :end
    ), totals AS (
        SELECT count(*) AS articles, count(score) AS scored FROM known
    ), drawn AS (
        SELECT * FROM known WHERE score IS NOT NULL
        ORDER BY relevance DESC, known_at DESC, article_id DESC LIMIT :points
    )
    SELECT * FROM totals LEFT JOIN drawn ON true ORDER BY known_at, article_id
""")  # noqa: S608  # the schema is a constant
COLUMNS = (
    "article_id",
    "known_at",
    "headline",
    "outlet",
    "story_id",
    "relevance",
    "score",
    "confidence",
    "label",
    "reason",
    "model_version",
    "stands_in_for",
)


@dataclass(frozen=True, slots=True)
class ArticleSeries:
    """Scored articles as columns of one length, as they became known.

    Attributes:
        article_id: The articles.
        known_at: From when each may be used (UTC).
        headline: As it was published: a stranger's text.
        outlet: Who published it; the same.
        story_id: The story it tells.
        relevance: How much it is about the symbol, in (0, 1].
        score: In [-1, 1].
        confidence: The model's, in [0, 1].
        label: The verdict in a word.
        reason: Why, in the model's words.
        model_version: Who gave the score.
        stands_in_for: The model that could not be asked; None: it was the preferred one's turn.
        left_out: How many scored articles of the span are less relevant, and not drawn.
        without_score: How many articles of the span have no score.
    """

    article_id: list[int]
    known_at: list[datetime]
    headline: list[str]
    outlet: list[str]
    story_id: list[int]
    relevance: list[float]
    score: list[float]
    confidence: list[float]
    label: list[str]
    reason: list[str]
    model_version: list[str]
    stands_in_for: list[str | None]
    left_out: int
    without_score: int


def article_series(
    connection: sa.Connection,
    symbol: str,
    start: datetime,
    end: datetime,
    points: int,
    models: Sequence[str],
) -> ArticleSeries:
    """The most relevant scored articles of a span.

    Args:
        connection: Reads.
        symbol: Whose.
        start: From when they are known (UTC), included.
        end: Until when (UTC), included.
        points: How many at the most.
        models: Whose scores count, the preferred first; others count where none of these gave one.
    """
    values = {
        "symbol": symbol,
        "start": start,
        "end": end,
        "points": points,
        "models": list(models),
        "preferred": models[0] if models else "",
    }
    rows = connection.execute(_SERIES, values).all()
    drawn = [row for row in rows if row.article_id is not None]
    columns = {name: [getattr(row, name) for row in drawn] for name in COLUMNS}
    left_out = rows[0].scored - len(drawn)
    return ArticleSeries(
        **columns, left_out=left_out, without_score=rows[0].articles - rows[0].scored
    )
