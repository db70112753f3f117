"""Stories: the events that several articles tell."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from fintech_pipeline.api.examples import shown
from fintech_pipeline.api.paging import Cursor, Limit, Page, before_of, microseconds, page_of
from fintech_pipeline.api.parameters import FromAt, ToAt, require_order
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.routes.articles import APPLE, At, ForSymbol, Id, article_key, as_of
from fintech_pipeline.api.services import Given
from fintech_pipeline.market.watchlist import symbol_of
from fintech_pipeline.sentiment.article_reading import ArticleFilter, ArticleTold, articles_told
from fintech_pipeline.sentiment.story_reading import (
    StoryFilter,
    StoryTold,
    stories_told,
    story_told,
)

router = APIRouter(tags=["stories"])
SHOWN = 100
"""How many articles come with their story; the next ones are asked for as articles."""
EXAMPLE: dict[str, Any] = {
    "story_id": 1200,
    "headline": "Apple beats estimates",
    "first_known_at": "2026-03-02T14:32:05Z",
    "last_known_at": "2026-03-02T16:02:11Z",
    "articles": 4,
    "outlets": ["The Ledger", "wire.example"],
    "symbols": [{"symbol": "AAPL", "articles": 4, "scored": 3, "mean_score": 0.52}],
}


class StoryWhole(BaseModel):
    """A story with its articles, the newest known first.

    Where `articles.next` is not null, it is the cursor for `GET /api/v1/articles?story=…`.
    """

    model_config = ConfigDict(frozen=True)

    story: StoryTold
    articles: Page[ArticleTold]


@router.get("/stories", responses={**documented(400), **shown({"items": [EXAMPLE], "next": None})})
async def list_stories(
    given: Given,
    symbol: ForSymbol = None,
    since: FromAt = None,
    until: ToAt = None,
    at: At = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[StoryTold]:
    """Stories, the newest first; `from` and `to` look at `first_known_at`.

    A symbol's mean is over the scores that count of the story's articles. With `at` it is as it
    was then: no article and no score counts that came later.
    """
    require_order(since, until)
    named = None if symbol is None else symbol_of(symbol)
    asked = StoryFilter(named, since, until, before_of(cursor), as_of(given, at))
    found = await given.reads.of(
        lambda connection: stories_told(connection, given.model_versions, asked, limit + 1)
    )
    return page_of(found, limit, key=lambda one: (microseconds(one.first_known_at), one.story_id))


@router.get(
    "/stories/{story_id}",
    responses={
        **documented(404),
        **shown({"story": EXAMPLE, "articles": {"items": [APPLE], "next": None}}),
    },
)
async def read_story(story_id: Id, given: Given) -> StoryWhole:
    """One story with the articles that tell it."""

    def read(connection: sa.Connection) -> tuple[StoryTold | None, Sequence[ArticleTold]]:
        models, asked = given.model_versions, ArticleFilter(story_id=story_id)
        story = story_told(connection, models, story_id)
        return story, articles_told(connection, models, asked, SHOWN + 1) if story else ()

    story, articles = await given.reads.of(read)
    if story is None:
        raise Refusal(404, "No story of that id is stored; see GET /api/v1/stories.")
    return StoryWhole(story=story, articles=page_of(articles, SHOWN, key=article_key))
