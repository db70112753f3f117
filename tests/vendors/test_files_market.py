"""The folder of files as a market provider: what it reads, refuses and tells."""

import gzip
import os
import zlib
from datetime import UTC, datetime, timedelta
from gzip import BadGzipFile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fintech_pipeline.clock import Window
from fintech_pipeline.errors import Malformed, NotConfigured, ProviderError
from fintech_pipeline.market.bars import Interval, RawBars
from fintech_pipeline.market.provider import MarketAnswer
from fintech_pipeline.market.providers.files import folder as file_folder
from fintech_pipeline.market.providers.files.contents import Contents, read_contents
from fintech_pipeline.market.providers.files.layouts import parse_rows
from fintech_pipeline.market.providers.files.provider import FilesMarket
from fintech_pipeline.market.providers.files.rows import FileRows
from fintech_pipeline.market.quality import outside_sessions, screen
from fintech_pipeline.market.resampling import resample
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument

HEADER = "date,open,high,low,close,volume,wap,count\n"
ROWS = [
    "2025-02-24 14:30:00+00:00,245.0,247.9,244.42,246.06,1947912.0,245.996,7275.0\n",
    "2025-02-24 14:35:00+00:00,246.06,246.58,245.63,245.64,758760.0,246.078,5055.0\n",
    "2025-02-24 14:40:00+00:00,245.64,246.0,245.5,245.9,658760.0,245.8,4055.0\n",
]
TEXT = HEADER + "".join(ROWS)
DAY = Window(datetime(2025, 2, 24, tzinfo=UTC), datetime(2025, 2, 25, tzinfo=UTC))
ALL = Window(datetime(2025, 2, 24, tzinfo=UTC), datetime(2025, 7, 4, tzinfo=UTC))


def instrument(symbol: str) -> Instrument:
    return Instrument(symbol, f"{symbol} Inc.")


def ask(folder: Path, *symbols: str, window: Window = DAY) -> MarketAnswer:
    return FilesMarket(folder).bars([instrument(symbol) for symbol in symbols], window)


def write(folder: Path, text: str, name: str = "AAPL_5m.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def minutes(bars: RawBars) -> list[str]:
    return [str(at)[11:16] for at in bars.opened_at]


def reasons(answer: MarketAnswer) -> list[str]:
    return [problem.reason for problem in answer.problems]


@pytest.fixture
def real(shared_data: Path) -> Path:
    return shared_data / "bars/five_minute_2025"


def test_it_says_what_it_is(tmp_path: Path) -> None:
    market = FilesMarket(tmp_path, timedelta(minutes=15))
    assert (market.name, market.simulated) == ("files", False)
    assert market.usual_delay == timedelta(minutes=15)
    assert FilesMarket(tmp_path).usual_delay == timedelta(0)


@pytest.mark.parametrize("name", ["AAPL_5m.csv", "AAPL_5m.csv.gz", "aapl_5m.csv.gz"])
def test_bars_are_read_packed_or_plain(tmp_path: Path, name: str) -> None:
    write(tmp_path, TEXT, name)
    answer = ask(tmp_path, "AAPL")
    [bars] = answer.bars
    assert (bars.symbol, bars.interval, answer.problems) == ("AAPL", Interval.FIVE_MINUTES, [])
    assert minutes(bars) == ["14:30", "14:35", "14:40"]
    assert bars.open.tolist() == [245.0, 246.06, 245.64]
    assert bars.high.tolist() == [247.9, 246.58, 246.0]
    assert bars.low.tolist() == [244.42, 245.63, 245.5]
    assert bars.close.tolist() == [246.06, 245.64, 245.9]
    assert bars.volume_shares.tolist() == [1947912.0, 758760.0, 658760.0]


def test_offsets_become_utc_and_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        "volume,date,close,low,high,open\n"
        "5,2025-02-24 09:30:00-05:00,4,2,8,6\n"
        "5,2025-02-24T14:35:00Z,4,2,8,6\n",
    )
    [bars] = ask(tmp_path, "AAPL").bars
    assert minutes(bars) == ["14:30", "14:35"]
    assert [c[0] for c in bars.columns()[1:]] == [6, 8, 2, 4, 5]


def test_only_bars_that_open_and_close_inside_the_window_are_given(tmp_path: Path) -> None:
    write(tmp_path, TEXT)
    start = datetime(2025, 2, 24, 14, 31, tzinfo=UTC)
    [bars] = ask(tmp_path, "AAPL", window=Window(start, start + timedelta(minutes=9))).bars
    assert minutes(bars) == ["14:35"]
    nothing = ask(tmp_path, "AAPL", window=Window(start, start + timedelta(minutes=8)))
    assert (nothing.bars, nothing.problems) == ([], [])


def test_a_window_beyond_all_rows_says_what_the_file_holds(tmp_path: Path) -> None:
    write(tmp_path, TEXT)
    later = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert reasons(ask(tmp_path, "AAPL", window=later)) == [
        "AAPL_5m.csv holds bars from 2025-02-24 14:30Z to 2025-02-24 14:40Z only"
    ]


def test_a_symbol_without_a_file_is_a_problem_and_the_others_are_served(tmp_path: Path) -> None:
    write(tmp_path, TEXT)
    write(tmp_path, TEXT, "BRK.B_5m.csv.gz")
    answer = ask(tmp_path, "NOPE", "BRK.B", "AAPL")
    assert [bars.symbol for bars in answer.bars] == ["BRK.B", "AAPL"]
    [problem] = answer.problems
    assert problem.symbol == "NOPE"
    assert problem.reason == f"no file of NOPE in {tmp_path}"


def test_a_missing_folder_is_a_matter_of_configuration(tmp_path: Path) -> None:
    for folder in (tmp_path / "gone", write(tmp_path, TEXT)):
        with pytest.raises(NotConfigured, match=f"{folder}; create it or change"):
            ask(folder, "AAPL")


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, HEADER + ROWS[0])
    market = FilesMarket(tmp_path)
    assert len(market.bars([instrument("AAPL")], DAY).bars[0]) == 1
    with monkeypatch.context() as patch:
        patch.setattr(file_folder, "read_rows", None)
        assert len(market.bars([instrument("AAPL")], DAY).bars[0]) == 1
    write(tmp_path, TEXT)
    assert len(market.bars([instrument("AAPL")], DAY).bars[0]) == 3
    status = path.stat()
    path.write_text(TEXT.replace("245.9,", "245.8,"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert market.bars([instrument("AAPL")], DAY).bars[0].close[-1] == 245.8


def test_memory_is_bounded_and_the_oldest_file_is_forgotten_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_folder, "CACHED_ROWS", 6)
    names = ["A", "B", "C"]
    for name in names:
        write(tmp_path, TEXT, f"{name}_5m.csv")
    market = FilesMarket(tmp_path)
    market.bars([instrument(name) for name in names], DAY)
    assert [path.name for path in market._library._rows] == ["B_5m.csv", "C_5m.csv"]


def parse_five_minute(payload: bytes) -> FileRows:
    return parse_rows(Contents(payload), Interval.FIVE_MINUTES)


BAD_CELLS = "2025-02-24 14:45:00+00:00,245.64,oops,245.5,245.9,1,1,1\n"


@pytest.mark.parametrize(
    ("row", "example"),
    [
        ("2025-02-24 14:45:00+00:00,245.64,246.0\n", "2025-02-24 14:45:00+00:00,245.64,246.0"),
        (BAD_CELLS, "2025-02-24 14:45:00+00:00,245.64,oops,245.5,245.9,1"),
        ("2025-02-24 14:45:00,1,1,1,1,1,1,1\n", "2025-02-24 14:45:00,1,1,1,1,1"),
        ("2025-02-30 14:45:00+00:00,1,1,1,1,1,1,1\n", "2025-02-30 14:45:00+00:00,1,1,1,1,1"),
        (",1,1,1,1,1,1,1\n", "a row without a time"),
    ],
)
def test_a_row_that_cannot_be_read_is_skipped_and_told(
    tmp_path: Path, row: str, example: str
) -> None:
    write(tmp_path, HEADER + ROWS[0] + row + ROWS[1])
    answer = ask(tmp_path, "AAPL")
    assert minutes(answer.bars[0]) == ["14:30", "14:35"]
    assert reasons(answer) == [
        f"1 row that cannot be read was left out of AAPL_5m.csv, for example {example!r}"
    ]


def test_several_kinds_of_unreadable_rows_add_up(tmp_path: Path) -> None:
    write(tmp_path, TEXT + "1,2\n" + BAD_CELLS + ",1,1,1,1,1,1,1\n")
    answer = ask(tmp_path, "AAPL")
    assert len(answer.bars[0]) == 3
    assert reasons(answer)[0].startswith("3 rows that cannot be read were left out of AAPL_5m.csv")


def test_bytes_that_are_no_text_cost_only_their_row() -> None:
    damaged = TEXT.encode() + b"2025-02-24 14:45:00+00:00,\xff\xfe,1,1,1,1,1,1\n"
    rows = parse_five_minute(damaged)
    assert (len(rows.bars), rows.unreadable) == (3, 1)


@pytest.mark.parametrize("more", ["", BAD_CELLS])
def test_an_empty_price_is_left_to_the_screening(more: str) -> None:
    text = TEXT + "2025-02-24 14:50:00+00:00,245.64,,245.5,245.9,1,1,1\n" + more
    bars = parse_five_minute(text.encode()).bars
    assert len(bars) == 4
    assert np.isnan(bars.high[-1])
    assert bars.low[-1] == 245.5


def test_the_tolerant_way_reads_good_rows_to_the_same_bits(real: Path) -> None:
    payload = gzip.decompress((real / "COIN_5m.csv.gz").read_bytes())
    strict = parse_five_minute(payload)
    tolerant = parse_five_minute(payload + BAD_CELLS.encode())
    assert (strict.unreadable, tolerant.unreadable) == (0, 1)
    for one, other in zip(strict.bars.columns(), tolerant.bars.columns(), strict=True):
        assert one.tobytes() == other.tobytes()


def packed_badly(kind: str) -> bytes:
    packed = gzip.compress("".join([HEADER, *ROWS * 500]).encode())
    spoiled = packed[:40] + b"\0" * 40 + packed[80:]
    return {
        "head only": packed[:12],
        "spoiled": spoiled,
        "no gzip": b"hello",
        "wrong sum": packed[:-8] + b"\0" * 8,
    }[kind]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("head only", "AAPL_5m.csv.gz ends too early; copy it again; none of its rows were used"),
        ("spoiled", "AAPL_5m.csv.gz is no intact gzip file; copy it again"),
        ("no gzip", "AAPL_5m.csv.gz is no intact gzip file; copy it again"),
        ("wrong sum", "AAPL_5m.csv.gz is no intact gzip file; copy it again"),
    ],
)
def test_a_damaged_file_is_one_symbols_problem(tmp_path: Path, kind: str, told: str) -> None:
    (tmp_path / "AAPL_5m.csv.gz").write_bytes(packed_badly(kind))
    write(tmp_path, TEXT, "KO_5m.csv")
    answer = ask(tmp_path, "AAPL", "KO")
    assert [bars.symbol for bars in answer.bars] == ["KO"]
    [problem] = answer.problems
    assert problem.symbol == "AAPL"
    assert problem.reason.startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "AAPL_5m.csv is empty; none of its rows were used"),
        ("\n \n", "AAPL_5m.csv is empty"),
        (
            "Date,Open\n1,2\n",
            "AAPL_5m.csv lacks a column for high, low, close, volume; none of its rows",
        ),
        (HEADER, "AAPL_5m.csv has no bars"),
        ("\0\1\2", "AAPL_5m.csv lacks a column for time, open, high, low, close, volume"),
    ],
)
def test_a_file_of_another_kind_is_a_problem(tmp_path: Path, text: str, told: str) -> None:
    write(tmp_path, text)
    answer = ask(tmp_path, "AAPL")
    assert answer.bars == []
    assert [reason[: len(told)] for reason in reasons(answer)] == [told]


def test_a_file_that_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "AAPL_5m.csv").mkdir()
    (tmp_path / "KO_5m.csv").symlink_to(tmp_path / "gone")
    assert reasons(ask(tmp_path, "AAPL", "KO")) == [
        "AAPL_5m.csv cannot be read: Is a directory; none of its rows were used",
        "KO_5m.csv cannot be read: No such file or directory; none of its rows were used",
    ]


@pytest.mark.parametrize(
    "foreign",
    [
        OSError(5, "Input/output"),
        PermissionError(13, "no"),
        zlib.error(),
        BadGzipFile(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_foreign_error_of_reading_becomes_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, foreign: Exception
) -> None:
    def fail(_: bytes) -> bytes:
        raise foreign

    path = write(tmp_path, TEXT, "AAPL_5m.csv.gz")
    monkeypatch.setattr(gzip, "decompress", fail)
    with pytest.raises(ProviderError):
        read_contents(path)


def test_any_spoiled_text_is_read_in_part_or_refused() -> None:
    random = np.random.default_rng(3)
    for _ in range(300):
        payload = bytearray(TEXT.encode())
        for place in random.integers(0, len(payload), 6):
            payload[place] = random.integers(0, 256)
        try:
            rows = parse_five_minute(bytes(payload))
        except Malformed:
            continue
        assert len(rows.bars) + rows.unreadable <= 16


def test_the_real_files_are_what_pandas_reads(real: Path) -> None:
    answer = ask(real, "BRK.B", window=ALL)
    expected = pd.read_csv(real / "BRK.B_5m.csv.gz", parse_dates=["date"])
    [bars] = answer.bars
    assert len(bars) == 7062
    times = expected["date"].dt.tz_convert(None).to_numpy(dtype="datetime64[us]")
    assert np.array_equal(bars.opened_at, times)
    for column, name in zip(
        bars.columns()[1:], ("open", "high", "low", "close", "volume"), strict=True
    ):
        assert np.array_equal(column, expected[name].to_numpy())


def test_all_real_files_become_half_hours_and_days_without_a_flaw(real: Path) -> None:
    symbols = [path.name.removesuffix("_5m.csv.gz") for path in real.iterdir()]
    answer = ask(real, *symbols, window=ALL)
    calendar = calendar_of("XNYS")
    sessions, slots = calendar.sessions(ALL), calendar.slots(ALL)
    assert (len(answer.bars), answer.problems) == (16, [])
    for bars in answer.bars:
        good, flaws = screen(bars)
        assert (flaws, outside_sessions(good, sessions)) == ([], [])
        half = resample(good, Interval.HALF_HOUR, sessions, ALL.end)
        assert np.array_equal(half.closed_at, slots)
        day = resample(good, Interval.DAY, sessions, ALL.end)
        assert np.array_equal(day.closed_at, sessions.closed_at)
        assert day.bars.volume_shares.sum() == bars.volume_shares.sum()
