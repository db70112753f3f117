"""A running release as people and drills see it: GraphQL, runs, Jobs, pods and rows."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
import psycopg
import pytest

from fintech_pipeline.orchestration.due import ASSETS, NEWS_ARTICLES
from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.locks import locked
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.levers import Life
from tests.kubernetes.objects import Document
from tests.kubernetes.postgres import Postgres
from tests.kubernetes.values import FIRST_DAY

PATIENCE_SECONDS = 90.0
POLL_SECONDS = 0.2
APART = timedelta(days=14)
"""Between the days of two drills: no look-back of one reaches what the other left."""
FINISHED = {"SUCCESS", "FAILURE", "CANCELED"}
JOBS = {"repositoryLocationName": "fintech", "repositoryName": "__repository__"}
AUTOMATION = """
{ repositoriesOrError { ... on RepositoryConnection { nodes {
    schedules { scheduleState { id } } sensors { sensorState { id } } } } } }
"""
STOP_SCHEDULE = """
mutation ($id: String!) { stopRunningSchedule(id: $id) {
    ... on ScheduleStateResult { scheduleState { status } } ... on PythonError { message } } }
"""
STOP_SENSOR = """
mutation ($id: String!) { stopSensor(id: $id) {
    ... on StopSensorMutationResult { instigationState { status } }
    ... on PythonError { message } } }
"""
LAUNCH = """
mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
BACKFILL = """
mutation ($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
TERMINATE = """
mutation ($id: String!) { terminateRun(runId: $id) {
    __typename ... on TerminateRunFailure { message } ... on PythonError { message } } }
"""
RUNS = """
{ runsOrError { ... on Runs { results {
    runId status parentRunId rootRunId tags { key value } } } } }
"""
EVENTS = """
query ($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events {
    ... on MessageEvent { eventType message }
    ... on ErrorEvent { error { message } } } } } }
"""


@dataclass
class Running:
    """A cluster whose release is up, and the days that its drills have not used yet."""

    cluster: Cluster
    _next: date = field(default=FIRST_DAY + APART)

    @property
    def postgres(self) -> Postgres:
        assert self.cluster.postgres is not None
        return self.cluster.postgres

    def fresh_day(self, count: int = 1) -> date:
        """A day that no other drill sees, or the first of so many."""
        day, self._next = self._next, self._next + timedelta(days=count - 1) + APART
        return day

    def graphql(self, query: str, variables: Document | None = None) -> Any:
        """The data of an answer of the webserver."""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        address = f"http://{self.cluster.address('webserver')}/graphql"
        request = Request(address, body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            told = json.load(answer)
        assert "errors" not in told, told["errors"]
        return told["data"]

    def await_serving(self) -> None:
        """Asks until the webserver has noticed that its connections broke.

        It keeps one for each of its storages, and answers 500 once for each of them.
        """

        def serves() -> bool:
            try:
                (run, *_) = self.runs()
                self.messages(run["runId"], "RUN_SUCCESS")
                self.graphql(AUTOMATION)
            except HTTPError:
                return False
            return True

        until(serves, lambda: self.cluster.said("webserver"))

    def stop_automation(self) -> None:
        """Turns the schedule and the sensor off, as a person does in the UI."""
        (repository,) = self.graphql(AUTOMATION)["repositoriesOrError"]["nodes"]
        for schedule in repository["schedules"]:
            told = self.graphql(STOP_SCHEDULE, {"id": schedule["scheduleState"]["id"]})
            assert told["stopRunningSchedule"]["scheduleState"]["status"] == "STOPPED"
        for sensor in repository["sensors"]:
            told = self.graphql(STOP_SENSOR, {"id": sensor["sensorState"]["id"]})
            assert told["stopSensor"]["instigationState"]["status"] == "STOPPED"

    def tick(self, day: date, **tags: str) -> str:
        """Asks the webserver for the tick at noon of a day; the run's id."""
        named = {"fintech/slot": noon(day).isoformat(), "dagster/partition": day.isoformat()}
        return self.asked("tick", **named, **tags)

    def asked(self, job: str, **tags: str) -> str:
        """Asks the webserver for a run of a job; its id."""
        listed = [{"key": key, "value": value} for key, value in tags.items()]
        params = {
            "selector": {**JOBS, "jobName": job},
            "runConfigData": {},
            "executionMetadata": {"tags": listed},
        }
        told = self.graphql(LAUNCH, {"params": params})["launchRun"]
        assert told["__typename"] == "LaunchRunSuccess", told
        return str(told["run"]["runId"])

    def backfill(self, days: list[date]) -> str:
        """Asks the webserver for days, as its UI does; the backfill's id."""
        params = {
            "assetSelection": [{"path": [name]} for name in ASSETS],
            "partitionNames": [day.isoformat() for day in days],
            "tags": [],
        }
        told = self.graphql(BACKFILL, {"params": params})["launchPartitionBackfill"]
        assert told["__typename"] == "LaunchBackfillSuccess", told
        return str(told["backfillId"])

    def cancel(self, run_id: str) -> None:
        told = self.graphql(TERMINATE, {"id": run_id})["terminateRun"]
        assert told["__typename"] == "TerminateRunSuccess", told

    def runs(self) -> list[Document]:
        """All runs, the oldest first, with their tags as a mapping."""
        found = self.graphql(RUNS)["runsOrError"]["results"]
        return [
            {**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}}
            for run in reversed(found)
        ]

    def attempts(self, run_id: str) -> list[Document]:
        """The run and its retries, in order."""
        return [r for r in self.runs() if run_id in {r["runId"], r["rootRunId"]}]

    def status(self, run_id: str) -> str:
        return next(str(r["status"]) for r in self.runs() if r["runId"] == run_id)

    def ended(self, run_id: str, seconds: float = PATIENCE_SECONDS) -> str:
        """The status that a run ends with, waited for."""
        until(lambda: self.status(run_id) in FINISHED, lambda: self.told_of(run_id), seconds)
        return self.status(run_id)

    def retried(self, run_id: str, seconds: float = PATIENCE_SECONDS) -> str:
        """The id of the run's retry, waited for."""
        until(lambda: len(self.attempts(run_id)) > 1, lambda: self.told_of(run_id), seconds)
        return str(self.attempts(run_id)[1]["runId"])

    def messages(self, run_id: str, event_type: str) -> list[str]:
        events = self.graphql(EVENTS, {"id": run_id})["logsForRun"]["events"]
        return [e["message"] for e in events if e.get("eventType") == event_type]

    def events_of(self, run_id: str) -> str:
        events = self.graphql(EVENTS, {"id": run_id})["logsForRun"]["events"]
        return "\n".join(str(event.get("message")) for event in events)

    def errors_of(self, run_id: str) -> str:
        events = self.graphql(EVENTS, {"id": run_id})["logsForRun"]["events"]
        return "\n".join(event["error"]["message"] for event in events if event.get("error"))

    def await_retries_decided(self) -> None:
        """Waits until the daemon that retries runs has looked at all that has ended so far.

        It notes how far it has come in the order of events.
        """
        query = (
            "SELECT max(id) FROM dagster.event_logs WHERE dagster_event_type = 'PIPELINE_FAILURE'"
        )
        cursors = "SELECT value FROM dagster.kvs WHERE key LIKE 'EVENT_LOG_CONSUMER_CURSOR%FAILURE'"
        with psycopg.connect(self.postgres.url(), autocommit=True) as connection:
            newest = connection.execute(query).fetchone()
            assert newest is not None

            def decided() -> bool:
                rows = connection.execute(cursors).fetchall()
                return any(int(row[0]) >= newest[0] for row in rows)

            until(decided, lambda: connection.execute("SELECT * FROM dagster.kvs").fetchall())

    def told_of(self, run_id: str) -> str:
        """All there is to say when a drill fails."""
        attempts = [r["runId"] for r in self.attempts(run_id)]
        said = [self.log(p["metadata"]["name"]) for i in attempts for p in self.pods(i)]
        return f"{self.attempts(run_id)}\n{self.cluster.said('daemon')[-4000:]}\n{said}"

    def jobs(self, run_id: str) -> list[Document]:
        return self.cluster.objects.find("jobs", labels=f"dagster/run-id={run_id}")

    def pods(self, run_id: str) -> list[Document]:
        return self.cluster.objects.find("pods", labels=f"dagster/run-id={run_id}")

    def log(self, pod: str) -> str:
        return self.cluster.controllers.log(pod, "", None, timestamps=False)

    def lives(self, run_id: str) -> list[Life]:
        """The lives of all pods of a run and its retries."""
        ids = {run["runId"] for run in self.attempts(run_id)}
        return [
            life for life in self.cluster.kubelet.lives if life.labels.get("dagster/run-id") in ids
        ]

    def assert_never_at_once(self, run_id: str) -> None:
        """No two pods of a tick worked at the same time."""
        lives = self.lives(run_id)
        pairs = [(a, b) for n, a in enumerate(lives) for b in lives[n + 1 :] if a.overlaps(b)]
        assert not pairs, pairs

    def at_work(self, run_id: str) -> str:
        """The pod of a run that has come to its second step, which a drill holds; waited for."""
        until(lambda: self.pods(run_id) != [], lambda: self.told_of(run_id))
        (pod,) = self.pods(run_id)
        self.await_second_step(run_id)
        return str(pod["metadata"]["name"])

    def await_second_step(self, run_id: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Waits until a run has begun the step that a drill holds."""

        def waits() -> bool:
            starts = self.messages(run_id, "STEP_START")
            return any(NEWS_ARTICLES in message for message in starts)

        until(waits, lambda: self.told_of(run_id), seconds)

    def await_pod_ended(self, run_id: str) -> None:
        (pod,) = self.pods(run_id)
        worker = self.cluster.kubelet.workers[pod["metadata"]["name"]]
        until(worker.ended.is_set, lambda: self.told_of(run_id))

    def processes(self, pod: str) -> list[psutil.Process]:
        workers = self.cluster.kubelet.workers
        return [p for process in workers[pod].processes.values() for p in process.family()]

    @contextlib.contextmanager
    def held(self, day: date) -> Iterator[None]:
        """Holds runs of the day before their second step, by the lock that any other run takes."""
        database = connect(self.postgres.url())
        try:
            with contextlib.ExitStack() as stack:
                stack.enter_context(locked(database, NEWS_ARTICLES, [day], 5))
                yield
        finally:
            database.close()


def until(
    condition: Callable[[], bool], told: Callable[[], object], seconds: float = PATIENCE_SECONDS
) -> None:
    """Waits until the condition holds.

    Raises:
        AssertionError: It does not in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, told()
        time.sleep(POLL_SECONDS)


def noon(day: date) -> datetime:
    return datetime.combine(day, clock_time(12), tzinfo=UTC)


def are_asked_for(request: pytest.FixtureRequest, *words: str) -> bool:
    """Whether this session has, for each word, a test of the same file with it in its name."""
    names = [item.name for item in request.session.items if item.path == request.path]
    return all(any(word in name for name in names) for word in words)
