"""Runs for the API: Dagster is imported with the first question about one, for it takes seconds."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, TypeVar

from fintech_pipeline.api.running import RunShown
from fintech_pipeline.errors import PipelineError
from fintech_pipeline.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

Result = TypeVar("Result")
UNABLE = "This version can't start runs over HTTP; use `fintech tick` or `fintech backfill`."


@dataclass
class LateRuns:
    """Runs in Dagster's records; see `api.running.Runs`.

    REPLACE AT THE MERGE: part "operations" has the real one; what stays is that it is made late.

    Attributes:
        settings: Which database they are in, and which webserver is asked for new ones.
    """

    settings: Settings
    _making: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _kept: contextlib.ExitStack = field(
        default_factory=contextlib.ExitStack, init=False, repr=False
    )
    _instance: "DagsterInstance | None" = field(default=None, init=False, repr=False)

    def recent(self, limit: int, after: str | None = None) -> list[RunShown]:
        """The newest runs first."""
        return self._of(lambda instance: _shown(instance, limit, after))

    def one(self, run_id: str) -> RunShown | None:
        """The run of that id; None where there is none."""
        return next((run for run in self.recent(1000) if run.run_id == run_id), None)

    def tick(self, slot_at: datetime) -> str:  # noqa: ARG002  # see the class
        """Refuses, see the class."""
        raise PipelineError(UNABLE)

    def backfill(self, days: Sequence[date]) -> list[str]:  # noqa: ARG002  # see the class
        """Refuses, see the class."""
        raise PipelineError(UNABLE)

    def _of(self, read: "Callable[[DagsterInstance], Result]") -> Result:
        from fintech_pipeline.orchestration.instance import open_instance

        with self._making:
            if self._instance is None:
                self._instance = self._kept.enter_context(open_instance(self.settings))
        return read(self._instance)


def _shown(instance: "DagsterInstance", limit: int, after: str | None) -> list[RunShown]:
    return [
        RunShown(
            record.dagster_run.run_id,
            record.dagster_run.job_name,
            record.dagster_run.status.value.lower(),
            _instant(record.dagster_run.tags.get("fintech/slot")),
            None,
            None,
            record.create_timestamp.replace(tzinfo=UTC),
            _at(record.start_time),
            _at(record.end_time),
        )
        for record in instance.get_run_records(limit=limit, cursor=after)
    ]


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _at(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
