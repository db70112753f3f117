"""Articles: what was published of whom, what was said of it, and why not."""

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query

from fintech_pipeline.api.examples import shown
from fintech_pipeline.api.overview import done_after
from fintech_pipeline.api.paging import Cursor, Limit, Page, before_of, microseconds, page_of
from fintech_pipeline.api.parameters import TEXT, FromAt, Instant, ToAt, past_slot, require_order
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given, Services
from fintech_pipeline.market.watchlist import symbol_of
from fintech_pipeline.sentiment.article_reading import (
    ArticleFilter,
    ArticleTold,
    article_told,
    articles_told,
)
from fintech_pipeline.sentiment.counted import AsOf
from fintech_pipeline.sentiment.verdicts import AllVerdicts, all_verdicts

router = APIRouter(tags=["articles"])
LAST_ID = 2**63 - 1
Id = Annotated[int, Path(ge=1, le=LAST_ID, description="As in a list.", examples=[4711])]
ForSymbol = Annotated[
    str | None,
    Query(max_length=40, pattern=TEXT, description="Whom it concerns.", examples=["AAPL"]),
]
Named = Annotated[str | None, Query(max_length=200, pattern=TEXT)]
Words = Annotated[
    str | None,
    Query(
        max_length=200,
        pattern=TEXT,
        description='Words of the headline; `"in a row"`, `or` and `-not` work as in a web search.',
        examples=["apple -lawsuit"],
    ),
]
Scored = Annotated[
    bool | None,
    Query(
        description="`true`: every symbol of the article (or the one asked for) has a score; "
        "`false`: one has none."
    ),
]
At = Annotated[
    Instant | None,
    Query(
        description="As it was known at this past slot, and judged once its tick was done; an"
        " instant between two slots means the one before. Left out: now.",
        examples=["2026-03-02T14:30:00Z"],
    ),
]
APPLE: dict[str, Any] = {
    "article_id": 4711,
    "story_id": 1200,
    "headline": "Apple beats estimates",
    "summary": "Sales rose 9%.",
    "outlet": "The Ledger",
    "url": "https://ledger.example/apple",
    "provider": "newsapi",
    "published_at": "2026-03-02T14:31:00Z",
    "observed_at": "2026-03-02T14:32:05Z",
    "known_at": "2026-03-02T14:32:05Z",
    "known_by": "live",
    "symbols": [
        {
            "symbol": "AAPL",
            "relevance": 1.0,
            "matched_by": "Apple in the headline",
            "sentiment": {
                "score": 0.61,
                "label": "positive",
                "confidence": 0.8,
                "reason": '"beats estimates" is good',
                "model_version": "local-1",
                "answered_by": "local-1",
                "scored_at": "2026-03-02T14:32:09Z",
                "tokens": 0,
                "cost_usd": "0",
                "same_as": None,
                "stands_in": {
                    "preferred_version": "gemini-1",
                    "reason": "gemini: the day's budget is spent.",
                },
            },
            "unscored": None,
        }
    ],
}

WHOLE = {
    "article": APPLE,
    "verdicts": [
        {
            "symbol": "AAPL",
            "model_version": "local-1",
            "score": 0.61,
            "label": "positive",
            "confidence": 0.8,
            "reason": '"beats estimates" is good',
            "judged_at": "2026-03-02T14:32:09Z",
        }
    ],
    "vendor": [],
}


@router.get("/articles", responses={**documented(400), **shown({"items": [APPLE], "next": None})})
async def list_articles(
    given: Given,
    symbol: ForSymbol = None,
    provider: Named = None,
    outlet: Named = None,
    story: Annotated[int | None, Query(ge=1, le=LAST_ID, description="The story's id.")] = None,
    q: Words = None,
    since: FromAt = None,
    until: ToAt = None,
    scored: Scored = None,
    at: At = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ArticleTold]:
    """Articles, the newest known first; `from` and `to` look at `known_at`.

    Each symbol has the score that counts in signals, with who gave it and in whose place, or says
    why it has none. With `at` it is as it was then: no article and no score that came later.
    """
    require_order(since, until)
    asked = ArticleFilter(
        None if symbol is None else symbol_of(symbol),
        provider,
        outlet,
        story,
        q,
        since,
        until,
        scored,
        before_of(cursor),
        as_of(given, at),
    )
    found = await given.reads.of(
        lambda connection: articles_told(connection, given.model_versions, asked, limit + 1)
    )
    return page_of(found, limit, key=article_key)


def as_of(given: Services, at: datetime | None) -> AsOf | None:
    """The past that somebody asks for; None: now.

    Raises:
        Refusal: 422, it lies in the future, or before all that can be stored.
    """
    if at is None:
        return None
    slot = past_slot(at, given.clock())
    return AsOf(slot, slot + done_after(given.settings.minutes_after_slot))


@router.get("/articles/{article_id}", responses={**documented(404), **shown(WHOLE)})
async def read_article(article_id: Id, given: Given) -> AllVerdicts:
    """One article, with what every model ever said of it."""

    def read(connection: sa.Connection) -> AllVerdicts | None:
        article = article_told(connection, given.model_versions, article_id)
        return None if article is None else all_verdicts(connection, article)

    found = await given.reads.of(read)
    if found is None:
        raise Refusal(404, "No article of that id is stored; see GET /api/v1/articles.")
    return found


def article_key(article: ArticleTold) -> tuple[int, int]:
    """Where in the list an article stands."""
    return microseconds(article.known_at), article.article_id
