"""Alpha Vantage's news: one request a symbol, notices with HTTP 200, the vendor's own scores.

No recorded answer of NEWS_SENTIMENT is at hand: the shape is the documented one.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fintech_pipeline.clock import Window
from fintech_pipeline.errors import (
    Malformed,
    NoData,
    PremiumOnly,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import VendorSentiment
from fintech_pipeline.news.matching import match
from fintech_pipeline.news.providers.alpha_vantage.answers import parse_feed
from fintech_pipeline.news.providers.alpha_vantage.provider import AlphaVantageNews
from fintech_pipeline.quota.alpha_vantage import refusal_by, resets_at
from fintech_pipeline.quota.calls import Answer
from tests.vendors.news_standin import Reply, Request, as_json, standing_in
from tests.vendors.plain_asking import Asking, at

NOW = at("2026-11-24 20:00")
KEY = "ABCD1234EFGH5678"
APPLE = Instrument("AAPL", "Apple Inc.", mic="XNAS")
BERKSHIRE = Instrument("BRK.B", "Berkshire Hathaway Inc.")
GONE = Instrument("GONE", "Gone Corp.")
DAY = Window(NOW - timedelta(days=1), NOW)
NO_NEWS = (
    "No articles found. Please adjust the time range or refer to the API documentation"
    " https://www.alphavantage.co/documentation#newsapi and try again."
)


def item(title: str, time: str, *attached: tuple[str, str, str]) -> dict[str, object]:
    return {
        "title": title,
        "url": f"https://wire.example/{title.replace(' ', '-')}",
        "time_published": time,
        "authors": [],
        "summary": "What happened.",
        "source": "Wire",
        "source_domain": "wire.example",
        "overall_sentiment_score": 0.1,
        "ticker_sentiment": [
            {
                "ticker": ticker,
                "relevance_score": relevance,
                "ticker_sentiment_score": score,
                "ticker_sentiment_label": "Somewhat-Bullish",
            }
            for ticker, relevance, score in attached
        ],
    }


class StandIn:
    """Gives the feed of the one ticker asked for; its notices come with HTTP 200."""

    def __init__(self) -> None:
        self.feeds: dict[str, list[dict[str, object]]] = {}
        self.allowed = 25
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Reply:
        self.requests.append(request)
        if request.params.get("apikey") != KEY:
            return as_json({"Error Message": "the parameter apikey is invalid or missing."})
        if len(self.requests) > self.allowed:
            told = f"We have detected your API key as {KEY} and our standard API rate limit is 25"
            return as_json({"Information": f"{told} requests per day. Please subscribe."})
        feed = self.feeds.get(request.params["tickers"])
        if feed is None:
            return as_json({"Information": "Invalid inputs. Please refer to the documentation."})
        return as_json(
            {"items": str(len(feed)), "feed": feed} if feed else {"Information": NO_NEWS}
        )


@pytest.fixture
def vendor() -> StandIn:
    return StandIn()


@pytest.fixture
def asking(vendor: StandIn) -> Iterator[Asking]:
    with standing_in(vendor) as address:
        yield Asking(address, key={"apikey": KEY})


def news(asking: Asking) -> AlphaVantageNews:
    return AlphaVantageNews(asking, lambda: NOW)


def test_each_symbol_is_asked_alone_and_a_share_class_by_a_dash(
    vendor: StandIn, asking: Asking
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
    vendor: StandIn, asking: Asking
) -> None:
    both = item("A deal", "20261124T103000", ("AAPL", "0.9", "0.25"), ("BRK-B", "0.2", "0.1"))
    vendor.feeds = {"AAPL": [both], "BRK-B": [both]}
    answer = news(asking).articles([APPLE, BERKSHIRE], DAY)
    assert len(answer.articles) == 1
    assert sorted(s.symbol for s in answer.sentiments) == ["AAPL", "BRK.B"]


def test_no_articles_is_an_empty_answer_and_an_unknown_symbol_costs_itself(
    vendor: StandIn, asking: Asking
) -> None:
    vendor.feeds = {"AAPL": [], "BRK-B": [item("Holdings", "20261124T110000")]}
    answer = news(asking).articles([APPLE, GONE, BERKSHIRE], DAY)
    assert [a.headline for a in answer.articles] == ["Holdings"]
    assert answer.problems == ["GONE: Alpha Vantage knows nothing of what was asked."]
    with pytest.raises(NoData):
        news(asking).articles([GONE], DAY)


def test_a_day_that_is_used_up_keeps_what_came_and_says_the_rest_without_the_key(
    vendor: StandIn, asking: Asking
) -> None:
    vendor.feeds = {"AAPL": [item("Apple rises", "20261124T103000")], "BRK-B": []}
    vendor.allowed = 1
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
    vendor: StandIn, asking: Asking
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


def test_quoted_notices_mean_what_they_say(shared_data: Path) -> None:
    quoted = json.loads(
        (shared_data / "responses" / "limit_and_error_messages_quoted.json").read_text("utf-8")
    )
    kinds = {}
    for one in quoted["alphavantage"]:
        if one["json_key"].startswith("("):
            continue
        body = json.dumps({one["json_key"]: one["text"]}).encode()
        kinds[one["kind"]] = type(refusal_by(lambda: NOW)(Answer(200, {}, body)))
    assert kinds == {
        "burst limit (1 request/s)": RateLimited,
        "daily limit (25/day)": QuotaExhausted,
        "daily limit, older wording": QuotaExhausted,
        "legacy 5/min + 500/day": RateLimited,
        "legacy (2017-18)": RateLimited,
        "bad symbol/params": NoData,
    }


@pytest.mark.parametrize(
    ("status", "notice", "kind"),
    [
        (
            200,
            "Thank you for using Alpha Vantage! This is a premium endpoint. You may subscribe to"
            " any of the premium plans to instantly unlock all premium endpoints",
            PremiumOnly,
        ),
        (200, "The **demo** API key is for demo purposes only.", Unauthorized),
        (200, "Something quite new.", Malformed),
        (503, "", Unavailable),
        (429, "", RateLimited),
    ],
)
def test_other_refusals_have_their_class(
    status: int, notice: str, kind: type[ProviderError]
) -> None:
    body = json.dumps({"Information": notice}).encode()
    assert isinstance(refusal_by(lambda: NOW)(Answer(status, {}, body)), kind)


def test_a_word_beside_data_is_no_refusal() -> None:
    body = b'{"Information": "25 requests per day", "feed": []}'
    assert refusal_by(lambda: NOW)(Answer(200, {}, body)) is None


def test_the_day_ends_at_new_yorks_midnight_also_when_clocks_change() -> None:
    assert resets_at(at("2026-03-07 12:00")) == at("2026-03-08 05:00")
    assert resets_at(at("2026-03-08 12:00")) == at("2026-03-09 04:00")  # summer time began
    assert resets_at(at("2026-11-01 12:00")) == at("2026-11-02 05:00")  # and ended
    assert resets_at(at("2026-11-25 04:59")) == at("2026-11-25 05:00")
