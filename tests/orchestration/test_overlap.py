"""Runs that overlap: who waits for whom, and what a lost lock costs."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

import pytest
import sqlalchemy as sa

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import StorageError
from fintech_pipeline.market.provider import MarketAnswer
from fintech_pipeline.orchestration.steps import collect_market
from fintech_pipeline.orchestration.work import Work, backfill_work, tick_work
from tests.orchestration.conftest import NOW, Change, ChangedMarket

SLOT_AT = datetime(2026, 1, 20, 10, tzinfo=UTC)
TODAY = SLOT_AT.date()
WEEK = [TODAY - timedelta(days=n) for n in range(7)]
PATIENCE_SECONDS = 20.0


def with_market(pipeline: Pipeline, change: Change) -> Pipeline:
    (source,) = pipeline.market_providers
    return replace(pipeline, market_providers=[ChangedMarket(source, change)])


def count(pipeline: Pipeline, query: str, **values: object) -> Any:
    with pipeline.database.transaction() as connection:
        return connection.scalar(sa.text(query), values)


class SlowBackfill:
    """A backfill in a thread whose vendor answers only when told to."""

    def __init__(self, pipeline: Pipeline, works: list[Work]) -> None:
        self.asked, self.may_answer = threading.Event(), threading.Event()
        self.failure: BaseException | None = None
        slow = with_market(pipeline, self._wait)
        self._thread = threading.Thread(target=self._run, args=(slow, works))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self.asked.wait(PATIENCE_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self.may_answer.set()
        self._thread.join(PATIENCE_SECONDS)
        assert self.failure is None, self.failure

    def _wait(self, answer: MarketAnswer) -> MarketAnswer:
        self.asked.set()
        assert self.may_answer.wait(PATIENCE_SECONDS)
        return answer

    def _run(self, pipeline: Pipeline, works: list[Work]) -> None:
        try:
            for work in works:
                collect_market(pipeline, work)
        except BaseException as failure:  # noqa: BLE001  # told by the thread that waits
            self.failure = failure


def test_a_tick_does_not_wait_for_a_backfill_of_the_days_before(simulated: Pipeline) -> None:
    works = list(backfill_work(WEEK, NOW, "backfill"))
    assert TODAY not in works[0].days
    with SlowBackfill(simulated, works):
        tick = collect_market(simulated, tick_work(SLOT_AT, NOW, "tick"))
        assert [record.rows for record in tick.records] == [12]
    stored = "SELECT count(*) FROM fintech.slots WHERE asset = 'market_bars'"
    assert count(simulated, stored) == 6 * 48 + 18 + 1


def test_a_tick_waits_for_a_backfill_of_its_own_day_and_then_goes_on(simulated: Pipeline) -> None:
    (work,) = backfill_work([TODAY], NOW, "backfill")
    with SlowBackfill(simulated, [work]) as backfill:
        threading.Timer(0.5, backfill.may_answer.set).start()
        tick = collect_market(simulated, tick_work(SLOT_AT, NOW, "tick"))
        assert backfill.may_answer.is_set()
        assert [record.rows for record in tick.records] == [12]


def test_a_tick_that_fills_a_gap_and_a_backfill_of_its_days_have_the_same_bars(
    simulated: Pipeline,
) -> None:
    works = [*backfill_work(WEEK, NOW, "backfill"), tick_work(SLOT_AT, NOW, "tick")]
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(collect_market, simulated, work) for work in works]:
            assert done.result(PATIENCE_SECONDS).records
    assert count(simulated, "SELECT count(*) FROM fintech.bar_revisions") == 0
    expected = 12 * (48 * 6 + 20)
    found = count(
        simulated,
        "SELECT count(*) FROM fintech.bars WHERE interval = '30m' AND closed_at > :start",
        start=datetime.combine(WEEK[-1], datetime.min.time(), tzinfo=UTC),
    )
    assert 0.95 * expected < found <= expected, "now and then trading halts"


def test_a_run_that_lost_its_lock_writes_nothing_and_says_so(simulated: Pipeline) -> None:
    terminate = (
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_locks "
        "WHERE locktype = 'advisory' AND pid <> pg_backend_pid() "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )

    def cut_off(answer: MarketAnswer) -> MarketAnswer:
        assert count(simulated, terminate) >= 1
        return answer

    days: list[date] = [TODAY - timedelta(days=1)]
    (work,) = backfill_work(days, NOW, "backfill")
    with pytest.raises(StorageError, match="went away in the middle; what was committed is kept"):
        collect_market(with_market(simulated, cut_off), work)
    assert count(simulated, "SELECT count(*) FROM fintech.bars") == 0
    assert count(simulated, "SELECT count(*) FROM fintech.slots") == 0
    assert collect_market(simulated, work).written > 0
