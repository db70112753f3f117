"""Articles and stories: each item once, whoever brings it, and any text whole."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from fintech_pipeline.clock import KnownBy, Sighting, Window
from fintech_pipeline.errors import StorageError
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.article_store import ArticleStore, RecentArticle, ToldArticle
from fintech_pipeline.news.articles import (
    MAX_HEADLINE,
    MAX_SUMMARY,
    RawArticle,
    VendorSentiment,
    content_hash,
)
from fintech_pipeline.news.collection import FoundArticle, collect_news
from fintech_pipeline.news.matching import Match
from fintech_pipeline.news.provider import NewsAnswer
from fintech_pipeline.storage.database import Database, connect

PUBLISHED = datetime(2025, 5, 20, 14, 7, tzinfo=UTC)
OBSERVED = datetime(2025, 5, 20, 15, 2, tzinfo=UTC)
ALL_TIME = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
INSTRUMENTS = [Instrument("AAPL", "Apple Inc."), Instrument("KO", "The Coca-Cola Company")]
HOSTILE = [
    'Apple\'s "quote"; DROP TABLE fintech.articles; --',
    "Apple \\ backslash \\' %s %(x)s :y {z} $1 \\x00",
    "Apple 🚀👩‍👩‍👧‍👦 \u202emirrored 日本語 ﷽",
    "Apple <script>alert(1)</script> &amp; 'NULL'",
]


@pytest.fixture
def store(database: Database) -> ArticleStore:
    InstrumentStore(database).seed(INSTRUMENTS)
    return ArticleStore(database)


def found(
    number: int,
    headline: str = "",
    provider: str = "wire",
    symbols: Sequence[str] = ("AAPL",),
    **changes: Any,
) -> FoundArticle:
    at = PUBLISHED + number * timedelta(minutes=1)
    title = headline or f"Apple does thing number {number}"
    article = RawArticle(f"id-{number}", title, "", "The Ledger", "https://x.invalid", at)
    article = replace(article, **changes)
    matches = tuple(Match(symbol, 1.0, "a test") for symbol in symbols)
    known_by = KnownBy.BACKFILL
    return FoundArticle(article, provider, content_hash(article), matches, OBSERVED, at, known_by)


def founding(item: FoundArticle) -> ToldArticle:
    return ToldArticle(item, item.key)


def write(store: ArticleStore, *items: FoundArticle) -> list[FoundArticle]:
    """Stores those that are new, each as a story of its own."""
    with store.database.transaction() as connection:
        fresh = store.unknown(connection, items)
        store.write(connection, [founding(item) for item in fresh])
    return fresh


def recent(store: ArticleStore, window: Window = ALL_TIME) -> list[RecentArticle]:
    with store.database.transaction() as connection:
        return store.recent(connection, window)


def rows(store: ArticleStore, table: str) -> list[dict[str, Any]]:
    with store.database.transaction() as connection:
        query = sa.text(f"SELECT * FROM fintech.{table} ORDER BY 1, 2")  # noqa: S608  # constants
        return [dict(row) for row in connection.execute(query).mappings()]


def test_writing_twice_equals_writing_once(store: ArticleStore) -> None:
    items = [found(n) for n in range(3)]
    assert write(store, *items) == items
    once = rows(store, "articles")
    assert write(store, *items, found(9)) == [found(9)]
    assert rows(store, "articles")[:3] == once
    assert len(rows(store, "stories")) == 4


def test_the_same_item_of_two_providers_is_stored_once(store: ArticleStore) -> None:
    write(store, found(1, "Apple rises"))
    same = found(1, "APPLE, rises!", "other", provider_id="elsewhere")
    assert same.content_hash == found(1, "Apple rises").content_hash
    assert write(store, same) == []
    assert [row["provider"] for row in rows(store, "articles")] == ["wire"]


def test_an_item_whose_provider_edits_its_headline_is_not_stored_again(
    store: ArticleStore,
) -> None:
    write(store, found(1, "Apple rises"))
    assert write(store, found(1, "Apple rises, then falls")) == []
    # The same id under another provider is another item.
    assert len(write(store, found(1, "Apple sleeps", "other"))) == 1


def test_one_answer_that_repeats_an_id_stores_the_first(store: ArticleStore) -> None:
    assert write(store, found(1, "Apple rises"), found(1, "Apple falls")) == [
        found(1, "Apple rises")
    ]


def test_ids_follow_the_given_order_and_stay(store: ArticleStore) -> None:
    write(store, found(5), found(2), found(8))
    ids = {a.headline[-1]: a.article_id for a in recent(store)}
    assert ids["5"] < ids["2"] < ids["8"]
    write(store, *(found(n) for n in range(10)))
    after = {a.headline[-1]: a.article_id for a in recent(store)}
    assert {key: after[key] for key in ids} == ids


def test_a_story_is_founded_once_and_joined_by_key_or_id(store: ArticleStore) -> None:
    first, second, third = found(1), found(2), found(3, symbols=("KO", "AAPL"))
    with store.database.transaction() as connection:
        store.write(connection, [founding(first), ToldArticle(second, first.key), founding(third)])
    one, two, other = recent(store)
    assert one.story_id == two.story_id != other.story_id
    with store.database.transaction() as connection:
        store.write(connection, [ToldArticle(found(4), other.story_id)])
    assert recent(store)[-1].story_id == other.story_id
    stories = rows(store, "stories")
    assert [(s["headline"], s["first_known_at"]) for s in stories] == [
        (first.article.headline, first.known_at),
        (third.article.headline, third.known_at),
    ]
    assert other.symbols == {"AAPL", "KO"}


def test_recent_includes_both_ends_and_stands_by_known_at(store: ArticleStore) -> None:
    write(store, found(4), found(1), found(3), found(2))
    window = Window(PUBLISHED + timedelta(minutes=2), PUBLISHED + timedelta(minutes=3))
    assert [a.headline[-1] for a in recent(store, window)] == ["2", "3"]
    assert [a.headline[-1] for a in recent(store)] == ["1", "2", "3", "4"]


def test_summaries_are_found_by_id(store: ArticleStore) -> None:
    write(store, found(1), found(2))
    one, two = (a.article_id for a in recent(store))
    summaries = store.summaries([two, one, 999])
    assert set(summaries) == {one, two}
    assert summaries[one].headline == "Apple does thing number 1"
    assert store.summaries([]) == {}


def test_a_vendors_own_scores_are_kept_once_beside_the_articles_they_are_of(
    store: ArticleStore,
) -> None:
    write(store, found(1), found(2, provider="other"))
    told = [
        VendorSentiment("id-1", "AAPL", 0.3, "Somewhat-Bullish", 0.9),
        VendorSentiment("id-1", "KO", 0.1, "Neutral", 0.2),
        VendorSentiment("id-2", "AAPL", -0.5, "Bearish", 0.8),
    ]
    again = [replace(told[0], score=0.4)]
    with store.database.transaction() as connection:
        for some in (told, again, []):
            store.keep_sentiments(connection, "wire", some, OBSERVED)
    [row] = rows(store, "vendor_sentiments")
    assert (row["symbol"], row["score"], row["label"]) == ("AAPL", 0.3, "Somewhat-Bullish"), (
        "Coca-Cola is not in it, and the second article is another provider's"
    )


def test_nothing_new_is_no_error(store: ArticleStore) -> None:
    assert write(store) == []


def test_an_article_about_no_instrument_of_ours_is_refused_whole(store: ArticleStore) -> None:
    with pytest.raises(StorageError, match="foreign key"):
        write(store, found(1), found(2, symbols=("NOPE",)))
    assert rows(store, "articles") == rows(store, "stories") == []


def test_two_writers_of_the_same_news_at_once_store_each_item_once(store: ArticleStore) -> None:
    # A tick asks yesterday's news again while a backfill works on yesterday.
    writers = [connect(store.database.url) for _ in range(3)]
    barrier = Barrier(3)
    items = [found(n) for n in range(200)]

    def collect(database: Database) -> int:
        barrier.wait()
        return len(write(ArticleStore(database), *items))

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(collect, writers)) == 200
    for writer in writers:
        writer.close()
    assert len(rows(store, "articles")) == len(rows(store, "stories")) == 200


@dataclass(frozen=True)
class Wire:
    """A provider that gives what a test hands it."""

    given: list[RawArticle]
    name: str = "wire"
    simulated: bool = False
    usual_delay: timedelta = timedelta(0)

    def articles(self, _instruments: Sequence[Instrument], _window: Window) -> NewsAnswer:
        return NewsAnswer(self.given)


def test_any_text_goes_in_and_comes_out_as_it_was(store: ArticleStore) -> None:
    long = "Apple " + "🚀é'\\" * 25_000
    items = [found(n, text, summary=text) for n, text in enumerate([*HOSTILE, long])]
    write(store, *items)
    stored = rows(store, "articles")
    assert [row["headline"] for row in stored] == [*HOSTILE, long]
    assert [row["summary"] for row in stored] == [*HOSTILE, long]
    assert write(store, *items) == []


def test_what_a_provider_must_not_send_is_cleaned_and_the_rest_is_kept(
    store: ArticleStore,
) -> None:
    nasty = "\x00\x1b[31m\ud83d\u202e"
    articles = [
        RawArticle(f"good-{n}", f"Apple does thing {n}", "", "The Ledger", "", PUBLISHED)
        for n in range(2)
    ]
    articles += [
        RawArticle(
            f"bad{nasty}id",
            f"Apple{nasty}falls",
            f"It{nasty}fell",
            f"The{nasty}Ledger",
            f"https://x.invalid/{nasty}",
            PUBLISHED,
            frozenset({f"AAPL{nasty}"}),
        ),
        RawArticle(
            "i" * 100_000,
            "Apple " + "x" * 100_000,
            "y" * 100_000,
            "o" * 9_999,
            "u" * 9_999,
            PUBLISHED,
        ),
        RawArticle("empty", "\x00 \u202e", "Apple", "The Ledger", "", PUBLISHED),
    ]

    def sighting(usual_delay: timedelta) -> Sighting:
        return Sighting(OBSERVED, False, usual_delay)

    for _ in range(2):
        news = collect_news([Wire(articles)], INSTRUMENTS, ALL_TIME, sighting)
        assert len(news.found) == 4
        write(store, *news.found)
    stored = {row["headline"][:7]: row for row in rows(store, "articles")}
    assert len(rows(store, "articles")) == 4
    bad, huge = stored["Apple ["], stored["Apple x"]
    assert bad["summary"] == "It [31m fell"
    assert bad["outlet"] == "The [31m Ledger"
    assert (len(huge["headline"]), len(huge["summary"])) == (MAX_HEADLINE, MAX_SUMMARY)


def test_two_long_ids_that_begin_alike_are_two_items(store: ArticleStore) -> None:
    noise = os.urandom(5_000).hex()  # which no index can compress
    articles = [
        RawArticle(noise + end, f"Apple does thing {end}", "", "o", "", PUBLISHED) for end in "ab"
    ]
    news = collect_news(
        [Wire(articles)],
        INSTRUMENTS,
        ALL_TIME,
        lambda usual_delay: Sighting(OBSERVED, False, usual_delay),
    )
    assert len(write(store, *news.found)) == 2
