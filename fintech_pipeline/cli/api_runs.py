"""Runs for the API: Dagster is imported with the first question about one, for it takes seconds."""

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from fintech_pipeline.api.running import RunShown
from fintech_pipeline.composition import Pipeline

if TYPE_CHECKING:
    from fintech_pipeline.orchestration.run_desk import RunDesk


@dataclass
class LateRuns:
    """Runs in Dagster's records, which are opened late; see `api.running.Runs`.

    Attributes:
        pipeline: Which database they are in, and which webserver is asked for new ones.
    """

    pipeline: Pipeline
    _making: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _kept: contextlib.ExitStack = field(
        default_factory=contextlib.ExitStack, init=False, repr=False
    )
    _desk: "RunDesk | None" = field(default=None, init=False, repr=False)

    def recent(self, limit: int, after: str | None = None) -> list[RunShown]:
        """The newest runs first; see `Runs.recent`."""
        return self._opened().recent(limit, after)

    def one(self, run_id: str) -> RunShown | None:
        """The run of that id; see `Runs.one`."""
        return self._opened().one(run_id)

    def tick(self, slot_at: datetime) -> str:
        """Asks for a tick; see `Runs.tick`."""
        return self._opened().tick(slot_at)

    def backfill(self, days: Sequence[date]) -> list[str]:
        """Asks for a backfill; see `Runs.backfill`."""
        return self._opened().backfill(days)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._kept.close()

    def _opened(self) -> "RunDesk":
        from fintech_pipeline.orchestration.instance import open_instance
        from fintech_pipeline.orchestration.run_desk import RunDesk

        with self._making:
            if self._desk is None:
                pipeline = self.pipeline
                instance = self._kept.enter_context(open_instance(pipeline.settings))
                webserver = pipeline.settings.pipeline.webserver
                self._desk = RunDesk(instance, pipeline.database, webserver, pipeline.clock)
            return self._desk
