"""NewsAPI: windows, paging, refusals, and real recorded answers."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fintech_pipeline.clock import KnownBy, Sighting, Window
from fintech_pipeline.errors import (
    PremiumOnly,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.collection import collect_news
from fintech_pipeline.news.matching import match
from fintech_pipeline.news.providers.newsapi.answers import parse_page
from fintech_pipeline.news.providers.newsapi.plans import PLANS
from fintech_pipeline.news.providers.newsapi.provider import NewsApi
from fintech_pipeline.news.providers.newsapi.queries import packed
from fintech_pipeline.news.providers.newsapi.refusals import refusal_by
from fintech_pipeline.quota.calls import Answer
from tests.vendors.asking import Asking, at
from tests.vendors.newsapi_standin import NewsApiStandIn, item
from tests.vendors.standin import KEY, Reply, standing_in

NOW = at("2026-11-24 20:00")
APPLE = Instrument("AAPL", "Apple Inc.", mic="XNAS")
NVIDIA = Instrument("NVDA", "NVIDIA Corporation", ("Nvidia",), mic="XNAS")
TEN_DAYS = Window(NOW - timedelta(days=10), NOW)


@pytest.fixture
def vendor() -> NewsApiStandIn:
    return NewsApiStandIn()


@pytest.fixture
def asking(vendor: NewsApiStandIn) -> Iterator[Asking]:
    with standing_in(vendor) as address:
        yield Asking(address, headers={"X-Api-Key": KEY})


def newsapi(asking: Asking, plan: str = "developer") -> NewsApi:
    return NewsApi(asking, lambda: NOW, PLANS[plan])  # type: ignore[index]


def test_articles_of_the_window_come_with_their_texts_and_others_do_not(
    vendor: NewsApiStandIn, asking: Asking
) -> None:
    vendor.articles = [
        item("Apple rises", TEN_DAYS.start, description="<p>Up &amp; away</p>"),
        item("Apple falls", TEN_DAYS.start - timedelta(seconds=1)),
        item("Apple waits", TEN_DAYS.end),
        item("[Removed]", TEN_DAYS.start + timedelta(days=1)),
    ]
    answer = newsapi(asking).articles([APPLE], TEN_DAYS)
    assert answer.problems == []
    (article,) = answer.articles
    assert (article.headline, article.summary, article.outlet) == (
        "Apple rises",
        "Up & away",
        "Outlet",
    )
    assert article.published_at == TEN_DAYS.start
    (call,) = asking.calls
    assert call.symbols == ("AAPL",)
    assert call.params["q"] == '"Apple"'
    assert call.params["sortBy"] == "publishedAt"
    assert KEY not in str(call)


def test_the_developer_plan_is_asked_for_one_page_and_the_lack_is_said(
    vendor: NewsApiStandIn, asking: Asking
) -> None:
    vendor.articles = [item(f"Apple {n}", NOW - timedelta(hours=25, minutes=n)) for n in range(130)]
    answer = newsapi(asking).articles([APPLE], TEN_DAYS)
    assert len(answer.articles) == 100
    assert len(asking.calls) == 1
    assert answer.articles[0].headline == "Apple 0"  # the newest
    assert answer.problems == [
        "NewsAPI has 130 articles for AAPL and showed the newest 100; the oldest of the window are"
        " missing."
    ]


def test_a_live_tick_finds_what_the_developer_plan_shows_a_day_late(
    vendor: NewsApiStandIn, asking: Asking
) -> None:
    """A tick asks for the last day, of which the plan shows nothing yet."""
    vendor.articles = [
        item("Apple rises", NOW - timedelta(hours=24, minutes=10)),
        item("Apple hidden", NOW - timedelta(hours=23)),
    ]
    vendor.shown_until = NOW - timedelta(hours=24)
    tick = Window(NOW - timedelta(hours=24), NOW)
    news = collect_news(
        [newsapi(asking)], [APPLE], tick, lambda delay: Sighting(NOW, live=True, usual_delay=delay)
    )
    (found,) = news.found
    assert found.article.headline == "Apple rises"
    assert (found.known_at, found.known_by) == (NOW, KnownBy.LIVE)


def test_a_larger_plan_pages_on_to_the_end(vendor: NewsApiStandIn, asking: Asking) -> None:
    vendor.most = 1_000
    vendor.articles = [item(f"Apple {n}", NOW - timedelta(minutes=n + 1)) for n in range(230)]
    answer = newsapi(asking, "business").articles([APPLE], TEN_DAYS)
    assert len({a.provider_id for a in answer.articles}) == 230
    assert [call.params["page"] for call in asking.calls] == ["1", "2", "3"]
    assert answer.problems == []


def test_http_426_is_the_end_of_the_pages_and_no_failure(
    vendor: NewsApiStandIn, asking: Asking
) -> None:
    vendor.articles = [item(f"Apple {n}", NOW - timedelta(minutes=n + 1)) for n in range(230)]
    answer = newsapi(asking, "business").articles([APPLE], TEN_DAYS)
    assert len(answer.articles) == 100
    assert len(answer.problems) == 1
    assert "showed the newest 100" in answer.problems[0]
    assert answer.lacking == {}, "the plan has no more"


def test_a_page_that_fails_leaves_those_before_it(vendor: NewsApiStandIn, asking: Asking) -> None:
    vendor.most = 1_000
    vendor.articles = [item(f"Apple {n}", NOW - timedelta(minutes=n + 1)) for n in range(150)]
    vendor.refuses[2] = Reply(b"<html>Bad gateway</html>", 502, "text/html")
    answer = newsapi(asking, "business").articles([APPLE], TEN_DAYS)
    assert len(answer.articles) == 100
    told = "vendor answered the call for news of AAPL with HTTP 502; ask again later."
    assert answer.problems[0] == f"AAPL: {told}"
    assert answer.lacking == {"AAPL": told}


def test_a_window_older_than_the_month_is_clipped_and_said(
    vendor: NewsApiStandIn, asking: Asking
) -> None:
    answer = newsapi(asking).articles([APPLE], Window(NOW - timedelta(days=60), NOW))
    assert vendor.requests[0].params["from"] == "2026-10-25T20:01:00"
    assert answer.problems == [
        "NewsAPI's developer plan reaches back to 2026-10-25 20:01Z; nothing was asked for before."
    ]
    with pytest.raises(PremiumOnly, match="reaches back to 2026-10-25"):
        newsapi(asking).articles([APPLE], Window(at("2026-01-01 00:00"), at("2026-02-01 00:00")))
    assert len(asking.calls) == 1


def test_a_wrong_key_is_told_without_the_key(asking: Asking) -> None:
    asking.headers["X-Api-Key"] = "wrong"
    with pytest.raises(Unauthorized, match=r"news\.newsapi\.key") as caught:
        newsapi(asking).articles([APPLE], TEN_DAYS)
    assert KEY not in str(caught.value)


def test_a_quota_that_ends_midway_keeps_what_came_and_names_the_rest(
    vendor: NewsApiStandIn, asking: Asking, shared_data: Path
) -> None:
    words = ("Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta", "Theta", "Iota", "Kappa")
    several = [
        Instrument(f"S{n}", f"{word} {'Consolidated ' * 11}Holdings {word}")
        for n, word in enumerate(words)
    ]
    queries = packed(several)
    assert len(queries) > 3
    vendor.articles = [item("One", NOW - timedelta(hours=30))]
    vendor.refuses[2] = Reply(limit_message(shared_data, 429), 429)
    answer = newsapi(asking).articles(several, TEN_DAYS)
    assert [a.headline for a in answer.articles] == ["One"]
    assert len(vendor.requests) == 2
    first, second = answer.problems
    assert first.startswith(", ".join(queries[1].symbols))
    assert "2026-11-25 08:00Z" in first  # in twelve hours
    for query in queries[2:]:
        assert ", ".join(query.symbols) in second


def limit_message(shared_data: Path, status: int) -> bytes:
    quoted = json.loads(
        (shared_data / "responses" / "limit_and_error_messages_quoted.json").read_text("utf-8")
    )
    (text,) = (one["text"] for one in quoted["newsapi"] if one["http_status"] == status)
    return str(text).encode()


def test_quoted_refusals_are_recognised(shared_data: Path) -> None:
    refusal = refusal_by(lambda: NOW)
    limited = refusal(Answer(429, {}, limit_message(shared_data, 429)))
    assert isinstance(limited, QuotaExhausted)
    assert limited.resets_at == at("2026-11-25 08:00")
    assert isinstance(refusal(Answer(401, {}, limit_message(shared_data, 401))), Unauthorized)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "apiKeyDisabled", Unauthorized),
        (401, "apiKeyMissing", Unauthorized),
        (429, "apiKeyExhausted", QuotaExhausted),
        (429, "rateLimited", RateLimited),
        (400, "parametersMissing", ProviderError),
        (400, "sourcesTooMany", ProviderError),
        (500, "unexpectedError", Unavailable),
        (200, "aCodeNobodyKnows", Unavailable),
    ],
)
def test_each_documented_code_has_its_class(
    status: int, code: str, kind: type[ProviderError]
) -> None:
    body = f'{{"status":"error","code":"{code}","message":"secret {KEY}"}}'.encode()
    error = refusal_by(lambda: NOW)(Answer(status, {}, body))
    assert type(error) is kind
    assert KEY not in str(error)


def test_a_from_too_far_in_the_past_is_a_matter_of_the_plan() -> None:
    body = (
        b'{"status":"error","code":"parameterInvalid","message":"You are trying to request results'
        b" too far in the past. Your plan permits you to request articles as far back as"
        b' 2020-08-01, but you have requested 2020-07-01. You may need to upgrade to a paid plan."}'
    )
    assert isinstance(refusal_by(lambda: NOW)(Answer(426, {}, body)), PremiumOnly)


def test_a_good_answer_is_refused_by_nobody() -> None:
    assert refusal_by(lambda: NOW)(Answer(200, {}, b'{"status":"ok","articles":[]}')) is None
    assert refusal_by(lambda: NOW)(Answer(200, {}, b"<html>")) is None  # the parser says so


def test_the_recorded_answer_of_everything_parses_to_what_stands_in_it(shared_data: Path) -> None:
    body = (shared_data / "responses/newsapi/everything_bitcoin_2020.json").read_bytes()
    page = parse_page(body)
    assert (page.total, page.items, len(page.articles)) == (7724, 20, 20)
    first = page.articles[0]
    assert first.headline == "Mladé nezajímá zlato, investují raději do Bitcoinu"
    assert first.outlet == "Cdr.cz"
    assert first.published_at == at("2020-08-09 07:00")
    assert first.provider_id == (
        "https://cdr.cz/clanek/mlade-nezajima-zlato-investuji-radeji-do-bitcoinu"
    )
    assert first.summary.startswith("Odpradávna se lidstvo uchylovalo ke zlatu")
    assert page.articles[-1].published_at == at("2020-08-08 21:00").replace(second=23)


def test_recorded_headlines_find_the_company_they_name(shared_data: Path) -> None:
    folder = shared_data / "responses/newsapi"
    page = parse_page((folder / "top_headlines_us_2023.json").read_bytes())
    about = {a.headline: match(a, [APPLE, NVIDIA]) for a in page.articles}
    named = {headline[:34]: [m.symbol for m in ms] for headline, ms in about.items() if ms}
    assert named["Apple announces multibillion-dolla"] == ["AAPL"]
    assert named["Review: Nvidia’s $399 RTX 4060 Ti "] == ["NVDA"]
    # One article has neither description nor author; it is kept.
    india = parse_page((folder / "top_headlines_in_business_2020.json").read_bytes())
    (bare,) = (a for a in india.articles if a.outlet == "Google News")
    assert bare.summary == ""


def test_without_a_description_the_cut_content_is_the_teaser() -> None:
    body = (
        b'{"status":"ok","totalResults":1,"articles":[{"source":{"name":"O"},"title":"T",'
        b'"url":"https://o.example","publishedAt":"2026-11-24T10:00:00Z","description":null,'
        b'"content":"The beginning of\\u2026 [+1916 chars]"}]}'
    )
    assert parse_page(body).articles[0].summary == "The beginning of…"


def test_a_bad_article_costs_itself_and_is_counted(vendor: NewsApiStandIn, asking: Asking) -> None:
    good = item("Apple stays", NOW - timedelta(hours=30))
    vendor.articles = [good, {**good, "url": ""}, {**good, "title": 5}]
    answer = newsapi(asking).articles([APPLE], TEN_DAYS)
    assert [a.headline for a in answer.articles] == ["Apple stays"]
    assert answer.problems == [
        "2 of NewsAPI's articles lack a title or an address and were left out."
    ]
