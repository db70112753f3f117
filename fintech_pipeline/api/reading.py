"""Reads for the API: a pool of its own, asynchronous, on the replica where there is one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import sqlalchemy as sa
from pydantic_core import from_json
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from fintech_pipeline.errors import StorageError, TookTooLong
from fintech_pipeline.storage.database import (
    CONNECT_TIMEOUT_SECONDS,
    RANDOM_PAGE_COST,
    connect,
    translated,
)

POOL, OVERFLOW = 8, 8
PATIENCE_SECONDS = 5.0
"""How long a request waits for a free connection."""
READ_SECONDS = 10
"""How long one query may take; whoever asks for more is told to ask for less."""
Result = TypeVar("Result")


def read_engine(url: str) -> AsyncEngine:
    """A pool of connections that only read, each statement on its own; contacts nothing yet.

    Args:
        url: The server's libpq address.

    Raises:
        ConfigurationError: It is no such address.
    """
    known = connect(url)  # for its checks of the address; it opens nothing
    address = known.engine.url
    known.close()
    return create_async_engine(
        address,
        isolation_level="AUTOCOMMIT",
        pool_size=POOL,
        max_overflow=OVERFLOW,
        pool_timeout=PATIENCE_SECONDS,
        json_deserializer=from_json,  # three times as fast as Python's own
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            # Compiling a plan costs more than any of these queries takes.
            "options": "-ctimezone=UTC -cdatestyle=ISO -cdefault_transaction_read_only=on "
            f"-cjit=off -cstatement_timeout={READ_SECONDS}s "
            f"-crandom_page_cost={RANDOM_PAGE_COST}",
            "application_name": "fintech api",
        },
    )


@dataclass
class Reads:
    """Asks the database, for the API's routes.

    Attributes:
        primary: The server that is written to.
        replica: A copy that is read where it keeps up; None where there is none.
        uses_replica: Whether the replica keeps up just now; whoever watches it says so.
    """

    primary: AsyncEngine
    replica: AsyncEngine | None = None
    uses_replica: bool = field(default=False)

    async def of(self, read: Callable[[sa.Connection], Result]) -> Result:
        """What the function reads, in one connection; the functions of the slices' stores fit.

        It is called again where the connection turns out to have been lost, so it must only read.

        Args:
            read: Reads with a connection in autocommit.

        Raises:
            StorageError: The database refused, cannot be reached, or took too long.
        """
        if self.replica is not None and self.uses_replica:
            try:
                return await _asked(self.replica, read)
            except TookTooLong:
                raise  # it would take as long there
            except StorageError:
                self.uses_replica = False
        return await _asked(self.primary, read)

    async def of_primary(self, read: Callable[[sa.Connection], Result]) -> Result:
        """As `of`, from the server that is written to: what was just changed is there.

        Raises:
            StorageError: The database refused, cannot be reached, or took too long.
        """
        return await _asked(self.primary, read)

    async def of_replica(self, read: Callable[[sa.Connection], Result]) -> Result:
        """As `of`, from the replica however it is: for whoever watches it.

        Raises:
            StorageError: There is none, it refused, cannot be reached, or took too long.
        """
        if self.replica is None:
            raise StorageError("No replica is configured (DATABASE_REPLICA_URL).")
        return await _asked(self.replica, read)

    async def close(self) -> None:
        """Closes every connection."""
        await self.primary.dispose()
        if self.replica is not None:
            await self.replica.dispose()


async def _asked(engine: AsyncEngine, read: Callable[[sa.Connection], Result]) -> Result:
    with translated():
        try:
            return await _once(engine, read)
        except sa.exc.DBAPIError as error:
            # A restart ended the pooled connections; only now does one notice.
            if not error.connection_invalidated:
                raise
            return await _once(engine, read)


async def _once(engine: AsyncEngine, read: Callable[[sa.Connection], Result]) -> Result:
    connection: AsyncConnection
    async with engine.connect() as connection:
        return await connection.run_sync(read)
