"""Alpha Vantage's answers as domain objects: recorded ones, and the days on which clocks change."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.bars import ActionKind, Interval, RawBars
from fintech_pipeline.market.providers.alpha_vantage.actions import parse_dividends, parse_splits
from fintech_pipeline.market.providers.alpha_vantage.bars import parse_daily, parse_intraday
from fintech_pipeline.market.providers.alpha_vantage.quotes import (
    parse_bulk_quotes,
    parse_global_quote,
)
from fintech_pipeline.market.providers.alpha_vantage.symbols import vendor_symbol
from fintech_pipeline.market.quality import screen
from fintech_pipeline.market.quotes import Quote
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from tests.vendors.alpha_vantage_standin import series, table

NEW_YORK = calendar_of("XNYS")
LATER = datetime(2026, 11, 24, tzinfo=UTC)
ROW = (10.0, 12.0, 9.0, 11.0, 1000.0)


@pytest.fixture
def first(shared_data: Path) -> Path:
    return shared_data / "responses/alphavantage_crazzyghost"


@pytest.fixture
def second(shared_data: Path) -> Path:
    return shared_data / "responses/alphavantage_romeltorres"


def row(bars: RawBars, place: int) -> list[object]:
    opened_at, *numbers = bars.columns()
    return [str(opened_at[place])[:16], *(float(column[place]) for column in numbers)]


def intraday(payload: bytes, asked: str = "IBM") -> RawBars:
    return parse_intraday(payload, asked, asked, Interval.HALF_HOUR)


def opens(bars: RawBars) -> list[str]:
    return [str(at)[:16] for at in bars.opened_at]


def test_the_recorded_five_minutes_open_in_utc(first: Path) -> None:
    payload = (first / "timeseries_intraday.json").read_bytes()
    bars = parse_intraday(payload, "IBM", "IBM", Interval.FIVE_MINUTES)
    assert (bars.symbol, bars.interval, len(bars)) == ("IBM", Interval.FIVE_MINUTES, 2)
    assert row(bars, 0) == ["2020-05-08T18:05", 121.79, 121.86, 121.7225, 121.74, 31454.0]
    assert row(bars, 1) == ["2020-05-08T18:00", 121.685, 121.8, 121.685, 121.78, 29277.0]


def test_the_recorded_winter_minutes_open_five_hours_later_in_utc(second: Path) -> None:
    """One-minute rows, which are not stored, under the name of half hours."""
    payload = (second / "mock_time_series").read_bytes()
    with pytest.raises(Malformed, match="holds no 30min series"):
        intraday(payload, "MSFT")
    bars = intraday(payload.replace(b"1min", b"30min"), "MSFT")
    assert len(bars) == 100
    assert row(bars, 0) == ["2017-12-18T19:56", 86.49, 86.5, 86.475, 86.5, 10494.0]
    assert row(bars, 99) == ["2017-12-18T18:17", 86.8101, 86.82, 86.79, 86.8, 31172.0]


def test_of_the_recorded_days_the_one_that_still_traded_is_left_out(first: Path) -> None:
    """It was refreshed at 14:07 in New York."""
    payload = (first / "timeseries_daily.json").read_bytes()
    bars = parse_daily(payload, "IBM", "IBM", NEW_YORK)
    assert (bars.interval, len(bars)) == (Interval.DAY, 1)
    assert row(bars, 0) == ["2020-05-07T13:30", 122.98, 123.26, 120.85, 121.23, 4412047.0]
    over = parse_daily(payload.replace(b"14:07:03", b"16:00:00"), "IBM", "IBM", NEW_YORK)
    assert row(over, 0) == ["2020-05-08T13:30", 122.67, 122.8, 121.06, 121.79, 2538547.0]


def test_the_recorded_adjusted_days_are_not_taken_for_raw_ones(first: Path) -> None:
    """There "5." is the adjusted close, so that no row has a volume and none passes."""
    payload = (first / "timeseries_dailyadjusted.json").read_bytes()
    kept, flaws = screen(parse_daily(payload, "IBM", "IBM", NEW_YORK))
    assert (len(kept), flaws[0].rows) == (0, 1)


def test_the_recorded_quotes_count_as_of_the_close_of_their_day(first: Path, second: Path) -> None:
    ibm = (first / "timeseries_globalquote.json").read_bytes()
    close = datetime(2020, 5, 8, 20, 0, tzinfo=UTC)
    quote = parse_global_quote(ibm, "IBM", "IBM", NEW_YORK, LATER)
    assert quote == Quote("IBM", 121.74, close, 121.23, 2528814.0)
    msft = (second / "global_quote").read_bytes()
    quote = parse_global_quote(msft, "MSFT", "MSFT", NEW_YORK, LATER)
    close = datetime(2018, 10, 5, 20, 0, tzinfo=UTC)
    assert quote == Quote("MSFT", 112.13, close, 112.79, 29062853.0)


def test_a_quote_of_a_session_that_still_trades_counts_as_of_now(first: Path) -> None:
    payload = (first / "timeseries_globalquote.json").read_bytes()
    now = datetime(2020, 5, 8, 18, 7, tzinfo=UTC)
    quote = parse_global_quote(payload, "IBM", "IBM", NEW_YORK, now)
    assert quote is not None
    assert quote.as_of_at == now
    with pytest.raises(Malformed, match="a day that has not come yet"):
        parse_global_quote(payload, "IBM", "IBM", NEW_YORK, datetime(2020, 5, 7, tzinfo=UTC))


def test_the_recorded_bulk_quotes_have_instants_of_their_own(first: Path) -> None:
    payload = (first / "timeseries_realtimebulkquote.json").read_bytes()
    asked = {"MSFT": "MSFT", "AAPL": "AAPL", "IBM": "IBM", "BRK-B": "BRK.B"}
    msft, aapl, ibm = parse_bulk_quotes(payload, asked, LATER)
    at = datetime(2024, 10, 18, 23, 59, 55, 291000, tzinfo=UTC)
    assert msft == Quote("MSFT", 418.16, at, 416.72, 17145307.0)
    assert (aapl.price, aapl.previous_close) == (235.0, 232.15)
    assert (ibm.price, ibm.as_of_at.minute) == (232.22, 54)


def test_bulk_quotes_leave_out_the_unasked_the_future_and_the_impossible(first: Path) -> None:
    payload = (first / "timeseries_realtimebulkquote.json").read_bytes()
    payload = payload.replace(b'"418.16"', b'"-1"').replace(b"19:54:00.879", b"23:54:00.879")
    asked = {"MSFT": "MSFT", "AAPL": "AAPL", "IBM": "IBM"}
    now = datetime(2024, 10, 19, 1, tzinfo=UTC)
    assert [quote.symbol for quote in parse_bulk_quotes(payload, asked, now)] == ["AAPL"]
    with pytest.raises(Malformed, match="no row that can be read"):
        parse_bulk_quotes(payload, {"TSLA": "TSLA"}, now)


def test_an_unknown_symbol_has_no_quote() -> None:
    assert parse_global_quote(b'{"Global Quote": {}}', "XX", "XX", NEW_YORK, LATER) is None


@pytest.mark.parametrize(
    ("label", "opened_at"),
    [
        ("2025-03-07 09:30:00", "2025-03-07T14:30"),  # the Friday before clocks go forward
        ("2025-03-10 09:30:00", "2025-03-10T13:30"),
        ("2025-10-31 15:30:00", "2025-10-31T19:30"),  # the Friday before they go back
        ("2025-11-03 15:30:00", "2025-11-03T20:30"),
    ],
)
def test_a_wall_clock_in_new_york_is_the_right_instant_around_a_change_of_clocks(
    label: str, opened_at: str
) -> None:
    assert opens(intraday(series("IBM", {label: ROW}, "30min"))) == [opened_at]
    assert opens(intraday(table({label: ROW}))) == [opened_at]


def test_a_wall_clock_that_means_two_instants_or_none_has_no_time() -> None:
    labels = ["2025-03-09 02:30:00", "2025-11-02 01:30:00", "2025-11-03 09:30:00"]
    bars = intraday(series("IBM", dict.fromkeys(labels, ROW), "30min"))
    assert opens(bars) == ["2025-11-03T14:30", "NaT", "NaT"]


def test_csv_and_json_say_the_same() -> None:
    rows = {"2025-11-26": ROW, "2025-11-28": (1.5, 2.5, 1.25, 2.0, 77.0)}
    told = parse_daily(series("IBM", rows), "IBM", "IBM", NEW_YORK)
    tabled = parse_daily(table(rows), "IBM", "IBM", NEW_YORK)
    assert opens(told) == ["2025-11-28T14:30", "2025-11-26T14:30"]
    for mine, its in zip(told.columns(), tabled.columns(), strict=True):
        assert mine.tolist() == its.tolist()


def test_a_day_without_a_session_has_no_time_and_is_screened_out() -> None:
    rows = {"2025-11-26": ROW, "2025-11-27": ROW}
    kept, flaws = screen(parse_daily(series("IBM", rows), "IBM", "IBM", NEW_YORK))
    assert opens(kept) == ["2025-11-26T14:30"]
    assert flaws[0].rows == 1


def test_a_session_of_tokyo_opens_on_its_own_date() -> None:
    bars = parse_daily(table({"2025-03-10": ROW}), "7203", "7203", calendar_of("XTKS"))
    assert opens(bars) == ["2025-03-10T00:00"]


def test_one_number_that_cannot_be_read_costs_its_row_only() -> None:
    payload = series("IBM", {"2025-11-26": ROW, "2025-11-28": ROW}).replace(b"12.0000", b"n/a", 1)
    kept, flaws = screen(parse_daily(payload, "IBM", "IBM", NEW_YORK))
    assert opens(kept) == ["2025-11-26T14:30"]
    assert flaws[0].sentence.startswith("IBM: 1 bar was impossible and left out")


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"\xff\xfe{\x00}\x00", "is not UTF-8"),
        (b'{"Meta Data": {"2. Sym', "is not intact JSON"),
        (b"[" * 100_000, "is not intact JSON"),
        (b"[]", "is no JSON object"),
        (b"{}", "has no 'Meta Data'"),
        (series("AAPL", {"2025-11-28 09:30:00": ROW}, "30min"), "is not about IBM"),
        (series("IBM", {"2025-11-28 09:30:00": ROW}, "60min"), "holds no 30min series"),
        (series("IBM", {"lunch": ROW}, "30min"), "has no row that can be read"),
        (
            series("IBM", {"2025-11-28 09:30:00": ROW}, "30min").replace(b"US/Eastern", b"UTC"),
            "has its times in another zone",
        ),
        (
            series("IBM", {"2025-11-28 09:30:00": ROW}, "30min").replace(b"4. close", b"4. last"),
            "has no row that can be read",
        ),
        (b"time,open\n1,2", "lacks a column timestamp, high, low, close, volume"),
    ],
)
def test_what_is_no_such_answer_is_refused_in_a_few_words(payload: bytes, told: str) -> None:
    with pytest.raises(Malformed, match=told):
        intraday(payload)


def test_a_series_without_rows_is_no_bars() -> None:
    assert len(intraday(series("IBM", {}, "30min"))) == 0


def splits(*rows: tuple[str, str]) -> bytes:
    data = [{"effective_date": on, "split_factor": factor} for on, factor in rows]
    return json.dumps({"symbol": "AAPL", "data": data}).encode()


def dividends(*rows: tuple[str, str]) -> bytes:
    data = [{"ex_dividend_date": on, "amount": amount} for on, amount in rows]
    return json.dumps({"symbol": "AAPL", "data": data}).encode()


def test_splits_take_effect_at_the_open_of_their_session() -> None:
    payload = splits(("2020-08-31", "4.0000"), ("2014-06-09", "7.0000"))
    found = parse_splits(payload, "AAPL", "AAPL", NEW_YORK, LATER)
    assert [(action.ex_on, action.value) for action in found.known] == [
        (date(2014, 6, 9), 7.0),
        (date(2020, 8, 31), 4.0),
    ]
    assert found.known[1].ex_at == datetime(2020, 8, 31, 13, 30, tzinfo=UTC)
    assert {action.kind for action in found.known} == {ActionKind.SPLIT}
    until = datetime(2020, 8, 31, 13, 29, tzinfo=UTC)
    assert len(parse_splits(payload, "AAPL", "AAPL", NEW_YORK, until).known) == 1


def test_a_split_on_a_sunday_takes_effect_on_monday() -> None:
    found = parse_splits(splits(("2020-08-30", "4")), "AAPL", "AAPL", NEW_YORK, LATER)
    assert found.known[0].ex_on == date(2020, 8, 31)


def test_two_dividends_of_a_day_are_one_sum_and_a_repeated_row_counts_once() -> None:
    rows = [("2024-02-09", "0.24"), ("2024-02-09", "0.24"), ("2024-02-09", "1.00")]
    found = parse_dividends(dividends(*rows), "AAPL", "AAPL", NEW_YORK, LATER)
    assert [(action.ex_on, action.value) for action in found.known] == [(date(2024, 2, 9), 1.24)]


def test_a_dividend_without_an_amount_yet_is_none_and_an_unreadable_one_is_counted() -> None:
    rows = [("2024-02-09", "0.24"), ("2024-05-10", "None"), ("soon", "0.25"), ("2024-08-12", "x")]
    found = parse_dividends(dividends(*rows), "AAPL", "AAPL", NEW_YORK, LATER)
    assert (len(found.known), found.unreadable) == (1, 2)
    with pytest.raises(Malformed, match="no row that can be read"):
        parse_dividends(dividends(*rows[2:]), "AAPL", "AAPL", NEW_YORK, LATER)


def test_no_split_at_all_is_an_answer() -> None:
    assert parse_splits(splits(), "AAPL", "AAPL", NEW_YORK, LATER).known == []


@pytest.mark.parametrize(
    ("symbol", "mic", "theirs"),
    [("BRK.B", "XNYS", "BRK-B"), ("SHOP", "XTSE", "SHOP.TRT"), ("SPY", "ARCX", "SPY")],
)
def test_a_symbol_is_written_as_the_vendor_writes_it(symbol: str, mic: str, theirs: str) -> None:
    assert vendor_symbol(Instrument(symbol, "A name", mic=mic)) == theirs


@pytest.mark.parametrize("answered", ["BRK.B", "BRK-B", "brk-b"])
def test_a_class_share_is_recognised_however_the_answer_writes_it(answered: str) -> None:
    payload = series(answered, {"2025-11-28": ROW})
    bars = parse_daily(payload, "BRK.B", "BRK-B", NEW_YORK)
    assert (bars.symbol, len(bars)) == ("BRK.B", 1)
    assert np.isfinite(bars.close).all()
