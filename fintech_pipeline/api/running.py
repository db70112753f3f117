"""What the API needs of whoever runs things; Dagster is behind it (`orchestration`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


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


class Runs(Protocol):
    """Runs that can be looked at and asked for; each call may take seconds, and blocks."""

    def recent(self, limit: int, after: str | None = None) -> list[RunShown]:
        """The newest runs first.

        Args:
            limit: How many at the most.
            after: The id of a run; those older than it.

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

        Raises:
            PipelineError: Nobody takes it.
        """
        ...

    def backfill(self, days: Sequence[date]) -> list[str]:
        """Asks for the days, a run a month and stretch, and returns their ids without waiting.

        Raises:
            PipelineError: Nobody takes it.
        """
        ...
