"""Stored stories as a person reads them: who told them, whom they concern, what was said."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.news.article_store import article_symbols, articles, stories
from fintech_pipeline.news.stories import same_outlet
from fintech_pipeline.sentiment.counted import AsOf, Said, counted_score


@dataclass(frozen=True, slots=True)
class StorySymbol:
    """A symbol that a story concerns.

    Attributes:
        symbol: Our identifier.
        articles: How many of the story's articles concern it.
        scored: How many of them have a score.
        mean_score: The mean of these scores, in [-1, 1]; None where there is none.
    """

    symbol: str
    articles: int
    scored: int
    mean_score: float | None


@dataclass(frozen=True, slots=True)
class StoryTold:
    """A story.

    Attributes:
        story_id: Ours.
        headline: Its first article's, untrusted text.
        first_known_at: From when its first article may be used (UTC).
        last_known_at: From when its last one may be used (UTC).
        articles: How many tell it.
        outlets: Who told it, each once.
        symbols: Whom it concerns, who is in most of its articles first.
    """

    story_id: int
    headline: str
    first_known_at: datetime
    last_known_at: datetime
    articles: int
    outlets: tuple[str, ...]
    symbols: tuple[StorySymbol, ...]


@dataclass(frozen=True, slots=True)
class StoryFilter:
    """Which stories are looked for; what is None does not matter.

    Attributes:
        symbol: Whom they concern.
        since: First known then (UTC) or later.
        until: First known before (UTC).
        before: The first_known_at and the id of the one that they come after in the list.
        as_of: The past that is told: nothing counts that was told or said later.
    """

    symbol: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, int] | None = None
    as_of: AsOf | None = None


def stories_told(
    connection: sa.Connection, models: Sequence[str], asked: StoryFilter, most: int
) -> list[StoryTold]:
    """The stories, the newest first.

    Args:
        connection: Any that reads.
        models: The versions of the chain of models, the preferred first.
        asked: Which.
        most: How many at the most.
    """
    query = sa.select(stories).where(*_conditions(asked))
    newest = query.order_by(stories.c.first_known_at.desc(), stories.c.id.desc()).limit(most)
    return list(_told(connection, newest, models, asked.as_of))


def story_told(connection: sa.Connection, models: Sequence[str], story_id: int) -> StoryTold | None:
    """The story of that id; None where there is none."""
    query = sa.select(stories).where(stories.c.id == story_id)
    return next(_told(connection, query, models, None), None)


def _conditions(asked: StoryFilter) -> list[sa.ColumnElement[bool]]:
    of, wanted = stories.c, list[sa.ColumnElement[bool]]()
    if asked.symbol is not None:
        concerned = (
            sa.select(articles.c.id)
            .join(article_symbols, article_symbols.c.article_id == articles.c.id)
            .where(
                articles.c.story_id == of.id,
                article_symbols.c.symbol == asked.symbol,
                _known(asked.as_of),
            )
        )
        wanted.append(concerned.exists())
    if asked.since is not None:
        wanted.append(of.first_known_at >= asked.since)
    if asked.until is not None:
        wanted.append(of.first_known_at < asked.until)
    if asked.as_of is not None:
        wanted.append(of.first_known_at <= asked.as_of.known_at)
    if asked.before is not None:
        place = sa.tuple_(*map(sa.literal, asked.before))
        wanted.append(sa.tuple_(of.first_known_at, of.id) < place)
    return wanted


def _known(as_of: AsOf | None) -> sa.ColumnElement[bool]:
    """Whether an article was known by then."""
    return sa.true() if as_of is None else articles.c.known_at <= as_of.known_at


def _told(
    connection: sa.Connection,
    page: sa.Select[Any],
    models: Sequence[str],
    as_of: AsOf | None,
) -> Iterator[StoryTold]:
    found = page.cte("page")
    telling = _tellings(found, as_of)
    symbol = _symbols(found, models, as_of)
    query = (
        sa.select(found, telling, symbol)
        .select_from(
            found.join(telling, telling.c.told_id == found.c.id).outerjoin(
                symbol, symbol.c.judged_id == found.c.id
            )
        )
        .order_by(
            found.c.first_known_at.desc(),
            found.c.id.desc(),
            symbol.c.concerning.desc(),
            symbol.c.symbol,
        )
    )
    for _, rows in groupby(connection.execute(query), key=lambda row: row.id):
        yield _story(list(rows))


def _tellings(found: sa.CTE, as_of: AsOf | None) -> sa.CTE:
    """How many tell each story, until when, and who."""
    return (
        sa.select(
            found.c.id.label("told_id"),
            sa.func.count().label("telling"),
            sa.func.max(articles.c.known_at).label("last_known_at"),
            sa.func.array_agg(articles.c.outlet.distinct()).label("outlets"),
        )
        .join_from(found, articles, articles.c.story_id == found.c.id)
        .where(_known(as_of))
        .group_by(found.c.id)
        .cte("telling")
    )


def _symbols(found: sa.CTE, models: Sequence[str], as_of: AsOf | None) -> sa.CTE:
    """Whom each story concerns, and what was said of it."""
    link = article_symbols
    said = Said(as_of, articles.c.known_by)
    score = counted_score(link.c.article_id, link.c.symbol, models, said).lateral("score")
    return (
        sa.select(
            found.c.id.label("judged_id"),
            link.c.symbol,
            sa.func.count().label("concerning"),
            sa.func.count(score.c.score).label("scored"),
            sa.func.avg(score.c.score).label("mean_score"),
        )
        .select_from(
            found.join(articles, articles.c.story_id == found.c.id)
            .join(link, link.c.article_id == articles.c.id)
            .outerjoin(score, sa.true())
        )
        .where(_known(as_of))
        .group_by(found.c.id, link.c.symbol)
        .cte("judged")
    )


def _story(rows: Sequence[sa.Row[Any]]) -> StoryTold:
    one = rows[0]
    return StoryTold(
        one.id,
        one.headline,
        one.first_known_at,
        one.last_known_at,
        one.telling,
        _each_once(one.outlets),
        tuple(
            StorySymbol(row.symbol, row.concerning, row.scored, row.mean_score)
            for row in rows
            if row.symbol is not None
        ),
    )


def _each_once(outlets: Iterable[str]) -> tuple[str, ...]:
    """The outlets in the shortest of their spellings: `www.` and case make no other one."""
    spellings: dict[str, str] = {}
    for outlet in sorted(outlets, key=lambda name: (len(name), name)):
        spellings.setdefault(same_outlet(outlet), outlet)
    return tuple(sorted(spellings.values(), key=str.casefold))
