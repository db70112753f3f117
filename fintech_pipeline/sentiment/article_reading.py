"""Stored articles as a person reads them: whom they concern, and what was said of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.news.article_store import article_symbols, articles
from fintech_pipeline.news.links import web_link
from fintech_pipeline.quota.money import exact
from fintech_pipeline.sentiment.counted import TOLD, AsOf, Said, counted_failure, counted_score
from fintech_pipeline.sentiment.provenance import StandIn

NOT_ASKED = "No model was asked yet."
WORDS = sa.func.to_tsvector(sa.text("'simple'::regconfig"), articles.c.headline)
"""What a search looks at; an index has it."""


@dataclass(frozen=True, slots=True)
class SentimentTold:
    """A score with what stands behind it.

    Attributes:
        score: In [-1, 1]; 0 is a verdict.
        label: Its class.
        confidence: In [0, 1].
        reason: The model's, a short phrase.
        model_version: Who said it.
        answered_by: What the vendor says answered.
        scored_at: When (UTC).
        tokens: Its part of what was paid for.
        cost_usd: Its part of the cost, every digit.
        same_as: The article that was asked in this one's place, which retells it.
        stands_in: For whom it was said, and why; None: the model was the preferred one.
    """

    score: float
    label: str
    confidence: float
    reason: str
    model_version: str
    answered_by: str
    scored_at: datetime
    tokens: int
    cost_usd: str
    same_as: int | None
    stands_in: StandIn | None


@dataclass(frozen=True, slots=True)
class SymbolTold:
    """A symbol that an article concerns.

    Attributes:
        symbol: Our identifier.
        relevance: How much the article is about it, in (0, 1].
        matched_by: What of the article named it.
        sentiment: The score that counts; None where there is none.
        unscored: Why there is none; None where there is one.
    """

    symbol: str
    relevance: float
    matched_by: str
    sentiment: SentimentTold | None
    unscored: str | None


@dataclass(frozen=True, slots=True)
class ArticleTold:
    """An article; its texts are others' words, markup in them is text.

    Attributes:
        article_id: Ours.
        story_id: The story it tells.
        headline: Its title.
        summary: Its teaser, may be empty.
        outlet: Who published it.
        url: Where it stands, where that is an address of the web; else None.
        provider: Who brought it.
        published_at: The vendor's time (UTC).
        observed_at: When we learned of it (UTC).
        known_at: From when it may be used (UTC).
        known_by: `live` or `backfill`.
        symbols: Whom it concerns, the most relevant first.
    """

    article_id: int
    story_id: int
    headline: str
    summary: str
    outlet: str
    url: str | None
    provider: str
    published_at: datetime
    observed_at: datetime
    known_at: datetime
    known_by: str
    symbols: tuple[SymbolTold, ...]


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles are looked for; what is None does not matter.

    Attributes:
        symbol: Whom they concern.
        provider: Who brought them.
        outlet: Who published them, as articles have it.
        story_id: The story they tell.
        words: What their headlines hold, as people type it into a search.
        since: Known then (UTC) or later.
        until: Known before (UTC).
        scored: Whether the symbol, or every symbol, has a score.
        before: The known_at and the id of the one that they come after in the list.
        as_of: The past that is told: no article and no score that came later.
    """

    symbol: str | None = None
    provider: str | None = None
    outlet: str | None = None
    story_id: int | None = None
    words: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    scored: bool | None = None
    before: tuple[datetime, int] | None = None
    as_of: AsOf | None = None


def articles_told(
    connection: sa.Connection, models: Sequence[str], asked: ArticleFilter, most: int
) -> list[ArticleTold]:
    """The articles, the newest known first.

    Args:
        connection: Any that reads.
        models: The versions of the chain of models, the preferred first.
        asked: Which.
        most: How many at the most.
    """
    query = sa.select(articles).where(*_conditions(asked, models))
    newest = query.order_by(articles.c.known_at.desc(), articles.c.id.desc()).limit(most)
    return list(_told(connection, newest, models, asked.as_of))


def article_told(
    connection: sa.Connection, models: Sequence[str], article_id: int
) -> ArticleTold | None:
    """The article of that id; None where there is none."""
    query = sa.select(articles).where(articles.c.id == article_id)
    return next(_told(connection, query, models, None), None)


def _conditions(asked: ArticleFilter, models: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    of, wanted = articles.c, []
    equal = (
        (of.provider, asked.provider),
        (of.outlet, asked.outlet),
        (of.story_id, asked.story_id),
    )
    wanted += [column == value for column, value in equal if value is not None]
    if asked.symbol is not None:
        wanted.append(_concerned(asked.symbol).exists())
    if asked.words is not None:
        plain = sa.text("'simple'::regconfig")
        wanted.append(WORDS.bool_op("@@")(sa.func.websearch_to_tsquery(plain, asked.words)))
    if asked.since is not None:
        wanted.append(of.known_at >= asked.since)
    if asked.until is not None:
        wanted.append(of.known_at < asked.until)
    if asked.as_of is not None:
        wanted.append(of.known_at <= asked.as_of.known_at)
    if asked.scored is not None:
        lacking = _lacking(asked, models)
        wanted.append(~lacking if asked.scored else lacking)
    if asked.before is not None:
        wanted.append(sa.tuple_(of.known_at, of.id) < sa.tuple_(*map(sa.literal, asked.before)))
    return wanted


def _concerned(symbol: str | None) -> sa.Select[Any]:
    """The article's symbols, or only this one."""
    query = sa.select(article_symbols.c.symbol).where(article_symbols.c.article_id == articles.c.id)
    return query if symbol is None else query.where(article_symbols.c.symbol == symbol)


def _lacking(asked: ArticleFilter, models: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether the symbol, or any of the article's, has no score that counts."""
    said = Said(asked.as_of, articles.c.known_by)
    score = counted_score(article_symbols.c.article_id, article_symbols.c.symbol, models, said)
    unjudged = ~score.correlate(article_symbols, *said.around).exists()
    lacking = _concerned(asked.symbol).where(unjudged)
    return lacking.correlate(articles).exists()


def _told(
    connection: sa.Connection,
    page: sa.Select[Any],
    models: Sequence[str],
    as_of: AsOf | None,
) -> Iterator[ArticleTold]:
    found, link = page.cte("page"), article_symbols
    said, text = Said(as_of, found.c.known_by), (link.c.article_id, link.c.symbol)
    score = counted_score(*text, models, said).lateral("score")
    failure = counted_failure(*text, models, said).lateral("failure")
    query = (
        sa.select(
            found,
            link.c.symbol,
            link.c.relevance,
            link.c.matched_by,
            *(score.c[name].label(f"score_{name}") for name in (*TOLD, "preferred_version", "why")),
            failure.c.reason.label("failure"),
        )
        .select_from(
            found.outerjoin(link, link.c.article_id == found.c.id)
            .outerjoin(score, sa.true())
            .outerjoin(failure, sa.true())
        )
        .order_by(
            found.c.known_at.desc(), found.c.id.desc(), link.c.relevance.desc(), link.c.symbol
        )
    )
    for _, rows in groupby(connection.execute(query), key=lambda row: row.id):
        yield _article(list(rows))


def _article(rows: Sequence[sa.Row[Any]]) -> ArticleTold:
    one = rows[0]
    return ArticleTold(
        one.id,
        one.story_id,
        one.headline,
        one.summary,
        one.outlet,
        web_link(one.url),
        one.provider,
        one.published_at,
        one.observed_at,
        one.known_at,
        one.known_by,
        tuple(_symbol(row) for row in rows if row.symbol is not None),
    )


def _symbol(row: sa.Row[Any]) -> SymbolTold:
    sentiment = None if row.score_score is None else _sentiment(row)
    unscored = None if sentiment else row.failure or NOT_ASKED
    return SymbolTold(row.symbol, row.relevance, row.matched_by, sentiment, unscored)


def _sentiment(row: sa.Row[Any]) -> SentimentTold:
    preferred = row.score_preferred_version
    return SentimentTold(
        row.score_score,
        row.score_label,
        row.score_confidence,
        row.score_reason,
        row.score_model_version,
        row.score_answered_by or row.score_model_version,
        row.score_scored_at,
        row.score_tokens,
        exact(row.score_cost_usd),
        row.score_same_as,
        None if preferred is None else StandIn(preferred, row.score_why),
    )
