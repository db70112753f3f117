"""Reading and mending runs: which are under way, which died without a word."""

import socket
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg
import psutil

PROCESS_TAG = "fintech/process"
UNFINISHED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]


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


def mark_process(instance: dg.DagsterInstance, run_id: str) -> None:
    """Tags the run with the process that works on it, so that its death can be noticed."""
    if instance.get_run_by_id(run_id) is not None:
        instance.add_run_tags(run_id, {PROCESS_TAG: _process_label(psutil.Process())})


def fail_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Fails the runs whose process, on this machine, is gone; they can never end by themselves.

    Returns:
        The ids of the runs that were failed.
    """
    dead = []
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        label = run.tags.get(PROCESS_TAG)
        if label is not None and _is_gone(label):
            message = (
                "The process that worked on this run is gone; what it had not committed is undone."
            )
            instance.report_run_failed(run, message)
            dead.append(run.run_id)
    return dead


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


def _process_label(process: psutil.Process) -> str:
    # The start time tells a process from a later one with the same number.
    return f"{socket.gethostname()}:{process.pid}:{process.create_time():.2f}"


def _is_gone(label: str) -> bool:
    host, pid, _ = label.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    try:
        return _process_label(psutil.Process(int(pid))) != label
    except (psutil.NoSuchProcess, ValueError):
        return True
