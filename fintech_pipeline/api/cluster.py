"""What runs, and how it is: in a cluster its objects, on a laptop the processes."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

KEPT_SECONDS = 3.0
Kind = Literal[
    "Pod",
    "Job",
    "CronJob",
    "Deployment",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "PersistentVolumeClaim",
]


@dataclass(frozen=True, slots=True)
class LastEnd:
    """How a container ended that was started again, or ended for good.

    Attributes:
        reason: Kubernetes' word for it, such as OOMKilled or Error.
        exit_code: What the process left with.
        ended_at: When (UTC).
    """

    reason: str
    exit_code: int
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ResourceShown:
    """An object of the release in Kubernetes.

    Attributes:
        kind: What it is.
        name: Its name.
        component: Which part of the release it belongs to.
        status: How it is, in a few words.
        healthy: Whether that is as it should be.
        created_at: When it was made (UTC).
        age_seconds: How long ago that was.
        restarts: How often a pod's containers were started again; None of anything else.
        node: Where a pod runs.
        images: What its containers are made of.
        last_end: How a pod's container ended last.
        cpu_cores: What a pod uses, where that is measured.
        memory_bytes: What a pod uses, where that is measured.
    """

    kind: Kind
    name: str
    component: str | None
    status: str
    healthy: bool
    created_at: datetime
    age_seconds: float
    restarts: int | None = None
    node: str | None = None
    images: tuple[str, ...] = ()
    last_end: LastEnd | None = None
    cpu_cores: float | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ProcessShown:
    """A process of ours on this machine.

    Attributes:
        role: What it does.
        pid: Its number.
        status: The system's word for how it is.
        started_at: When it was started (UTC).
        age_seconds: How long ago that was.
        cpu_pct: How much of one core it used since the last look; None at the first.
        memory_bytes: What of the machine's memory it holds.
    """

    role: str
    pid: int
    status: str
    started_at: datetime
    age_seconds: float
    cpu_pct: float | None
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Running:
    """What runs.

    Attributes:
        place: In Kubernetes, or on this machine.
        read_at: When this was read (UTC); it is kept for a few seconds.
        resources: The objects of the release, by kind and name; none outside Kubernetes.
        processes: The processes on this machine; none in Kubernetes.
        not_shown: What could not be read, and why, a sentence each.
    """

    place: Literal["kubernetes", "local"]
    read_at: datetime
    resources: tuple[ResourceShown, ...] = ()
    processes: tuple[ProcessShown, ...] = ()
    not_shown: tuple[str, ...] = ()


class Cluster(Protocol):
    """Where everything runs."""

    def look(self) -> Running:
        """What runs just now; it blocks for seconds, and what cannot be read is told in it."""
        ...


@dataclass
class KeptCluster:
    """A cluster that is looked at once in three seconds, however many ask.

    Attributes:
        cluster: What is looked at.
        seconds: A clock that never goes back, in seconds.
    """

    cluster: Cluster
    seconds: Callable[[], float] = time.monotonic
    _seen: tuple[float, Running] | None = field(default=None, init=False)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, init=False)

    def look(self) -> Running:
        """What ran a moment ago; see `Cluster.look`."""
        with self._one_at_a_time:
            if self._seen is None or self.seconds() - self._seen[0] >= KEPT_SECONDS:
                # From when it is complete: a slow answer is not old at once.
                running = self.cluster.look()
                self._seen = self.seconds(), running
            return self._seen[1]
