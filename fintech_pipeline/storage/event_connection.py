"""The connection of whoever follows the table `events`: one a process, to the primary server."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psycopg

from fintech_pipeline.errors import Unreachable
from fintech_pipeline.storage.database import (
    CONNECT_TIMEOUT_SECONDS,
    SILENT_MILLISECONDS,
    translated,
)

READ_SECONDS = 15.0
"""A server that does not answer for so long has vanished."""


async def open_follower(
    url: str, *, name: str, read_only: bool = True
) -> psycopg.AsyncConnection[Any]:
    """A connection in autocommit that notices a server that vanished.

    Args:
        url: The primary server's libpq address.
        name: What the server calls it.
        read_only: Whether it writes nothing.

    Raises:
        psycopg.Error: The server refused or is away.
    """
    only = "on" if read_only else "off"
    return await psycopg.AsyncConnection.connect(
        url,
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        tcp_user_timeout=SILENT_MILLISECONDS,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        options=f"-ctimezone=UTC -cdefault_transaction_read_only={only} -cstatement_timeout=10s"
        " -ctcp_keepalives_idle=30 -ctcp_keepalives_interval=10 -ctcp_keepalives_count=3",
        application_name=name,
    )


async def notified(connection: psycopg.AsyncConnection[Any], seconds: float) -> None:
    """Waits until the server notifies, at the longest so many seconds."""
    async for _ in connection.notifies(timeout=seconds, stop_after=1):
        pass


@contextlib.asynccontextmanager
async def asked() -> AsyncIterator[None]:
    """Turns what goes wrong with the server into a `StorageError`, a silent one too."""
    with translated():
        try:
            yield
        except (OSError, TimeoutError) as error:
            raise Unreachable(
                "The database does not answer; what was committed is kept."
            ) from error
