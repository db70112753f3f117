"""Runs for the API: Dagster's, to look at, and to ask the webserver for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

import dagster as dg
import sqlalchemy as sa
from dagster._core.execution.stats import RunStepKeyStatsSnapshot
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

from fintech_pipeline.api.running import RunShown, StepShown
from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import PipelineError
from fintech_pipeline.orchestration.asking import ask_for_run, backfill_tags, tick_tags
from fintech_pipeline.orchestration.launch import faults_of, months_of
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.orchestration.run_ends import reason_of
from fintech_pipeline.orchestration.runs import UNDER_WAY, reached
from fintech_pipeline.orchestration.serving import served_at
from fintech_pipeline.storage.database import Database

NOBODY = "Nobody takes runs just now: start `fintech up`, or name a webserver (pipeline.webserver)."
BUSY = "Others are asking for runs just now; ask again in a moment."
TIMED_OUT = "55P03"
ASK_SECONDS = 15.0
WAIT = sa.text("SET LOCAL lock_timeout = '15s'")
"""A person waits, in one of few threads."""
FAILED = {dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
Value = TypeVar("Value")
_ASK = partial(ask_for_run, seconds=ASK_SECONDS)
_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(hashtext('fintech asking for runs'))")


@dataclass(frozen=True, slots=True)
class RunDesk:
    """Shows runs and asks for them; see `api.running.Runs`.

    Attributes:
        instance: Where runs are recorded.
        database: Where whoever serves it says where that is.
        webserver: Its address; None asks the database who serves it.
        clock: The present.
        ask: Asks the webserver at an address for a run with tags, and gives the run's id.
    """

    instance: dg.DagsterInstance
    database: Database
    webserver: str | None
    clock: Clock
    ask: Callable[[str, Mapping[str, str]], str] = _ASK

    def recent(self, limit: int, after: str | None = None) -> list[RunShown]:
        """The newest runs first; see `Runs.recent`."""
        with reached():
            records = self.instance.get_run_records(limit=limit, cursor=after)
        now = self.clock()
        return [_shown(record, now) for record in records]

    def one(self, run_id: str) -> RunShown | None:
        """The run of that id, with its steps and why it failed; see `Runs.one`."""
        if not _is_id(run_id):
            return None
        with reached():
            record = self.instance.get_run_record_by_id(run_id)
            if record is None:
                return None
            failed = record.dagster_run.status in FAILED
            steps = [_step(one) for one in self.instance.get_run_step_stats(run_id)]
            return replace(
                _shown(record, self.clock()),
                reason=reason_of(self.instance, record.dagster_run) if failed else None,
                steps=tuple(sorted(steps, key=_beginning)),
                faults=tuple(faults_of(self.instance, [run_id])),
            )

    def tick(self, slot_at: datetime) -> str:
        """Asks for a tick of the slot; see `Runs.tick`."""
        with self._counter() as webserver:
            return self._asked(webserver, tick_tags(slot_at))

    def backfill(self, days: Sequence[date]) -> list[str]:
        """Asks for the days; see `Runs.backfill`."""
        with self._counter() as webserver:
            return [self._asked(webserver, backfill_tags(some)) for some in months_of(days)]

    @contextmanager
    def _counter(self) -> Iterator[str]:
        """Where to ask; whoever else asks waits, in whatever process, so that none asks twice."""
        with self.database.transaction() as connection:
            connection.execute(WAIT)
            try:
                connection.execute(_ONE_AT_A_TIME)
            except sa.exc.OperationalError as error:
                if getattr(error.orig, "sqlstate", None) != TIMED_OUT:
                    raise
                raise PipelineError(BUSY) from None
            webserver = self.webserver or served_at(connection)
            if webserver is None:
                raise PipelineError(NOBODY)
            yield webserver

    def _asked(self, webserver: str, tags: Mapping[str, str]) -> str:
        known = {name: value for name, value in tags.items() if not name.endswith("priority")}
        same = dg.RunsFilter(statuses=UNDER_WAY, tags=known)
        with reached():
            for run_id in self.instance.get_run_ids(same, limit=1):
                return run_id
        return self.ask(webserver, tags)


def _is_id(run_id: str) -> bool:
    try:
        return str(UUID(run_id)) == run_id
    except ValueError:
        return False


def _shown(record: dg.RunRecord, now: datetime) -> RunShown:
    run, tags = record.dagster_run, record.dagster_run.tags
    started_at, ended_at = _instant(record.start_time), _instant(record.end_time)
    return RunShown(
        run_id=run.run_id,
        job=run.job_name,
        status=run.status.value.lower(),
        slot_at=_read_as(datetime.fromisoformat, tags.get(SLOT_TAG)),
        first_on=_read_as(date.fromisoformat, tags.get(ASSET_PARTITION_RANGE_START_TAG)),
        last_on=_read_as(date.fromisoformat, tags.get(ASSET_PARTITION_RANGE_END_TAG)),
        created_at=record.create_timestamp.replace(tzinfo=UTC),
        started_at=started_at,
        ended_at=ended_at,
        duration_seconds=_seconds(started_at, ended_at or now),
    )


def _step(one: RunStepKeyStatsSnapshot) -> StepShown:
    started_at, ended_at = _instant(one.start_time), _instant(one.end_time)
    return StepShown(
        step=one.step_key,
        status=one.status.value.lower() if one.status else "waiting",
        started_at=started_at,
        ended_at=ended_at,
        duration_seconds=_seconds(started_at, ended_at),
        attempts=one.attempts or 0,
    )


def _beginning(step: StepShown) -> tuple[datetime, str]:
    return step.started_at or datetime.max.replace(tzinfo=UTC), step.step


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _seconds(started_at: datetime | None, ended_at: datetime | None) -> float | None:
    if started_at is None or ended_at is None:
        return None
    return max(0.0, round((ended_at - started_at).total_seconds(), 3))


def _read_as(read: Callable[[str], Value], tag: str | None) -> Value | None:
    """What a tag says; anybody may write tags in Dagster's own pages."""
    try:
        return None if tag is None else read(tag)
    except ValueError:
        return None
