"""Which instruments an article is about, and why."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.matching import Match, Matcher, match

APPLE = Instrument("AAPL", "Apple Inc.", ("Apple",), "XNAS")
META = Instrument("META", "Meta Platforms, Inc.", ("Meta", "Facebook"), "XNAS")
MICROSOFT = Instrument("MSFT", "Microsoft Corporation", (), "XNAS")
COKE = Instrument("KO", "The Coca-Cola Company", ("Coca-Cola",))
BERKSHIRE = Instrument("BRK.B", "Berkshire Hathaway Inc.", ("Berkshire",))
MCDONALDS = Instrument("MCD", "McDonald's Corporation")
JOHNSON = Instrument("JNJ", "Johnson & Johnson")
ATT = Instrument("T", "AT&T Inc.")
ALLSTATE = Instrument("ALL", "The Allstate Corporation")
GARTNER = Instrument("IT", "Gartner, Inc.")
ALL = [APPLE, META, MICROSOFT, COKE, BERKSHIRE, MCDONALDS, JOHNSON, ATT, ALLSTATE, GARTNER]
MATCHER = Matcher(ALL)


def article(headline: str, summary: str = "", symbols: tuple[str, ...] = ()) -> RawArticle:
    published_at = datetime(2025, 5, 1, tzinfo=UTC)
    return RawArticle("1", headline, summary, "x.com", "", published_at, frozenset(symbols))


def found(headline: str) -> list[str]:
    return [m.symbol for m in MATCHER.match(article(headline))]


@pytest.mark.parametrize(
    ("headline", "symbol"),
    [
        ("Apple unveils a phone", "AAPL"),
        ("Apple’s margin grows", "AAPL"),
        ("Apple-backed startup folds", "AAPL"),
        ("APPLE SOARS", "AAPL"),
        ("AAPL slips before the bell", "AAPL"),
        ("Traders pile into $AAPL.", "AAPL"),
        ("A better year (NASDAQ: AAPL)", "AAPL"),
        ("Traders pile into $META", "META"),
        ("Meta-owned app grows", "META"),
        ("Coca-Cola raises prices", "KO"),
        ("Is it time to buy $KO?", "KO"),
        ("Dividend kings (NYSE:KO)", "KO"),
        ("BRK.B hits a high", "BRK.B"),
        ("BRK-B hits a high", "BRK.B"),
        ("berkshire hathaway sells bonds", "BRK.B"),
        ("McDonald’s tests a burger", "MCD"),
        ("McDonalds tests a burger", "MCD"),
        ("Johnson &amp; Johnson settles", "JNJ"),
        ("Johnson and Johnson settles", "JNJ"),
        ("AT&T adds subscribers", "T"),
        ("Allstate lifts premiums", "ALL"),
    ],
)
def test_a_name_alias_or_marked_ticker_in_the_headline_is_found(headline: str, symbol: str) -> None:
    assert [(m.symbol, m.relevance) for m in MATCHER.match(article(headline))] == [(symbol, 1.0)]


@pytest.mark.parametrize(
    "headline",
    [
        "The best apple pie in town",
        "Applebee's closes forty restaurants",
        "What the meta tells us",
        "META ALL IT KO: FOUR WORDS",
        "Meta-analysis of forty trials",
        "A KO in the third round",
        "Snapple is back",
        "US$KO is not a cashtag",
        "Aristocrat (ASX: ALL) pays a dividend",
    ],
)
def test_ordinary_words_and_foreign_tickers_are_not_found(headline: str) -> None:
    assert found(headline) == []


def test_a_person_reads_why_it_matched() -> None:
    assert MATCHER.match(article("Apple rises"))[0].matched_by == '"Apple" in the headline'
    assert MATCHER.match(article("Why $KO fell"))[0].matched_by == "$KO in the headline"
    assert MATCHER.match(article("Up", "Apple rose."))[0].matched_by == '"Apple" in the summary'
    vendor = MATCHER.match(article("Up", symbols=("AAPL",)))[0].matched_by
    assert vendor == "attached by the vendor"


def test_headline_outranks_summary_and_summary_outranks_the_vendor() -> None:
    matches = MATCHER.match(article("Apple rises", "So does Microsoft.", ("KO", "AAPL")))
    assert [(m.symbol, m.relevance) for m in matches] == [("AAPL", 1.0), ("MSFT", 0.6), ("KO", 0.3)]


def test_a_vendor_symbol_that_is_not_ours_is_ignored() -> None:
    assert MATCHER.match(article("Shares rise", symbols=("TSLA",))) == []


def test_a_late_mention_counts_less_than_an_early_one() -> None:
    early = MATCHER.match(article("Apple is ordered by a court to open its store to its rivals"))
    late = MATCHER.match(article("A court orders that the store be opened to all rivals of Apple"))
    assert early[0].relevance == 1.0
    assert late[0].relevance == 0.8


def test_one_of_many_instruments_counts_less_even_if_the_others_are_not_followed() -> None:
    listed = MATCHER.match(article("Five stocks to watch | $AAPL $NVDA $TSLA $AMD $INTC"))
    assert listed == [Match("AAPL", 0.4, "$AAPL in the headline, among 5 instruments")]


def test_the_longer_name_is_not_read_as_the_shorter_one() -> None:
    assert MATCHER.match(article("Berkshire Hathaway buys"))[0].matched_by.startswith(
        '"Berkshire Hathaway"'
    )


def test_a_name_shared_by_two_share_classes_matches_both() -> None:
    classes = [Instrument("GOOG", "Alphabet Inc."), Instrument("GOOGL", "Alphabet Inc.")]
    assert [m.symbol for m in match(article("Alphabet splits"), classes)] == ["GOOG", "GOOGL"]


def test_nothing_to_look_for_finds_nothing() -> None:
    assert match(article("Apple rises", symbols=("AAPL",)), []) == []


@given(st.text(max_size=300), st.text(max_size=300), st.sets(st.sampled_from(["AAPL", "KO", "X"])))
def test_any_text_gives_known_symbols_once_with_a_relevance_above_zero(
    headline: str, summary: str, symbols: set[str]
) -> None:
    matches = MATCHER.match(article(headline, summary, tuple(symbols)))
    names = [m.symbol for m in matches]
    assert len(names) == len(set(names))
    assert set(names) <= {i.symbol for i in ALL}
    assert all(0.0 < m.relevance <= 1.0 for m in matches)


@given(st.permutations(ALL))
def test_the_order_of_the_watchlist_does_not_matter(instruments: list[Instrument]) -> None:
    seen = article("Apple, Meta and $KO fall", "Berkshire and AT&T rise.", ("IT",))
    assert Matcher(instruments).match(seen) == MATCHER.match(seen)


def test_hostile_text_takes_linear_time() -> None:
    started = time.perf_counter()
    MATCHER.match(article("Johnson & " * 10_000, "$" * 50_000 + ": " * 25_000 + " " * 50_000))
    assert time.perf_counter() - started < 5.0


def test_an_amount_of_dollars_is_not_a_ticker_of_digits() -> None:
    toyota = Instrument("7203", "Toyota Motor Corporation", ("Toyota",), "XTKS", "JPY")
    assert match(article("A used pickup for $7203"), [toyota]) == []
    assert [m.symbol for m in match(article("A pickup recalled (TYO: 7203)"), [toyota])] == ["7203"]
    assert [m.symbol for m in match(article("Toyota recalls a pickup"), [toyota])] == ["7203"]
