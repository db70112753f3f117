"""A vendor that is minutes behind: its bars count for their half hour, live and in a backfill."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fintech_pipeline.clock import SLOT
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.definitions import build_definitions
from fintech_pipeline.errors import NoData
from fintech_pipeline.orchestration.due import MARKET_BARS, TRADING_SIGNALS
from fintech_pipeline.settings import load_settings
from tests.orchestration.conftest import Opens, Runs, SetClock, rows

QUARTER = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
FIVE = 5 * MINUTE
SLOT_AT = datetime(2026, 1, 20, 10, tzinfo=UTC)
DAY = SLOT_AT.date()
SYMBOLS = ("AAPL", "KO")
CONFIGURATION = """
name = "behind"
[pipeline]
starts_on = 2026-01-18
warm_up_days = 2
[market]
providers = ["files"]
[market.files]
folder = "bars"
delay_seconds = 900
[news]
providers = ["files"]
[news.files]
path = "news.csv"
delay_seconds = 300
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
mic = "XSIM"
[[watchlist]]
symbol = "KO"
name = "The Coca-Cola Company"
mic = "XSIM"
"""
NEWS = (
    (SLOT_AT - 9 * SLOT, "Apple profit soars to a record"),
    (SLOT_AT + FIVE, "Apple plunges after a fraud lawsuit"),  # known at the tenth minute
    (SLOT_AT + 12 * MINUTE, "Apple beats every estimate"),  # known at the seventeenth
)


@dataclass(frozen=True)
class Vendor:
    """Files of bars and headlines, as far as the vendor has come with them."""

    folder: Path

    def has(self, until: datetime, length: timedelta = SLOT) -> None:
        """The bars of two days up to this close, and the headlines published by then."""
        (self.folder / "bars").mkdir(exist_ok=True)
        for number, symbol in enumerate(SYMBOLS):
            lines = ["time,open,high,low,close,volume"]
            at = until - timedelta(days=2)
            while at < until:
                price = 100 + number + at.timestamp() // length.total_seconds() * 37 % 41 / 10
                lines.append(f"{at.isoformat()},{price},{price + 1},{price - 1},{price},1000")
                at += length
            (self.folder / "bars" / f"{symbol}.csv").write_text("\n".join(lines))
        self.tells(until)

    def tells(self, until: datetime) -> None:
        """The headlines published by then."""
        told = [
            f"{n},{at.isoformat()},{title}" for n, (at, title) in enumerate(NEWS) if at <= until
        ]
        (self.folder / "news.csv").write_text("\n".join(["id,time,title", *told]))


@pytest.fixture
def vendor(tmp_path: Path) -> Vendor:
    return Vendor(tmp_path)


@pytest.fixture
def behind(vendor: Vendor, opens: Opens) -> Pipeline:
    """The configuration of a vendor that is a quarter of an hour behind."""
    file = vendor.folder / "behind.toml"
    file.write_text(CONFIGURATION)
    return opens(load_settings(file, {}))


def signals(pipeline: Pipeline, until: datetime = SLOT_AT) -> list[dict[str, Any]]:
    """All of every signal up to a slot but the run that made it, revisions included."""
    query = (
        "SELECT symbol, slot_at, revision, live, cutoff_at, price, score, components, inputs"
        " FROM fintech.signals WHERE slot_at <= :until ORDER BY slot_at, symbol, revision"
    )
    return rows(pipeline, query, until=until)


def test_a_backfill_judges_each_slot_with_what_its_tick_would_have_waited_for(
    vendor: Vendor, behind: Pipeline, runs: Runs, clock: SetClock
) -> None:
    vendor.has(SLOT_AT + 2 * SLOT)
    clock.now = SLOT_AT + 61 * MINUTE
    runs.of(behind).backfill([DAY])
    made = signals(behind)
    slots = {row["slot_at"] for row in made}
    assert SLOT_AT in slots
    assert len(made) == len(SYMBOLS) * len(slots)
    assert {row["cutoff_at"] - row["slot_at"] for row in made} == {QUARTER}
    recorded = "SELECT DISTINCT cutoff_at - slot_at AS after FROM fintech.slots"
    assert rows(behind, recorded) == [{"after": QUARTER}]
    newest = rows(
        behind,
        "SELECT DISTINCT known_at FROM fintech.bars WHERE interval = '30m' AND closed_at = :at",
        at=SLOT_AT,
    )
    assert newest == [{"known_at": SLOT_AT + QUARTER}], "just in time"
    known = rows(
        behind,
        "SELECT s.cutoff_at, a.known_at, a.headline FROM fintech.signals AS s,"
        " jsonb_array_elements(s.inputs -> 'articles') AS used"
        " JOIN fintech.articles AS a ON a.id = CAST(used ->> 'article_id' AS bigint)"
        " WHERE s.slot_at = :at",
        at=SLOT_AT,
    )
    assert {row["headline"] for row in known} == {title for _, title in NEWS[:2]}
    assert all(row["known_at"] <= row["cutoff_at"] for row in known)


def test_what_the_vendor_shows_after_the_cutoff_changes_no_bit_of_a_slot(
    vendor: Vendor, behind: Pipeline, runs: Runs, clock: SetClock
) -> None:
    vendor.has(SLOT_AT)
    vendor.tells(SLOT_AT + 10 * MINUTE)
    clock.now = SLOT_AT + 61 * MINUTE
    runs.of(behind).backfill([DAY])
    ended_there = signals(behind)
    assert len([row for row in ended_there if row["slot_at"] == SLOT_AT]) == len(SYMBOLS)

    vendor.has(SLOT_AT + 6 * SLOT)
    clock.advance(hours=2)
    runs.of(behind).backfill([DAY])
    assert signals(behind) == ended_there
    assert len(signals(behind, SLOT_AT + 4 * SLOT)) > len(ended_there)


def test_the_scheduled_tick_comes_when_the_vendor_has_the_half_hour(
    vendor: Vendor, behind: Pipeline, runs: Runs, clock: SetClock
) -> None:
    definitions = build_definitions(behind.settings)
    schedule = definitions.get_repository_def().get_schedule_def("half_hourly")
    assert schedule.cron_schedule == "16,46 * * * *"
    vendor.has(SLOT_AT)
    clock.now = SLOT_AT + 16 * MINUTE
    runs.of(behind).tick(SLOT_AT)
    made = signals(behind)
    assert [(row["symbol"], row["live"]) for row in made] == [(s, True) for s in SYMBOLS]
    assert {row["cutoff_at"] for row in made} == {clock.now}


@pytest.mark.parametrize(
    ("minute", "length", "given"),
    [(5, SLOT, SLOT_AT - SLOT), (16, FIVE, SLOT_AT - FIVE)],
    ids=["before its delay", "without the last minutes"],
)
def test_a_half_hour_that_is_not_final_yet_is_no_failure_and_a_later_tick_brings_it(
    vendor: Vendor,
    behind: Pipeline,
    runs: Runs,
    clock: SetClock,
    minute: int,
    length: timedelta,
    given: datetime,
) -> None:
    vendor.has(given, length)
    clock.now = SLOT_AT + minute * MINUTE
    runs.of(behind).tick(SLOT_AT)
    told = "files may not have its newest half hour whole yet; a later tick brings it"
    for asset in (MARKET_BARS, TRADING_SIGNALS):
        reasons = behind.slots.reasons(asset, SLOT_AT)
        assert reasons.keys() == set(SYMBOLS)
        assert all(told in reason for reason in reasons.values()), reasons
    assert signals(behind) == []

    vendor.has(SLOT_AT, length)
    clock.now = SLOT_AT + 17 * MINUTE
    runs.of(behind).tick(SLOT_AT)
    assert {row["symbol"] for row in signals(behind)} == set(SYMBOLS)


def test_a_vendor_that_had_time_enough_and_gave_nothing_is_a_failure(
    vendor: Vendor, behind: Pipeline, runs: Runs, clock: SetClock
) -> None:
    vendor.has(SLOT_AT - SLOT, FIVE)
    clock.now = SLOT_AT + 16 * MINUTE
    with pytest.raises(NoData, match="No provider gave a single bar"):
        runs.of(behind).tick(SLOT_AT)


def test_a_tick_that_was_too_early_takes_nothing_from_the_backfill_after_it(
    vendor: Vendor, behind: Pipeline, runs: Runs, clock: SetClock
) -> None:
    vendor.has(SLOT_AT - SLOT)
    clock.now = SLOT_AT + 5 * MINUTE
    runs.of(behind).tick(SLOT_AT)
    vendor.has(SLOT_AT + SLOT)
    clock.now = SLOT_AT + 61 * MINUTE
    runs.of(behind).backfill([DAY])
    made = [row for row in signals(behind) if row["slot_at"] == SLOT_AT]
    assert {(row["symbol"], row["cutoff_at"]) for row in made} == {
        (symbol, SLOT_AT + QUARTER) for symbol in SYMBOLS
    }
