"""How the API is: alive, ready, degraded; and what is measured of what stands behind it."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from math import inf
from typing import Literal, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from fintech_pipeline.api.guard import State
from fintech_pipeline.api.measurements import Measurements
from fintech_pipeline.api.metrics import Metrics
from fintech_pipeline.api.reading import Reads
from fintech_pipeline.api.replica import ReplicaWatch
from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import StorageError, Unreachable
from fintech_pipeline.storage.schema import require_current_on

PATIENCE_SECONDS = 3.0
KEPT_SECONDS = 1.0
"""How long it stays known whether the database answers."""
MEASURED_SECONDS = 5.0
"""The database is measured at most so often, however often somebody asks."""
MEASURING_SECONDS = 6.0
"""How long that may take after it answered; Prometheus itself waits for ten seconds."""
AWAY = "The database can't be reached; the log of this server says why."
DELAYED = "The live stream is delayed: somebody who changed something has not ended, or is away."

log = logging.getLogger("fintech.api")


class Streaming(Protocol):
    """What is asked of the live stream."""

    @property
    def delayed(self) -> bool:
        """Whether more may have happened than is told."""
        ...

    @property
    def clients(self) -> int:
        """How many follow."""
        ...


@dataclass(frozen=True, slots=True)
class Readiness:
    """How the API is.

    Attributes:
        status: Ready; degraded where it answers and something is not as it should be; not ready
            where it should not be asked.
        reasons: Why it is not just ready, a sentence each.
    """

    status: Literal["ready", "degraded", "not ready"]
    reasons: tuple[str, ...] = ()


@dataclass
class Health:
    """Looks after the API itself.

    Attributes:
        reads: What it asks the database by.
        state: Whether it is about to end.
        measurements: What is read of the database for Prometheus.
        metrics: Where what was measured stands.
        clock: The present.
        stream: The live stream.
        replica: Looks after the replica.
    """

    reads: Reads
    state: State
    measurements: Measurements
    metrics: Metrics
    clock: Clock
    stream: Streaming
    replica: ReplicaWatch = field(init=False)
    _kept: tuple[float, str | None] | None = field(default=None, init=False)
    _measured_at: float = field(default=-MEASURED_SECONDS, init=False)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    # Its own: a kubelet that waited for what Prometheus asks would take the pod out of service.
    _measuring: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    def __post_init__(self) -> None:
        self.replica = ReplicaWatch(self.reads)

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watches the replica, where there is one, until the end."""
        if self.reads.replica is None:
            yield
            return
        ended = asyncio.Event()
        task = asyncio.create_task(self.replica.run(ended))
        try:
            yield
        finally:
            ended.set()
            await task

    async def readiness(self) -> Readiness:
        """How the API is just now."""
        if self.state.draining:
            return Readiness("not ready", ("This server is about to end; ask another.",))
        async with self._looking:
            now = time.monotonic()
            if self._kept is None or now - self._kept[0] >= KEPT_SECONDS:
                self._kept = now, await self._why_not()
            why_not = self._kept[1]
        if why_not is not None:
            return Readiness("not ready", (why_not,))
        reasons = []
        if self.reads.replica is not None and not self.reads.uses_replica:
            reasons.append(self.replica.reason or "The replica is not looked at yet.")
        if self.stream.delayed:
            reasons.append(DELAYED)
        return Readiness("degraded" if reasons else "ready", tuple(reasons))

    async def _why_not(self) -> str | None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.reads.of_primary(require_current_on)
        except Unreachable as error:
            # A probe needs no token, so that nobody unknown learns where the database is.
            log.warning("%s", error)
            return AWAY
        except StorageError as error:
            return str(error)
        except TimeoutError:
            log.warning("The database did not answer within %.0f seconds.", PATIENCE_SECONDS)
            return AWAY
        return None

    async def measure(self) -> str:
        """What Prometheus is told: what was counted, and what the database holds just now."""
        async with self._measuring:
            now = time.monotonic()
            if now - self._measured_at >= MEASURED_SECONDS:
                self._measured_at = now
                await self._measure()
        self._measure_ourselves()
        return self.metrics.text()

    async def _measure(self) -> None:
        # What is not known now is not told, in place of what was known once.
        self.metrics.of_database.tell([])
        # First whether it answers at all: whoever measures a database that is away waits for long.
        is_up = await self._why_not() != AWAY
        self.metrics.database_up.set(is_up)
        if is_up:
            await self._measure_database()

    async def _measure_database(self) -> None:
        now, measurements = self.clock(), self.measurements
        try:
            async with asyncio.timeout(MEASURING_SECONDS):
                found = await self.reads.of_primary(
                    lambda connection: measurements.read(connection, now)
                )
                # In a thread: calendars take seconds to load, and others wait for an answer.
                families = await asyncio.to_thread(measurements.families, found, now)
        except (StorageError, TimeoutError) as error:
            log.warning("The database was not measured: %s", error or "it took too long.")
            return
        self.metrics.of_database.tell(families)

    def _measure_ourselves(self) -> None:
        metrics = self.metrics
        self._measure_pool("primary", self.reads.primary)
        if self.reads.replica is not None:
            self._measure_pool("replica", self.reads.replica)
            lag = self.replica.lag_seconds
            metrics.replica_lag_seconds.set(inf if lag is None else lag)
        metrics.replica_used.set(self.reads.uses_replica)
        metrics.stream_clients.set(self.stream.clients)
        metrics.stream_delayed.set(self.stream.delayed)

    def _measure_pool(self, server: str, engine: AsyncEngine) -> None:
        pool = engine.pool
        if isinstance(pool, QueuePool):
            self.metrics.connections.labels(server, "in_use").set(pool.checkedout())
            self.metrics.connections.labels(server, "idle").set(pool.checkedin())
