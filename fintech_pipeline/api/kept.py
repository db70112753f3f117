"""One answer that all share, kept until something that was announced may have changed it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import sqlalchemy as sa

from fintech_pipeline.api.reading import Reads
from fintech_pipeline.storage.database import SCHEMA

Value = TypeVar("Value")

_MARK = sa.text(f"""
    SELECT horizon, (SELECT count(*) FROM {SCHEMA}.events WHERE xid >= horizon) AS told
    FROM (
        SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS horizon
    ) AS present
""")  # noqa: S608  # the schema is a constant
_TOLD = sa.text(f"SELECT count(*) FROM {SCHEMA}.events WHERE xid >= :horizon")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Encoded:
    """An answer as it is sent.

    Attributes:
        plain: JSON.
        compressed: The same by gzip.
        tag: The ETag of both, a weak one.
    """

    plain: bytes
    compressed: bytes
    tag: str


@dataclass(frozen=True, slots=True)
class _Mark:
    """What was announced when something was read.

    Every transaction before `horizon` had ended by then, so that what is announced later has an
    equal or higher number: as long as there are `told` events of those, nothing new is known.
    """

    horizon: int
    told: int

    def stands(self, connection: sa.Connection) -> bool:
        """Whether nothing has been announced since."""
        told: int = connection.execute(_TOLD, {"horizon": self.horizon}).scalar_one()
        return told == self.told


@dataclass(slots=True)
class Kept(Generic[Value]):
    """The newest answer, made once for all who ask at the same time.

    It is as fresh as the announcements (`storage.events`) of those who write.
    """

    _newest: tuple[object, _Mark, Value] | None = None
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, reads: Reads, key: object, make: Callable[[], Awaitable[Value]]) -> Value:
        """What is kept where it stands for the key and nothing was announced since; else anew.

        Args:
            reads: Asks the database.
            key: Of what it is the answer; what changes without an announcement belongs into it.
            make: Reads and makes it.

        Raises:
            StorageError: The database refused, cannot be reached, or took too long.
        """
        known = await self._standing(reads, key)
        if known is not None:
            return known[0]
        async with self._making:
            # Another one may have made it meanwhile.
            known = await self._standing(reads, key)
            if known is not None:
                return known[0]
            mark = await reads.of(_mark)  # before what it stands for is read
            made = await make()
            self._newest = key, mark, made
            return made

    async def _standing(self, reads: Reads, key: object) -> tuple[Value] | None:
        if self._newest is None or self._newest[0] != key:
            return None
        _, mark, value = self._newest
        return (value,) if await reads.of(mark.stands) else None


def _mark(connection: sa.Connection) -> _Mark:
    row = connection.execute(_MARK).one()
    return _Mark(row.horizon, row.told)
