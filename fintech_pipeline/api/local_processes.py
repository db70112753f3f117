"""What runs on this machine: the processes that `fintech up` started, and this one."""

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psutil

from fintech_pipeline.api.cluster import ProcessShown, Running
from fintech_pipeline.clock import Clock

ROLES = (
    ("fintech_pipeline.orchestration.supervision", "guardian"),
    ("deliver", "deliverer"),
    ("analyzer", "analyzer"),
    ("dagster_webserver", "webserver"),
    ("dagster-webserver", "webserver"),
    ("dagster._daemon", "daemon"),
    ("dagster-daemon", "daemon"),
    ("grpc", "code server"),
    ("code-server", "code server"),
    ("dev", "Dagster"),
    ("--multiprocessing-fork", "worker"),
    ("execute_run", "worker"),
    ("execute_step", "worker"),
    ("up", "fintech up"),
    ("api", "api"),
)
"""By a word of the command; the first that is found."""


@dataclass
class LocalProcesses:
    """Looks at the processes of this machine; see `cluster.Cluster`.

    Attributes:
        is_ours: Whether a process with this environment is one of ours.
        clock: The present.
    """

    is_ours: Callable[[Mapping[str, str]], bool]
    clock: Clock
    _used: dict[tuple[int, float], tuple[float, float]] = field(default_factory=dict, init=False)

    def look(self) -> Running:
        """What runs just now; see `Cluster.look`."""
        now = self.clock()
        found = []
        used = {}
        for process in psutil.process_iter():
            # It may end meanwhile, or belong to somebody else.
            with contextlib.suppress(psutil.Error, OSError):
                if process.pid != os.getpid() and not self.is_ours(process.environ()):
                    continue
                key = process.pid, process.create_time()
                times = process.cpu_times()
                used[key] = time.monotonic(), times.user + times.system
                found.append(_shown(process, self._cpu_pct(key, used[key]), now))
        self._used = used
        found.sort(key=lambda one: (one.role, one.pid))
        return Running("local", now, processes=tuple(found))

    def _cpu_pct(self, key: tuple[int, float], now: tuple[float, float]) -> float | None:
        before = self._used.get(key)
        if before is None or now[0] <= before[0]:
            return None
        return round(100.0 * max(0.0, now[1] - before[1]) / (now[0] - before[0]), 1)


def _shown(process: psutil.Process, cpu_pct: float | None, now: datetime) -> ProcessShown:
    started_at = datetime.fromtimestamp(process.create_time(), UTC)
    role = "api" if process.pid == os.getpid() else role_of(process.cmdline())
    return ProcessShown(
        role=role,
        pid=process.pid,
        status=str(process.status()),
        started_at=started_at,
        age_seconds=max(0.0, (now - started_at).total_seconds()),
        cpu_pct=cpu_pct,
        memory_bytes=process.memory_info().rss,
    )


def role_of(command: Sequence[str]) -> str:
    """What a process does, by its command, of which nothing is shown: it may hold a secret."""
    words = {word.rpartition("/")[2] for word in command}
    return next((role for word, role in ROLES if word in words), "other")
