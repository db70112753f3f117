"""Every recorded answer of the vendors is read by a test; the values are an independent reading's.

The golden values of bars and quotes stand in `test_alpha_vantage_parsing.py`, those of refusals in
`test_alpha_vantage_refusals.py`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.providers.alpha_vantage.actions import parse_dividends, parse_splits
from fintech_pipeline.market.providers.alpha_vantage.bars import parse_daily, parse_intraday
from fintech_pipeline.market.providers.alpha_vantage.quotes import (
    parse_bulk_quotes,
    parse_global_quote,
)
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.news.providers.alpha_vantage.answers import parse_feed
from fintech_pipeline.news.providers.newsapi.answers import parse_page
from fintech_pipeline.quota.alpha_vantage import refusal_by
from fintech_pipeline.quota.calls import Answer

NEW_YORK = calendar_of("XNYS")
LATER = datetime(2026, 11, 24, tzinfo=UTC)
PARSED = {
    "alphavantage_crazzyghost/timeseries_daily.json",
    "alphavantage_crazzyghost/timeseries_dailyadjusted.json",
    "alphavantage_crazzyghost/timeseries_globalquote.json",
    "alphavantage_crazzyghost/timeseries_intraday.json",
    "alphavantage_crazzyghost/timeseries_realtimebulkquote.json",
    "alphavantage_romeltorres/global_quote",
    "alphavantage_romeltorres/mock_time_series",
}
NEVER_ASKED_FOR = {
    "alphavantage_crazzyghost/marketstatus_data.json": "IBM",
    "alphavantage_crazzyghost/search_data.json": "IBM",
    "alphavantage_crazzyghost/timeseries_monthly.json": "IBM",
    "alphavantage_crazzyghost/timeseries_monthlyadjusted.json": "IBM",
    "alphavantage_crazzyghost/timeseries_weekly.json": "IBM",
    "alphavantage_crazzyghost/timeseries_weeklyadjusted.json": "IBM",
    "alphavantage_romeltorres/mock_company_overview": "IBM",
    "alphavantage_romeltorres/mock_foreign_exchange": "BTC",
    "alphavantage_romeltorres/mock_technical_indicator": "MSFT",
    "alphavantage_romeltorres/symbol_search": "BA",
}
"""Answers to other functions than ours, each with a symbol that it is about."""
PAGES = {
    "newsapi/everything_bitcoin_2020.json": (
        7724,
        20,
        "Cdr.cz",
        "2020-08-09 07:00:00",
        "https://cdr.cz/clanek/mlade-nezajima-zlato-investuji-radeji-do-bitcoinu",
        "2020-08-08 21:00:23",
    ),
    "newsapi/top_headlines_in_business_2020.json": (
        70,
        20,
        "The Times of India",
        "2020-02-22 20:55:00",
        "https://timesofindia.indiatimes.com/business/india-business/"
        "govt-summons-urgent-meeting-on-telco-relief/articleshow/74262177.cms",
        "2020-02-22 06:15:00",
    ),
    "newsapi/top_headlines_us_2023.json": (
        34,
        20,
        "YouTube",
        "2023-05-23 13:58:57",
        "https://www.youtube.com/watch?v=nnBpTyKYjd8",
        "2023-05-23 10:10:43",
    ),
}
"""In all, on the page, the first one's outlet, time and address, the last one's time (by jq)."""

Parser = Callable[[bytes, str], object]
PARSERS: dict[str, Parser] = {
    "half hours": lambda body, asked: parse_intraday(body, asked, asked, Interval.HALF_HOUR),
    "days": lambda body, asked: parse_daily(body, asked, asked, NEW_YORK),
    "a quote": lambda body, asked: parse_global_quote(body, asked, asked, NEW_YORK, LATER),
    "quotes": lambda body, asked: parse_bulk_quotes(body, {asked: asked}, LATER),
    "splits": lambda body, asked: parse_splits(body, asked, asked, NEW_YORK, LATER),
    "dividends": lambda body, asked: parse_dividends(body, asked, asked, NEW_YORK, LATER),
    "news": lambda body, asked: parse_feed(body, {asked: asked}),
}


def test_no_recorded_answer_is_left_unread(shared_data: Path) -> None:
    folder = shared_data / "responses"
    files = [*folder.glob("alphavantage_*/*"), *folder.glob("newsapi/*")]
    names = {str(file.relative_to(folder)) for file in files}
    assert names == PARSED | NEVER_ASKED_FOR.keys() | PAGES.keys()


@pytest.mark.parametrize("name", PAGES)
def test_the_recorded_pages_of_news_hold_what_stands_in_them(shared_data: Path, name: str) -> None:
    page = parse_page((shared_data / "responses" / name).read_bytes())
    first, last = page.articles[0], page.articles[-1]
    assert PAGES[name] == (
        page.total,
        len(page.articles),
        first.outlet,
        f"{first.published_at:%Y-%m-%d %H:%M:%S}",
        first.url,
        f"{last.published_at:%Y-%m-%d %H:%M:%S}",
    )


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("name", NEVER_ASKED_FOR)
def test_an_answer_to_another_function_is_taken_for_nothing_else(
    shared_data: Path, name: str, parser: str
) -> None:
    body = (shared_data / "responses" / name).read_bytes()
    asked = NEVER_ASKED_FOR[name]
    assert refusal_by(lambda: LATER, asked)(Answer(200, {}, body)) is None
    with pytest.raises(Malformed):
        PARSERS[parser](body, asked)
