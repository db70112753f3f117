"""Yahoo and the ledger: yfinance makes no request that was not granted, and its failures count."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from yfinance.data import YfData

from fintech_pipeline.errors import Paused, RateLimited, Unavailable
from fintech_pipeline.market.providers.yahoo.provider import COOKIES, Yahoo
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.granting import Granting
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.quota.tables import provider_calls
from fintech_pipeline.storage.database import Database
from tests.vendors.standin import Reply, standing_in
from tests.vendors.test_yahoo_market import HALF_DAY, NOW, WEEK, instruments, told
from tests.vendors.yahoo_standin import YahooStandIn

NOBODY = "http://127.0.0.1:9"
BUSY = Reply(b"<html>Service Unavailable</html>", 503)
SYMBOLS = ("AAPL", "IBM", "KO", "MSFT", "TSLA", "XOM", "V")


@pytest.fixture
def vendor() -> Iterator[YahooStandIn]:
    standin = YahooStandIn(minutes=dict.fromkeys(SYMBOLS, HALF_DAY))
    with standing_in(standin) as standin.url:
        yield standin


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, sleep=lambda _: None)


@pytest.fixture(autouse=True)
def _a_process_without_a_cookie() -> None:
    # yfinance keeps both for as long as the process lives.
    YfData()._cookie = YfData()._crumb = None


def yahoo(ledger: Ledger, url: str, folder: Path, per_day: int | None = None) -> Yahoo:
    allowance = Allowance(per_day=per_day)
    charts, cookies = (Granting(ledger, name, allowance) for name in ("yahoo", COOKIES))
    return Yahoo(charts, cookies, folder / "yfinance", lambda: NOW, base_url=url)


def calls(ledger: Ledger, name: str) -> list[tuple[str, str, str | None]]:
    columns = provider_calls.c
    about = sa.func.array_to_string(columns.symbols, ",")
    query = sa.select(about, columns.state, columns.told).where(columns.provider == name)
    with ledger.database.transaction() as connection:
        found = connection.execute(query.order_by(columns.id))
        return [(row[0], row[1], row[2]) for row in found]


def test_each_request_is_granted_also_those_for_a_cookie(
    vendor: YahooStandIn, ledger: Ledger, tmp_path: Path
) -> None:
    answer = yahoo(ledger, vendor.url, tmp_path).bars(instruments("AAPL", "GONE"), WEEK)
    assert [bars.symbol for bars in answer.bars] == ["AAPL"]
    charts, cookies = calls(ledger, "yahoo"), calls(ledger, COOKIES)
    # What is not found yfinance asks for once more, with another cookie.
    assert charts == [("AAPL", "made", None), ("GONE", "made", None), ("GONE", "made", None)]
    assert len(cookies) >= 2
    assert len(charts) + len(cookies) == len(vendor.paths)


def test_when_the_day_is_spent_nothing_more_is_asked(
    vendor: YahooStandIn, ledger: Ledger, tmp_path: Path
) -> None:
    provider = yahoo(ledger, vendor.url, tmp_path, per_day=1)
    answer = provider.bars(instruments("AAPL", "IBM"), WEEK)
    assert [bars.symbol for bars in answer.bars] == ["AAPL"]
    assert "its 1 requests of today are spent" in told(answer, "IBM")
    assert len(vendor.paths) == 2, "a cookie and a chart"


def test_a_yahoo_that_fails_again_and_again_is_left_alone(
    vendor: YahooStandIn, ledger: Ledger, tmp_path: Path
) -> None:
    vendor.instead = dict.fromkeys(SYMBOLS, BUSY)
    provider = yahoo(ledger, vendor.url, tmp_path)
    with pytest.raises(Unavailable, match=r"^Yahoo failed with HTTP 503, asked for AAPL; ask"):
        provider.bars(instruments(*SYMBOLS), WEEK)
    assert vendor.charts() == [f"{symbol} 15m" for symbol in SYMBOLS[:5]], "and none of them twice"
    asked = len(vendor.paths)
    with pytest.raises(Paused, match="it failed 5 times in a row; nothing was asked"):
        provider.bars(instruments("AAPL"), WEEK)
    assert len(vendor.paths) == asked


def test_after_too_many_requests_nobody_asks_for_a_quarter_of_an_hour(
    vendor: YahooStandIn, ledger: Ledger, tmp_path: Path
) -> None:
    vendor.instead = {"AAPL": Reply(b"Too Many Requests\r\n", 429)}
    with pytest.raises(RateLimited) as caught:
        yahoo(ledger, vendor.url, tmp_path).bars(instruments("AAPL"), WEEK)
    assert caught.value.retry_after == timedelta(minutes=15)
    assert vendor.charts() == ["AAPL 15m"]
    another = Ledger(ledger.database)
    with pytest.raises(Paused, match="it asked for a pause"):
        yahoo(another, vendor.url, tmp_path).bars(instruments("KO"), WEEK)


def test_the_pause_that_yahoo_names_is_kept(
    vendor: YahooStandIn, ledger: Ledger, tmp_path: Path
) -> None:
    vendor.instead = {"AAPL": Reply(b"", 429, headers={"Retry-After": "3600"})}
    with pytest.raises(RateLimited) as caught:
        yahoo(ledger, vendor.url, tmp_path).bars(instruments("AAPL"), WEEK)
    assert caught.value.retry_after == timedelta(hours=1)


def test_only_what_was_certainly_not_made_is_given_back(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be reached for AAPL"):
        yahoo(ledger, NOBODY, tmp_path).bars(instruments("AAPL"), WEEK)
    assert calls(ledger, "yahoo") == [("AAPL", "refunded", "Unavailable")]
    assert {state for _, state, _ in calls(ledger, COOKIES)} == {"refunded"}
    assert ledger.standing("yahoo").failures == 1


def test_an_answer_that_never_comes_counts_as_spent(
    vendor: YahooStandIn, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fintech_pipeline.market.providers.yahoo.provider.TIMEOUT_SECONDS", 0.3)
    vendor.instead = {"AAPL": Reply(b"{}", seconds=1)}
    with pytest.raises(Unavailable):
        yahoo(ledger, vendor.url, tmp_path).bars(instruments("AAPL"), WEEK)
    assert calls(ledger, "yahoo") == [("AAPL", "made", "Unavailable")]


def test_where_no_cookie_can_be_had_the_charts_are_asked_for_without_one(
    vendor: YahooStandIn, ledger: Ledger, tmp_path: Path
) -> None:
    vendor.cookies = BUSY
    answer = yahoo(ledger, vendor.url, tmp_path).bars(instruments(*SYMBOLS), WEEK)
    assert len(answer.bars) == len(SYMBOLS)
    assert ledger.standing("yahoo").failures == 0
    # And after some attempts no more are made.
    assert len(calls(ledger, COOKIES)) == 5
