"""Yahoo as a market provider: yfinance itself, led to a stand-in of Yahoo's chart interface."""

import inspect
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from curl_cffi import requests as curl
from yfinance import cache
from yfinance import exceptions as theirs

from fintech_pipeline.clock import Sighting, Window
from fintech_pipeline.errors import (
    Malformed,
    NoData,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unavailable,
)
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.collection import MarketCollected, collect_bars
from fintech_pipeline.market.provider import MarketAnswer
from fintech_pipeline.market.providers.yahoo import provider as module
from fintech_pipeline.market.providers.yahoo.history import YAHOO, translated, vendor_symbol
from fintech_pipeline.market.providers.yahoo.provider import Yahoo
from fintech_pipeline.market.providers.yahoo.session import GrantedSession
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.probes import probe
from fintech_pipeline.quota.calls import Call
from fintech_pipeline.quota.granting import Granted, Outcome
from fintech_pipeline.settings.providers import YahooSettings
from tests.vendors.standin import Reply, standing_in
from tests.vendors.yahoo_standin import Row, YahooStandIn

NOW = datetime(2025, 12, 1, 12, 0, tzinfo=UTC)
"""The Monday after Thanksgiving, before New York opens."""
FRIDAY = datetime(2025, 11, 28, 14, 30, tzinfo=UTC)
"""The open of the half day, which closes at 18:00Z."""
QUARTER = timedelta(minutes=15)
WEEK = Window(datetime(2025, 11, 24, tzinfo=UTC), NOW)


def quarters(opened_at: datetime, count: int) -> dict[datetime, Row]:
    """Rows of 15 minutes, each a dollar above the one before."""
    return {
        opened_at + place * QUARTER: (10.0 + place, 12.0 + place, 9.0 + place, 11.0 + place, 100.0)
        for place in range(count)
    }


HALF_DAY = quarters(FRIDAY, 14)


@pytest.fixture
def vendor() -> Iterator[YahooStandIn]:
    standin = YahooStandIn()
    with standing_in(standin) as standin.url:
        yield standin


@contextmanager
def granted(_call: Call) -> Iterator[Outcome]:
    yield Outcome()


def market(
    vendor: YahooStandIn, folder: Path, now: datetime = NOW, gate: Granted = granted
) -> Yahoo:
    return Yahoo(gate, granted, folder / "yfinance", lambda: now, base_url=vendor.url)


def instruments(*symbols: str) -> list[Instrument]:
    return [Instrument(symbol, f"{symbol} Inc.") for symbol in symbols]


def told(answer: MarketAnswer, symbol: str) -> str:
    return "; ".join(problem.reason for problem in answer.problems if problem.symbol == symbol)


def opens(answer: MarketAnswer, interval: Interval = Interval.QUARTER_HOUR) -> list[str]:
    [bars] = [bars for bars in answer.bars if bars.interval is interval]
    return [str(at)[:16] for at in bars.opened_at]


def test_it_says_what_it_is(tmp_path: Path) -> None:
    provider = Yahoo(granted, granted, tmp_path)
    assert (provider.name, provider.simulated) == ("yahoo", False)
    assert provider.usual_delay == timedelta(minutes=1)


def test_only_at_another_address_than_yahoos_own_is_the_library_led(
    vendor: YahooStandIn,
) -> None:
    assert YahooSettings().base_url == YAHOO
    session = GrantedSession(granted, granted, lambda: NOW, f"{vendor.url}/mirror/")
    session.get("https://query1.finance.yahoo.com/v1/test/getcrumb?lang=en", timeout=5)
    assert [one.head.split(" ")[1] for one in vendor.requests] == [
        "/mirror/v1/test/getcrumb?lang=en"
    ]


def collected(provider: Yahoo) -> MarketCollected:
    """What a collection makes of its answer for Apple."""

    def sighting(delay: timedelta) -> Sighting:
        return Sighting(NOW, live=False, usual_delay=delay)

    intervals = (Interval.HALF_HOUR, Interval.DAY)
    return collect_bars([provider], instruments("AAPL"), WEEK, intervals, sighting)


def test_half_hours_are_made_of_the_quarters_that_yahoo_has(
    vendor: YahooStandIn, tmp_path: Path
) -> None:
    vendor.minutes = {"AAPL": HALF_DAY}
    halves, day = collected(market(vendor, tmp_path)).parts
    assert [str(at)[11:16] for at in halves.series.bars.opened_at] == [
        *("14:30", "15:00", "15:30", "16:00", "16:30", "17:00", "17:30"),
    ]
    first = [float(column[0]) for column in halves.series.bars.columns()[1:]]
    assert first == [10.0, 13.0, 9.0, 12.0, 200.0]
    assert len(day.series) == 1


def test_a_share_class_stands_after_a_dash(vendor: YahooStandIn, tmp_path: Path) -> None:
    vendor.minutes = {"BRK-B": HALF_DAY}
    [bars] = market(vendor, tmp_path).bars(instruments("BRK.B"), WEEK).bars
    assert bars.symbol == "BRK.B"
    assert vendor.charts() == ["BRK-B 15m"], "one request, and none for a time zone"
    assert vendor_symbol(Instrument("7203", "Toyota", mic="XTKS")) == "7203.T"
    assert vendor_symbol(Instrument("ENEL", "Enel", mic="XMIL")) == "ENEL.MI"
    assert vendor_symbol(Instrument("NSRGY", "Nestle", mic="OTCM")) == "NSRGY"
    with pytest.raises(NoData, match="XSIM"):
        vendor_symbol(Instrument("AAPL", "Apple", mic="XSIM"))


@pytest.mark.parametrize(
    ("opened_at", "now"),
    [
        (datetime(2025, 3, 7, 14, 30, tzinfo=UTC), datetime(2025, 3, 11, tzinfo=UTC)),
        (datetime(2025, 3, 10, 13, 30, tzinfo=UTC), datetime(2025, 3, 11, tzinfo=UTC)),
    ],
)
def test_around_a_change_of_clocks_bars_stay_where_they_were(
    vendor: YahooStandIn, tmp_path: Path, opened_at: datetime, now: datetime
) -> None:
    vendor.minutes = {"AAPL": quarters(opened_at, 26)}
    window = Window(now - timedelta(days=6), now)
    answer = market(vendor, tmp_path, now).bars(instruments("AAPL"), window)
    assert len(opens(answer)) == 26
    assert opens(answer)[0] == f"{opened_at:%Y-%m-%dT%H:%M}"


def test_before_the_last_sixty_days_there_are_days_and_no_session_comes_twice(
    vendor: YahooStandIn, tmp_path: Path
) -> None:
    sessions = calendar_of("XNYS").sessions(Window(datetime(2025, 9, 22, tzinfo=UTC), NOW))
    at = [datetime.fromisoformat(f"{opened}+00:00") for opened in sessions.opened_at]
    vendor.days = {"AAPL": dict.fromkeys(at, (10.0, 12.0, 9.0, 11.0, 1000.0))}
    vendor.minutes = {"AAPL": {k: v for day in at for k, v in quarters(day, 26).items()}}
    window = Window(datetime(2025, 9, 22, tzinfo=UTC), NOW)
    answer = market(vendor, tmp_path).bars(instruments("AAPL"), window)
    days, halves = opens(answer, Interval.DAY), opens(answer)
    assert days[0] == "2025-09-22T13:30"
    assert days[-1] == "2025-10-02T13:30"
    assert halves[0] == "2025-10-03T13:30", "59 days ago is the evening of 2025-10-02 in New York"
    assert vendor.charts() == ["AAPL 1d", "AAPL 15m"]


def test_what_it_brings_is_stored(vendor: YahooStandIn, tmp_path: Path) -> None:
    vendor.minutes = {"AAPL": HALF_DAY}
    found = collected(market(vendor, tmp_path))
    halves, day = found.parts
    assert (len(halves.series), len(day.series)) == (7, 1)
    assert str(day.known_at[0])[:16] == "2025-11-28T18:01"
    assert (found.flaws, found.actions) == ([], [])


def test_a_half_hour_that_still_trades_is_left_for_a_later_run(
    vendor: YahooStandIn, tmp_path: Path
) -> None:
    vendor.minutes = {"AAPL": quarters(FRIDAY, 3)}
    now = FRIDAY + timedelta(minutes=40)
    window = Window(FRIDAY, FRIDAY + timedelta(hours=1))
    # Its first quarter is there; a half hour is made once its last may have come.
    assert opens(market(vendor, tmp_path, now).bars(instruments("AAPL"), window)) == [
        "2025-11-28T14:30",
        "2025-11-28T14:45",
    ]


def test_bars_of_the_future_are_left_out_and_told(vendor: YahooStandIn, tmp_path: Path) -> None:
    vendor.minutes = {"AAPL": HALF_DAY}
    now = FRIDAY + timedelta(minutes=61)
    window = Window(FRIDAY, FRIDAY + timedelta(hours=4))
    answer = market(vendor, tmp_path, now).bars(instruments("AAPL"), window)
    assert len(opens(answer)) == 4
    assert "9 rows of Yahoo were dated in the future" in told(answer, "AAPL")


def test_a_hole_in_yahoos_rows_costs_its_half_hour_only(
    vendor: YahooStandIn, tmp_path: Path
) -> None:
    hole: dict[datetime, Row] = {FRIDAY + place * QUARTER: [None] * 5 for place in (2, 3, 6)}
    vendor.minutes = {"AAPL": {**HALF_DAY, **hole}}
    found = collected(market(vendor, tmp_path))
    halves = found.parts[0].series.bars
    assert "2025-11-28T15:00" not in [str(at)[:16] for at in halves.opened_at]
    assert len(halves) == 6
    # What lacks a half of itself is made all the same, and told of.
    (flaw,) = found.flaws
    assert flaw.sentence == (
        "AAPL: 1 bar was made of fewer quarter-hour bars than trade in a half hour, the first at"
        " 2025-11-28 16:00Z."
    )


def test_a_symbol_that_is_no_longer_listed_costs_only_itself(
    vendor: YahooStandIn, tmp_path: Path
) -> None:
    vendor.minutes = {"AAPL": HALF_DAY}
    answer = market(vendor, tmp_path).bars(instruments("TWTR", "AAPL"), WEEK)
    assert [bars.symbol for bars in answer.bars] == ["AAPL"]
    assert told(answer, "TWTR") == "Yahoo has no bars of TWTR in this time, or no longer lists it"


def test_where_nothing_trades_nothing_is_asked(vendor: YahooStandIn, tmp_path: Path) -> None:
    thanksgiving = Window(datetime(2025, 11, 27, tzinfo=UTC), datetime(2025, 11, 28, tzinfo=UTC))
    answer = market(vendor, tmp_path).bars(instruments("AAPL"), thanksgiving)
    assert answer == MarketAnswer([])
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(b"Too Many Requests\r\n", 429), RateLimited),
        (Reply(b"Will be right back..."), Unavailable),
        (Reply(b"<html>Sorry</html>", 503), Unavailable),
        (Reply(b"<html>Sorry</html>"), Malformed),
        (Reply(b'{"chart": {"result": [{"meta"'), Malformed),
        (Reply(b'{"chart": {"result": [{}], "error": null}}'), Malformed),
        (Reply(b"\xff\xfe\x00"), Malformed),
        (Reply(b"{}", seconds=1.5), Unavailable),
    ],
    ids=["throttled", "down", "failing", "a web page", "cut", "hollow", "no text", "too slow"],
)
def test_whatever_yahoo_answers_is_an_error_of_ours_and_the_good_rest_is_kept(
    vendor: YahooStandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reply: Reply,
    error: type[ProviderError],
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.5)
    vendor.minutes = {"AAPL": HALF_DAY}
    vendor.instead = {"MSFT": reply}
    answer = market(vendor, tmp_path).bars(instruments("AAPL", "MSFT"), WEEK)
    assert [bars.symbol for bars in answer.bars] == ["AAPL"]
    assert told(answer, "MSFT")
    with pytest.raises(error):
        market(vendor, tmp_path).bars(instruments("MSFT"), WEEK)


def test_a_bad_answer_is_not_remembered(vendor: YahooStandIn, tmp_path: Path) -> None:
    provider = market(vendor, tmp_path)
    vendor.instead = {"AAPL": Reply(b"<html>")}
    with pytest.raises(Malformed):
        provider.bars(instruments("AAPL"), WEEK)
    vendor.instead, vendor.minutes = {}, {"AAPL": HALF_DAY}
    assert len(opens(provider.bars(instruments("AAPL"), WEEK))) == 14


def test_after_too_many_requests_nothing_more_is_asked(
    vendor: YahooStandIn, tmp_path: Path
) -> None:
    vendor.minutes = {"AAPL": HALF_DAY, "KO": HALF_DAY}
    vendor.instead = {"MSFT": Reply(b"Too Many Requests", 429)}
    answer = market(vendor, tmp_path).bars(instruments("AAPL", "MSFT", "KO"), WEEK)
    assert [bars.symbol for bars in answer.bars] == ["AAPL"]
    assert told(answer, "KO").startswith("it was not asked for: Yahoo was asked too often")
    assert not [chart for chart in vendor.charts() if chart.startswith("KO")]


def test_nothing_is_asked_that_was_not_granted(vendor: YahooStandIn, tmp_path: Path) -> None:
    vendor.minutes = {"AAPL": HALF_DAY, "KO": HALF_DAY}
    calls: list[Call] = []

    @contextmanager
    def one_only(call: Call) -> Iterator[Outcome]:
        if calls:
            raise QuotaExhausted("Yahoo's share of today is used up", NOW)
        calls.append(call)
        yield Outcome()

    answer = market(vendor, tmp_path, gate=one_only).bars(instruments("AAPL", "KO"), WEEK)
    assert [bars.symbol for bars in answer.bars] == ["AAPL"]
    assert told(answer, "KO") == "Yahoo's share of today is used up"
    assert vendor.charts() == ["AAPL 15m"]
    assert (calls[0].purpose, calls[0].symbols) == ("15m bars", ("AAPL",))


def test_a_vendor_nobody_can_reach_is_unavailable(tmp_path: Path) -> None:
    provider = Yahoo(granted, granted, tmp_path, lambda: NOW, base_url="http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="cannot be reached for AAPL"):
        provider.bars(instruments("AAPL"), WEEK)


def foreign() -> list[Exception]:
    """One of every error that yfinance and its HTTP library define."""
    found: list[Exception] = []
    for scope in (theirs, curl.exceptions):
        for kind in vars(scope).values():
            if not inspect.isclass(kind) or issubclass(kind, Warning):
                continue
            if issubclass(kind, Exception):
                wanted = [
                    parameter.default is parameter.empty
                    for parameter in inspect.signature(kind.__init__).parameters.values()
                    if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
                ]
                found.append(kind(*["x"] * (sum(wanted) - 1)))
    return found


@pytest.mark.parametrize("error", foreign(), ids=lambda error: type(error).__name__)
def test_every_error_of_the_library_becomes_one_of_ours(error: Exception) -> None:
    with pytest.raises(ProviderError, match=r"^Yahoo") as caught, translated("AAPL"):
        raise error
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "error", [KeyError("close"), TypeError(), IndexError(), AttributeError(), OverflowError()]
)
def test_what_an_odd_answer_breaks_inside_the_library_is_malformed(error: Exception) -> None:
    with pytest.raises(Malformed), translated("AAPL"):
        raise error


def test_a_mistake_of_ours_is_not_blamed_on_yahoo() -> None:
    with pytest.raises(KeyboardInterrupt), translated("AAPL"):
        raise KeyboardInterrupt


def test_it_writes_into_its_own_folder_and_is_quiet(
    vendor: YahooStandIn,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with caplog.at_level(logging.INFO):
        market(vendor, tmp_path).bars(instruments("TWTR"), WEEK)
    assert [record for record in caplog.records if record.name.startswith("yfinance")] == []
    assert capfd.readouterr() == ("", "")
    for manager in (cache._TzDBManager, cache._CookieDBManager, cache._ISINDBManager):
        assert Path(manager.get_location()) == tmp_path / "yfinance"


def test_one_chart_of_what_everybody_knows_shows_whether_it_answers(
    vendor: YahooStandIn, tmp_path: Path
) -> None:
    vendor.days = {"IBM": {FRIDAY: (10.0, 12.0, 9.0, 11.0, 100.0)}}
    assert probe(market(vendor, tmp_path), lambda: NOW) is None
    assert vendor.charts() == ["IBM 1d"]
    vendor.days = {}
    with pytest.raises(NoData):
        probe(market(vendor, tmp_path), lambda: NOW)
