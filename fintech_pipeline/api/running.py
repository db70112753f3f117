"""What the API needs of whoever runs things; Dagster is behind it (`orchestration`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step of a run.

    Attributes:
        step: Its name, that of the asset or of its check.
        status: Its state in lower case; `waiting` where it has not begun.
        started_at: When it began (UTC), None where it has not.
        ended_at: When it ended (UTC), None where it has not.
        duration_seconds: How long it took, None where it has not ended.
        attempts: How often it was begun.
    """

    step: str
    status: str
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: float | None
    attempts: int


@dataclass(frozen=True, slots=True)
class RunShown:
    """A run as a person sees it.

    Attributes:
        run_id: Dagster's id.
        job: The job's name.
        status: Its state in lower case.
        slot_at: The slot of a tick (UTC), None of any other run.
        first_on: The first day of a backfill, None of any other run.
        last_on: Its last day.
        created_at: When it was asked for (UTC).
        started_at: When it started (UTC), None where it has not.
        ended_at: When it ended (UTC), None where it has not.
        duration_seconds: How long it ran, or runs already; None where it has not started.
        reason: Why it did not succeed; told of one run that is asked for alone.
        steps: What became of its steps, in the order they began; told of one run alone.
        faults: What its checks found wrong with their input; told of one run alone.
    """

    run_id: str
    job: str
    status: str
    slot_at: datetime | None
    first_on: date | None
    last_on: date | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: float | None = None
    reason: str | None = None
    steps: tuple[StepShown, ...] = ()
    faults: tuple[str, ...] = ()


class Runs(Protocol):
    """Runs that can be looked at and asked for; each call may take seconds, and blocks."""

    def recent(self, limit: int, after: str | None = None) -> list[RunShown]:
        """The newest runs first.

        Args:
            limit: How many at the most.
            after: The id of a run; those older than it. None of one that is not known.

        Raises:
            StorageError: The database cannot be reached.
        """
        ...

    def one(self, run_id: str) -> RunShown | None:
        """The run of that id; None where there is none.

        Raises:
            StorageError: The database cannot be reached.
        """
        ...

    def tick(self, slot_at: datetime) -> str:
        """Asks for a tick of the slot and returns the run's id, without waiting for the run.

        Of a slot whose tick is under way, it is that run's.

        Raises:
            PipelineError: Nobody takes it; asked again, what was taken before is not repeated.
        """
        ...

    def backfill(self, days: Sequence[date]) -> list[str]:
        """Asks for the days, a run a month and stretch, and returns their ids without waiting.

        Of a stretch whose backfill is under way, it is that run's.

        Raises:
            PipelineError: Nobody takes it; asked again, what was taken before is not repeated.
        """
        ...
