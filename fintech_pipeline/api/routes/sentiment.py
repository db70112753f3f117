"""Sentiment of a symbol over time: its articles as points, and what the signals saw in them."""

from datetime import datetime

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import Field

from fintech_pipeline.api.parameters import (
    AsFirstMade,
    Between,
    Points,
    StrategyNamed,
    Symbol,
    instrument_named,
    judge_named,
)
from fintech_pipeline.api.problems import documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.api.signal_examples import SENTIMENT
from fintech_pipeline.api.signals_shown import Shown
from fintech_pipeline.sentiment.article_series import article_series
from fintech_pipeline.signals.signal_series import Drawn, reading_series
from fintech_pipeline.signals.strategy_reading import models_of

router = APIRouter(tags=["sentiment"])


class ArticlesDrawn(Shown):
    """Scored articles as columns of one length, as they became known; texts are as published."""

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
    stands_in_for: list[str | None] = Field(description="The model that could not be asked.")
    left_out: int = Field(description="How many less relevant ones are not drawn.")
    without_score: int = Field(description="How many articles of the span have no score.")


class ReadingsDrawn(Shown):
    """What each slot's signal saw in the news, as columns of one length."""

    slot_at: list[datetime]
    value: list[float | None] = Field(description="In [-1, 1]; null without a scored article.")
    articles: list[int]
    stories: list[int]
    left_out: int = Field(description="How many slots of the span are not drawn.")


class SentimentDrawn(Shown):
    """The sentiment of a symbol over a span."""

    symbol: str
    strategy: str = Field(description="Whose signals read the news.")
    articles: ArticlesDrawn
    readings: ReadingsDrawn


@router.get("/instruments/{symbol}/sentiment", responses=SENTIMENT | documented(404))
async def read_sentiment(
    symbol: Symbol,
    given: Given,
    between: Between,
    strategy: StrategyNamed = None,
    points: Points = 500,
    first: AsFirstMade = False,
) -> SentimentDrawn:
    """The most relevant scored articles as points, and the aggregated reading of each slot."""

    def read(connection: sa.Connection) -> SentimentDrawn:
        known = instrument_named(connection, symbol).symbol
        judge = judge_named(connection, given.strategies, strategy)
        models = models_of(connection, judge.label)
        start, end = between.start, between.end
        articles = article_series(connection, known, start, end, points, models)
        readings = reading_series(connection, Drawn(judge, known, start, end, points, first))
        return SentimentDrawn(
            symbol=known,
            strategy=judge.label,
            articles=ArticlesDrawn.model_validate(articles, from_attributes=True),
            readings=ReadingsDrawn.model_validate(readings, from_attributes=True),
        )

    return await given.reads.of(read)
