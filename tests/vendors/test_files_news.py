"""Headlines from a file."""

import csv
import gzip
import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from fintech_pipeline.clock import Window
from fintech_pipeline.errors import Malformed, NoData, Unavailable
from fintech_pipeline.market.providers.files.contents import Contents, read_contents
from fintech_pipeline.news.providers import files
from fintech_pipeline.news.providers.files import FilesNews

COLUMNS = ("id", "time_utc", "site", "queried_tickers", "tickers", "title", "description", "url")
DAY = Window(datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 5, 2, tzinfo=UTC))
ROW = {
    "id": "1",
    "time_utc": "2025-05-01T10:00:00Z",
    "site": "x.com",
    "queried_tickers": "AAPL|MSFT",
    "tickers": "aapl brk.b",
    "title": "Apple  rises\x00 today",
    "description": "It\u200b rose.",
    "url": "https://x.com/1",
}


def write(path: Path, *rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> Path:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("name", ["headlines.csv", "headlines.csv.gz"])
def test_a_row_becomes_a_clean_article(tmp_path: Path, name: str) -> None:
    answer = FilesNews(write(tmp_path / name, ROW)).articles([], DAY)
    (article,) = answer.articles
    assert answer.problems == []
    assert article.provider_id == "1"
    assert article.headline == "Apple rises today"
    assert article.summary == "It rose."
    assert article.outlet == "x.com"
    assert article.url == "https://x.com/1"
    assert article.published_at == datetime(2025, 5, 1, 10, tzinfo=UTC)
    assert article.symbols == {"AAPL", "MSFT", "BRK.B"}


def test_the_window_takes_its_start_and_leaves_its_end(tmp_path: Path) -> None:
    times = ["2025-04-30T23:59:59Z", "2025-05-01T00:00:00Z", "2025-05-01T23:59:59Z"]
    times += ["2025-05-02T00:00:00Z", "2026-01-01T00:00:00Z"]
    rows = [{**ROW, "id": str(n), "time_utc": t} for n, t in enumerate(times)]
    answer = FilesNews(write(tmp_path / "h.csv", *rows)).articles([], DAY)
    assert [a.provider_id for a in answer.articles] == ["1", "2"]


def test_times_with_an_offset_and_without_one_are_both_understood(tmp_path: Path) -> None:
    rows = [
        {**ROW, "id": "1", "time_utc": "2025-05-01T10:00:00+02:00"},
        {**ROW, "id": "2", "time_utc": "2025-05-01 09:00:00"},
    ]
    answer = FilesNews(write(tmp_path / "h.csv", *rows)).articles([], DAY)
    assert [a.published_at.hour for a in answer.articles] == [8, 9]


def test_rows_without_time_or_title_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        ROW,
        {**ROW, "id": "2", "time_utc": ""},
        {**ROW, "id": "3", "time_utc": "yesterday"},
        {**ROW, "id": "4", "title": " \x00 "},
        {**ROW, "title": "The same id again"},
    ]
    answer = FilesNews(write(tmp_path / "h.csv", *rows)).articles([], DAY)
    assert [a.headline for a in answer.articles] == ["Apple rises today"]
    assert answer.problems == [
        "3 of the rows in h.csv lack a time or a title and were left out.",
        "1 of the rows in h.csv repeat an id and were left out.",
    ]


def test_a_row_without_an_id_is_known_by_its_address(tmp_path: Path) -> None:
    answer = FilesNews(write(tmp_path / "h.csv", {**ROW, "id": ""})).articles([], DAY)
    assert answer.articles[0].provider_id == "https://x.com/1"


def test_a_short_row_is_no_reason_to_fail(tmp_path: Path) -> None:
    path = write(tmp_path / "h.csv", ROW)
    with path.open("a", encoding="utf-8") as lines:
        lines.write("2,2025-05-01T11:00:00Z\n")
    answer = FilesNews(path).articles([], DAY)
    assert len(answer.articles) == 1
    assert len(answer.problems) == 1


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    path = write(tmp_path / "h.csv", ROW)
    provider = FilesNews(path)
    first = provider.articles([], DAY).articles[0]
    assert provider.articles([], DAY).articles[0] is first
    write(path, ROW, {**ROW, "id": "2"})
    os.utime(path, ns=(1, 1))
    assert len(provider.articles([], DAY).articles) == 2


def test_what_a_caller_does_to_an_answer_does_not_reach_the_next_one(tmp_path: Path) -> None:
    provider = FilesNews(write(tmp_path / "h.csv", ROW))
    provider.articles([], DAY).articles.clear()
    assert len(provider.articles([], DAY).articles) == 1


def test_a_missing_file_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"h\.csv"):
        FilesNews(tmp_path / "h.csv").articles([], DAY)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no gzip at all", "is no intact gzip file; copy it again"),
        (b"\x1f\x8b\x08\x00broken", "ends too early; copy it again"),
        (b"\x1f\x8b", "ends too early; copy it again"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(b"PAR1nonsense", mtime=0), "is no intact Parquet file; copy it again"),
        (gzip.compress(b"[1]", mtime=0), "is one JSON array; write one object a line"),
        (gzip.compress(b"{}", mtime=0), "lacks a column for the time and the headline"),
        (gzip.compress(b"id,time_utc", mtime=0), "lacks a column for the headline"),
    ],
)
def test_a_file_that_is_no_table_of_headlines_says_why(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "h.csv.gz"
    path.write_bytes(content)
    with pytest.raises(Malformed) as refused:
        FilesNews(path).articles([], DAY)
    assert str(refused.value) == f"{path} {told}; nothing stored was changed."


def test_what_is_no_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    for name, why in (
        ("loop.csv", "Too many levels of symbolic links"),
        ("pipe.csv", "it is no regular file"),
        ("gone.csv", "No such file or directory"),
    ):
        with pytest.raises(Unavailable) as refused:
            FilesNews(tmp_path / name).articles([], DAY)
        assert str(refused.value) == (
            f"The headlines in {tmp_path / name} cannot be read ({why}); nothing stored was"
            " changed."
        )


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_the_whole_rows_before_a_cut_are_used(tmp_path: Path, kind: str) -> None:
    rows = [{**ROW, "id": str(n), "description": f'"{n}",\n{n * n}'} for n in range(500)]
    path = tmp_path / f"h.{kind}.gz"
    if kind == "csv":
        write(path, *rows)
    else:
        path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    path.write_bytes(path.read_bytes()[:-200])
    answer = FilesNews(path).articles([], DAY)
    assert 100 < len(answer.articles) < 500
    assert {a.summary for a in answer.articles} <= {f'"{n}", {n * n}' for n in range(500)}
    assert answer.problems == [
        f"h.{kind}.gz ends too early; the whole rows before that were used, copy it again."
    ]


def test_a_headline_of_a_hundred_kilobytes_is_cut_and_costs_nobody_else(tmp_path: Path) -> None:
    rows = [{**ROW, "title": "x" * 100_000}, {**ROW, "id": "2", "description": "y" * 3_000_000}]
    answer = FilesNews(write(tmp_path / "h.csv", *rows)).articles([], DAY)
    assert [len(a.headline) for a in answer.articles] == [500, len("Apple rises today")]
    assert answer.problems == []


def test_an_unclosed_quotation_mark_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "h.csv", ROW)
    with path.open("a", encoding="utf-8") as lines:
        lines.write('2,2025-05-01T11:00:00Z,x,,,"Never closed,,\n3,2025-05-01T11:00:00Z,x,,,T,,\n')
    answer = FilesNews(path).articles([], DAY)
    assert answer.problems[-1] == (
        "h.csv has a quotation mark that is never closed, which may hide rows."
    )


@pytest.mark.parametrize("noise", ["\x00", "\x1b[2J", "\ud800", "\u202e", "\x85"])
def test_control_characters_and_half_pairs_never_reach_an_article(
    tmp_path: Path, noise: str
) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text(json.dumps({**ROW, "id": noise + "1", "title": f"A{noise} B", "url": noise}))
    [article] = FilesNews(path).articles([], DAY).articles
    for text in (article.headline, article.provider_id, article.url):
        assert text.encode().decode().isprintable()


def test_invalid_bytes_cost_no_headline(tmp_path: Path) -> None:
    path = write(tmp_path / "h.csv", ROW, {**ROW, "id": "2", "title": "Caf@"})
    path.write_bytes(path.read_bytes().replace(b"Caf@", b"Caf\xe9"))
    answer = FilesNews(path).articles([], DAY)
    assert [a.headline for a in answer.articles] == ["Apple rises today", "Caf\ufffd"]


def test_an_item_of_the_future_waits_and_is_told(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "id": "2", "time_utc": "2031-01-01T00:00:00Z"}]
    provider = FilesNews(
        write(tmp_path / "h.csv", *rows), clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)
    )
    answer = provider.articles([], DAY)
    assert len(answer.articles) == 1
    assert answer.problems == [
        "1 row is dated in the future in h.csv, up to 2031-01-01 00:00Z; nothing uses them before."
    ]


def test_a_bare_date_is_no_time_and_only_time_utc_may_lack_its_offset(tmp_path: Path) -> None:
    objects = [
        {"published_at": "2025-05-01", "title": "A date"},
        {"published_at": "2025-05-01T10:00:00", "title": "No offset"},
        {"published_at": "2025-05-01T10:00:00+02:00", "title": "An offset"},
        {"published_at": 1746093600, "title": "Seconds"},
        {"published_at": 1746093600000, "title": "Milliseconds"},
        {"published_at": float("inf"), "title": "Never"},
        {"published_at": "0001-01-01T00:00:00+14:00", "title": "Before all time"},
        ["no object"],
    ]
    path = tmp_path / "h.jsonl"
    path.write_text("\n".join(map(json.dumps, objects)))
    answer = FilesNews(path).articles([], DAY)
    assert [(a.headline, a.published_at.hour) for a in answer.articles] == [
        ("An offset", 8),
        ("Milliseconds", 10),
        ("Seconds", 10),
    ]
    assert sorted(answer.problems) == [
        "1 of the rows in h.jsonl have a time without an offset and were left out.",
        "1 of the rows in h.jsonl have the wrong number of cells or are no object and were left"
        " out.",
        "3 of the rows in h.jsonl lack a time or a title and were left out.",
    ]


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "parquet.gz"])
def test_json_lines_and_parquet_are_read_under_the_usual_names(tmp_path: Path, kind: str) -> None:
    item = {
        "id": 7,
        "headline": "Apple rises",
        "summary": "It rose.",
        "source": "x.com",
        "url": "https://x.com/1",
        "symbols": ["AAPL", "$brk.b"],
    }
    path = tmp_path / f"h.{kind}"
    at = datetime(2025, 5, 1, 10, tzinfo=UTC)
    if kind == "jsonl":
        path.write_text(json.dumps({**item, "published_at": at.isoformat()}))
    else:
        sink = pa.BufferOutputStream()
        columns = {name: [value] for name, value in item.items()}
        times = pa.array([at], pa.timestamp("ns", "UTC"))
        parquet.write_table(pa.table({**columns, "published_at": times}), sink)
        payload = sink.getvalue().to_pybytes()
        path.write_bytes(gzip.compress(payload) if kind.endswith("gz") else payload)
    answer = FilesNews(path).articles([], DAY)
    [article] = answer.articles
    assert answer.problems == []
    assert (article.provider_id, article.headline, article.summary) == (
        "7",
        "Apple rises",
        "It rose.",
    )
    assert (article.outlet, article.url, article.published_at) == ("x.com", "https://x.com/1", at)
    assert article.symbols == {"AAPL", "BRK.B"}


def test_of_a_folder_every_good_file_is_served_and_the_others_told(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", ROW)
    write(tmp_path / "b.csv.gz", ROW, {**ROW, "id": "2"})
    (tmp_path / "c.jsonl").write_text(
        json.dumps({"id": "1", "time": "2025-05-01T11:00:00Z", "title": "Another first"})
    )
    (tmp_path / "d.csv").mkdir()
    (tmp_path / "e.csv").write_text("")
    (tmp_path / "notes.txt").write_text("not looked at")
    answer = FilesNews(tmp_path).articles([], DAY)
    assert [a.provider_id for a in answer.articles] == ["1", "2", "c/1"]
    assert answer.problems == [
        "1 of the rows in b.csv.gz repeat an id and were left out.",
        f"The headlines in {tmp_path}/d.csv cannot be read (Is a directory); nothing stored was"
        " changed.",
        f"{tmp_path}/e.csv is empty; nothing stored was changed.",
    ]
    assert list(answer.lacking.values()) == answer.problems[1:]
    assert list(answer.lacking) == ["d.csv", "e.csv"]


def test_a_new_file_of_a_folder_is_read_and_the_others_are_not_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "b.csv", ROW)
    provider = FilesNews(tmp_path)
    provider.articles([], DAY)
    read: list[Path] = []

    def counted(path: Path) -> Contents:
        read.append(path)
        return read_contents(path)

    monkeypatch.setattr(files, "read_contents", counted)
    write(tmp_path / "c.csv", {**ROW, "id": "2"})
    assert len(provider.articles([], DAY).articles) == 2
    assert read == [tmp_path / "c.csv"]


def test_a_folder_of_ten_thousand_files_is_parsed_once(tmp_path: Path) -> None:
    first = write(tmp_path / "h0.csv", ROW)
    for number in range(1, 9_999):
        (tmp_path / f"h{number}.csv").hardlink_to(first)
    write(tmp_path / "new.csv", {**ROW, "id": "2"})
    provider = FilesNews(tmp_path)
    started = time.perf_counter()
    assert len(provider.articles([], DAY).articles) == 2
    parsed = time.perf_counter()
    assert len(provider.articles([], DAY).articles) == 2
    assert parsed - started < 30
    assert time.perf_counter() - parsed < 3


def test_an_empty_folder_has_no_data(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="holds no file of headlines"):
        FilesNews(tmp_path).articles([], DAY)


def test_it_says_what_it_is() -> None:
    provider = FilesNews(Path("h.csv"), timedelta(minutes=7))
    assert (provider.name, provider.simulated) == ("files", False)
    assert provider.usual_delay == timedelta(minutes=7)


def test_the_real_headlines_are_all_read(shared_data: Path) -> None:
    provider = FilesNews(shared_data / "news" / "headlines_2025.csv.gz")
    year = Window(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
    answer = provider.articles([], year)
    assert len(answer.articles) == 6311
    assert answer.problems == []
    days = provider.articles([], DAY).articles
    assert days
    assert all(DAY.start <= a.published_at < DAY.end for a in days)
