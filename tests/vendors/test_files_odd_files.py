"""Files of another kind under a good name, and files that change under the reader's hands."""

import gzip
import io
import json
import os
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from fintech_pipeline.clock import Window
from fintech_pipeline.errors import Malformed, Unavailable
from fintech_pipeline.market.provider import MarketAnswer
from fintech_pipeline.market.providers.files.provider import FilesMarket
from fintech_pipeline.market.quality import screen
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.providers.files import FilesNews

WINDOW = Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC))
NOW = datetime(2024, 3, 1, tzinfo=UTC)
COLUMNS = ["time", "open", "high", "low", "close", "volume"]
HEADER = ",".join(COLUMNS) + "\n"
ROWS = [f"2024-01-02T14:{30 + 5 * n}:00Z,10.5,12,9,11,100\n" for n in range(6)]
BARS = HEADER + "".join(ROWS)
NEWS_HEADER = "id,time_utc,title,url\n"
NEWS = NEWS_HEADER + "1,2024-01-02T14:30:00Z,A title,https://x.com/1\n"
PRICES = {name: pa.array([1.0] * 6) for name in COLUMNS[1:]}
TIMES = [datetime.fromisoformat(row[:20]) for row in ROWS]


def ask(folder: Path, *symbols: str) -> MarketAnswer:
    market = FilesMarket(folder, clock=lambda: NOW)
    return market.bars([Instrument(s, s) for s in symbols or ("X",)], WINDOW)


def reasons(answer: MarketAnswer) -> list[str]:
    return [problem.reason for problem in answer.problems]


def workbook() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return packed.getvalue()


def parquet_of(columns: list[Any], names: list[str]) -> bytes:
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table(columns, names=names), sink)
    return sink.getvalue().to_pybytes()


OF_ANOTHER_KIND = [
    (workbook(), "is an Excel workbook; save it as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "is an Excel workbook; save it as CSV"),
    (NEWS.encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
    (NEWS.encode("utf-16-le"), "is UTF-16 text; save it as UTF-8"),
    (NEWS.encode("utf-16-be"), "is UTF-16 text; save it as UTF-8"),
    (gzip.compress(gzip.compress(NEWS.encode())), "is packed twice; unpack it once"),
    (gzip.compress(b"", mtime=0), "is empty"),
    (bytes(4096), "is empty"),
    (
        b"<!DOCTYPE html><title>Not found</title>",
        "is a web page or XML; save the table itself",
    ),
    (
        b"time;open;high;low;close;volume;title\n2024-01-02T14:30:00Z;1,5;1,5;1,5;1,5;100;T\n",
        "separates its cells by semicolons; write commas, and points in decimal numbers",
    ),
    (
        b"time\topen\thigh\tlow\tclose\tvolume\ttitle\n",
        "separates its cells by tabs; write commas, and points in decimal numbers",
    ),
]


@pytest.mark.parametrize(("content", "told"), OF_ANOTHER_KIND, ids=lambda _: "")
def test_a_file_of_another_kind_is_called_by_its_name(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "X.csv"
    path.write_bytes(content)
    answer = ask(tmp_path)
    assert answer.bars == []
    assert reasons(answer) == [f"X.csv {told}; none of its rows were used"]
    with pytest.raises(Malformed) as refused:
        FilesNews(path).articles([], WINDOW)
    assert str(refused.value) == f"{path} {told}; nothing stored was changed."


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_two_columns_of_one_name_are_refused_unless_nobody_reads_them(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"X.{kind}"
    names = ["time", *PRICES, "Close", "note", "note"]
    if kind == "csv":
        rows = "".join(row.strip() + ",12,a,b\n" for row in ROWS)
        path.write_text(",".join(names) + "\n" + rows)
    else:
        notes = [pa.array(["a"] * 6)] * 2
        path.write_bytes(parquet_of([TIMES, *PRICES.values(), PRICES["open"], *notes], names))
    assert reasons(ask(tmp_path)) == [
        f"X.{kind} has 2 columns named close; leave one; none of its rows were used"
    ]


def test_two_titles_of_a_headline_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text(NEWS.replace("url", "Title"))
    with pytest.raises(Malformed, match="has 2 columns named title; leave one; nothing stored"):
        FilesNews(path).articles([], WINDOW)


@pytest.mark.parametrize("cell", ["10,5", '"10,5"', "1.000,5"])
def test_decimal_commas_are_told_with_a_row(tmp_path: Path, cell: str) -> None:
    (tmp_path / "X.csv").write_text(BARS.replace("10.5", cell))
    first = f"2024-01-02T14:30:00Z,{cell.strip(chr(34))},12,9,11,100"
    assert reasons(ask(tmp_path)) == [
        f"X.csv has no row that can be read, the first is {first!r}; none of its rows were used"
    ]


def test_json_numbers_that_are_none_cost_their_bar(tmp_path: Path) -> None:
    objects = [
        dict(zip(COLUMNS, [row.split(",")[0], *map(float, row.split(",")[1:])], strict=True))
        for row in ROWS
    ]
    objects[1]["open"], objects[2]["high"], objects[3]["low"] = (
        float(cell) for cell in ("nan", "inf", "-inf")
    )
    (tmp_path / "X_5m.jsonl").write_text("\n".join(map(json.dumps, objects)))
    answer = ask(tmp_path)
    kept, [flaw] = screen(answer.bars[0])
    assert len(kept) == 3
    assert flaw.sentence == (
        "X: 3 bars were impossible and left out, the first at 2024-01-02 14:35Z."
    )
    assert answer.problems == []


def test_json_numbers_that_are_none_are_no_text_of_a_headline(tmp_path: Path) -> None:
    at = "2024-01-02T14:30:00Z"
    none, infinite = float("nan"), float("inf")
    objects = [
        {"id": none, "time_utc": at, "title": "A title", "description": none, "url": infinite},
        {"id": 2, "time_utc": at, "title": none},
        {"id": 3, "time_utc": none, "title": "No time"},
        {"id": 4, "time_utc": infinite, "title": "No time"},
    ]
    path = tmp_path / "h.jsonl"
    path.write_text("\n".join(map(json.dumps, objects)))
    answer = FilesNews(path).articles([], WINDOW)
    [article] = answer.articles
    assert (article.headline, article.summary, article.url) == ("A title", "", "")
    assert answer.problems == ["3 of the rows in h.jsonl lack a time or a title and were left out."]


def test_json_nested_without_end_costs_its_line(tmp_path: Path) -> None:
    lines = [json.dumps(dict(zip(COLUMNS, row.strip().split(","), strict=True))) for row in ROWS]
    deep = '{"time":' + "[" * 100_000
    (tmp_path / "X.jsonl").write_text("\n".join([deep, *lines]))
    answer = ask(tmp_path)
    assert len(answer.bars[0]) == 6
    assert reasons(answer)[0].startswith("1 row that cannot be read was left out of X.jsonl")


def test_rows_of_the_future_and_of_before_1970_trouble_no_other(tmp_path: Path) -> None:
    strays = ["1969-07-20T20:17:00Z", "0001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"]
    strays += ["9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z"]
    (tmp_path / "X.csv").write_text(BARS + "".join(f"{at},1,1,1,1,1\n" for at in strays))
    answer = ask(tmp_path)
    assert len(answer.bars[0]) == 6
    assert reasons(answer) == [
        "1 row that cannot be read was left out of X.csv, for example"
        " '10000-01-01T00:00:00Z,1,1,1,1,1'",
        "2 rows of X.csv are dated in the future, up to 9999-12-31 23:59Z; nothing uses them"
        " before",
    ]


@pytest.mark.parametrize(("unit", "a_second"), [("ms", 1_000), ("us", 1_000_000)])
def test_times_that_no_calendar_has_are_no_times(tmp_path: Path, unit: str, a_second: int) -> None:
    epochs = [int(at.timestamp()) * a_second for at in TIMES]
    epochs[:2] = 2**60, -(2**60)
    times = pa.array(epochs).cast(pa.timestamp(unit, "Asia/Tokyo"))
    path = tmp_path / "X.parquet"
    titles = pa.array(["T"] * 6)
    path.write_bytes(parquet_of([times, *PRICES.values(), titles], [*COLUMNS, "title"]))
    answer = ask(tmp_path)
    assert len(answer.bars[0]) == 4
    assert reasons(answer) == [
        "2 rows that cannot be read were left out of X.parquet, for example 'a row without a time'"
    ]
    assert len(FilesNews(path).articles([], WINDOW).articles) == 4


def test_two_time_zones_in_one_parquet_file_are_the_instants_they_say(tmp_path: Path) -> None:
    texts = [row[:20] for row in ROWS]
    texts[1] = "2024-01-02T09:35:00-05:00"
    texts[2] = "2024-01-02 23:40:00+09:00"
    path = tmp_path / "X.parquet"
    path.write_bytes(parquet_of([texts, *PRICES.values()], COLUMNS))
    [bars] = ask(tmp_path).bars
    assert [str(at)[11:16] for at in bars.opened_at] == [row[11:16] for row in ROWS]


def test_a_file_replaced_while_it_is_read_is_the_old_one_or_the_new(tmp_path: Path) -> None:
    """A writer who writes beside it and renames is never seen half-way."""
    versions = [
        gzip.compress((HEADER + "".join(row.replace("10.5", open_) for row in ROWS)).encode())
        for open_ in ("10.5", "11.5")
    ]
    path = tmp_path / "X_5m.csv.gz"
    path.write_bytes(versions[0])
    ended = threading.Event()

    def replace() -> None:
        while not ended.is_set():
            for version in versions:
                half = len(version) // 2
                with (tmp_path / "X_5m.part").open("wb") as part:
                    part.write(version[:half])
                    part.flush()
                    part.write(version[half:])
                (tmp_path / "X_5m.part").replace(path)

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        answers = [ask(tmp_path) for _ in range(100)]
    finally:
        ended.set()
        writer.join()
    assert all(answer.problems == [] for answer in answers)
    opens = {tuple(answer.bars[0].open.tolist()) for answer in answers}
    assert opens <= {(10.5,) * 6, (11.5,) * 6}


def test_a_file_that_shrinks_and_grows_in_place_is_read_in_part_and_whole_at_last(
    tmp_path: Path,
) -> None:
    whole = gzip.compress(BARS.encode())
    path = tmp_path / "X_5m.csv.gz"
    path.write_bytes(whole)
    market = FilesMarket(tmp_path, clock=lambda: NOW)
    ended = threading.Event()

    def rewrite() -> None:
        while not ended.is_set():
            with path.open("wb") as file:
                for byte in whole:
                    file.write(bytes([byte]))
                    file.flush()

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        answers = [market.bars([Instrument("X", "X")], WINDOW) for _ in range(200)]
    finally:
        ended.set()
        writer.join()
    for answer in answers:
        assert all(len(bars) <= 6 for bars in answer.bars)
        assert answer.bars or answer.problems
    last = market.bars([Instrument("X", "X")], WINDOW)
    assert (len(last.bars[0]), last.problems) == (6, [])


@contextmanager
def nobody() -> Iterator[None]:
    """Meanwhile this process has no privileges: root may read everything."""
    was = os.geteuid()
    os.seteuid(65534 if was == 0 else was)
    try:
        yield
    finally:
        os.seteuid(was)


def test_what_may_not_be_read_is_told() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "X.csv").write_text(BARS)
        (folder / "Y.csv").write_text(BARS)
        (folder / "X.csv").chmod(0)
        with nobody():
            answer = ask(folder, "X", "Y")
            with pytest.raises(Unavailable, match=r"X\.csv cannot be read \(Permission denied\);"):
                FilesNews(folder / "X.csv").articles([], WINDOW)
        assert [bars.symbol for bars in answer.bars] == ["Y"]
        assert reasons(answer) == [
            "X.csv cannot be read: Permission denied; none of its rows were used"
        ]
        folder.chmod(0)
        with nobody(), pytest.raises(Unavailable, match=r"cannot read the folder .*: Permission"):
            ask(folder)
        folder.chmod(0o700)
