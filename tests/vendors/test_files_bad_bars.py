"""Bad files of bars: one clear sentence each, and the good rest is kept."""

import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from fintech_pipeline.clock import Sighting, Window
from fintech_pipeline.errors import Malformed, Unavailable
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.collection import MarketCollected, collect_bars
from fintech_pipeline.market.provider import MarketAnswer
from fintech_pipeline.market.providers.files.contents import Contents
from fintech_pipeline.market.providers.files.layouts import parse_rows
from fintech_pipeline.market.providers.files.provider import FilesMarket
from fintech_pipeline.market.quality import FlawKind
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.providers.file_parsing import parse_news

WINDOW = Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC))
HEADER = "time,open,high,low,close,volume\n"
ROWS = [f"2024-01-02T14:{30 + 5 * n}:00Z,10,12,9,11,100\n" for n in range(6)]

COLUMNS = HEADER.strip().split(",")
OBJECTS = [dict(zip(COLUMNS, row.strip().split(","), strict=True)) for row in ROWS]
ITEM = {"id": "1", "time_utc": "2024-01-02T14:30:00Z", "title": "A title", "tickers": "X,Y"}


def parquet_of(rows: list[dict[str, str]]) -> bytes:
    sink = pa.BufferOutputStream()
    columns: dict[str, Any] = {
        name: pa.array([float(row[name]) for row in rows]) for name in COLUMNS[1:]
    }
    times = pa.array([datetime.fromisoformat(row["time"]) for row in rows])
    parquet.write_table(pa.table({"time": times, **columns}), sink)
    return sink.getvalue().to_pybytes()


SAMPLES = {
    "csv": (HEADER + "".join(ROWS)).encode(),
    "lean": b"20240102 00:00,100000,120000,90000,110000,100\n" * 6,
    "jsonl": "\n".join(map(json.dumps, OBJECTS)).encode(),
    "parquet": parquet_of(OBJECTS),
    "news.csv": "\n".join([",".join(ITEM), *['1,2024-01-02T14:30:00Z,T,"X,Y"'] * 3]).encode(),
    "news.jsonl": "\n".join([json.dumps(ITEM)] * 3).encode(),
}


def ask(folder: Path, *symbols: str) -> MarketAnswer:
    return FilesMarket(folder).bars([Instrument(s, s) for s in symbols or ("X",)], WINDOW)


def collected(folder: Path) -> MarketCollected:
    sighting = Sighting(WINDOW.end, False, FilesMarket(folder).usual_delay)
    return collect_bars(
        [FilesMarket(folder)],
        [Instrument("X", "X")],
        WINDOW,
        (Interval.FIVE_MINUTES,),
        lambda _: sighting,
    )


def reasons(answer: MarketAnswer) -> list[str]:
    return [problem.reason for problem in answer.problems]


@pytest.mark.parametrize(
    ("rows", "kept", "told"),
    [
        ([ROWS[0], ROWS[1].replace(",9,", ",13,")], 1, "1 bar was impossible and left out"),
        ([ROWS[0], ROWS[1].replace(",12,", ",NaN,")], 1, "1 bar was impossible and left out"),
        ([ROWS[0], ROWS[1].replace(",100", ",-1")], 1, "1 bar was impossible and left out"),
        ([ROWS[0], ROWS[1].replace(",12,", ",inf,")], 1, "1 bar was impossible and left out"),
        ([ROWS[0], ROWS[1], ROWS[0]], 2, "1 bar was given again and counted once"),
        (
            [ROWS[0], ROWS[1], ROWS[0].replace(",11,", ",10,")],
            2,
            "1 bar was contradicted by a later row for the same time, which was kept",
        ),
    ],
)
def test_impossible_repeated_and_conflicting_rows_are_told_and_the_rest_kept(
    tmp_path: Path, rows: list[str], kept: int, told: str
) -> None:
    (tmp_path / "X_5m.csv").write_text(HEADER + "".join(rows))
    found = collected(tmp_path)
    assert [len(part.series) for part in found.parts] == [kept]
    # So few rows make a thin half hour, too.
    [flaw] = [flaw for flaw in found.flaws if flaw.kind is not FlawKind.THIN]
    assert flaw.sentence.startswith(f"X: {told}, the first at 2024-01-02 14:")


def test_unsorted_rows_are_sorted_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "X.csv").write_text(HEADER + "".join(reversed(ROWS)))
    found = collected(tmp_path)
    assert [len(part.series) for part in found.parts] == [6]
    assert found.flaws == []
    assert found.problems == []


def test_mixed_offsets_are_the_instants_they_say(tmp_path: Path) -> None:
    moved = ROWS[1].replace("T14:35:00Z", "T23:35:00+09:00")
    (tmp_path / "X.csv").write_text(HEADER + ROWS[0] + moved + "".join(ROWS[2:]))
    [bars] = ask(tmp_path).bars
    assert [str(at)[11:16] for at in bars.opened_at[:3]] == ["14:30", "14:35", "14:40"]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("X.csv", HEADER + "2024-01-02 09:30:00,10,12,9,11,100\n"),
        (
            "X.jsonl",
            '{"time":"2024-01-02 09:30:00","open":1,"high":1,"low":1,"close":1,"volume":1}\n',
        ),
    ],
)
def test_times_without_an_offset_are_refused(tmp_path: Path, name: str, row: str) -> None:
    (tmp_path / name).write_text(row)
    answer = ask(tmp_path)
    assert answer.bars == []
    assert reasons(answer) == [
        f"{name} has times without an offset, such as '2024-01-02 09:30:00'; write them with one,"
        " such as 2025-02-24T09:30:00-05:00; none of its rows were used"
    ]


def test_a_time_without_an_offset_among_others_costs_its_row(tmp_path: Path) -> None:
    (tmp_path / "X.csv").write_text(HEADER + "".join(ROWS).replace("14:40:00Z", "14:40:00"))
    answer = ask(tmp_path)
    assert len(answer.bars[0]) == 5
    [reason] = reasons(answer)
    assert reason.startswith("1 row that cannot be read was left out of X.csv, for example '2024")


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("members", [1, 2])
def test_the_whole_rows_before_a_cut_are_used(tmp_path: Path, kind: str, members: int) -> None:
    lines = [
        f"2024-01-{2 + n // 78:02}T{14 + (30 + n % 78 * 5) // 60:02}:{n % 78 * 5 % 60:02}:00Z"
        f",{10 + n % 7},12.{n},9,11,{n}\n"
        for n in range(1, 78 * 8)
    ]
    if kind == "jsonl":
        names = HEADER.strip().split(",")
        pairs = [zip(names, line.strip().split(","), strict=True) for line in lines]
        lines = [str(dict(pair)).replace("'", '"') + "\n" for pair in pairs]
    text = ((HEADER if kind == "csv" else "") + "".join(lines)).encode()
    half = len(text) // members
    packed = b"".join(gzip.compress(part) for part in (text[:half], text[half:]) if part)
    (tmp_path / f"X_5m.{kind}.gz").write_bytes(packed[:-40])
    answer = ask(tmp_path)
    [bars] = answer.bars
    assert 300 < len(bars) < len(lines)
    assert set(bars.close.tolist()) == {11.0}
    assert reasons(answer) == [
        f"X_5m.{kind}.gz ends too early; its {len(bars)} whole rows were used, copy it again"
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "is a zip archive; unpack it"),
        (b"\xff\xfet\0i\0", "is UTF-16 text; save it as UTF-8"),
        (b"PAR1 and no more", "is no intact Parquet file; copy it again"),
        (b'[{"time":1}]', "is one JSON array; write one object a line"),
        (b"{broken", "is no table of bars: write one JSON object a line"),
        (b'{"time":1,"open":2}', "lacks a column for high, low, close, volume"),
        (b"time,open\n1,2\n", "lacks a column for high, low, close, volume"),
        (
            (HEADER + ROWS[0]).encode(),
            "does not tell how long its bars are; name it SYMBOL_5m or SYMBOL_30m",
        ),
        (
            (HEADER + "2024-01-02T14:30:00Z,1,1,1,1,1\n2024-01-02T14:31:00Z,1,1,1,1,1\n").encode(),
            "holds bars 1 minute apart; 5m, 15m, 30m and 1d are understood",
        ),
        (
            (HEADER + "".join(f"2024-0{m}-01,1,1,1,1,1\n" for m in range(1, 8))).encode(),
            "holds bars 31 days apart; 5m, 15m, 30m and 1d are understood",
        ),
    ],
)
def test_a_file_that_is_no_table_of_bars_says_why(
    tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / "X.csv").write_bytes(content)
    (tmp_path / "Y.csv").write_text(HEADER + "".join(ROWS))
    answer = ask(tmp_path, "X", "Y")
    assert [bars.symbol for bars in answer.bars] == ["Y"]
    [problem] = answer.problems
    assert (problem.symbol, problem.reason) == ("X", f"X.csv {told}; none of its rows were used")


def test_a_name_that_promises_longer_bars_than_there_are_is_refused(tmp_path: Path) -> None:
    (tmp_path / "X_30m.csv").write_text(HEADER + "".join(ROWS))
    assert reasons(ask(tmp_path)) == [
        "X_30m.csv holds bars 5 minutes apart, though its name says 30m; none of its rows were used"
    ]


@pytest.mark.parametrize("noise", [b"\0", b"\x1b[2J", b"\xff\xfe\xfa", b'"', b"\xc2\x85"])
def test_strange_bytes_cost_at_most_their_row(tmp_path: Path, noise: bytes) -> None:
    spoiled = ROWS[2].encode().replace(b"12,", b"1" + noise + b"2,", 1)
    payload = HEADER.encode() + "".join(ROWS[:2]).encode() + spoiled + "".join(ROWS[3:]).encode()
    (tmp_path / "X.csv").write_bytes(payload)
    answer = ask(tmp_path)
    assert len(answer.bars[0]) + len(answer.problems) == 6


def test_quoted_cells_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    quoted = "\r\n".join(
        ",".join(f'"{cell}"' for cell in line.strip().split(",")) for line in (HEADER, *ROWS)
    )
    (tmp_path / "X.csv").write_bytes(b"\xef\xbb\xbf\r\n" + quoted.encode())
    answer = ask(tmp_path)
    assert (len(answer.bars[0]), answer.problems) == (6, [])


def test_what_is_no_file_is_a_problem_and_never_hangs(tmp_path: Path) -> None:
    (tmp_path / "A.csv").mkdir()
    (tmp_path / "B.csv").symlink_to(tmp_path / "B.csv")
    os.mkfifo(tmp_path / "C.csv")
    (tmp_path / "D.parquet").symlink_to(tmp_path / "gone")
    assert reasons(ask(tmp_path, "A", "B", "C", "D")) == [
        "A.csv cannot be read: Is a directory; none of its rows were used",
        "B.csv cannot be read: Too many levels of symbolic links; none of its rows were used",
        "C.csv cannot be read: it is no regular file; none of its rows were used",
        "D.parquet cannot be read: No such file or directory; none of its rows were used",
    ]


def test_a_folder_that_is_a_loop_of_links_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(Unavailable, match="Too many levels of symbolic links"):
        ask(tmp_path / "loop")


def test_files_of_many_symbols_are_looked_for_past_bad_neighbours(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    (tmp_path / "b.csv").symlink_to(tmp_path / "b.csv")
    (tmp_path / "c.csv.gz").write_bytes(b"\x1f\x8bnonsense")
    (tmp_path / "d.parquet").write_bytes(b"PAR1nonsense")
    (tmp_path / "e.jsonl").write_bytes(b"{nonsense")
    (tmp_path / "all.csv").write_text("symbol," + HEADER + "".join(f"X,{row}" for row in ROWS))
    answer = ask(tmp_path)
    assert (len(answer.bars[0]), answer.problems) == (6, [])


def test_a_file_that_names_other_symbols_than_its_own_says_so(tmp_path: Path) -> None:
    (tmp_path / "X.csv").write_text("symbol," + HEADER + "".join(f"Y,{row}" for row in ROWS))
    answer = ask(tmp_path)
    assert answer.bars == []
    assert reasons(answer) == ["X.csv names the symbol of each row, never X"]


@pytest.mark.parametrize("kind", ["csv", "lean", "jsonl", "parquet", "news.csv", "news.jsonl"])
def test_any_spoiled_bytes_are_read_in_part_or_refused(kind: str) -> None:
    random = np.random.default_rng(5)
    original = SAMPLES[kind]
    for _ in range(300):
        payload = bytearray(original)
        for place in random.integers(0, len(payload), random.integers(1, 8)):
            payload[place] = random.integers(0, 256)
        contents = Contents(bytes(payload), cut=bool(random.integers(0, 2)))
        try:
            if kind.startswith("news"):
                assert len(parse_news(contents).articles) <= 3
            else:
                rows = parse_rows(contents)
                assert not np.isnat(rows.bars.opened_at).any()
        except Malformed:
            continue
