"""What comes later than its slot: known from when it came, judged with its own cutoff."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from fintech_pipeline.clock import SLOT, instant64
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.definitions import build_definitions
from fintech_pipeline.market.bars import ActionKind, CorporateAction
from fintech_pipeline.market.provider import MarketAnswer
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.orchestration.due import (
    ARTICLE_SENTIMENT,
    MARKET_BARS,
    NEWS_ARTICLES,
    TRADING_SIGNALS,
)
from fintech_pipeline.orchestration.jobs import TICK_JOB
from fintech_pipeline.orchestration.launch import InProcessLauncher
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.orchestration.resources import given_pipeline
from tests.orchestration.conftest import (
    NOW,
    Change,
    ChangedMarket,
    Newsroom,
    SetClock,
    article,
)

SLOT_AT = datetime(2026, 1, 20, 10, tzinfo=UTC)
"""The newest slot at NOW."""
DAY = SLOT_AT.date()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def runs(simulated: Pipeline, instance: dg.DagsterInstance) -> "Runs":
    return Runs(simulated, instance)


class Runs:
    """Runs of a pipeline whose market can be changed on the way."""

    def __init__(self, pipeline: Pipeline, instance: dg.DagsterInstance) -> None:
        self.pipeline, self.instance = pipeline, instance

    def launcher(self, change: Change | None) -> InProcessLauncher:
        pipeline = self.pipeline
        if change is not None:
            (source,) = pipeline.market_providers
            pipeline = replace(pipeline, market_providers=[ChangedMarket(source, change)])
        definitions = build_definitions(
            pipeline.settings, clock=pipeline.clock, pipeline=given_pipeline(pipeline)
        )
        return InProcessLauncher(definitions, self.instance)

    def tick(self, slot_at: datetime = SLOT_AT, change: Change | None = None) -> None:
        self.launcher(change).tick(slot_at)

    def backfill(self, change: Change | None = None) -> None:
        self.launcher(change).backfill([DAY])

    def collect_only(self, slot_at: datetime) -> None:
        """A tick that ends before it has judged."""
        job = self.launcher(None).definitions.resolve_job_def(TICK_JOB)
        collecting = (MARKET_BARS, NEWS_ARTICLES, ARTICLE_SENTIMENT)
        job.execute_in_process(
            instance=self.instance,
            asset_selection=[dg.AssetKey(name) for name in collecting],
            partition_key=DAY.isoformat(),
            tags={SLOT_TAG: slot_at.isoformat()},
        )

    def rows(self, query: str, **values: object) -> list[dict[str, Any]]:
        with self.pipeline.database.transaction() as connection:
            return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]

    def signals(self, slot_at: datetime = SLOT_AT) -> dict[str, dict[str, Any]]:
        query = (
            "SELECT symbol, cutoff_at, live, revision, components FROM fintech.signals "
            "WHERE slot_at = :slot_at ORDER BY revision"
        )
        return {row["symbol"]: row for row in self.rows(query, slot_at=slot_at)}

    def bar(self, symbol: str, closed_at: datetime = SLOT_AT) -> dict[str, Any]:
        (found,) = self.rows(
            "SELECT known_at, known_by FROM fintech.bars "
            "WHERE symbol = :symbol AND interval = '30m' AND closed_at = :closed_at",
            symbol=symbol,
            closed_at=closed_at,
        )
        return found


def without_newest(symbol: str, closed_at: datetime = SLOT_AT) -> Change:
    """The answer lacks the symbol's bar that closes then."""

    def change(answer: MarketAnswer) -> MarketAnswer:
        missing = instant64(closed_at - SLOT)
        bars = [b[b.opened_at != missing] if b.symbol == symbol else b for b in answer.bars]
        return replace(answer, bars=bars)

    return change


def test_a_symbol_that_came_minutes_late_is_judged_by_the_same_tick_again_with_its_own_cutoff(
    runs: Runs, clock: SetClock
) -> None:
    runs.tick(change=without_newest("META"))
    first = runs.signals()
    assert "META" not in first
    clock.advance(minutes=8)
    runs.tick()
    second = runs.signals()
    assert {symbol: one for symbol, one in second.items() if symbol != "META"} == first
    assert (second["META"]["cutoff_at"], second["META"]["revision"]) == (clock.now, 1)
    assert {one["cutoff_at"] for one in first.values()} == {NOW}
    assert runs.bar("META") == {"known_at": clock.now, "known_by": "live"}


def test_a_bar_that_a_backfill_finds_where_a_live_tick_did_not_is_known_only_then(
    runs: Runs, clock: SetClock
) -> None:
    runs.tick(change=without_newest("META"))
    clock.advance(hours=3)
    runs.backfill()
    assert runs.bar("META") == {"known_at": clock.now, "known_by": "live"}
    assert runs.bar("META", SLOT_AT + SLOT) == {
        "known_at": SLOT_AT + SLOT,
        "known_by": "backfill",
    }, "nobody looked for the next one"
    assert "META" not in runs.signals()
    assert runs.pipeline.slots.reasons(TRADING_SIGNALS, SLOT_AT) == {
        "META": "its bar of this half hour came only at 2026-01-20 13:02Z"
    }
    assert runs.pipeline.slots.reasons(MARKET_BARS, SLOT_AT) == {}
    # Half an hour later it was still unknown, and counts as missing; later it counts.
    assert "META" in runs.signals(SLOT_AT + SLOT)


def test_a_symbol_followed_later_was_not_looked_for_so_its_past_is_known_when_it_was_due(
    runs: Runs, clock: SetClock
) -> None:
    runs.tick()
    clock.advance(hours=3)
    runs.pipeline.instruments.add(Instrument("NVDA", "NVIDIA Corporation", ("Nvidia",), "XSIM"))
    runs.tick(SLOT_AT + timedelta(hours=3))
    assert runs.bar("NVDA") == {"known_at": SLOT_AT, "known_by": "backfill"}


def test_a_tick_that_collected_and_did_not_judge_is_judged_later_with_what_it_had(
    runs: Runs, clock: SetClock
) -> None:
    runs.collect_only(SLOT_AT)
    assert runs.bar("META") == {"known_at": NOW, "known_by": "live"}
    clock.advance(hours=3)
    runs.backfill()
    made = runs.signals()
    assert len(made) == 12
    assert {(one["cutoff_at"], one["live"]) for one in made.values()} == {(NOW, False)}


def test_a_split_learned_later_changes_no_signal_from_before(runs: Runs, clock: SetClock) -> None:
    this_morning = SLOT_AT - 3 * SLOT
    split = CorporateAction("META", this_morning, DAY, ActionKind.SPLIT, 4.0)

    def with_split(answer: MarketAnswer) -> MarketAnswer:
        return replace(answer, actions=[*answer.actions, split])

    runs.tick(SLOT_AT - SLOT)
    runs.tick()
    before = runs.signals()
    clock.advance(minutes=30)
    runs.tick(SLOT_AT + SLOT, with_split)
    told = runs.rows("SELECT known_at, known_by FROM fintech.corporate_actions WHERE value = 4")
    assert told == [{"known_at": clock.now, "known_by": "live"}]
    after = {p["name"]: p["value"] for p in runs.signals(SLOT_AT + SLOT)["META"]["components"]}
    assert after["momentum"] > 0.75, "to the prices of an unsplit share it looks like a rise"
    clock.advance(hours=3)
    runs.backfill(with_split)
    assert runs.signals() == before


def test_an_article_that_was_out_and_not_shown_to_a_live_tick_is_known_only_when_it_is(
    runs: Runs, clock: SetClock
) -> None:
    early = article("Apple profit soars to a record", SLOT_AT - timedelta(hours=2))
    held_back = article("Apple plunges after a fraud lawsuit", SLOT_AT - timedelta(hours=1))
    unwatched = article("Apple wins a court battle", SLOT_AT + timedelta(hours=1))
    runs.pipeline = replace(runs.pipeline, news_providers=[Newsroom([early])])
    runs.tick()
    clock.advance(hours=3)
    newsroom = Newsroom([early, held_back, unwatched])
    runs.pipeline = replace(runs.pipeline, news_providers=[newsroom])
    runs.backfill()
    stored = runs.rows("SELECT known_at, known_by FROM fintech.articles ORDER BY published_at")
    assert stored == [
        {"known_at": early.published_at, "known_by": "backfill"},
        {"known_at": clock.now, "known_by": "live"},
        {"known_at": unwatched.published_at, "known_by": "backfill"},
    ]
