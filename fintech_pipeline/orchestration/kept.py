"""A supervised command that is started again whenever it ends, and never ends what keeps it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from fintech_pipeline.orchestration.supervision import Supervised, end_family, supervise

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
STEADY_SECONDS = 120.0
"""Who ran for so long is started again at once."""


@dataclass
class Kept:
    """A command that runs as long as somebody calls `keep`.

    Attributes:
        command: What to run.
        environment: Its environment.
        folder: Its working directory.
        output: Where its output goes.
        mark: What its processes are known by; nobody else's.
        tell: Is given a sentence when it is started again.
        name: What that sentence calls it.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    output: IO[bytes]
    mark: str
    tell: Callable[[str], None]
    name: str
    _running: Supervised | None = field(default=None, init=False)
    _started_at: float = field(default=0.0, init=False)
    _pause: float = field(default=0.0, init=False)

    def clear(self, patience_seconds: float) -> None:
        """Ends what somebody started with the same mark and did not end.

        Args:
            patience_seconds: How long it may take to end by itself.
        """
        end_family(self.mark, patience_seconds)

    def start(self) -> None:
        """Starts it."""
        self._started_at = time.monotonic()
        self._running = supervise(
            self.command, self.environment, self.folder, self.output, self.mark
        )

    def keep(self) -> None:
        """Starts it again where it ended; the more often it ends, the later."""
        if self._running is None or not self._running.ended():
            return
        ran = time.monotonic() - self._started_at
        if ran < self._pause:
            return
        self._pause = (
            FIRST_PAUSE_SECONDS
            if ran >= STEADY_SECONDS
            else min(max(self._pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        )
        self._running.stop()
        self.tell(f"The {self.name} stopped by itself; it is started again.")
        self.start()

    def listens(self, port: int) -> bool:
        """Whether one of its processes listens on the TCP port."""
        return self._running is not None and self._running.listens(port)

    def stop(self) -> None:
        """Ends it, and waits until it is gone."""
        if self._running is not None:
            self._running.stop()
