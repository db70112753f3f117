"""EDGAR: who is who, what was filed, and when in truth.

No recorded answer is at hand: the shapes are the documented ones, and the instants of acceptance
those that public measurements compare with the filings' own headers.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fintech_pipeline.clock import Sighting, Window
from fintech_pipeline.errors import Malformed, RateLimited, Unauthorized
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.collection import collect_news
from fintech_pipeline.news.matching import match
from fintech_pipeline.news.providers.edgar.filings import parse_filings
from fintech_pipeline.news.providers.edgar.forms import meaning_of, told_items
from fintech_pipeline.news.providers.edgar.provider import Edgar, user_agent
from fintech_pipeline.news.providers.edgar.refusals import refusal
from fintech_pipeline.news.providers.rss.provider import RssNews
from fintech_pipeline.quota.calls import Answer
from tests.vendors.asking import Asking, at
from tests.vendors.edgar_standin import EARNINGS, EdgarStandIn, columns, filed
from tests.vendors.standin import Reply, standing_in

APPLE = Instrument("AAPL", "Apple Inc.", mic="XNAS")
BERKSHIRE = Instrument("BRK.B", "Berkshire Hathaway Inc.")
CLASSES = [Instrument(s, "Alphabet Inc.", mic="XNAS") for s in ("GOOG", "GOOGL")]
SYDNEY = Instrument("ALL", "Aristocrat Leisure Limited", mic="XASX", currency="AUD")
MAY = Window(at("2024-05-01 00:00"), at("2024-06-01 00:00"))


@pytest.fixture
def vendor() -> EdgarStandIn:
    return EdgarStandIn()


@pytest.fixture
def asking(vendor: EdgarStandIn) -> Iterator[Asking]:
    with standing_in(vendor) as address:
        yield Asking(address, headers={"User-Agent": user_agent("me@example.org")})


class Clock:
    def __init__(self) -> None:
        self.now = at("2024-06-03 12:00")

    def __call__(self) -> Any:
        return self.now


def edgar(asking: Asking, clock: Clock | None = None) -> Edgar:
    return Edgar(asking, asking, clock or Clock())


def test_a_filing_becomes_an_article_that_says_what_it_is(asking: Asking) -> None:
    answer = edgar(asking).articles([APPLE], MAY)
    (article,) = answer.articles
    assert article.headline == "Apple Inc. filed 8-K: results of operations (2.02), exhibits (9.01)"
    assert article.url == (
        "https://www.sec.gov/Archives/edgar/data/320193/000032019324000067/aapl-20240502.htm"
    )
    # 16:30:41 in New York, in summer time: an hour before EDGAR dates filings tomorrow.
    assert article.published_at == at("2024-05-02 20:30").replace(second=41)
    assert article.provider_id == "0000320193-24-000067"
    assert match(article, [APPLE])[0].relevance == 1.0
    assert answer.problems == []


def test_share_classes_are_found_by_a_dash_and_asked_for_once(
    vendor: EdgarStandIn, asking: Asking
) -> None:
    vendor.filings[1067983] = columns(
        ("0001193125-24-000001", "2024-05-06", "2024-05-06T20:05:00.000Z", "10-Q", "", "b.htm")
    )
    vendor.filings[1652044] = vendor.filings[320193]
    answer = edgar(asking).articles([BERKSHIRE, *CLASSES], MAY)
    assert vendor.paths[1:] == [
        "/submissions/CIK0001067983.json",
        "/submissions/CIK0001652044.json",
    ]
    first, second = answer.articles
    assert first.headline == "Berkshire Hathaway Inc. filed 10-Q: quarterly report"
    assert second.symbols == {"GOOG", "GOOGL"}


def test_a_ticker_of_another_exchange_is_never_taken_for_an_american_one(
    vendor: EdgarStandIn, asking: Asking
) -> None:
    assert edgar(asking).articles([SYDNEY], MAY).articles == []
    assert vendor.paths == []  # Allstate's filings are not Aristocrat's


def test_unknown_and_vanished_companies_cost_themselves(
    vendor: EdgarStandIn, asking: Asking
) -> None:
    vendor.directory["5"] = {"cik_str": 99, "ticker": "GONE", "title": "Gone"}
    several = [Instrument("GONE", "Gone"), Instrument("NEW", "Newcomer"), APPLE]
    answer = edgar(asking).articles(several, MAY)
    assert len(answer.articles) == 1
    assert answer.problems == [
        "EDGAR knows no company of the ticker NEW.",
        "GONE: vendor answered the call for filings of GONE with HTTP 404: it has nothing there;"
        " check its address.",
    ]
    assert answer.lacking == {"GONE": answer.problems[1].removeprefix("GONE: ")}


def test_two_filings_that_read_alike_are_two_and_one_that_a_feed_brings_too_is_one(
    vendor: EdgarStandIn, asking: Asking
) -> None:
    morning, evening = (
        (f"0000320193-24-0000{number}", "2024-05-02", f"2024-05-02T{time}.000Z", "8-K", "8.01", "")
        for number, time in ((70, "12:30:41"), (71, "20:30:41"))
    )
    vendor.filings[320193] = columns(evening, morning)
    folder = "https://www.sec.gov/Archives/edgar/data/320193/000032019324000071"
    entry = (
        "<entry><title>8-K - Apple Inc. (0000320193) (Filer)</title>"
        f'<link href="{folder}/0000320193-24-000071-index.htm"/>'
        "<id>urn:tag:sec.gov,2008:accession-number=0000320193-24-000071</id>"
        "<updated>2024-05-02T16:30:41-04:00</updated></entry>"
    )
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Filings</title>{entry}</feed>'
    with standing_in(lambda _: Reply(atom.encode(), content_type="application/atom+xml")) as feed:
        news = collect_news(
            [edgar(asking), RssNews((feed,), Asking, Clock())],
            [APPLE],
            MAY,
            lambda delay: Sighting(at("2024-06-03 12:00"), live=False, usual_delay=delay),
        )
    assert news.seen == 3
    assert [(f.provider, f.article.provider_id[-2:]) for f in news.found] == [
        ("edgar", "70"),
        ("edgar", "71"),
    ]
    assert len({f.article.headline for f in news.found}) == 1


def test_the_directory_is_asked_for_once_a_day(vendor: EdgarStandIn, asking: Asking) -> None:
    clock = Clock()
    provider = edgar(asking, clock)
    for hours in (0, 23, 24, 47):
        clock.now = at("2024-06-03 12:00") + timedelta(hours=hours)
        provider.articles([APPLE], MAY)
    assert vendor.paths.count("/files/company_tickers.json") == 2


def test_edgar_refuses_who_does_not_say_who_asks(asking: Asking) -> None:
    asking.headers = {}
    with pytest.raises(Unauthorized, match=r"news\.edgar\.contact"):
        edgar(asking).articles([APPLE], MAY)


def test_refusals_by_status_and_page() -> None:
    page = b"<html>Request Rate Threshold Exceeded</html>"
    limited = refusal(Answer(403, {}, page))
    assert isinstance(limited, RateLimited)
    assert limited.retry_after == timedelta(minutes=10)
    assert isinstance(refusal(Answer(429, {}, b"")), RateLimited)
    assert all(refusal(Answer(status, {}, b"")) is None for status in (200, 404, 503))


def test_filings_outside_the_window_and_of_no_interest_are_left_without_a_word(
    vendor: EdgarStandIn, asking: Asking
) -> None:
    vendor.filings[320193] = columns(
        EARNINGS,
        ("0000320193-24-000070", "2024-05-03", "2024-05-03T22:30:00.000Z", "4", "", "form4.xml"),
        ("0000320193-24-000050", "2024-04-30", "2024-04-30T20:30:00.000Z", "8-K", "8.01", "x.htm"),
    )
    answer = edgar(asking).articles([APPLE], MAY)
    assert [a.provider_id for a in answer.articles] == ["0000320193-24-000067"]
    assert answer.problems == []


def test_ragged_columns_cost_only_what_lacks_a_value(vendor: EdgarStandIn, asking: Asking) -> None:
    tree = columns(EARNINGS, filed(2, "2024-05-03", "2024-05-03T14:00:00"))
    recent = tree["filings"]["recent"]
    del recent["acceptanceDateTime"][1], recent["items"], recent["primaryDocument"][0:]
    vendor.filings[320193] = tree
    answer = edgar(asking).articles([APPLE], MAY)
    (article,) = answer.articles
    assert article.headline == "Apple Inc. filed 8-K: current report"
    assert article.url.endswith("/000032019324000067/0000320193-24-000067-index.htm")
    assert answer.problems == [
        "1 of EDGAR's filings of AAPL lack a form or a time and were left out."
    ]


def test_a_window_older_than_the_recent_filings_is_said(
    vendor: EdgarStandIn, asking: Asking
) -> None:
    vendor.filings[320193]["filings"]["files"] = [{"name": "CIK0000320193-submissions-001.json"}]
    answer = edgar(asking).articles([APPLE], Window(at("2020-01-01 00:00"), MAY.end))
    assert len(answer.articles) == 1
    assert "read back to 2024-05-02" in answer.problems[0]


def accepted(*rows: tuple[Any, ...]) -> list[str]:
    filings = parse_filings(json.dumps(columns(*rows)).encode()).filings
    return [f"{f.accepted_at:%Y-%m-%d %H:%M}" for f in filings]


def test_a_company_whose_stamps_are_new_yorks_clock_is_read_so() -> None:
    """U.S. Steel and Hess in 2025: their headers say 16:21:59 and 07:30:32 Eastern."""
    assert accepted(filed(28, "2025-05-01", "2025-05-01T16:21:59")) == ["2025-05-01 20:21"]
    assert accepted(filed(20, "2025-04-30", "2025-04-30T07:30:32")) == ["2025-04-30 11:30"]


def test_a_company_whose_stamps_are_utc_is_read_so() -> None:
    """Apple's annual report of 2023: its header says 18:08:27 Eastern, filed the day after."""
    report = filed(106, "2023-11-03", "2023-11-02T22:08:27", "10-K")
    assert accepted(report) == ["2023-11-02 22:08"]
    # At noon nothing tells; a company's other filings do.
    noon = filed(107, "2023-11-06", "2023-11-06T16:00:00")
    assert accepted(report, noon) == ["2023-11-02 22:08", "2023-11-06 16:00"]


def test_where_nothing_tells_the_later_instant_is_taken() -> None:
    """Nothing is ever known too early: 16:00 may be noon in New York, or four."""
    assert accepted(filed(1, "2023-11-06", "2023-11-06T16:00:00")) == ["2023-11-06 21:00"]


def test_summer_time_is_new_yorks() -> None:
    winter = filed(1, "2025-03-07", "2025-03-07T07:00:00")
    summer = filed(2, "2025-03-10", "2025-03-10T07:00:00")
    assert accepted(winter, summer) == ["2025-03-07 12:00", "2025-03-10 11:00"]


def test_items_and_amendments_are_told_in_words() -> None:
    assert told_items("5.02,9.01,9.01") == (
        "directors or officers depart or are appointed (5.02), exhibits (9.01)"
    )
    assert told_items("9.99,5,12") == "item 9.99"
    assert meaning_of("10-Q/A") == "amended quarterly report"
    assert meaning_of("4") is None


def test_a_directory_that_names_nobody_is_malformed(vendor: EdgarStandIn, asking: Asking) -> None:
    vendor.directory = {"0": {"cik_str": -1, "ticker": "AAPL"}, "1": "x"}
    with pytest.raises(Malformed, match="without companies"):
        edgar(asking).articles([APPLE], MAY)
