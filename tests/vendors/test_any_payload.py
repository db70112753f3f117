"""Whatever a vendor sends, only domain objects or `Malformed` come out of a parser."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fintech_pipeline.errors import Malformed, ProviderError
from fintech_pipeline.market.lookup import Listing, Wish, instrument_of
from fintech_pipeline.market.names import LONGEST, as_written
from fintech_pipeline.market.providers.alpha_vantage.search import parse_matches
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import RawArticle, VendorSentiment, cleaned, content_hash
from fintech_pipeline.news.matching import Matcher
from fintech_pipeline.news.providers.alpha_vantage.answers import parse_feed as parse_alpha_vantage
from fintech_pipeline.news.providers.edgar.directory import parse_directory, parse_listings
from fintech_pipeline.news.providers.edgar.filings import parse_filings
from fintech_pipeline.news.providers.edgar.refusals import refusal as edgar_refusal
from fintech_pipeline.news.providers.newsapi.answers import parse_page
from fintech_pipeline.news.providers.newsapi.refusals import refusal_by as newsapi_refusal
from fintech_pipeline.news.providers.rss.feeds import parse_feed as parse_rss
from fintech_pipeline.news.providers.rss.provider import refusal as rss_refusal
from fintech_pipeline.quota.alpha_vantage import refusal_by as alpha_vantage_refusal
from fintech_pipeline.quota.caller import status_refusal
from fintech_pipeline.quota.calls import Answer, Call
from tests.vendors.alpha_vantage_standin import article as alpha_vantage_item
from tests.vendors.asking import at
from tests.vendors.edgar_standin import EARNINGS, EdgarStandIn, columns, filed
from tests.vendors.mutations import damaged, mutated_json
from tests.vendors.newsapi_standin import item as newsapi_item
from tests.vendors.rss_standin import item, rss
from tests.vendors.test_rss import ATOM, RDF

NOW = at("2026-11-24 20:00")
MATCHER = Matcher([Instrument("AAPL", "Apple Inc."), Instrument("BRK.B", "Berkshire Hathaway")])
NEWSAPI = {
    "status": "ok",
    "totalResults": 2,
    "articles": [newsapi_item("Apple rises", NOW), newsapi_item("Apple falls", NOW)],
}
ALPHA_VANTAGE = {
    "items": "2",
    "feed": [
        alpha_vantage_item("Apple", "20261124T100000", ("AAPL", "0.5", "0.5")),
        alpha_vantage_item("Buffett", "20261124T100000", ("BRK-B", "0.1", "-0.5")),
    ],
}
FILINGS = columns(EARNINGS, filed(1, "2025-05-01", "2025-05-01T16:21:59", "10-Q/A"))
LISTINGS = {
    "fields": ["cik", "name", "ticker", "exchange"],
    "data": [[320193, "Apple Inc.", "AAPL", "Nasdaq"], [1067983, "BERKSHIRE INC", "BRK-B", None]],
}
MATCHES = {
    "bestMatches": [
        {"1. symbol": "TSCO.LON", "2. name": "Tesco PLC", "8. currency": "GBX"},
        {"1. symbol": "TSCDF", "2. name": "Tesco plc", "8. currency": "USD"},
    ]
}
FEEDS = (rss(item()), rss(item(), item(date="2026-11-24T10:00:00")), ATOM, RDF)


def sound(articles: list[RawArticle]) -> None:
    """What the pipeline does with each next must not fail either."""
    for article in articles:
        assert article.published_at.utcoffset() == timedelta(0)
        assert article.provider_id
        plain = cleaned(article)
        content_hash(plain)
        MATCHER.match(plain)
        json.dumps(plain.headline, ensure_ascii=False).encode()  # as it is stored


def newsapi(body: bytes) -> None:
    page = parse_page(body)
    sound(page.articles)
    assert page.items >= len(page.articles)


def alpha_vantage(body: bytes) -> None:
    feed = parse_alpha_vantage(body, {"AAPL": "AAPL", "BRK-B": "BRK.B"})
    sound(feed.articles)
    for one in feed.sentiments:
        assert isinstance(one, VendorSentiment)
        assert -1 <= one.score <= 1


def filings(body: bytes) -> None:
    for filing in parse_filings(body).filings:
        assert filing.accepted_at.utcoffset() == timedelta(0)
        assert filing.meaning
        assert "/.." not in filing.document


def directory(body: bytes) -> None:
    for ticker, cik in parse_directory(body).items():
        assert ticker
        assert len(f"{cik:010d}") == 10


def listings(parse: Callable[[bytes], dict[str, Listing]], body: bytes) -> None:
    for listing in parse(body).values():
        name = as_written(listing.name, "AAPL")
        instrument = instrument_of(Wish("AAPL"), None, replace(listing, name=name), "XNYS")
        for text in (instrument.name, *instrument.aliases):
            assert text.isprintable()
            assert 0 < len(text) <= LONGEST


def feed(body: bytes) -> None:
    sound(parse_rss(body, "https://wire.example/feed", NOW).articles)


PARSERS: dict[str, tuple[Callable[[bytes], None], st.SearchStrategy[bytes]]] = {
    "newsapi": (newsapi, mutated_json(NEWSAPI)),
    "alpha_vantage": (alpha_vantage, mutated_json(ALPHA_VANTAGE)),
    "edgar filings": (filings, mutated_json(FILINGS)),
    "edgar directory": (directory, mutated_json(EdgarStandIn().directory)),
    "edgar listings": (partial(listings, parse_listings), mutated_json(LISTINGS)),
    "symbol search": (partial(listings, parse_matches), mutated_json(MATCHES)),
    "rss": (feed, st.sampled_from(FEEDS).flatmap(damaged)),
}


def throw(name: str, times: int) -> None:
    parse, payloads = PARSERS[name]

    @settings(
        max_examples=times,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(payloads)
    def all_of_them(body: bytes) -> None:
        try:
            parse(body)
        except Malformed as error:
            sentence = str(error)
        else:
            return
        assert sentence.endswith(".")
        assert len(sentence) < 200

    all_of_them()


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_meets_anything_with_objects_or_malformed(name: str) -> None:
    throw(name, 300)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_meets_ten_thousand_payloads(name: str) -> None:
    throw(name, 10_000)


@pytest.mark.parametrize("name", PARSERS)
def test_the_payloads_unharmed_do_parse(name: str) -> None:
    parse, _ = PARSERS[name]
    good: dict[str, Any] = {
        "newsapi": NEWSAPI,
        "alpha_vantage": ALPHA_VANTAGE,
        "edgar filings": FILINGS,
        "edgar directory": EdgarStandIn().directory,
        "edgar listings": LISTINGS,
        "symbol search": MATCHES,
    }
    for body in [json.dumps(good[name]).encode()] if name in good else FEEDS:
        parse(body)


NOTICES = mutated_json({"status": "error", "code": "rateLimited", "message": "a 24 hour period"})


@settings(max_examples=300, deadline=None)
@given(NOTICES | mutated_json({"Information": "25 requests per day"}), st.integers(100, 599))
def test_a_refusal_meets_anything_with_an_error_or_nothing(body: bytes, status: int) -> None:
    answer, call = Answer(status, {}, body), Call("/", {}, "news", ("AAPL",))
    for refusal in (
        newsapi_refusal(lambda: NOW),
        alpha_vantage_refusal(lambda: NOW),
        edgar_refusal,
        rss_refusal,
    ):
        error = refusal(answer) or status_refusal("vendor", call, status, None)
        assert error is None or isinstance(error, ProviderError)
        assert error is not None or 200 <= status < 300
