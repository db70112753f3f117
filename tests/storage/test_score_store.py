"""Scores and what got none: what is pending, and which model's word counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from fintech_pipeline.clock import KnownBy, Window
from fintech_pipeline.errors import Rationed, StorageError
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.article_store import ArticleStore, ToldArticle
from fintech_pipeline.news.articles import RawArticle, content_hash
from fintech_pipeline.news.collection import FoundArticle
from fintech_pipeline.news.matching import Match
from fintech_pipeline.sentiment.score_store import ScoreStore
from fintech_pipeline.sentiment.scores import Label, SentimentScore, Text, Unscored, Verdict
from fintech_pipeline.sentiment.scoring import Judged, Passed, Pending
from fintech_pipeline.storage.database import Database

FIRST = datetime(2025, 5, 20, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOW = datetime(2025, 6, 1, tzinfo=UTC)
ALL_TIME = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
GOOD = SentimentScore(0.5, Label.POSITIVE, 0.8, "it rose")
BAD = SentimentScore(-0.25, Label.NEGATIVE, 0.6, "it fell")
NEUTRAL = SentimentScore(0.0, Label.NEUTRAL, 1.0, "it stayed")
COLUMNS = [
    *("symbol", "article_id", "story_id", "outlet", "known_at", "relevance"),
    *("score", "confidence", "model_version", "scored_from"),
]


@pytest.fixture
def store(database: Database) -> ScoreStore:
    """Three articles a minute apart: of Apple, of both, of Coca-Cola."""
    InstrumentStore(database).seed(
        [
            Instrument("AAPL", "Apple Inc.", ("Apple", "iPhone maker")),
            Instrument("KO", "The Coca-Cola Company"),
        ]
    )
    articles = ArticleStore(database)
    with database.transaction() as connection:
        for number, symbols in enumerate((["AAPL"], ["AAPL", "KO"], ["KO"])):
            told = article(number, symbols)
            articles.write(connection, [ToldArticle(told, told.key)])
    return ScoreStore(database)


def article(
    number: int, symbols: Sequence[str], headline: str = "", text: str = ""
) -> FoundArticle:
    at = FIRST + number * MINUTE
    raw = RawArticle(f"id-{number}", headline or f"Headline {number}", text, "Ledger", "", at)
    matches = tuple(Match(symbol, 0.6, "a test") for symbol in symbols)
    return FoundArticle(raw, "wire", content_hash(raw), matches, NOW, at, KnownBy.BACKFILL)


def write(
    store: ScoreStore,
    texts: Sequence[Pending],
    verdicts: Sequence[Verdict],
    model: str = "lexicon-1",
) -> None:
    judged = [Judged(text, it, model) for text, it in zip(texts, verdicts, strict=True)]
    with store.database.transaction() as connection:
        store.write(connection, judged, model, NOW)


def pending(
    store: ScoreStore, model: str = "lexicon-1", window: Window = ALL_TIME
) -> list[tuple[str, str]]:
    asked = [one.text for one in store.pending(model, window)]
    return [(text.headline, text.symbol) for text in asked]


def scored(
    store: ScoreStore, *models: str, window: Window = ALL_TIME, symbols: Sequence[str] = ("AAPL",)
) -> list[tuple[str, float]]:
    table = store.scored(symbols, models or ("lexicon-1",), window)
    assert table.column_names == COLUMNS
    return [(row["symbol"], row["score"]) for row in table.to_pylist()]


def test_every_article_is_pending_once_for_each_symbol_with_its_names(store: ScoreStore) -> None:
    assert pending(store) == [
        ("Headline 0", "AAPL"),
        ("Headline 1", "AAPL"),
        ("Headline 1", "KO"),
        ("Headline 2", "KO"),
    ]
    (first, *_) = store.pending("lexicon-1", ALL_TIME)
    assert first.text.names == ("AAPL", "Apple Inc.", "Apple", "iPhone maker")


def test_what_is_scored_or_given_up_is_no_longer_pending_for_that_model(store: ScoreStore) -> None:
    texts = store.pending("lexicon-1", ALL_TIME)
    write(store, texts[:2], [GOOD, Unscored("no words")])
    assert pending(store) == [("Headline 1", "KO"), ("Headline 2", "KO")]
    assert len(pending(store, "gemini-2")) == 4


def test_an_unscored_text_is_not_a_neutral_score(store: ScoreStore) -> None:
    texts = store.pending("lexicon-1", ALL_TIME)
    write(store, texts[:2], [Unscored("no words"), NEUTRAL])
    assert scored(store) == [("AAPL", 0.0)]
    rows = store.database.arrow("SELECT reason, model_version, tried_at FROM fintech.unscored")
    assert rows.to_pylist() == [
        {"reason": "no words", "model_version": "lexicon-1", "tried_at": NOW}
    ]


def test_the_first_verdict_of_a_model_stays(store: ScoreStore) -> None:
    texts = store.pending("lexicon-1", ALL_TIME)
    write(store, texts[:1], [GOOD])
    write(store, texts[:1], [BAD])
    assert scored(store) == [("AAPL", 0.5)]


def test_the_preferred_model_s_word_counts_and_another_s_where_it_has_none(
    store: ScoreStore,
) -> None:
    texts = store.pending("lexicon-1", ALL_TIME)
    write(store, texts, [GOOD] * 4)
    write(store, texts[:1], [BAD], "gemini-2")
    assert scored(store, "gemini-2", "lexicon-1") == [("AAPL", -0.25), ("AAPL", 0.5)]
    assert scored(store, "lexicon-1", "gemini-2") == [("AAPL", 0.5), ("AAPL", 0.5)]
    assert scored(store, "gemini-2") == [("AAPL", -0.25)]
    assert scored(store, "another") == []


def test_scores_stand_by_symbol_and_known_at_with_what_weighs_them(store: ScoreStore) -> None:
    texts = store.pending("lexicon-1", ALL_TIME)
    write(store, texts[::-1], [BAD, BAD, GOOD, GOOD])
    rows = store.scored(["KO", "AAPL"], ["lexicon-1"], ALL_TIME).to_pylist()
    assert [(row["symbol"], row["known_at"]) for row in rows] == [
        ("AAPL", FIRST),
        ("AAPL", FIRST + MINUTE),
        ("KO", FIRST + MINUTE),
        ("KO", FIRST + 2 * MINUTE),
    ]
    assert {(row["relevance"], row["outlet"]) for row in rows} == {(0.6, "Ledger")}
    assert rows[1]["story_id"] == rows[2]["story_id"] != rows[0]["story_id"]
    assert [row["confidence"] for row in rows] == [0.8, 0.8, 0.6, 0.6]


def test_scores_of_a_window_include_both_its_ends(store: ScoreStore) -> None:
    write(store, store.pending("lexicon-1", ALL_TIME), [GOOD] * 4)
    both = ("AAPL", "KO")
    assert len(scored(store, window=Window(FIRST, FIRST + MINUTE), symbols=both)) == 3
    short = Window(FIRST + timedelta(microseconds=1), FIRST + MINUTE - timedelta(microseconds=1))
    assert scored(store, window=short, symbols=both) == []
    assert scored(store, symbols=()) == []


def test_a_text_is_pending_from_the_instant_it_is_known(store: ScoreStore) -> None:
    at_once = Window(FIRST - MINUTE, FIRST)
    assert pending(store, window=at_once) == [("Headline 0", "AAPL")]
    assert pending(store, window=Window(FIRST - MINUTE, FIRST - timedelta(microseconds=1))) == []
    assert pending(store, window=Window(FIRST + MINUTE, FIRST + MINUTE))[0][0] == "Headline 1"


def test_a_score_of_a_text_that_is_not_stored_is_refused_whole(store: ScoreStore) -> None:
    (text, *_) = store.pending("lexicon-1", ALL_TIME)
    stranger = replace(text, text=Text(999_999, "AAPL", (), "", ""))
    with pytest.raises(StorageError, match="foreign key"):
        write(store, [text, stranger], [GOOD, GOOD])
    assert scored(store) == []


def test_hostile_texts_and_reasons_come_back_as_they_were(store: ScoreStore) -> None:
    texts = ['it\'s "so" \\ %s {x}; DROP TABLE fintech.articles;--', "日本語 🚀" * 20_000]
    with store.database.transaction() as connection:
        for number, text in enumerate(texts, 10):
            told = article(number, ["AAPL"], text, text)
            ArticleStore(store.database).write(connection, [ToldArticle(told, told.key)])
    window = Window(FIRST + 10 * MINUTE, FIRST + 11 * MINUTE)
    asked = store.pending("m'1", window)
    assert [(one.text.headline, one.text.summary) for one in asked] == [
        (text, text) for text in texts
    ]
    verdicts: list[Verdict] = [
        SentimentScore(0.1 + 0.2, Label.POSITIVE, 1 / 3, texts[1]),
        Unscored(texts[0]),
    ]
    write(store, asked, verdicts, "m'1")
    (row,) = store.scored(["AAPL"], ["m'1"], ALL_TIME).to_pylist()
    assert (row["score"], row["confidence"]) == (0.1 + 0.2, 1 / 3)
    reasons = (
        "SELECT reason FROM fintech.sentiment_scores UNION SELECT reason FROM fintech.unscored"
    )
    assert {row["reason"] for row in store.database.arrow(reasons).to_pylist()} == set(texts)


SPENT = Rationed("the budget of today is spent", NOW)


def stands_in(store: ScoreStore, texts: Sequence[Pending], model: str, preferred: str) -> None:
    judged = [Judged(text, GOOD, model, passed=(Passed(preferred, SPENT),)) for text in texts]
    with store.database.transaction() as connection:
        store.write(connection, judged, preferred, NOW)


def test_who_stood_in_is_named_with_the_reason_and_the_text_waits_no_more(
    store: ScoreStore,
) -> None:
    texts = store.pending("gemini-2", ALL_TIME)
    stands_in(store, texts[:1], "lexicon-1", "gemini-2")
    assert pending(store, "gemini-2") == pending(store, "lexicon-1")
    assert len(pending(store, "gemini-2")) == 3
    assert len(pending(store, "gemini-3")) == 4
    rows = store.database.arrow("SELECT * FROM fintech.stand_ins").to_pylist()
    assert rows == [
        {
            "article_id": texts[0].text.article_id,
            "symbol": "AAPL",
            "model_version": "gemini-2",
            "stood_in_by": "lexicon-1",
            "reason": "the budget of today is spent",
            "stood_in_at": NOW,
        }
    ]
    with store.database.transaction() as connection:
        assert store.known(connection, "gemini-2", ALL_TIME) == [FIRST]


def test_who_stood_in_keeps_its_word_when_the_models_after_the_preferred_change(
    store: ScoreStore,
) -> None:
    texts = store.pending("gemini-2", ALL_TIME)
    stands_in(store, texts[:1], "lexicon-1", "gemini-2")
    write(store, texts[:1], [BAD], "local-9")
    write(store, texts[1:2], [BAD], "local-9")
    # Of the second text nobody stood in; local-9 stands in the chain, lexicon-1 no longer.
    assert scored(store, "gemini-2", "local-9") == [("AAPL", 0.5), ("AAPL", -0.25)]
    # A run that began before it may still bring the preferred model's word: seen bits stay.
    write(store, texts[:1], [NEUTRAL], "gemini-2")
    assert scored(store, "gemini-2", "local-9")[0] == ("AAPL", 0.5)
    assert scored(store, "gemini-3", "local-9") == [("AAPL", -0.25), ("AAPL", -0.25)]


def test_what_the_preferred_model_gave_up_on_counts_under_no_other_models_older_score(
    store: ScoreStore,
) -> None:
    texts = store.pending("gemini-2", ALL_TIME)
    write(store, texts[:2], [BAD, BAD], "local-9")
    write(store, texts[:1], [Unscored("blocked")], "gemini-2")
    assert scored(store, "gemini-2", "local-9") == [("AAPL", -0.25)]
    assert scored(store, "local-9", "gemini-2") == [("AAPL", -0.25), ("AAPL", -0.25)]


def test_what_was_paid_stands_once_and_what_shares_the_verdict_refers_to_it(
    store: ScoreStore,
) -> None:
    texts = store.pending("gemini-2", ALL_TIME)
    paid = replace(GOOD, answered_by="gemini-2-2026-11", tokens=812, cost_usd=Decimal("0.00031"))
    free = replace(paid, tokens=0, cost_usd=Decimal(0))
    judged = [
        Judged(texts[1], free, "gemini-2", same_as=texts[0].text.article_id),
        Judged(texts[0], paid, "gemini-2"),
    ]
    with store.database.transaction() as connection:
        store.write(connection, judged, "gemini-2", NOW)
    query = """SELECT article_id, answered_by, tokens, cost_usd::text, same_as
        FROM fintech.sentiment_scores ORDER BY article_id"""
    first, second = (one.text.article_id for one in texts[:2])
    assert [tuple(row.values()) for row in store.database.arrow(query).to_pylist()] == [
        (first, "gemini-2-2026-11", 812, "0.00031", None),
        (second, "gemini-2-2026-11", 0, "0", first),
    ]
    (told,) = store.told("gemini-2", [texts[0].story_id, texts[1].story_id])
    assert told == Judged(texts[0], paid, "gemini-2")
    assert store.told("gemini-3", [texts[0].story_id]) == []
    assert store.told("gemini-2", []) == []


def test_a_verdict_that_refers_to_none_is_refused(store: ScoreStore) -> None:
    (text, *_) = store.pending("gemini-2", ALL_TIME)
    with (
        pytest.raises(StorageError, match="foreign key"),
        store.database.transaction() as connection,
    ):
        store.write(connection, [Judged(text, GOOD, "gemini-2", same_as=999)], "gemini-2", NOW)
