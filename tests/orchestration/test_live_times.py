"""Vendors and the calendar: a change of clocks, a half day, and clocks that differ from ours."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from fintech_pipeline.storage.database import Database
from tests.orchestration.conftest import GoodRun
from tests.orchestration.live import ENVIRONMENT, HALF_HOUR, World
from tests.orchestration.watching import Watch
from tests.vendors.rss_standin import item, rss
from tests.vendors.standin import Reply


@dataclass(frozen=True)
class Days:
    """A session and the one after it, of which one is unusual.

    Attributes:
        vendor: Who is asked for both.
        first: The day of the one.
        second: That of the other.
        hours: When each opens and closes (UTC).
    """

    vendor: str
    first: str
    second: str
    hours: tuple[tuple[str, str], tuple[str, str]]

    @property
    def halves(self) -> list[int]:
        """How many half hours each has."""
        spans = [[datetime.fromisoformat(f"2025-01-01T{at}") for at in pair] for pair in self.hours]
        return [(closed - opened) // HALF_HOUR for opened, closed in spans]


DAYS = {
    "clocks go forward": Days(
        "alpha_vantage",
        "2025-03-07",
        "2025-03-10",
        (("14:30", "21:00"), ("13:30", "20:00")),
    ),
    "clocks go back": Days(
        "yahoo", "2025-10-31", "2025-11-03", (("13:30", "20:00"), ("14:30", "21:00"))
    ),
    "half day": Days("yahoo", "2025-11-26", "2025-11-28", (("14:30", "21:00"), ("14:30", "18:00"))),
}


@pytest.mark.parametrize("days", DAYS.values(), ids=DAYS)
def test_an_unusual_day_has_its_own_hours_and_the_day_before_stays_as_it_was(
    database: Database, vendors: World, tmp_path: Path, days: Days
) -> None:
    end = datetime.fromisoformat(f"{days.second}T23:30Z")
    vendors.trade(date.fromisoformat(days.first) - timedelta(days=50), end)
    watch = Watch(tmp_path, database.url, ENVIRONMENT, lambda: end + timedelta(hours=12))
    watch.configure(vendors.configuration(market=[days.vendor], news=[]))
    counts = [3 * halves for halves in days.halves]
    stored = []
    for day, count in zip((days.first, days.second), counts, strict=True):
        said = watch.run("backfill", "--from", day, "--to", day)
        assert said.exit_code == 0
        told = f"Backfilled 1 day from {day} to {day} in 1 run; {count} signals stand there."
        assert " ".join(said.err.split()) == told
        stored.append(watch.stored())
    before, after = stored
    assert all(set(rows) >= set(before[table]) for table, rows in after.items())
    assert after["bar_revisions"] == []
    for day, hours, halves in zip((days.first, days.second), days.hours, days.halves, strict=True):
        query = (
            "SELECT interval, to_char(min(opened_at), 'HH24:MI'), to_char(max(closed_at),"
            " 'HH24:MI'), count(*) FROM bars WHERE symbol = 'BRK.B' AND opened_at::date = %s"
            " GROUP BY interval ORDER BY interval"
        )
        assert watch.rows(query, day) == [("1d", *hours, 1), ("30m", *hours, halves)]


def test_after_the_early_close_of_a_half_day_a_person_reads_why_there_is_no_signal(
    database: Database, vendors: World, tmp_path: Path
) -> None:
    closed_at = datetime(2025, 11, 28, 18, 0, tzinfo=UTC)
    vendors.trade(date(2025, 11, 27), closed_at)
    watch = Watch(tmp_path, database.url, ENVIRONMENT)
    watch.configure(vendors.configuration(market=["alpha_vantage"], news=[]))
    said = watch.run("tick", "--slot", "2025-11-28T18:30Z")
    assert said.exit_code == 0
    assert " ".join(said.out.split()) == (
        "No signals for 2025-11-28 18:30Z. Skipped AAPL, BRK.B, KO: the market is closed: after the"
        " half day of 2025-11-28 closed at 18:00Z."
    )


def test_rows_ahead_of_our_clock_are_left_out_and_the_clock_is_suspected(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    """Ours is hours behind: the vendor has the rest of the session already."""
    watch.clock = lambda: good_run.next_at + timedelta(minutes=2)
    watch.configure(vendors.configuration(market=["alpha_vantage"]))
    before = watch.stored()
    said = watch.run("tick", "--json")
    ahead = int((good_run.closed_at - good_run.next_at) / HALF_HOUR) - 1
    [warning] = said.warnings
    assert warning == (
        f"AAPL, BRK.B, KO: {ahead} rows of Alpha Vantage were dated in the future, up to"
        f" {good_run.closed_at - HALF_HOUR:%Y-%m-%d %H:%MZ}, and left out; compare this machine's"
        " clock."
    )
    assert len(json.loads(said.out)["signals"]) == 3
    assert watch.rows("SELECT max(closed_at) FROM bars") == [(good_run.next_at,)]
    assert all(set(rows) >= set(before[table]) for table, rows in watch.stored().items())


def test_a_clock_ahead_of_the_vendors_finds_nothing_and_leaves_all_as_it_was(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    """Ours is an hour ahead: the vendor has nothing of the half hour that we think is over."""
    vendors.trade((good_run.slot_at - timedelta(days=75)).date(), good_run.slot_at)
    watch.clock = lambda: good_run.next_at + timedelta(minutes=2)
    before = watch.stored()
    said = watch.run("tick")
    assert said.sentence.startswith(
        "No provider gave a single bar where 3 were due: Yahoo has no bars of AAPL in this time"
    )
    assert said.sentence.endswith("What is stored stays as it is.")
    assert watch.stored() == before


def test_news_ahead_of_our_clock_are_left_out_and_told(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    ahead = f"{datetime.now(UTC) + timedelta(hours=3):%a, %d %b %Y %H:%M:%S GMT}"
    feed = rss(item("Coca-Cola of tomorrow", ahead))
    vendors.publisher.feeds["/wire"] = Reply(feed, content_type="application/rss+xml")
    before = watch.stored()
    [warning] = watch.tick(good_run.next_at).warnings
    assert re.fullmatch(
        r"1 items of 127\.0\.0\.1/wire are dated in the future and were left out\.", warning
    )
    assert watch.stored()["articles"] == before["articles"]
