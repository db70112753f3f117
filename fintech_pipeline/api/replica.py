"""Whether the replica keeps up: watched, so that no answer is older than a few seconds."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa

from fintech_pipeline.api.reading import Reads
from fintech_pipeline.errors import StorageError

MOST_LAG_SECONDS = 5.0
EVERY_SECONDS = 2.0
PATIENCE_SECONDS = 3.0
REMEMBERED = 1000
"""Places in the log that the replica has not reached; half an hour of them."""
_WRITTEN = sa.text(
    "SELECT system_identifier, CAST(pg_current_wal_flush_lsn() - '0/0' AS bigint) "
    "FROM pg_control_system()"
)
_REPLAYED = sa.text(
    "SELECT system_identifier, CAST(pg_last_wal_replay_lsn() - '0/0' AS bigint), "
    "CAST(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS float) "
    "FROM pg_control_system()"
)


class Place(NamedTuple):
    """How far the primary had written its log at a time of our own clock, in seconds."""

    at: float
    written: int


@dataclass
class ReplicaWatch:
    """Looks every two seconds how far the replica is, and says whether reads may use it.

    The lag is how long ago the primary was where the replica is now: it needs no clock of theirs,
    and is nought while nothing is written. Where several replicas stand behind one address, the one
    that answers is looked at.

    Attributes:
        reads: What is told whether the replica may be used.
        seconds: A clock that never goes back, in seconds.
        lag_seconds: How far the replica is behind at the most; None where nobody knows.
        reason: Why it is not used; None where it is, or where there is none.
    """

    reads: Reads
    seconds: Callable[[], float] = time.monotonic
    lag_seconds: float | None = None
    reason: str | None = None
    _places: deque[Place] = field(default_factory=lambda: deque(maxlen=REMEMBERED), init=False)

    async def run(self, ended: asyncio.Event) -> None:
        """Looks again and again, until it is told to end: a query that is cut off costs a pool."""
        while not ended.is_set():
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), EVERY_SECONDS)

    async def look(self) -> None:
        """Looks once; what it meets is told in `reason`."""
        if self.reads.replica is None:
            return
        self.lag_seconds, self.reason = await self._lag()
        if self.lag_seconds is not None and self.lag_seconds >= MOST_LAG_SECONDS:
            self.reason = (
                f"The replica is {self.lag_seconds:.0f} seconds behind; reads go to the primary."
            )
        self.reads.uses_replica = self.reason is None

    async def _lag(self) -> tuple[float | None, str | None]:
        began = self.seconds()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                ours, written = await self.reads.of_primary(lambda c: c.execute(_WRITTEN).one())
        except (StorageError, TimeoutError):
            return None, "The primary does not answer, so nobody knows how old the replica is."
        self._places.append(Place(began, written))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                theirs, replayed, age = await self.reads.of_replica(
                    lambda c: c.execute(_REPLAYED).one()
                )
        except (StorageError, TimeoutError):
            return None, "The replica does not answer; reads go to the primary."
        if theirs != ours or replayed is None:
            return None, (
                "DATABASE_REPLICA_URL names no replica of this database; reads go to the primary."
            )
        return self._behind(replayed, age), None

    def _behind(self, replayed: int, age: float | None) -> float:
        """How long ago the primary was where the replica is."""
        now, reached = self.seconds(), None
        while self._places and self._places[0].written <= replayed:
            reached = self._places.popleft()
        if reached is None:  # it was behind when we began to look
            # One that has replayed no transaction since its start can't say how far.
            known = MOST_LAG_SECONDS if age is None else age
            return max(known, now - self._places[0].at)
        if not self._places:
            self._places.append(reached)
            return 0.0
        self._places.appendleft(reached)
        return now - reached.at
