"""Starting runs where a cluster runs them: asked of the webserver, queued, each a Job."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import dagster as dg
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import SQLAlchemyError

from fintech_pipeline.errors import PipelineError
from fintech_pipeline.orchestration.asking import ask_for_run, backfill_tags, tick_tags
from fintech_pipeline.orchestration.launch import faults_of, months_of
from fintech_pipeline.orchestration.run_ends import reason_of

POLL_SECONDS = 1.0
START_SECONDS = 600.0
"""How long a run may wait in the queue before the person is told where it is."""
WAITING = {dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED}


@dataclass(frozen=True, slots=True)
class QueueingLauncher:
    """Asks a Dagster webserver for runs and waits for them; see `launch.Launcher`.

    Attributes:
        webserver: Its address, `http://host:port`.
        instance: Where the runs are recorded.
    """

    webserver: str
    instance: dg.DagsterInstance

    def tick(self, slot_at: datetime) -> str:
        """Runs one tick for the slot."""
        return self._run(tick_tags(slot_at))

    def backfill(self, days: Sequence[date]) -> list[str]:
        """Runs the days, a run a month and stretch."""
        return [self._run(backfill_tags(stretch)) for stretch in months_of(days)]

    def faults(self, run_ids: Sequence[str]) -> list[str]:
        """What the runs' checks found wrong with their input."""
        return faults_of(self.instance, run_ids)

    def _run(self, tags: dict[str, str]) -> str:
        run_id = ask_for_run(self.webserver, tags)
        asked_at = time.monotonic()
        while True:
            time.sleep(POLL_SECONDS)
            run = self._look(run_id)
            if run is not None and run.is_finished:
                break
            waits = run is None or run.status in WAITING
            if waits and time.monotonic() - asked_at > START_SECONDS:
                raise PipelineError(
                    f"The run {run_id} was not started within {START_SECONDS / 60:.0f} minutes and "
                    "stays in the queue; look whether the daemon is up."
                )
        if run.status != dg.DagsterRunStatus.SUCCESS:
            raise PipelineError(reason_of(self.instance, run))
        return run_id

    def _look(self, run_id: str) -> dg.DagsterRun | None:
        """The run as it stands; None where the database is away, which it may ride out."""
        try:
            return self.instance.get_run_by_id(run_id)
        except (DagsterPostgresException, SQLAlchemyError):
            return None
