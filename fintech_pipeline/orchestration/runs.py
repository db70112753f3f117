"""Reading and mending runs: which are under way, which died without a word."""

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

import dagster as dg
import psutil
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster_postgres.utils import DagsterPostgresException

from fintech_pipeline.errors import StorageError
from fintech_pipeline.orchestration.jobs import REVIEW_JOB, REVIEW_TAG, TICK_JOB
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.storage.database import translated

BACKFILL_TAG = "fintech/backfill"
"""On the runs of `fintech backfill` and of the healing."""
PROCESS_TAG = "fintech/process"
"""Names the process that works on a run."""
COUNTED = ((TICK_JOB, SLOT_TAG), (REVIEW_JOB, REVIEW_TAG))
"""The jobs whose failures are counted, and the tag of a run that is no backfill."""
LOOKED_BACK = 50
MOST_PAGES = 20
"""A backfill of years leaves hundreds of runs between two ticks; beyond a thousand nobody looks."""
SILENT = timedelta(hours=6)
DEAD = "The process that worked on this run is gone; what it had not committed is undone."
SAME_SECONDS = 0.5
"""How much the start times of one process may differ between two readings."""
UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
UNDER_WAY = [*UNFINISHED, dg.DagsterRunStatus.QUEUED]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run as a person sees it.

    Attributes:
        run_id: Dagster's id.
        status: Its state in lower case.
        slot: The slot of a tick, None for a backfill.
        started_at: When it started (UTC), None where it has not.
    """

    run_id: str
    status: str
    slot: str | None
    started_at: datetime | None


def process_tag(run_id: str) -> dict[str, str]:
    """The tag that says that this process works on the run: its host, number and start.

    And the run, because Dagster copies the tags of a run that it executes again.
    """
    process = psutil.Process()
    label = f"{run_id}:{socket.gethostname()}:{process.pid}:{_started(process):.2f}"
    return {PROCESS_TAG: label}


def mark_process(instance: dg.DagsterInstance, run_id: str) -> None:
    """Tags the run with the process that works on it, so that its death can be noticed."""
    if instance.get_run_by_id(run_id) is not None:
        instance.add_run_tags(run_id, process_tag(run_id))


def fail_dead_runs(instance: dg.DagsterInstance, *, serving: bool = False) -> list[str]:
    """Fails the runs whose process, on this machine, is gone; they can never end by themselves.

    Args:
        instance: Whose runs.
        serving: Whether this machine serves the database. A run that does not say yet who works
            on it was started by whoever serves; on another machine nothing can be told of it.

    Returns:
        The ids of the runs that were failed.

    Raises:
        StorageError: The database cannot be reached.
    """
    dead = []
    with reached():
        for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
            if not _is_dead(run, serving):
                continue
            # Read again: it may have ended well between the reading and the death.
            last = instance.get_run_by_id(run.run_id)
            if last is not None and last.status in UNFINISHED and _is_dead(last, serving):
                instance.report_run_failed(last, DEAD)
                dead.append(last.run_id)
    return dead


def backfill_under_way(instance: dg.DagsterInstance) -> bool:
    """Whether a run of `fintech backfill` or of the healing waits or works.

    One that has said nothing for hours may have died on another machine, and counts no more.
    """
    unfinished = dg.RunsFilter(
        statuses=UNDER_WAY,
        tags={BACKFILL_TAG: "true"},
        updated_after=datetime.now(UTC) - SILENT,
    )
    return bool(instance.get_run_ids(unfinished, limit=1))


def failed_in_a_row(instance: dg.DagsterInstance) -> dict[str, float]:
    """How many of the newest ticks and reviews failed in a row; backfills never count.

    Args:
        instance: Whose runs.

    Returns:
        By job; one of which no run has ended is left out.

    Raises:
        StorageError: The database cannot be reached.
    """
    found = {}
    for job, tag in COUNTED:
        with reached():
            outcomes = list(islice(_failures(instance, job, tag), LOOKED_BACK))
        if outcomes:
            found[job] = float(sum(outcomes))
    return found


def _failures(instance: dg.DagsterInstance, job: str, tag: str) -> Iterator[bool]:
    """Whether the newest runs with the tag failed, up to the first that did not."""
    ended = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
    which, cursor = dg.RunsFilter(job_name=job, statuses=ended), None
    for _ in range(MOST_PAGES):
        runs = instance.get_runs(which, cursor=cursor, limit=LOOKED_BACK)
        for run in runs:
            if tag in run.tags:
                yield run.is_failure
                if not run.is_failure:
                    return
        if len(runs) < LOOKED_BACK:
            return
        cursor = runs[-1].run_id


def recent_runs(instance: dg.DagsterInstance, limit: int) -> list[RunSummary]:
    """The newest runs first."""
    return [
        RunSummary(
            record.dagster_run.run_id,
            record.dagster_run.status.value.lower(),
            record.dagster_run.tags.get("fintech/slot"),
            datetime.fromtimestamp(record.start_time, UTC) if record.start_time else None,
        )
        for record in instance.get_run_records(limit=limit)
    ]


@contextlib.contextmanager
def reached() -> Iterator[None]:
    """Turns what Dagster raises of its database into a `StorageError`."""
    try:
        with translated():
            yield
    except DagsterPostgresException as error:
        raise StorageError(f"Dagster's records can't be reached: {error}.") from error


def _is_dead(run: dg.DagsterRun, serving: bool) -> bool:
    """Whether what works on the run is known to be gone."""
    label, server = run.tags.get(PROCESS_TAG, ""), run.tags.get(GRPC_INFO_TAG)
    if label.startswith(f"{run.run_id}:"):
        return _is_gone(label)
    # Its worker had not come so far as to say who it is. A code server that lives fails the runs
    # whose workers die; one that is gone has taken them along.
    return serving and server is not None and _is_unreachable(json.loads(server).get("socket"))


def _is_gone(label: str) -> bool:
    _, host, pid, started = label.split(":")
    if host != socket.gethostname():
        return False
    with contextlib.suppress(psutil.Error, ValueError):
        process = psutil.Process(int(pid))
        if process.status() != psutil.STATUS_ZOMBIE:
            # The start tells a process from a later one with the same number.
            return abs(_started(process) - float(started)) > SAME_SECONDS
    return True


def _started(process: psutil.Process) -> float:
    # Since boot, because the wall clock may be set while the process runs.
    return process.create_time() - psutil.boot_time()


def _is_unreachable(path: str | None) -> bool:
    """Whether nobody listens on the local socket; False where there is none to try."""
    if path is None:
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(5)
        try:
            probe.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            return True
        except OSError:
            return False  # it is there, and busy
    return False
