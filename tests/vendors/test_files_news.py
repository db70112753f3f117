"""Headlines from a file."""

import csv
import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fintech_pipeline.clock import Window
from fintech_pipeline.errors import Malformed, Unavailable
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


@pytest.mark.parametrize("content", [b"no gzip at all", b"\x1f\x8b\x08\x00broken", b"\x1f\x8b"])
def test_a_broken_archive_is_unavailable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "h.csv.gz"
    path.write_bytes(content)
    with pytest.raises(Unavailable, match="cannot be read"):
        FilesNews(path).articles([], DAY)


def test_a_truncated_archive_is_unavailable(tmp_path: Path) -> None:
    path = write(tmp_path / "h.csv.gz", *[{**ROW, "id": str(n)} for n in range(500)])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Unavailable, match="cannot be read"):
        FilesNews(path).articles([], DAY)


def test_a_folder_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        FilesNews(tmp_path).articles([], DAY)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    columns = tuple(name for name in COLUMNS if name not in {"title", "tickers"})
    path = write(tmp_path / "h.csv", ROW, columns=columns)
    with pytest.raises(Malformed, match="lacks the columns tickers, title;"):
        FilesNews(path).articles([], DAY)


def test_an_empty_file_lacks_every_column(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.touch()
    with pytest.raises(Malformed, match="lacks the columns id"):
        FilesNews(path).articles([], DAY)


def test_text_that_is_no_csv_is_malformed(tmp_path: Path) -> None:
    path = write(tmp_path / "h.csv", {**ROW, "description": "x" * 200_000})
    with pytest.raises(Malformed, match="not readable as CSV"):
        FilesNews(path).articles([], DAY)


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
