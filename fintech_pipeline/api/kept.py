"""One answer that all share, kept until something that was announced may have changed it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import sqlalchemy as sa

from fintech_pipeline.api.reading import Reads
from fintech_pipeline.storage.database import SCHEMA

Value = TypeVar("Value")

LATE_IDS = 1_000
"""So many ids may be given while somebody who announces has not ended."""

_MARK = sa.text(f"""
    SELECT base, newest, (SELECT count(*) FROM {SCHEMA}.events WHERE id > base) AS told
    FROM (
        SELECT coalesce(max(id), 0) AS newest, coalesce(max(id), 0) - :late AS base
        FROM {SCHEMA}.events
    ) AS present
""")  # noqa: S608  # the schema is a constant
_TOLD = sa.text(
    f"SELECT count(*), coalesce(max(id), 0) FROM {SCHEMA}.events WHERE id > :base"  # noqa: S608
)


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

    What is announced later has a higher id than the `newest`, or a lower one if its transaction was
    under way by then; that makes more of them above the `base`, which is some way below. It works
    on a copy as well, where nothing shows who is still under way.
    """

    base: int
    newest: int
    told: int

    def stands(self, connection: sa.Connection) -> bool:
        """Whether nothing has been announced since."""
        told, newest = connection.execute(_TOLD, {"base": self.base}).one()
        return bool((told, newest) == (self.told, self.newest))


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
    row = connection.execute(_MARK, {"late": LATE_IDS}).one()
    return _Mark(row.base, row.newest, row.told)
