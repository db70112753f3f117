"""The three real months through the real assets, and what the issue holds them to.

What is expected comes from the files themselves and from New York's published calendar.
"""

import csv
import dataclasses
import gzip
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pandas as pd
import psycopg
import pytest

from fintech_pipeline.clock import day_window, days_of
from fintech_pipeline.composition import Pipeline, compose, prepare
from fintech_pipeline.orchestration.due import TRADING_SIGNALS
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.embedded import EmbeddedServer
from tests.orchestration.conftest import Opens, Runs, SetClock, at_slot, rows

EXAMPLE = Path(__file__).parents[2] / "examples" / "files.toml"
FIRST, LAST = date(2025, 3, 3), date(2025, 6, 17)
FIVE_MINUTES = timedelta(minutes=5)
pytestmark = pytest.mark.xdist_group("real months")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def months(server: EmbeddedServer, migrated_template: str, shared_data: Path) -> Iterator[Pipeline]:
    """A pipeline whose three months were backfilled by one command."""
    name = f"months_{uuid.uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    settings = load_settings(EXAMPLE, {"FINTECH_DATA": str(shared_data)})
    database = connect(server.url(name))
    prepare(settings, database)
    pipeline = compose(settings, database, SetClock())
    with dg.DagsterInstance.ephemeral() as instance:
        Runs(instance).of(pipeline).backfill(days_of(day_window(FIRST, LAST)))
    yield pipeline
    pipeline.close()


@pytest.fixture(scope="module")
def apple(shared_data: Path) -> pd.DataFrame:
    """Apple's five-minute bars of the three months, by their opens (UTC)."""
    file = shared_data / "bars/five_minute_2025/AAPL_5m.csv.gz"
    whole = pd.read_csv(file, parse_dates=["date"], index_col="date")
    return whole.loc[str(FIRST) : str(LAST)]


def slots_of(bars: pd.DataFrame) -> list[datetime]:
    """The half hours whose last five minutes are there."""
    closes = [opened_at.to_pydatetime() + FIVE_MINUTES for opened_at in bars.index]
    return [close for close in closes if close.minute in {0, 30}]


def resampled(data: Path, symbol: str, rule: str) -> pd.DataFrame:
    """The bars that pandas makes of the file; New York's sessions lie within UTC's days."""
    (file,) = (data / "bars/five_minute_2025").glob(f"{symbol}_*")
    whole = pd.read_csv(file, parse_dates=["date"], index_col="date").loc[str(FIRST) : str(LAST)]
    how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    return whole.resample(rule).agg(how).dropna()


def stored(pipeline: Pipeline, symbol: str, interval: str) -> pd.DataFrame:
    """The bars of the three months."""
    found = rows(
        pipeline,
        "SELECT opened_at, closed_at, open, high, low, close, volume_shares AS volume "
        "FROM fintech.bars WHERE symbol = :symbol AND interval = :interval "
        "AND opened_at >= :first AND opened_at < :last ORDER BY opened_at",
        symbol=symbol,
        interval=interval,
        first=FIRST,
        last=LAST + timedelta(days=1),
    )
    return pd.DataFrame(found).set_index("opened_at")


def test_every_bar_of_the_three_months_is_there_and_is_what_pandas_makes_of_the_file(
    months: Pipeline, shared_data: Path
) -> None:
    symbols = [instrument.symbol for instrument in months.instruments.watched()]
    assert len(symbols) == 16
    for symbol in symbols:
        halves, days = stored(months, symbol, "30m"), stored(months, symbol, "1d")
        for made, rule in ((halves, "30min"), (days, "1D")):
            values = made.drop(columns="closed_at")
            values.index = pd.DatetimeIndex(values.index).floor(rule)
            pd.testing.assert_frame_equal(
                values,
                resampled(shared_data, symbol, rule),
                check_names=False,
                check_freq=False,
                check_index_type=False,
            )
        # 77 weekdays less Good Friday and Memorial Day; none of them is a half day.
        assert (len(days), len(halves)) == (75, 75 * 13)
        assert (halves["closed_at"] - halves.index == timedelta(minutes=30)).all()
        assert (days["closed_at"] - days.index == timedelta(hours=6, minutes=30)).all()


def test_every_half_hour_of_a_session_has_sixteen_signals_and_no_other_has_any(
    months: Pipeline, apple: pd.DataFrame
) -> None:
    signals = rows(
        months,
        "SELECT slot_at, count(*) AS signals, max(revision) AS revisions FROM fintech.signals "
        "WHERE slot_at < :end GROUP BY slot_at ORDER BY slot_at",
        end=LAST + timedelta(days=1),
    )
    assert [row["slot_at"] for row in signals] == slots_of(apple)
    assert {(row["signals"], row["revisions"]) for row in signals} == {(16, 1)}
    assert sum(row["signals"] for row in signals) == 15_600


def test_every_headline_is_there_and_counts_in_the_half_hour_it_became_known(
    months: Pipeline, shared_data: Path
) -> None:
    file = shared_data / "news/headlines_2025.csv.gz"
    published = pd.read_csv(file, parse_dates=["time_utc"])["time_utc"]
    assert len(published) == 6_311
    known = (published + FIVE_MINUTES).dt.ceil("30min").value_counts()
    recorded = rows(
        months,
        "SELECT slot_at, rows, state FROM fintech.slots WHERE asset = 'news_articles' "
        "AND slot_at > :start AND slot_at <= :end",
        start=FIRST,
        end=LAST + timedelta(days=1),
    )
    assert len(recorded) == 107 * 48
    assert {row["slot_at"]: row["rows"] for row in recorded if row["rows"]} == known.to_dict()
    assert {row["state"] for row in recorded} == {"done"}
    (articles,) = rows(months, "SELECT count(*) AS articles FROM fintech.articles")
    assert articles == {"articles": 6_311}


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2025-03-07", "2025-03-07T15:00", "2025-03-07T21:00"),
        ("2025-03-10", "2025-03-10T14:00", "2025-03-10T20:00"),
    ],
)
def test_the_slots_follow_new_york_over_the_change_to_summer_time(
    months: Pipeline, day: str, first: str, last: str
) -> None:
    found = rows(
        months,
        "SELECT min(slot_at) AS first, max(slot_at) AS last, count(DISTINCT slot_at) AS slots, "
        "count(*) AS signals FROM fintech.signals WHERE date(slot_at AT TIME ZONE 'UTC') = :day",
        day=date.fromisoformat(day),
    )
    assert found == [{"first": utc(first), "last": utc(last), "slots": 13, "signals": 13 * 16}]


@pytest.mark.parametrize(
    ("slot", "reason"),
    [
        ("2025-04-18T15:00", "a holiday: Good Friday"),
        ("2025-05-26T19:30", "a holiday: Memorial Day"),
        ("2025-06-14T15:00", "a Saturday"),
        ("2025-03-09T18:00", "a Sunday"),
        ("2025-03-07T14:30", "before the session of 2025-03-07 opens at 14:30Z"),
        ("2025-03-10T13:30", "before the session of 2025-03-10 opens at 13:30Z"),
        ("2025-06-17T20:30", "after the session of 2025-06-17 closed at 20:00Z"),
        ("2025-07-03T17:30", "after the half day of 2025-07-03 closed at 17:00Z"),
        ("2025-07-04T14:00", "a holiday: July 4th"),
    ],
)
def test_a_slot_at_which_new_york_is_closed_gives_no_signal_and_says_why(
    months: Pipeline, runs: Runs, slot: str, reason: str
) -> None:
    runs.of(months).tick(utc(slot))
    assert at_slot(months, utc(slot)) == []
    symbols = [instrument.symbol for instrument in months.instruments.watched()]
    told = dict.fromkeys(symbols, f"the market is closed: {reason}")
    assert months.slots.reasons(TRADING_SIGNALS, utc(slot)) == told
    states = rows(
        months,
        "SELECT asset, state, rows FROM fintech.slots WHERE slot_at = :slot "
        "AND asset IN ('market_bars', 'trading_signals') ORDER BY asset",
        slot=utc(slot),
    )
    assert [(row["asset"], row["state"], row["rows"]) for row in states] == [
        ("market_bars", "closed", 0),
        ("trading_signals", "closed", 0),
    ]


def test_a_half_day_has_seven_half_hours_and_a_day_that_ends_with_it(
    real_files: Pipeline, runs: Runs
) -> None:
    runs.of(real_files).backfill([date(2025, 7, 3)])
    found = rows(
        real_files,
        "SELECT interval, count(*) AS bars, max(closed_at) AS last FROM fintech.bars "
        "WHERE opened_at >= '2025-07-03' GROUP BY interval ORDER BY interval",
    )
    close = utc("2025-07-03T17:00")
    assert found == [
        {"interval": "1d", "bars": 16, "last": close},
        {"interval": "30m", "bars": 7 * 16, "last": close},
    ]
    assert len(at_slot(real_files, close)) == 16
    signals = rows(real_files, "SELECT count(DISTINCT slot_at) AS slots FROM fintech.signals")
    assert signals == [{"slots": 7}]


def bits(pipeline: Pipeline, slot_at: datetime) -> list[str]:
    """All of each signal but its number in the database, as texts that read back as the same bits.

    Databases number their articles apart, so an article goes by the vendor's id.
    """
    vendors = {
        row["id"]: row["provider_id"]
        for row in rows(pipeline, "SELECT id, provider_id FROM fintech.articles")
    }
    found = []
    for stored in at_slot(pipeline, slot_at):
        shares = sorted((vendors[a.article_id], a.share) for a in stored.signal.articles)
        found.append(repr((dataclasses.replace(stored.signal, articles=()), shares)))
    return found


def cut(data: Path, folder: Path, end: datetime) -> Path:
    """Copies the bars that closed and the headlines that were published by the end."""
    last_open = f"{end - FIVE_MINUTES}"
    bars = folder / "bars/five_minute_2025"
    bars.mkdir(parents=True)
    for file in (data / "bars/five_minute_2025").iterdir():
        header, *lines = gzip.decompress(file.read_bytes()).decode().splitlines(keepends=True)
        kept = [line for line in lines if line.partition(",")[0] <= last_open]
        assert 0 < len(kept) < len(lines)
        bars.joinpath(file.name.removesuffix(".gz")).write_text("".join([header, *kept]))
    folder.joinpath("news").mkdir()
    with (
        gzip.open(data / "news/headlines_2025.csv.gz", "rt", newline="") as whole,
        gzip.open(folder / "news/headlines_2025.csv.gz", "wt", newline="") as part,
    ):
        items = csv.DictReader(whole)
        writer = csv.DictWriter(part, items.fieldnames or ())
        writer.writeheader()
        writer.writerows(item for item in items if item["time_utc"] <= f"{end:%Y-%m-%dT%H:%M:%SZ}")
    return folder


def assert_knew_nothing_later(
    n: int,
    months: Pipeline,
    apple: pd.DataFrame,
    data: Path,
    folder: Path,
    opens: Opens,
    runs: Runs,
) -> None:
    """The n-th random slot, judged from files that end there, has the bits of the whole."""
    chance = random.Random(20250617)  # noqa: S311  # a choice of test slots
    slot = chance.sample(slots_of(apple), 60)[n]
    settings = load_settings(EXAMPLE, {"FINTECH_DATA": str(cut(data, folder, slot))})
    ending_there = opens(settings)
    runs.of(ending_there).tick(slot)
    assert len(bits(ending_there, slot)) == 16
    assert bits(ending_there, slot) == bits(months, slot)


@pytest.mark.parametrize("n", range(3))
def test_a_random_slot_is_the_same_bits_whether_the_files_end_there_or_go_on_to_july(
    n: int,
    months: Pipeline,
    apple: pd.DataFrame,
    shared_data: Path,
    tmp_path: Path,
    opens: Opens,
    runs: Runs,
) -> None:
    assert_knew_nothing_later(n, months, apple, shared_data, tmp_path / "cut", opens, runs)


@pytest.mark.slow
@pytest.mark.parametrize("n", range(3, 60))
def test_so_are_many_more(
    n: int,
    months: Pipeline,
    apple: pd.DataFrame,
    shared_data: Path,
    tmp_path: Path,
    opens: Opens,
    runs: Runs,
) -> None:
    assert_knew_nothing_later(n, months, apple, shared_data, tmp_path / "cut", opens, runs)
