"""Alpha Vantage as a market provider, against a stand-in that speaks its wire format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from fintech_pipeline.clock import Sighting, Window
from fintech_pipeline.errors import (
    Malformed,
    PremiumOnly,
    ProviderError,
    QuotaExhausted,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.collection import collect_bars
from fintech_pipeline.market.provider import MarketAnswer
from fintech_pipeline.market.providers.alpha_vantage.provider import AlphaVantage, Asked, Plan
from fintech_pipeline.market.watchlist import Instrument
from tests.vendors.alpha_vantage_standin import AlphaVantageStandIn, Row, notice, series
from tests.vendors.asking import Asking
from tests.vendors.standin import KEY, Reply, standing_in

NOW = datetime(2025, 12, 1, 12, 0, tzinfo=UTC)
"""The Monday after Thanksgiving, before New York opens."""
WEEK = Window(datetime(2025, 11, 24, tzinfo=UTC), NOW)
FIRST = datetime(2025, 11, 28, 14, 30, tzinfo=UTC)
SLOT = Window(FIRST, FIRST + timedelta(minutes=30))
DAYS: dict[str, Row] = {
    "2025-11-24": (10.0, 12.0, 9.0, 11.0, 1000.0),
    "2025-11-25": (11.0, 13.0, 10.0, 12.0, 1100.0),
    "2025-11-26": (12.0, 14.0, 11.0, 13.0, 1200.0),
    "2025-11-28": (13.0, 15.0, 12.0, 14.0, 600.0),
}
FRIDAY: dict[str, Row] = {
    f"2025-11-28 {hour:02d}:{minute:02d}:00": (10.0, 12.0, 9.0, 11.0, 100.0)
    for hour, minute in [(9, 30), (10, 0), (10, 30), (11, 0), (11, 30), (12, 0), (12, 30)]
}
"""All half hours of the half day."""


@pytest.fixture
def vendor() -> Iterator[AlphaVantageStandIn]:
    standin = AlphaVantageStandIn()
    with standing_in(standin) as standin.url:
        yield standin


def instruments(*symbols: str) -> list[Instrument]:
    return [Instrument(symbol, f"{symbol} Inc.") for symbol in symbols]


@dataclass
class Remembered:
    """What was asked and is stored, and nobody before anybody else."""

    at: Asked = field(default_factory=dict)
    days: set[tuple[str, datetime]] = field(default_factory=set)

    def in_order(self, instruments: Sequence[Instrument], purpose: str) -> list[Instrument]:
        assert purpose
        return list(instruments)

    def asked(self) -> Asked:
        return self.at

    def stored(self, wanted: Sequence[tuple[str, datetime]]) -> set[tuple[str, datetime]]:
        return self.days.intersection(wanted)


def asked_yesterday(*purposes: str) -> Remembered:
    """All that these tests follow was asked for a day ago."""
    symbols = ("AAPL", "KO", "IBM", "MSFT", "GONE", "BRK.B")
    return Remembered({(p, s): NOW - timedelta(days=1) for p in purposes for s in symbols})


NO_ACTIONS_DUE = asked_yesterday("splits", "dividends")


def market(
    vendor: AlphaVantageStandIn,
    plan: Plan = "free",
    now: datetime = NOW,
    budget: Remembered = NO_ACTIONS_DUE,
) -> AlphaVantage:
    vendor.paid = plan == "premium"
    asks = Asking(vendor.url, key={"apikey": KEY}, timeout_seconds=0.5)
    return AlphaVantage(asks, plan, lambda: now, budget)


def told(answer: MarketAnswer, symbol: str) -> str:
    return "; ".join(problem.reason for problem in answer.problems if problem.symbol == symbol)


def opens(answer: MarketAnswer, symbol: str) -> list[str]:
    [bars] = [bars for bars in answer.bars if bars.symbol == symbol]
    return sorted(str(at)[:16] for at in bars.opened_at)


def test_it_says_what_it_is(vendor: AlphaVantageStandIn) -> None:
    provider = market(vendor)
    assert (provider.name, provider.simulated) == ("alpha_vantage", False)
    assert provider.usual_delay == timedelta(minutes=15)


def test_the_free_plan_brings_the_days_of_the_window(vendor: AlphaVantageStandIn) -> None:
    vendor.days = {"AAPL": DAYS, "BRK-B": DAYS}
    window = Window(datetime(2025, 11, 25, tzinfo=UTC), NOW)
    answer = market(vendor).bars(instruments("AAPL", "BRK.B"), window)
    assert opens(answer, "BRK.B") == [f"2025-11-{day}T14:30" for day in (25, 26, 28)]
    assert answer.problems == []
    assert vendor.functions() == ["TIME_SERIES_DAILY AAPL", "TIME_SERIES_DAILY BRK-B"]
    assert {asked["outputsize"] for asked in vendor.asked} == {"compact"}


def test_a_paid_plan_brings_the_half_hours_unadjusted_and_of_the_session_only(
    vendor: AlphaVantageStandIn,
) -> None:
    vendor.half_hours = {"AAPL": FRIDAY}
    answer = market(vendor, "premium").bars(instruments("AAPL"), WEEK)
    assert opens(answer, "AAPL")[0] == "2025-11-28T14:30"
    assert opens(answer, "AAPL")[-1] == "2025-11-28T17:30"
    [asked] = vendor.asked
    assert (asked["adjusted"], asked["extended_hours"]) == ("false", "false")
    assert (asked["interval"], asked["outputsize"]) == ("30min", "full")


def test_a_window_of_the_last_days_is_asked_for_in_the_short_form(
    vendor: AlphaVantageStandIn,
) -> None:
    vendor.half_hours = {"AAPL": FRIDAY}
    answer = market(vendor, "premium").bars(instruments("AAPL"), SLOT)
    assert opens(answer, "AAPL") == ["2025-11-28T14:30"]
    assert vendor.asked[0]["outputsize"] == "compact"


def test_a_long_window_is_asked_for_month_by_month(vendor: AlphaVantageStandIn) -> None:
    october = {"2025-10-20 09:30:00": FRIDAY["2025-11-28 09:30:00"]}
    vendor.half_hours = {"AAPL": {**october, **FRIDAY}}
    window = Window(datetime(2025, 10, 15, tzinfo=UTC), NOW)
    answer = market(vendor, "premium").bars(instruments("AAPL"), window)
    assert [asked["month"] for asked in vendor.asked] == ["2025-10", "2025-11", "2025-12"]
    assert opens(answer, "AAPL")[:2] == ["2025-10-20T13:30", "2025-11-28T14:30"]
    assert len(opens(answer, "AAPL")) == 8


def test_what_it_brings_is_stored_as_half_hours_and_the_half_day(
    vendor: AlphaVantageStandIn,
) -> None:
    vendor.half_hours = {"AAPL": FRIDAY}

    def sighting(delay: timedelta) -> Sighting:
        return Sighting(NOW, live=False, usual_delay=delay)

    intervals = (Interval.HALF_HOUR, Interval.DAY)
    collected = collect_bars(
        [market(vendor, "premium")], instruments("AAPL"), WEEK, intervals, sighting
    )
    halves, day = collected.parts
    assert (len(halves.series), collected.providers) == (7, {"AAPL": "alpha_vantage"})
    assert str(day.series.closed_at[0])[:16] == "2025-11-28T18:00"
    assert str(day.known_at[0])[:16] == "2025-11-28T18:15"
    assert collected.flaws == []


@pytest.mark.parametrize("plan", ["free", "premium"])
def test_where_nothing_trades_nothing_is_asked(vendor: AlphaVantageStandIn, plan: Plan) -> None:
    thanksgiving = Window(datetime(2025, 11, 27, tzinfo=UTC), datetime(2025, 11, 28, tzinfo=UTC))
    assert market(vendor, plan).bars(instruments("AAPL"), thanksgiving) == MarketAnswer([])
    assert vendor.asked == []


def test_the_free_plan_spends_nothing_on_a_window_in_which_no_session_ends(
    vendor: AlphaVantageStandIn,
) -> None:
    answer = market(vendor).bars(instruments("AAPL"), SLOT)
    assert "days only" in told(answer, "AAPL")
    assert vendor.asked == []


def test_the_day_is_taken_only_when_the_vendor_surely_has_it(vendor: AlphaVantageStandIn) -> None:
    vendor.days = {"AAPL": DAYS}
    close = datetime(2025, 11, 28, 18, 0, tzinfo=UTC)
    window = Window(datetime(2025, 11, 26, tzinfo=UTC), close)
    early = market(vendor, now=close + timedelta(minutes=14)).bars(instruments("AAPL"), window)
    assert opens(early, "AAPL") == ["2025-11-26T14:30"]
    late = market(vendor, now=close + timedelta(minutes=15)).bars(instruments("AAPL"), window)
    assert opens(late, "AAPL") == ["2025-11-26T14:30", "2025-11-28T14:30"]


def test_a_bar_of_the_future_is_left_out_and_told(vendor: AlphaVantageStandIn) -> None:
    vendor.days = {"AAPL": {**DAYS, "2025-12-02": (1.0, 2.0, 0.5, 1.5, 10.0)}}
    window = Window(WEEK.start, datetime(2025, 12, 3, tzinfo=UTC))
    answer = market(vendor).bars(instruments("AAPL"), window)
    assert len(opens(answer, "AAPL")) == 4
    assert "1 row of Alpha Vantage was dated in the future" in told(answer, "AAPL")


def test_when_the_quota_ends_in_the_middle_what_came_is_kept(vendor: AlphaVantageStandIn) -> None:
    vendor.days = dict.fromkeys(("AAPL", "MSFT", "IBM", "KO"), DAYS)
    vendor.left = 2
    answer = market(vendor, budget=Remembered()).bars(
        instruments("KO", "AAPL", "MSFT", "IBM"), WEEK
    )
    assert [bars.symbol for bars in answer.bars] == ["KO", "AAPL"], "in the order given"
    assert "used up until 2025-12-02 05:00Z" in told(answer, "MSFT")
    assert "its daily bars were not asked for" in told(answer, "IBM")
    assert told(answer, "KO") == "", "its splits can wait, which needs no word"
    assert len(vendor.asked) == 3, "nothing was asked after the refusal"
    assert all(KEY not in problem.reason for problem in answer.problems)


def test_without_any_quota_the_provider_says_so(vendor: AlphaVantageStandIn) -> None:
    vendor.left = 0
    with pytest.raises(QuotaExhausted) as caught:
        market(vendor).bars(instruments("AAPL", "MSFT"), WEEK)
    assert caught.value.resets_at == datetime(2025, 12, 2, 5, 0, tzinfo=UTC)
    assert KEY not in str(caught.value)


def test_a_symbol_that_is_no_longer_listed_costs_only_itself(vendor: AlphaVantageStandIn) -> None:
    vendor.days = {"AAPL": DAYS}
    vendor.instead = {("TIME_SERIES_DAILY", "GONE"): Reply(b"{}")}
    answer = market(vendor).bars(instruments("GONE", "TWTR", "AAPL"), WEEK)
    assert [bars.symbol for bars in answer.bars] == ["AAPL"]
    assert told(answer, "GONE") == "Alpha Vantage has nothing of GONE."
    assert told(answer, "TWTR").startswith("Alpha Vantage does not know TWTR, or no longer lists")


def test_splits_that_cannot_be_had_fail_nothing_where_no_bar_was_due(
    vendor: AlphaVantageStandIn,
) -> None:
    vendor.instead = {("SPLITS", "AAPL"): Reply(b"Bad Gateway", 502)}
    thanksgiving = Window(datetime(2025, 11, 27, tzinfo=UTC), datetime(2025, 11, 28, tzinfo=UTC))
    answer = market(vendor, budget=Remembered()).bars(instruments("AAPL"), thanksgiving)
    assert answer.bars == []
    assert "HTTP 502" in told(answer, "AAPL")


def test_a_watchlist_of_unknown_symbols_is_no_failure_of_the_vendor(
    vendor: AlphaVantageStandIn,
) -> None:
    answer = market(vendor).bars(instruments("GONE"), WEEK)
    assert answer.bars == []
    assert "GONE" in told(answer, "GONE")


def test_an_exchange_the_vendor_does_not_have_is_not_asked_for(
    vendor: AlphaVantageStandIn,
) -> None:
    answer = market(vendor).bars([Instrument("7203", "Toyota", mic="XTKS")], WEEK)
    assert told(answer, "7203") == "Alpha Vantage has no bars of the exchange XTKS"
    assert vendor.asked == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<html>maintenance</html>"),
        Reply(series("MSFT", DAYS)[:300]),
        Reply(series("IBM", DAYS)),
        Reply(b"Bad Gateway", 502),
        Reply(b"{}", seconds=1.0),
        Reply(b"\x00\xff\xfe"),
        Reply(b""),
    ],
    ids=["a web page", "cut", "another symbol", "bad gateway", "too slow", "no text", "empty"],
)
def test_an_answer_that_cannot_be_used_costs_only_its_symbol(
    vendor: AlphaVantageStandIn, reply: Reply
) -> None:
    vendor.days = {"AAPL": DAYS, "KO": DAYS}
    vendor.instead = {("TIME_SERIES_DAILY", "MSFT"): reply}
    answer = market(vendor).bars(instruments("AAPL", "MSFT", "KO"), WEEK)
    assert [bars.symbol for bars in answer.bars] == ["AAPL", "KO"]
    assert told(answer, "MSFT")


@pytest.mark.parametrize(
    ("reply", "error"),
    [(Reply(b"<html>"), Malformed), (Reply(b"", 503), Unavailable)],
)
def test_where_nothing_at_all_can_be_used_it_raises(
    vendor: AlphaVantageStandIn, reply: Reply, error: type[ProviderError]
) -> None:
    vendor.instead = {("TIME_SERIES_DAILY", symbol): reply for symbol in ("AAPL", "KO")}
    with pytest.raises(error):
        market(vendor).bars(instruments("AAPL", "KO"), WEEK)
    assert len(vendor.asked) == 2


def test_a_plan_that_is_not_paid_for_is_found_out_with_one_call(
    vendor: AlphaVantageStandIn,
) -> None:
    provider = market(vendor, "premium")
    vendor.paid = False
    with pytest.raises(PremiumOnly, match=r"market\.alpha_vantage\.plan"):
        provider.bars(instruments("AAPL", "KO"), WEEK)
    assert len(vendor.asked) == 1


def test_a_refused_key_is_found_out_with_one_call(vendor: AlphaVantageStandIn) -> None:
    bad = notice("the parameter apikey is invalid or missing.", "Error Message")
    vendor.instead = {("TIME_SERIES_DAILY", "AAPL"): Reply(bad)}
    with pytest.raises(Unauthorized, match="ALPHA_VANTAGE_API_KEY"):
        market(vendor).bars(instruments("AAPL", "KO"), WEEK)
    assert len(vendor.asked) == 1


def test_splits_and_dividends_are_asked_for_once_a_week_and_after_all_bars(
    vendor: AlphaVantageStandIn,
) -> None:
    vendor.days = {"AAPL": DAYS, "KO": DAYS}
    vendor.splits = {"AAPL": [{"effective_date": "2025-11-26", "split_factor": "4.0000"}]}
    vendor.dividends = {"AAPL": [{"ex_dividend_date": "2025-11-28", "amount": "0.26"}]}
    asked_at = {("splits", "AAPL"): NOW - timedelta(days=7), ("splits", "KO"): NOW}
    asked_at |= {("dividends", "KO"): NOW - timedelta(days=6, hours=23)}
    answer = market(vendor, budget=Remembered(asked_at)).bars(instruments("AAPL", "KO"), WEEK)
    assert vendor.functions()[2:] == ["SPLITS AAPL", "DIVIDENDS AAPL"]
    split, dividend = answer.actions
    assert (str(split.ex_on), split.value) == ("2025-11-26", 4.0)
    assert (str(dividend.ex_on), dividend.value) == ("2025-11-28", 0.26)
    assert split.ex_at == datetime(2025, 11, 26, 14, 30, tzinfo=UTC)


def test_days_that_reach_back_too_short_are_told(vendor: AlphaVantageStandIn) -> None:
    vendor.days = {"AAPL": DAYS}
    window = Window(datetime(2025, 6, 2, tzinfo=UTC), NOW)
    answer = market(vendor).bars(instruments("AAPL"), window)
    assert "has its days since 2025-11-24 only" in told(answer, "AAPL")


QUOTE = {
    "01. symbol": "BRK-B",
    "05. price": "510.2500",
    "06. volume": "3120000",
    "07. latest trading day": "2025-11-28",
    "08. previous close": "508.0000",
}


def test_quotes_on_the_free_plan_cost_a_call_each(vendor: AlphaVantageStandIn) -> None:
    vendor.quotes = {"BRK-B": QUOTE}
    answer = market(vendor).quotes(instruments("BRK.B", "GONE"))
    [quote] = answer.quotes
    assert (quote.symbol, quote.price, quote.previous_close) == ("BRK.B", 510.25, 508.0)
    assert quote.as_of_at == datetime(2025, 11, 28, 18, 0, tzinfo=UTC), "the half day's close"
    assert [problem.symbol for problem in answer.problems] == ["GONE"]
    assert len(vendor.asked) == 2


def test_quotes_on_a_paid_plan_come_by_the_hundred(vendor: AlphaVantageStandIn) -> None:
    symbols = [f"S{place}" for place in range(120)]
    vendor.quotes = {
        symbol: {"symbol": symbol, "timestamp": "2025-11-28 12:59:58.100", "close": "1.5"}
        for symbol in symbols[:-1]
    }
    answer = market(vendor, "premium").quotes(instruments(*symbols))
    assert len(answer.quotes) == 119
    assert [problem.symbol for problem in answer.problems] == ["S119"]
    assert len(vendor.asked) == 2
