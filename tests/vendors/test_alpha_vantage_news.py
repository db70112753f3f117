"""Alpha Vantage's news: one request a symbol, notices with HTTP 200, the vendor's own scores.

No recorded answer of NEWS_SENTIMENT is at hand: the shape is the documented one.
"""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from fintech_pipeline.clock import Window
from fintech_pipeline.errors import (
    NoData,
    QuotaExhausted,
    Unauthorized,
)
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import VendorSentiment
from fintech_pipeline.news.matching import match
from fintech_pipeline.news.providers.alpha_vantage.answers import parse_feed
from fintech_pipeline.news.providers.alpha_vantage.provider import AlphaVantageNews
from tests.vendors.alpha_vantage_standin import AlphaVantageStandIn
from tests.vendors.alpha_vantage_standin import article as item
from tests.vendors.asking import Asking, at
from tests.vendors.standin import KEY, standing_in

NOW = at("2026-11-24 20:00")
APPLE = Instrument("AAPL", "Apple Inc.", mic="XNAS")
BERKSHIRE = Instrument("BRK.B", "Berkshire Hathaway Inc.")
GONE = Instrument("GONE", "Gone Corp.")
DAY = Window(NOW - timedelta(days=1), NOW)


@pytest.fixture
def vendor() -> AlphaVantageStandIn:
    return AlphaVantageStandIn()


@pytest.fixture
def asking(vendor: AlphaVantageStandIn) -> Iterator[Asking]:
    with standing_in(vendor) as address:
        yield Asking(address, key={"apikey": KEY})


def news(asking: Asking) -> AlphaVantageNews:
    return AlphaVantageNews(asking, lambda: NOW)


def test_each_symbol_is_asked_alone_and_a_share_class_by_a_dash(
    vendor: AlphaVantageStandIn, asking: Asking
) -> None:
    vendor.feeds = {
        "AAPL": [item("Apple rises", "20261124T103000", ("AAPL", "0.9", "0.25"))],
        "BRK-B": [item("Holdings", "20261124T1100", ("BRK-B", "0.5", "-0.1"))],
    }
    answer = news(asking).articles([APPLE, BERKSHIRE], DAY)
    assert [r.params["tickers"] for r in vendor.requests] == ["AAPL", "BRK-B"]
    assert [call.symbols for call in asking.calls] == [("AAPL",), ("BRK.B",)]
    assert [a.published_at for a in answer.articles] == [
        at("2026-11-24 10:30"),
        at("2026-11-24 11:00"),
    ]
    # The matcher knows the vendor's way of writing it.
    (found,) = match(answer.articles[1], [APPLE, BERKSHIRE])
    assert found.symbol == "BRK.B"
    assert {(s.symbol, s.score, s.relevance) for s in answer.sentiments} == {
        ("AAPL", 0.25, 0.9),
        ("BRK.B", -0.1, 0.5),
    }
    assert answer.problems == []


def test_an_article_of_two_symbols_comes_once_with_both_scores(
    vendor: AlphaVantageStandIn, asking: Asking
) -> None:
    both = item("A deal", "20261124T103000", ("AAPL", "0.9", "0.25"), ("BRK-B", "0.2", "0.1"))
    vendor.feeds = {"AAPL": [both], "BRK-B": [both]}
    answer = news(asking).articles([APPLE, BERKSHIRE], DAY)
    assert len(answer.articles) == 1
    assert sorted(s.symbol for s in answer.sentiments) == ["AAPL", "BRK.B"]


def test_no_articles_is_an_empty_answer_and_an_unknown_symbol_costs_itself(
    vendor: AlphaVantageStandIn, asking: Asking
) -> None:
    vendor.feeds = {"AAPL": [], "BRK-B": [item("Holdings", "20261124T110000")]}
    answer = news(asking).articles([APPLE, GONE, BERKSHIRE], DAY)
    assert [a.headline for a in answer.articles] == ["Holdings"]
    assert answer.problems == [
        "GONE: Alpha Vantage does not know GONE, or no longer lists it; check the symbol."
    ]
    with pytest.raises(NoData):
        news(asking).articles([GONE], DAY)


def test_a_day_that_is_used_up_keeps_what_came_and_says_the_rest_without_the_key(
    vendor: AlphaVantageStandIn, asking: Asking
) -> None:
    vendor.feeds = {"AAPL": [item("Apple rises", "20261124T103000")], "BRK-B": []}
    vendor.left = 1
    answer = news(asking).articles([APPLE, BERKSHIRE, GONE], DAY)
    assert len(answer.articles) == 1
    assert len(vendor.requests) == 2
    assert answer.problems == [
        "BRK.B: Alpha Vantage's requests of the day are used up until 2026-11-25 05:00Z.",
        "For that reason nothing was asked for GONE.",
    ]
    assert list(answer.lacking) == ["BRK.B", "GONE"]
    with pytest.raises(QuotaExhausted) as caught:
        news(asking).articles([APPLE], DAY)
    assert KEY not in str(caught.value)


def test_a_wrong_key_is_one_sentence(asking: Asking) -> None:
    asking.key = {"apikey": "no"}
    with pytest.raises(Unauthorized, match="refuses the key"):
        news(asking).articles([APPLE], DAY)


def test_articles_outside_the_window_and_their_scores_are_not_kept(
    vendor: AlphaVantageStandIn, asking: Asking
) -> None:
    vendor.feeds = {"AAPL": [item("Late", "20261124T200000", ("AAPL", "1", "1"))]}
    answer = news(asking).articles([APPLE], DAY)
    assert answer.articles == []
    assert answer.sentiments == []
    assert vendor.requests[0].params["time_from"] == "20261123T2000"


def test_what_is_no_score_is_none_and_never_zero() -> None:
    feed = [
        item(
            "T",
            "20261124T100000",
            ("AAPL", "0.5", "nan"),
            ("CRYPTO:BTC", "0.5", "0.5"),
            ("BRK-B", "0.5", "7"),
        )
    ]
    read = parse_feed(json.dumps({"feed": feed}).encode(), {"AAPL": "AAPL", "BRK-B": "BRK.B"})
    assert read.sentiments == []
    assert read.articles[0].symbols == {"AAPL", "BRK-B"}
    with pytest.raises(ValueError, match="out of range"):
        VendorSentiment("a", "AAPL", 1.5, "", 0.5)
