"""Starting runs where a cluster runs them: asked of the webserver, queued, each a Job."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

import dagster as dg
import requests
from dagster._core.storage.tags import PARTITION_NAME_TAG, WILL_RETRY_TAG
from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import SQLAlchemyError

from fintech_pipeline.clock import slot_day
from fintech_pipeline.errors import ConfigurationError, PipelineError
from fintech_pipeline.orchestration.jobs import TICK_JOB, TICK_PRIORITY
from fintech_pipeline.orchestration.launch import faults_of, months_of, range_tags
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.orchestration.runs import BACKFILL_TAG

POLL_SECONDS = 1.0
START_SECONDS = 600.0
"""How long a run may wait in the queue before the person is told where it is."""
ASK_SECONDS = 60
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
        tags = {SLOT_TAG: slot_at.isoformat(), "dagster/priority": TICK_PRIORITY}
        return self._run({**tags, PARTITION_NAME_TAG: slot_day(slot_at).isoformat()})

    def backfill(self, days: Sequence[date]) -> list[str]:
        """Runs the days, a run a month and stretch."""
        return [
            self._run({BACKFILL_TAG: "true", **range_tags(stretch)}) for stretch in months_of(days)
        ]

    def faults(self, run_ids: Sequence[str]) -> list[str]:
        """What the runs' checks found wrong with their input."""
        return faults_of(self.instance, run_ids)

    def _run(self, tags: dict[str, str]) -> str:
        run_id = self._ask(tags)
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
            raise PipelineError(self._reason(run))
        return run_id

    def _look(self, run_id: str) -> dg.DagsterRun | None:
        """The run as it stands; None where the database is away, which it may ride out."""
        try:
            return self.instance.get_run_by_id(run_id)
        except (DagsterPostgresException, SQLAlchemyError):
            return None

    def _ask(self, tags: dict[str, str]) -> str:
        address = urlsplit(self.webserver)
        try:
            client = DagsterGraphQLClient(
                address.hostname or "",
                address.port,
                use_https=address.scheme == "https",
                timeout=ASK_SECONDS,
            )
            return client.submit_job_execution(TICK_JOB, tags=tags)
        except ValueError as error:  # the port
            raise ConfigurationError(f"{self.webserver} is no address: {error}.") from error
        except DagsterGraphQLClientError as error:
            # The client's own words quote its query; what it met says more.
            met = error.__cause__ or error
            lost = isinstance(met, requests.exceptions.ConnectionError)
            said = "nobody answers there" if lost else str(met).partition("\n")[0][:200].rstrip(".")
            raise PipelineError(
                f"The webserver at {self.webserver} did not take the run: {said}."
            ) from error

    def _reason(self, run: dg.DagsterRun) -> str:
        """Why the run did not succeed, by its first failed step or else by what ended it."""
        if run.status == dg.DagsterRunStatus.CANCELED:
            return f"The run {run.run_id} was cancelled; what was committed is kept."
        steps = self.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
        for entry in steps:
            error = entry.get_dagster_event().step_failure_data.error
            cause = error.cause if error and error.cause else error
            if cause:
                return re.sub(r"^[\w.]+: ", "", cause.message).strip()
        ends = self.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
        said = (
            next((entry.get_dagster_event().message for entry in ends), None) or "no reason given"
        )
        again = " It is tried once more." if run.tags.get(WILL_RETRY_TAG) == "true" else ""
        return f"The run {run.run_id} failed: {said.splitlines()[0].rstrip('.')}.{again}"
