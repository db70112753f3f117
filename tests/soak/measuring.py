"""What is measured while a soak lasts, and whether any of it grows."""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import psutil
import psycopg

WARM_SHARE = 0.3
"""Of the samples: caches fill and libraries load at first."""
MOST_GROWTH = {
    "memory_mb": (0.15, 25.0),
    "files": (0.10, 4.0),
    "threads": (0.10, 4.0),
    "connections": (0.10, 4.0),
}
"""How much the fitted line may rise over the rest: a share of where it begins, or so much at least.

Whichever is more; what leaks a row or a file each tick is far above it after hundreds.
"""


@dataclass
class Series:
    """One measure of one process, over time.

    Attributes:
        process: Which; the server's connections are its own.
        measure: A key of `MOST_GROWTH`.
        ticks: After how many ticks each sample was taken.
        values: The samples.
        lives: The pid each is of: a process that was killed begins anew.
    """

    process: str
    measure: str
    ticks: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    lives: list[int] = field(default_factory=list)

    def fitted(self) -> tuple[float, float] | None:
        """Where the line through the samples begins and ends, after the warm-up of the last life.

        None where there are too few to say.
        """
        last = [n for n, life in enumerate(self.lives) if life == self.lives[-1]]
        kept = last[int(len(last) * WARM_SHARE) :]
        if len(kept) < 8:
            return None
        x = np.array([self.ticks[n] for n in kept], dtype=np.float64)
        slope, base = np.polyfit(x, np.array([self.values[n] for n in kept]), 1)
        return float(base + slope * x[0]), float(base + slope * x[-1])

    @property
    def limit(self) -> float | None:
        """How much the fitted line may rise; None where nothing is fitted."""
        fitted = self.fitted()
        if fitted is None:
            return None
        share, least = MOST_GROWTH[self.measure]
        return max(share * fitted[0], least)


@dataclass
class Measures:
    """All series of a soak.

    Attributes:
        seconds: How long each tick took.
    """

    seconds: list[float] = field(default_factory=list)
    _series: dict[tuple[str, str], Series] = field(default_factory=dict)

    @property
    def series(self) -> list[Series]:
        """All of them, by process."""
        return [self._series[key] for key in sorted(self._series)]

    def add(self, one: Series) -> None:
        """Takes in a series that was measured elsewhere."""
        self._series[one.process, one.measure] = one

    def sample(self, tick: int, processes: Mapping[str, int], url: str) -> None:
        """Looks at the processes, and at the server's connections.

        Args:
            tick: After how many ticks.
            processes: Their pids by name.
            url: The database.
        """
        for name, pid in processes.items():
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(pid)
                memory = process.memory_full_info().uss / 1e6
                self._add(name, "memory_mb", tick, memory, pid)
                self._add(name, "files", tick, process.num_fds(), pid)
                self._add(name, "threads", tick, process.num_threads(), pid)
        with contextlib.suppress(psycopg.Error), psycopg.connect(url) as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            (number,) = connection.execute(query).fetchone() or (0,)
            self._add("server", "connections", tick, number, 0)

    def _add(self, process: str, measure: str, tick: int, value: float, life: int) -> None:
        one = self._series.setdefault((process, measure), Series(process, measure))
        one.ticks.append(tick)
        one.values.append(value)
        one.lives.append(life)

    def findings(self) -> list[str]:
        """A sentence for each that grows."""
        found = []
        for one in self.series:
            fitted, limit = one.fitted(), one.limit
            if fitted and limit is not None and fitted[1] - fitted[0] > limit:
                found.append(
                    f"{one.process}: {one.measure} grows from {fitted[0]:.1f} to {fitted[1]:.1f}, "
                    f"more than {limit:.1f}."
                )
        return found


def timed() -> float:
    """A clock for durations, in seconds."""
    return time.perf_counter()
