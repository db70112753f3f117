"""The database that stands in for the chart's StatefulSet: embedded, but reached as in a cluster.

Pods come by TCP and log in with the password of the Secret. Between them and the server's socket
stands a small relay; it is the Service.
"""

import asyncio
import os
import signal
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql

from fintech_pipeline.storage.embedded import EmbeddedServer

BLOCK = 65536


class Relay:
    """Carries bytes between a port of 127.0.0.1 and a socket, on a thread of its own."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncio.Task[None]] = set()
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._carry, "127.0.0.1", 0)
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            inner_reader, inner_writer = await asyncio.open_unix_connection(self._path)
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._connections.discard(task)

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            for task in list(self._connections):
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while block := await reader.read(BLOCK):
            writer.write(block)
            await writer.drain()
    finally:
        writer.close()


class Postgres:
    """A server with one role and one database, and the relay before it."""

    def __init__(self, folder: Path, role: str, password: str, database: str) -> None:
        self._folder, self._database = folder, database
        self._server = EmbeddedServer.acquire(folder)
        with psycopg.connect(self._server.url(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(password)
                )
            )
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(database), sql.Identifier(role)
                )
            )
            # The embedded server trusts who reaches its socket; this role has to know its password.
            rules = folder / "pg18" / "pg_hba.conf"
            rules.write_text(f"local all {role} scram-sha-256\n{rules.read_text()}")
            connection.execute("SELECT pg_reload_conf()")
        place = parse_qs(urlsplit(self._server.url()).query)
        self._relay = Relay(f"{place['host'][0]}/.s.PGSQL.{place['port'][0]}")

    @property
    def port(self) -> int:
        return self._relay.port

    def url(self, database: str | None = None) -> str:
        """The address for the server's owner, past the relay."""
        return self._server.url(database or self._database)

    def restart(self) -> None:
        """The pod dies and comes back: every connection breaks, what was committed is kept."""
        number = int((self._folder / "pg18" / "postmaster.pid").read_text().split()[0])
        os.kill(number, signal.SIGQUIT)
        lease = EmbeddedServer.acquire(self._folder)
        self._server.release()
        self._server = lease

    def close(self) -> None:
        self._relay.close()
        self._server.release()
