"""EDGAR: who is who, what was filed, and when in truth.

No recorded answer is at hand: the shapes are the documented ones, and the instants of acceptance
those that public measurements compare with the filings' own headers.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fintech_pipeline.clock import Window
from fintech_pipeline.errors import Malformed, RateLimited, Unauthorized, Unavailable
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.matching import match
from fintech_pipeline.news.providers.edgar.filings import parse_filings
from fintech_pipeline.news.providers.edgar.forms import meaning_of, told_items
from fintech_pipeline.news.providers.edgar.provider import Edgar, user_agent
from fintech_pipeline.news.providers.edgar.refusals import refusal
from fintech_pipeline.quota.calls import Answer
from tests.vendors.news_standin import Reply, Request, as_json, standing_in
from tests.vendors.plain_asking import Asking, at

APPLE = Instrument("AAPL", "Apple Inc.", mic="XNAS")
BERKSHIRE = Instrument("BRK.B", "Berkshire Hathaway Inc.")
CLASSES = [Instrument(s, "Alphabet Inc.", mic="XNAS") for s in ("GOOG", "GOOGL")]
SYDNEY = Instrument("ALL", "Aristocrat Leisure Limited", mic="XASX", currency="AUD")
MAY = Window(at("2024-05-01 00:00"), at("2024-06-01 00:00"))
COLUMNS = (
    "accessionNumber",
    "filingDate",
    "acceptanceDateTime",
    "form",
    "items",
    "primaryDocument",
)
EARNINGS = (
    "0000320193-24-000067",
    "2024-05-02",
    "2024-05-02T20:30:41.000Z",
    "8-K",
    "2.02,9.01",
    "aapl-20240502.htm",
)


def columns(*rows: tuple[Any, ...]) -> dict[str, Any]:
    recent = {name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)}
    return {"name": "Whatever", "filings": {"recent": recent, "files": []}}


def filed(number: int, on: str, time: str, form: str = "8-K") -> tuple[Any, ...]:
    return (f"0000000001-25-{number:06d}", on, f"{time}.000Z", form, "8.01", "doc.htm")


class StandIn:
    """Both hosts in one: the directory and the companies' filings, for those who say who asks."""

    def __init__(self) -> None:
        self.directory: Any = {
            "0": {"cik_str": 320193, "ticker": "AAPL", "title": "Apple Inc."},
            "1": {"cik_str": 1067983, "ticker": "BRK-B", "title": "BERKSHIRE HATHAWAY INC"},
            "2": {"cik_str": 1652044, "ticker": "GOOGL", "title": "Alphabet Inc."},
            "3": {"cik_str": 1652044, "ticker": "GOOG", "title": "Alphabet Inc."},
            "4": {"cik_str": 899051, "ticker": "ALL", "title": "ALLSTATE CORP"},
        }
        self.filings: dict[int, Any] = {320193: columns(EARNINGS)}
        self.paths: list[str] = []

    def __call__(self, request: Request) -> Reply:
        self.paths.append(request.path)
        if "@" not in request.headers.get("user-agent", ""):
            page = b"<html>Your Request Originates from an Undeclared Automated Tool</html>"
            return Reply(page, 403, "text/html")
        if request.path == "/files/company_tickers.json":
            return as_json(self.directory)
        cik = int(request.path.removeprefix("/submissions/CIK").removesuffix(".json"))
        assert request.path == f"/submissions/CIK{cik:010d}.json"
        if cik not in self.filings:
            return Reply(b"<Error><Code>NoSuchKey</Code></Error>", 404, "application/xml")
        return as_json(self.filings[cik])


@pytest.fixture
def vendor() -> StandIn:
    return StandIn()


@pytest.fixture
def asking(vendor: StandIn) -> Iterator[Asking]:
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
    vendor: StandIn, asking: Asking
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
    vendor: StandIn, asking: Asking
) -> None:
    assert edgar(asking).articles([SYDNEY], MAY).articles == []
    assert vendor.paths == []  # Allstate's filings are not Aristocrat's


def test_unknown_and_vanished_companies_cost_themselves(vendor: StandIn, asking: Asking) -> None:
    vendor.directory["5"] = {"cik_str": 99, "ticker": "GONE", "title": "Gone"}
    several = [Instrument("GONE", "Gone"), Instrument("NEW", "Newcomer"), APPLE]
    answer = edgar(asking).articles(several, MAY)
    assert len(answer.articles) == 1
    assert answer.problems == [
        "EDGAR knows no company of the ticker NEW.",
        "GONE: EDGAR has no such file.",
    ]
    assert answer.lacking == {"GONE": "EDGAR has no such file."}


def test_the_directory_is_asked_for_once_a_day(vendor: StandIn, asking: Asking) -> None:
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
    assert isinstance(refusal(Answer(503, {}, b"")), Unavailable)
    assert refusal(Answer(200, {}, b"")) is None


def test_filings_outside_the_window_and_of_no_interest_are_left_without_a_word(
    vendor: StandIn, asking: Asking
) -> None:
    vendor.filings[320193] = columns(
        EARNINGS,
        ("0000320193-24-000070", "2024-05-03", "2024-05-03T22:30:00.000Z", "4", "", "form4.xml"),
        ("0000320193-24-000050", "2024-04-30", "2024-04-30T20:30:00.000Z", "8-K", "8.01", "x.htm"),
    )
    answer = edgar(asking).articles([APPLE], MAY)
    assert [a.provider_id for a in answer.articles] == ["0000320193-24-000067"]
    assert answer.problems == []


def test_ragged_columns_cost_only_what_lacks_a_value(vendor: StandIn, asking: Asking) -> None:
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


def test_a_window_older_than_the_recent_filings_is_said(vendor: StandIn, asking: Asking) -> None:
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


def test_a_directory_that_names_nobody_is_malformed(vendor: StandIn, asking: Asking) -> None:
    vendor.directory = {"0": {"cik_str": -1, "ticker": "AAPL"}, "1": "x"}
    with pytest.raises(Malformed, match="without companies"):
        edgar(asking).articles([APPLE], MAY)
