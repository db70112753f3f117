"""Every layout of bars the folder may hold: real files of each, and written ones.

Golden values are the companies' own: Apple's splits and dividends as its investor relations lists
them, closing prices as the newspapers printed them.
"""

import gzip
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from fintech_pipeline.clock import Sighting, Window, from_instant64
from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.bars import ActionKind, CorporateAction, Interval, RawBars
from fintech_pipeline.market.collection import collect_bars
from fintech_pipeline.market.provider import MarketAnswer
from fintech_pipeline.market.providers.files.lean import (
    Tenure,
    parse_factors,
    parse_history,
    plain_ratio,
)
from fintech_pipeline.market.providers.files.provider import FilesMarket
from fintech_pipeline.market.quality import screen, split_like_jumps
from fintech_pipeline.market.resampling import resample
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument

EVER = Window(datetime(1998, 1, 2, tzinfo=UTC), datetime(2021, 7, 1, tzinfo=UTC))
JANUARY = Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC))
FIVE_MINUTES = [
    ("2024-01-02T14:30:00Z", 10.0, 12.0, 9.0, 11.0, 100.0),
    ("2024-01-02T09:35:00-05:00", 11.0, 13.0, 10.0, 12.0, 200.0),
    ("2024-01-02T14:40:00Z", 12.0, 14.0, 11.0, 13.0, 300.0),
]
DAYS = [
    ("2024-01-02", 10.0, 12.0, 9.0, 11.0, 100.0),
    ("2024-01-03", 11.0, 13.0, 10.0, 12.0, 200.0),
    ("2024-01-04", 12.0, 14.0, 11.0, 13.0, 300.0),
]
NUMBERS = ("open", "high", "low", "close", "volume")
Row = tuple[object, ...]
UTC_TIMES: Any = pa.timestamp("ns", tz="UTC")


def ask(folder: Path, *symbols: str, window: Window = JANUARY, mic: str = "XNYS") -> MarketAnswer:
    instruments = [Instrument(symbol, f"{symbol} Inc.", mic=mic) for symbol in symbols]
    return FilesMarket(folder).bars(instruments, window)


def reasons(answer: MarketAnswer) -> list[str]:
    return [problem.reason for problem in answer.problems]


def opens(bars: RawBars) -> list[str]:
    return [str(at)[:16] for at in bars.opened_at]


def csv_of(rows: Sequence[Row], header: str = "date,open,high,low,close,volume") -> bytes:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows), ""]).encode()


def jsonl_of(rows: Sequence[Row], time_name: str = "time", **more: object) -> bytes:
    lines = [
        json.dumps({time_name: row[0], **dict(zip(NUMBERS, row[1:], strict=True)), **more})
        for row in rows
    ]
    return "\n".join(lines).encode()


def parquet_of(times: Any, rows: Sequence[Row], **more: list[str]) -> bytes:
    columns = dict(
        zip(NUMBERS, map(list, zip(*(row[1:] for row in rows), strict=True)), strict=True)
    )
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table({"time": times, **columns, **more}), sink)
    return sink.getvalue().to_pybytes()


def instants(rows: Sequence[Row]) -> list[datetime]:
    return [datetime.fromisoformat(str(row[0])).astimezone(UTC) for row in rows]


# --- LEAN's unadjusted days ---------------------------------------------------------------------


@pytest.fixture
def lean(shared_data: Path) -> Path:
    return shared_data / "bars/unadjusted_daily_with_corporate_actions"


def actions_of(answer: MarketAnswer, kind: ActionKind) -> dict[date, float]:
    return {action.ex_on: action.value for action in answer.actions if action.kind is kind}


def test_apples_splits_are_those_it_announced(lean: Path) -> None:
    answer = ask(lean, "AAPL", window=EVER)
    assert actions_of(answer, ActionKind.SPLIT) == {
        date(2000, 6, 21): 2.0,
        date(2005, 2, 28): 2.0,
        date(2014, 6, 9): 7.0,
        date(2020, 8, 31): 4.0,
    }


def test_apples_dividends_are_those_it_paid(lean: Path) -> None:
    paid = actions_of(ask(lean, "AAPL", window=EVER), ActionKind.DIVIDEND)
    assert {day: paid[day] for day in sorted(paid) if day.year in {2012, 2014, 2020}} == {
        date(2012, 8, 9): 2.65,
        date(2012, 11, 7): 2.65,
        date(2014, 2, 6): 3.05,
        date(2014, 5, 8): 3.29,
        date(2014, 8, 7): 0.47,
        date(2014, 11, 6): 0.47,
        date(2020, 2, 7): 0.77,
        date(2020, 5, 8): 0.82,
        date(2020, 8, 7): 0.82,
        date(2020, 11, 6): 0.205,
    }


def test_a_reverse_split_has_fewer_new_shares_than_old(lean: Path) -> None:
    splits = actions_of(ask(lean, "AIG", window=EVER), ActionKind.SPLIT)
    assert splits[date(2009, 7, 1)] == pytest.approx(1 / 20)


def test_only_actions_with_an_ex_date_up_to_the_windows_end_are_told(lean: Path) -> None:
    split_day = datetime(2014, 6, 9, 13, 30, tzinfo=UTC)
    before = Window(EVER.start, split_day.replace(minute=29))
    on_it = Window(EVER.start, split_day)
    assert len(actions_of(ask(lean, "AAPL", window=before), ActionKind.SPLIT)) == 2
    answer = ask(lean, "AAPL", window=on_it)
    assert [a.ex_at for a in answer.actions if a.kind is ActionKind.SPLIT][-1] == split_day


def test_prices_are_as_they_were_traded_and_stand_at_their_sessions_open(lean: Path) -> None:
    [bars] = ask(lean, "AAPL", window=EVER).bars
    assert (bars.interval, len(bars)) == (Interval.DAY, 5849)
    close = dict(zip(opens(bars), bars.close.tolist(), strict=True))
    assert close["2014-06-06T13:30"] == 645.57  # the last close before 7:1
    assert close["2014-06-09T13:30"] == 93.70
    assert close["2020-08-28T13:30"] == 499.23  # the last close before 4:1
    assert close["2020-12-24T14:30"] == 131.97  # a half day, in winter


def test_closes_adjusted_by_our_actions_are_those_of_the_factor_file(lean: Path) -> None:
    answer = ask(lean, "AAPL", "IBM", "SPY", window=EVER)
    for bars in answer.bars:
        rows = parse_factors((lean / f"factor_files/{bars.symbol.lower()}.csv").read_bytes())
        ends = np.array([np.datetime64(row.last_on) for row in rows])
        at = np.searchsorted(ends, bars.opened_at.astype("datetime64[D]"))
        theirs = np.array([row.dividend * row.split for row in rows])[at]
        ours = adjustment(bars, [a for a in answer.actions if a.symbol == bars.symbol])
        assert np.abs(ours / theirs - 1.0).max() < 2e-5


def adjustment(bars: RawBars, actions: list[CorporateAction]) -> "np.typing.NDArray[np.float64]":
    """By what each raw close is multiplied: 1/n before a split, (C − D)/C before a dividend."""
    factor = np.ones(len(bars))
    for action in actions:
        before = bars.opened_at < np.datetime64(action.ex_at.replace(tzinfo=None))
        if before.any():
            last = bars.close[before][-1]
            split = action.kind is ActionKind.SPLIT
            factor[before] *= 1 / action.value if split else (last - action.value) / last
    return factor


def test_no_real_series_has_a_jump_like_a_split_that_its_actions_do_not_explain(
    lean: Path,
) -> None:
    answer = ask(lean, "AAPL", "IBM", "GOOG", "GOOGL", "QQQ", "IWM", "EEM", window=EVER)
    sessions = calendar_of("XNYS").sessions(EVER)
    for bars in answer.bars:
        good, _ = screen(bars)
        series = resample(good, Interval.DAY, sessions, EVER.end)
        mine = [action for action in answer.actions if action.symbol == bars.symbol]
        # QQQ was QQQQ for six years, whose file is missing; Apple did halve on 2000-09-29; the
        # file opens IBM at 159.58 on a day between 79.44 and 80.46.
        known = {("QQQ", date(2011, 3, 23)), ("AAPL", date(2000, 9, 29))}
        known.add(("IBM", date(2002, 12, 23)))
        found = {(jump.symbol, jump.opened_at.date()) for jump in split_like_jumps(series, mine)}
        assert found <= known


def test_rows_of_another_company_under_the_same_ticker_are_left_out(lean: Path) -> None:
    answer = ask(lean, "FB", "WM", window=EVER)
    facebook, waste = answer.bars
    assert opens(facebook)[0] == "2012-05-18T13:30"  # its first day
    assert facebook.close[0] == pytest.approx(38.2, abs=0.2)
    assert opens(waste)[0] == "2009-08-05T13:30"  # not Washington Mutual, gone in 2008
    assert [p.reason for p in answer.problems if p.symbol == "FB"] == [
        "716 days of fb.csv.gz up to 2003-03-28 were left out: map_files says that FB was another"
        " security then"
    ]
    assert "no file wmi.csv with the days up to 2009-08-04, when WM traded as WMI" in reasons(
        answer
    )


def test_a_company_is_followed_through_its_tickers(lean: Path) -> None:
    answer = ask(lean, "GOOGL", "GOOG", window=EVER)
    class_a, class_c = answer.bars
    assert opens(class_a)[0] == "2004-08-19T13:30"  # Google's first day, as GOOG
    assert opens(class_c)[0] == "2014-04-03T13:30"
    assert [a.value for a in answer.actions if a.symbol == "GOOGL"] == [2.0]
    [stock_dividend] = [a for a in answer.actions if a.symbol == "GOOG"]
    assert stock_dividend.ex_on == date(2015, 4, 27)
    assert stock_dividend.value == pytest.approx(1.0027455, abs=1e-4)  # 0.0027455 shares each


def test_sentences_about_other_years_do_not_trouble_a_window(lean: Path) -> None:
    year = Window(datetime(2019, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC))
    answer = ask(lean, "WM", "GOOG", "FB", "QQQ", window=year)
    assert [len(bars) for bars in answer.bars] == [252] * 4
    assert answer.problems == []


def test_the_map_and_factor_files_are_read_as_lean_means_them() -> None:
    assert parse_history(b"20040819,goog,Q\n20140402,goog,Q\n20501231,googl,Q\n") == [
        Tenure("goog", date(2004, 8, 19), date(2014, 4, 2)),
        Tenure("googl", date(2014, 4, 3), date(2050, 12, 31)),
    ]
    assert [plain_ratio(r) for r in (6.999997, 1 / 20.00001, 1.0027)] == [7.0, 0.05, 1.0027]


@pytest.mark.parametrize(
    ("read", "text", "told"),
    [
        (parse_history, "", "is empty"),
        (parse_history, "20140402", "has a row that is too short: '20140402'"),
        (parse_history, "2014,goog", "has '2014' where a date like 20140402 should be"),
        (parse_factors, "20140402,a,b,c", "has a row that is no number: '20140402,a,b,c'"),
        (parse_factors, "\xff", "is no table of text"),
    ],
)
def test_a_damaged_map_or_factor_file_says_where(
    read: Callable[[bytes], object], text: str, told: str
) -> None:
    with pytest.raises(Malformed, match="^" + told.replace("(", r"\(") + "$"):
        read(text.encode("latin-1"))


def test_without_a_readable_map_file_no_row_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"20240102 00:00,100000,120000,90000,110000,100\n")
    (tmp_path / "map_files").mkdir()
    (tmp_path / "map_files/x.csv").write_bytes(b"nonsense")
    answer = ask(tmp_path, "X")
    assert answer.bars == []
    assert reasons(answer) == [
        "map_files/x.csv has a row that is too short: 'nonsense'; it says since when X is this"
        " company, so none of its unadjusted days were used"
    ]


def test_without_a_readable_factor_file_the_bars_stay(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"20240102 00:00,100000,120000,90000,110000,100\n")
    (tmp_path / "factor_files").mkdir()
    (tmp_path / "factor_files/x.csv").write_bytes(b"")
    answer = ask(tmp_path, "X")
    assert [bars.close.tolist() for bars in answer.bars] == [[11.0]]
    assert answer.actions == []
    assert reasons(answer) == [
        "factor_files/x.csv is empty; no split or dividend of X is known from it"
    ]


# --- Yahoo's days -------------------------------------------------------------------------------


@pytest.fixture
def yahoo(shared_data: Path) -> Path:
    return shared_data / "bars/daily_2012_2017"


def test_yahoos_days_stand_in_their_sessions_half_days_too(yahoo: Path) -> None:
    [bars] = ask(yahoo, "AAPL", window=EVER).bars
    sessions = calendar_of("XNYS").sessions(EVER)
    days = resample(bars, Interval.DAY, sessions, EVER.end)
    assert len(days) == 1258
    closed_at = dict(zip(opens(days.bars), days.closed_at, strict=True))
    assert from_instant64(closed_at["2013-07-03T13:30"]).hour == 17  # 13:00 in New York
    assert from_instant64(closed_at["2015-11-27T14:30"]).hour == 18  # the day after Thanksgiving
    assert bars.close[0] == 96.424286


def test_all_of_yahoos_files_are_read_and_the_screening_finds_the_empty_cells(
    yahoo: Path,
) -> None:
    symbols = [path.name.removesuffix(".csv.gz") for path in yahoo.iterdir()]
    answer = ask(yahoo, *symbols, window=EVER)
    assert (len(answer.bars), answer.problems) == (88, [])
    flawed = {bars.symbol: screen(bars)[1][0].rows for bars in answer.bars if screen(bars)[1]}
    assert {symbol: flawed[symbol] for symbol in ("PTR", "REX", "SNP")} == dict.fromkeys(
        ("PTR", "REX", "SNP"), 1
    )


@pytest.mark.parametrize("symbol", ["BRK.A", "BRK-A"])
def test_a_share_class_is_found_under_a_dash_or_a_dot(yahoo: Path, symbol: str) -> None:
    [bars] = ask(yahoo, symbol, window=EVER).bars
    assert (bars.symbol, bars.close[0]) == (symbol, 126279.0)


def test_a_date_without_a_session_is_told_and_left_out(tmp_path: Path) -> None:
    rows: list[Row] = [("2024-01-01", *DAYS[0][1:]), *DAYS, ("2024-01-06", *DAYS[0][1:])]
    (tmp_path / "X.csv").write_bytes(csv_of(rows, "Date,Open,High,Low,Close,Volume"))
    answer = ask(tmp_path, "X")
    assert opens(answer.bars[0]) == ["2024-01-02T14:30", "2024-01-03T14:30", "2024-01-04T14:30"]
    assert reasons(answer) == [
        "X.csv has 2 days without a session of XNYS, which were left out: 2024-01-01, 2024-01-06"
    ]
    day = Window(datetime(2024, 1, 3, tzinfo=UTC), datetime(2024, 1, 4, tzinfo=UTC))
    assert reasons(ask(tmp_path, "X", window=day)) == []


@pytest.mark.parametrize("adjusted_close", ["", "Adj Close,"])
def test_splits_and_dividends_that_are_in_the_prices_already_are_not_applied_again(
    tmp_path: Path, adjusted_close: str
) -> None:
    """Apple's 4:1 of 2020-08-31 as yfinance exports it: the close before it was 499.23 dollars."""
    header = f"Date,Open,High,Low,Close,{adjusted_close}Volume,Dividends,Stock Splits,Capital Gains"
    cell = "121.0," if adjusted_close else ""
    (tmp_path / "AAPL.csv").write_text(
        f"{header}\n"
        f"2020-08-07 00:00:00-04:00,113.21,113.67,110.29,111.11,{cell}198045600,0.205,0.0,0.0\n"
        f"2020-08-28 00:00:00-04:00,126.01,126.44,124.58,124.81,{cell}187630000,0.0,0.0,0.0\n"
        f"2020-08-31 00:00:00-04:00,127.58,131.0,126.0,129.04,{cell}225702700,0.0,4.0,0.0\n"
        f"2020-12-01 00:00:00-05:00,121.01,123.47,120.01,122.72,{cell}127728200,0.0,0.0,0.0\n"
    )
    window = Window(datetime(2020, 8, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC))
    answer = ask(tmp_path, "AAPL", window=window)
    [bars] = answer.bars
    assert bars.close.tolist() == [111.11, 124.81, 129.04, 122.72]
    assert opens(bars) == [
        f"2020-{day}" for day in ("08-07T13:30", "08-28T13:30", "08-31T13:30")
    ] + ["2020-12-01T14:30"]
    assert (answer.actions, answer.problems) == ([], [])
    days = resample(bars, Interval.DAY, calendar_of("XNYS").sessions(window), window.end)
    assert split_like_jumps(days, answer.actions) == []


def test_a_day_is_given_only_once_its_session_closed(tmp_path: Path) -> None:
    (tmp_path / "X.csv").write_bytes(csv_of(DAYS))
    start = datetime(2024, 1, 3, tzinfo=UTC)
    assert ask(tmp_path, "X", window=Window(start, start.replace(hour=20))).bars == []
    assert len(ask(tmp_path, "X", window=Window(start, start.replace(hour=21))).bars[0]) == 1


@pytest.mark.parametrize(
    ("mic", "opened"), [("XTKS", "2024-01-04T00:00"), ("XASX", "2024-01-03T23:00")]
)
def test_a_date_is_the_exchanges_own(tmp_path: Path, mic: str, opened: str) -> None:
    (tmp_path / "X.csv").write_bytes(csv_of([DAYS[2]]))
    assert opens(ask(tmp_path, "X", mic=mic).bars[0]) == [opened]


# --- JSON Lines and Parquet ---------------------------------------------------------------------


@pytest.mark.parametrize("time_name", ["time", "date", "timestamp", "opened_at"])
@pytest.mark.parametrize("name", ["X.jsonl", "x_5m.jsonl.gz", "X.json"])
def test_json_lines_are_read_under_the_usual_names(
    tmp_path: Path, name: str, time_name: str
) -> None:
    payload = jsonl_of(FIVE_MINUTES, time_name, note={"any": ["thing"]})
    (tmp_path / name).write_bytes(gzip.compress(payload) if name.endswith("gz") else payload)
    answer = ask(tmp_path, "X")
    [bars] = answer.bars
    assert answer.problems == []
    assert bars.interval is Interval.FIVE_MINUTES
    assert opens(bars) == ["2024-01-02T14:30", "2024-01-02T14:35", "2024-01-02T14:40"]
    assert [column[1] for column in bars.columns()[1:]] == [11.0, 13.0, 10.0, 12.0, 200.0]


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000])
def test_epochs_of_any_unit_are_instants(tmp_path: Path, unit: int) -> None:
    rows: list[Row] = [
        (int(at.timestamp()) * unit, *row[1:])
        for at, row in zip(instants(FIVE_MINUTES), FIVE_MINUTES, strict=True)
    ]
    (tmp_path / "X.jsonl").write_bytes(jsonl_of(rows))
    (tmp_path / "Y.csv").write_bytes(csv_of(rows, "timestamp,open,high,low,close,volume_shares"))
    (tmp_path / "Z.parquet").write_bytes(parquet_of(pa.array([row[0] for row in rows]), rows))
    for bars in ask(tmp_path, "X", "Y", "Z").bars:
        assert opens(bars) == ["2024-01-02T14:30", "2024-01-02T14:35", "2024-01-02T14:40"]


def test_a_broken_line_costs_only_itself(tmp_path: Path) -> None:
    lines = jsonl_of(FIVE_MINUTES).split(b"\n")
    lines[1:1] = [b'{"time": "2024-01-02T14:50', b"[]", b"", b'{"time":"2024-01-02T14:55:00Z"}']
    (tmp_path / "X.jsonl").write_bytes(b"\n".join(lines))
    answer = ask(tmp_path, "X")
    assert len(answer.bars[0]) == 4
    assert np.isnan(answer.bars[0].close[1])
    assert reasons(answer) == [
        "2 rows that cannot be read were left out of X.jsonl, for example"
        ' \'{"time": "2024-01-02T14:50\''
    ]


def test_numbers_written_as_text_are_numbers(tmp_path: Path) -> None:
    rows: list[Row] = [(row[0], *map(str, row[1:])) for row in FIVE_MINUTES]
    (tmp_path / "X.jsonl").write_bytes(jsonl_of(rows))
    assert ask(tmp_path, "X").bars[0].high.tolist() == [12.0, 13.0, 14.0]


@pytest.mark.parametrize("name", ["X.parquet", "x_5m.pq", "X.parquet.gz"])
def test_parquet_is_read(tmp_path: Path, name: str) -> None:
    payload = parquet_of(pa.array(instants(FIVE_MINUTES), UTC_TIMES), FIVE_MINUTES)
    (tmp_path / name).write_bytes(gzip.compress(payload) if name.endswith("gz") else payload)
    [bars] = ask(tmp_path, "X").bars
    assert (bars.interval, opens(bars)[0]) == (Interval.FIVE_MINUTES, "2024-01-02T14:30")
    assert bars.volume_shares.tolist() == [100.0, 200.0, 300.0]


def test_parquet_with_dates_or_local_midnights_holds_days(tmp_path: Path) -> None:
    dates = [date.fromisoformat(str(row[0])) for row in DAYS]
    midnights = [datetime(d.year, d.month, d.day) for d in dates]
    new_york = pa.array([at.replace(hour=5) for at in midnights], UTC_TIMES)
    columns = {
        "X": pa.array(dates),
        "Y": pa.array(midnights, pa.timestamp("ns")),
        "Z": new_york.cast(pa.timestamp("us", "America/New_York")),
    }
    for symbol, times in columns.items():
        (tmp_path / f"{symbol}.parquet").write_bytes(parquet_of(times, DAYS))
    answer = ask(tmp_path, "X", "Y", "Z")
    assert answer.problems == []
    for bars in answer.bars:
        assert bars.interval is Interval.DAY
        assert opens(bars) == ["2024-01-02T14:30", "2024-01-03T14:30", "2024-01-04T14:30"]


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv"])
def test_a_file_of_many_symbols_serves_those_without_one_of_their_own(
    tmp_path: Path, kind: str
) -> None:
    rows = [*FIVE_MINUTES, *FIVE_MINUTES]
    names = ["X", "brk-b", "X", "brk-b", "X", "brk-b"]
    rows = [rows[0], rows[0], rows[1], rows[1], rows[2], rows[2]]
    path = tmp_path / f"everything.{kind}"
    if kind == "parquet":
        times = pa.array(instants(rows), UTC_TIMES)
        path.write_bytes(parquet_of(times, rows, symbol=names))
    elif kind == "jsonl":
        lines = [jsonl_of([row], symbol=name) for row, name in zip(rows, names, strict=True)]
        path.write_bytes(b"\n".join(lines))
    else:
        header = "symbol,time,open,high,low,close,volume"
        path.write_bytes(csv_of([(n, *r) for r, n in zip(rows, names, strict=True)], header))
    (tmp_path / "OWN.csv").write_bytes(csv_of(FIVE_MINUTES))
    answer = ask(tmp_path, "X", "BRK.B", "OWN", "NOPE")
    assert [(bars.symbol, len(bars)) for bars in answer.bars] == [
        ("X", 3),
        ("BRK.B", 3),
        ("OWN", 3),
    ]
    assert reasons(answer) == [f"no file of NOPE in {tmp_path}"]
    assert all(bars.interval is Interval.FIVE_MINUTES for bars in answer.bars)


# --- Several files, intervals, size -------------------------------------------------------------


def test_of_several_files_the_finer_one_serves_the_sessions_it_has(tmp_path: Path) -> None:
    (tmp_path / "X_5m.csv").write_bytes(csv_of(FIVE_MINUTES))
    (tmp_path / "X_1d.csv").write_bytes(csv_of(DAYS))
    answer = ask(tmp_path, "X")
    fine, days = answer.bars
    assert (fine.interval, len(fine)) == (Interval.FIVE_MINUTES, 3)
    assert opens(days) == ["2024-01-03T14:30", "2024-01-04T14:30"]
    assert reasons(answer) == ["1 bar was not taken from X_1d.csv, because X_5m.csv has finer ones"]
    later = Window(datetime(2024, 1, 3, tzinfo=UTC), JANUARY.end)
    assert reasons(ask(tmp_path, "X", window=later)) == []


def test_of_two_files_of_one_interval_one_is_used_and_the_other_told(tmp_path: Path) -> None:
    (tmp_path / "X.csv").write_bytes(csv_of(DAYS))
    (tmp_path / "x.csv.gz").write_bytes(
        gzip.compress(b"20240102 00:00,1000000,1200000,900000,1100000,100\n")
    )
    answer = ask(tmp_path, "X")
    assert [bars.close.tolist() for bars in answer.bars] == [[110.0]]  # as it was traded
    assert reasons(answer) == [
        "X.csv is not used, because x.csv.gz has 1d bars of X too",
    ]


@pytest.mark.parametrize(
    ("minutes", "interval"),
    [(5, Interval.FIVE_MINUTES), (15, Interval.QUARTER_HOUR), (30, Interval.HALF_HOUR)],
)
def test_the_interval_is_told_by_the_distance_of_the_rows(
    tmp_path: Path, minutes: int, interval: Interval
) -> None:
    start = datetime(2024, 1, 2, 14, 30, tzinfo=UTC).timestamp()
    rows: list[Row] = [(int(start) + 60 * minutes * n, *DAYS[0][1:]) for n in range(4)]
    (tmp_path / "X.csv").write_bytes(csv_of([*rows[2:], *rows[:2]]))
    assert ask(tmp_path, "X").bars[0].interval is interval


def test_bars_with_most_of_their_neighbours_missing_are_what_they_are(tmp_path: Path) -> None:
    start = int(datetime(2024, 1, 2, 14, 30, tzinfo=UTC).timestamp())
    sparse: list[Row] = [(start + 300 * n, *DAYS[0][1:]) for n in (0, 2, 4, 5, 7, 10, 11)]
    hourly: list[Row] = [(start + 1800 * n, *DAYS[0][1:]) for n in (0, 1, 3, 5, 7, 9, 11)]
    (tmp_path / "X.csv").write_bytes(csv_of(sparse))
    (tmp_path / "Y.csv").write_bytes(csv_of(hourly))
    answer = ask(tmp_path, "X", "Y")
    assert [(b.symbol, b.interval) for b in answer.bars] == [("X", Interval.FIVE_MINUTES)]
    assert reasons(answer) == [
        "Y.csv holds bars 1 hour apart; 5m, 15m, 30m and 1d are understood; none of its rows were"
        " used"
    ]


def test_daily_bars_alone_are_collected_as_days_and_make_no_half_hours(tmp_path: Path) -> None:
    (tmp_path / "X.csv").write_bytes(csv_of(DAYS))
    sighting = Sighting(JANUARY.end, False, FilesMarket(tmp_path).usual_delay)
    collected = collect_bars(
        [FilesMarket(tmp_path)],
        [Instrument("X", "X Inc.")],
        JANUARY,
        (Interval.HALF_HOUR, Interval.DAY),
        lambda _: sighting,
    )
    assert [(part.series.interval, len(part.series)) for part in collected.parts] == [
        (Interval.DAY, 3)
    ]
    assert collected.flaws == []


def test_a_folder_of_ten_thousand_files_is_listed_once_and_only_the_needed_are_read(
    tmp_path: Path,
) -> None:
    first = tmp_path / "S0_5m.csv"
    first.write_bytes(csv_of(FIVE_MINUTES))
    for number in range(1, 10_000):
        (tmp_path / f"S{number}_5m.csv").hardlink_to(first)
    market = FilesMarket(tmp_path)
    instruments = [Instrument(f"S{number}", "S") for number in range(0, 10_000, 1_000)]
    started = time.perf_counter()
    answer = market.bars(instruments, JANUARY)
    assert time.perf_counter() - started < 5
    assert (len(answer.bars), answer.problems) == (10, [])
    assert len(market._library._rows) == 10
