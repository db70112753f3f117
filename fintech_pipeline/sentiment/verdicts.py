"""Everything that was ever said of one article: by each model of ours, and by its vendor."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.news.article_store import vendor_sentiments
from fintech_pipeline.sentiment.article_reading import ArticleTold
from fintech_pipeline.sentiment.score_store import sentiment_scores, unscored


@dataclass(frozen=True, slots=True)
class ModelVerdict:
    """What one model said of the article for one symbol.

    Attributes:
        symbol: For whom.
        model_version: Who said it.
        score: In [-1, 1]; None where the model gave the text up.
        label: The score's class.
        confidence: In [0, 1].
        reason: The model's, or why it gave the text up.
        judged_at: When (UTC).
    """

    symbol: str
    model_version: str
    score: float | None
    label: str | None
    confidence: float | None
    reason: str
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class VendorVerdict:
    """What the vendor's own model says; no signal uses it.

    Attributes:
        symbol: For whom.
        score: In [-1, 1].
        label: The vendor's word for it.
        relevance: In [0, 1].
        observed_at: When it came (UTC).
    """

    symbol: str
    score: float
    label: str
    relevance: float
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class AllVerdicts:
    """An article, and every verdict on it.

    Attributes:
        article: With the scores that count.
        verdicts: Of every model, by symbol, the newest first.
        vendor: The vendor's own.
    """

    article: ArticleTold
    verdicts: tuple[ModelVerdict, ...]
    vendor: tuple[VendorVerdict, ...]


def all_verdicts(connection: sa.Connection, article: ArticleTold) -> AllVerdicts:
    """The article with all that was said of it.

    Args:
        connection: Any that reads.
        article: As it is stored.
    """
    scores, none = sentiment_scores.c, sa.null()
    scored = sa.select(
        *(scores[name] for name in ("symbol", "model_version", "score", "label", "confidence")),
        scores.reason,
        scores.scored_at.label("judged_at"),
    ).where(scores.article_id == article.article_id)
    given_up = sa.select(
        unscored.c.symbol,
        unscored.c.model_version,
        *(sa.cast(none, scores[name].type) for name in ("score", "label", "confidence")),
        unscored.c.reason,
        unscored.c.tried_at,
    ).where(unscored.c.article_id == article.article_id)
    both = sa.union_all(scored, given_up).subquery()
    verdicts = sa.select(both).order_by(both.c.symbol, both.c.judged_at.desc())
    told = vendor_sentiments.c
    vendor = (
        sa.select(told.symbol, told.score, told.label, told.relevance, told.observed_at)
        .where(told.article_id == article.article_id)
        .order_by(told.symbol)
    )
    return AllVerdicts(
        article,
        tuple(ModelVerdict(*row) for row in connection.execute(verdicts)),
        tuple(VendorVerdict(*row) for row in connection.execute(vendor)),
    )
