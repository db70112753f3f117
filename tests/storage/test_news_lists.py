"""Lists of articles, stories and calls read a page of an index, however much is stored."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.quota.call_reading import day_costs, newest_calls
from fintech_pipeline.quota.tables import State
from fintech_pipeline.sentiment.article_reading import ArticleFilter, articles_told
from fintech_pipeline.sentiment.story_reading import StoryFilter, stories_told
from fintech_pipeline.storage.database import Database, connect
from fintech_pipeline.storage.embedded import EmbeddedServer

MODELS = ("gemini-1", "local-1")
MIDDLE = datetime(2025, 1, 5, tzinfo=UTC)
MANY = """
    INSERT INTO fintech.stories (headline, first_known_at)
    SELECT 'Story ' || n, timestamptz '2025-01-01Z' + n * interval '1 minute'
    FROM generate_series(1, 10000) AS n;
    INSERT INTO fintech.articles (provider, provider_id, content_hash, headline, summary, outlet,
        url, story_id, published_at, observed_at, known_at, known_by)
    SELECT 'wire', n, n, 'Word' || n % 1000 || ' and more', '', 'Outlet ' || n % 100, '',
        1 + n / 2, known_at, known_at, known_at, 'live'
    FROM generate_series(1, 19999) AS n,
        LATERAL (SELECT timestamptz '2025-01-01Z' + n * interval '30 seconds' AS known_at) AS t;
    INSERT INTO fintech.article_symbols
    SELECT id, 'S' || id % 20, 1, 'a test' FROM fintech.articles;
    INSERT INTO fintech.sentiment_scores
        (article_id, symbol, model_version, score, label, confidence, reason, scored_at)
    SELECT article_id, symbol, 'local-1', 0.5, 'positive', 1, '', now()
    FROM fintech.article_symbols WHERE article_id % 10 > 0;
    INSERT INTO fintech.provider_calls
        (provider, purpose, symbols, cost, granted_at, state, asked_by, cost_usd)
    SELECT 'vendor' || n % 20, 'bars', '{}', 1, timestamptz '2025-01-01Z' + n * interval '1 minute',
        CASE n % 50 WHEN 0 THEN 'refused' ELSE 'made' END, '', 0.01
    FROM generate_series(1, 20000) AS n;
"""
Reads = Callable[[sa.Connection], Any]


@pytest.fixture(scope="module")
def stored(server: EmbeddedServer, migrated_template: str) -> Iterator[Database]:
    """Twenty thousand articles, ten thousand stories and twenty thousand calls."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE news_lists TEMPLATE {migrated_template}")
    database = connect(server.url("news_lists"))
    InstrumentStore(database).seed([Instrument(f"S{n}", f"Company {n}") for n in range(20)])
    with database.transaction() as connection:
        connection.execute(sa.text(MANY))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))
    yield database
    database.close()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("DROP DATABASE news_lists WITH (FORCE)")


def plan(database: Database, read: Reads) -> str:
    """How Postgres comes to what the function reads, each step with the rows it touched."""
    with database.transaction() as connection, _explaining(connection) as told:
        read(connection)
    return "\n".join(told)


@contextmanager
def _explaining(connection: sa.Connection) -> Iterator[list[str]]:
    told: list[str] = []

    def explain(one: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        with one.connection.cursor() as other:
            other.execute(f"EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) {statement}", values)
            told.extend(row[0] for row in other.fetchall())

    sa.event.listen(connection, "before_cursor_execute", explain)
    yield told


def articles(**asked: Any) -> Reads:
    return lambda connection: articles_told(connection, MODELS, ArticleFilter(**asked), 51)


def stories(**asked: Any) -> Reads:
    return lambda connection: stories_told(connection, MODELS, StoryFilter(**asked), 51)


LISTS: dict[str, tuple[Reads, str]] = {
    "articles": (articles(), "ix_articles_known_at_id"),
    "articles of a later page": (articles(before=(MIDDLE, 9000)), "ix_articles_known_at_id"),
    "articles without a score": (articles(scored=False), "ix_articles_known_at_id"),
    "articles of an outlet": (articles(outlet="Outlet 7"), "ix_articles_outlet_known_at_id"),
    "articles of some words": (articles(words="word77"), "ix_articles_words"),
    "articles of a story": (articles(story_id=77), "ix_articles_story_id"),
    "articles of a symbol": (articles(symbol="S3"), "article_symbols"),
    "stories": (stories(), "ix_stories_first_known_at_id"),
    "stories of a later page": (stories(before=(MIDDLE, 4000)), "ix_stories_first_known_at_id"),
    "calls": (lambda c: newest_calls(c, None, None, None, 51), "pk_provider_calls"),
    "calls of who is asked seldom": (
        lambda c: newest_calls(c, "seldom", None, 9000, 51),
        "ix_provider_calls_provider_id",
    ),
    "calls that have not ended": (
        lambda c: newest_calls(c, None, State.GRANTED, None, 51),
        "ix_provider_calls_state_id",
    ),
    "costs of a day": (
        lambda c: day_costs(c, date(2025, 1, 3), date(2025, 1, 3)),
        "ix_provider_calls_granted_at",
    ),
}


@pytest.mark.parametrize(("read", "index"), LISTS.values(), ids=LISTS)
def test_a_list_reads_its_index_and_no_whole_table(
    stored: Database, read: Reads, index: str
) -> None:
    told = plan(stored, read)
    assert index in told
    for table in ("articles", "stories", "article_symbols", "sentiment_scores", "provider_calls"):
        assert f"Seq Scan on {table}" not in told, told


def test_what_is_read_is_what_is_stored(stored: Database) -> None:
    with stored.transaction() as connection:
        newest = articles(symbol="S3")(connection)
        unscored = articles(scored=False, words="word10 more")(connection)
        (first, *_) = stories()(connection)
    assert [one.article_id for one in newest] == [19983 - 20 * n for n in range(51)]
    assert [one.article_id for one in unscored] == [19010 - 1000 * n for n in range(20)]
    assert (first.story_id, first.articles, len(first.symbols)) == (10000, 2, 2)
