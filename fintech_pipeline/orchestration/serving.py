"""The right to serve a database: two Dagster daemons would corrupt each other's work."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from fintech_pipeline.errors import PipelineError, StorageError
from fintech_pipeline.storage.database import Database, translated

POLL_SECONDS = 1.0
_KEY = {"key": "fintech up"}
_NAME = "fintech up "
_OURS = sa.text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
    "AND objid = CAST(CAST(hashtext(:key) AS bit(32)) AS bigint) AND pid = pg_backend_pid()"
)
_HOLDER = sa.text(
    "SELECT a.application_name FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
    "AND l.objid = CAST(CAST(hashtext(:key) AS bit(32)) AS bigint) "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@dataclass
class ServingRight:
    """An advisory lock of one connection, so that it ends with the process, however that ends.

    Attributes:
        database: What is served.
        connection: The one that holds the lock, in autocommit.
        address: Where this process serves; what others are told.
    """

    database: Database
    connection: sa.Connection
    address: str = ""

    def keep(self) -> None:
        """Makes sure that it is held: a server that was away has forgotten it.

        Raises:
            PipelineError: Another process serves the database.
            StorageError: The server is away.
        """
        with translated():
            if self.connection.invalidated:
                fresh = _connected(self.database)
                self.connection.close()
                self.connection = fresh
            if self.connection.scalar(_OURS, _KEY):
                return
            if not self.connection.scalar(
                sa.text("SELECT pg_try_advisory_lock(hashtext(:key))"), _KEY
            ):
                address = served_at(self.connection)
                where = f" at {address}" if address else ""
                raise PipelineError(
                    f"This database is already served{where}; open that, or stop it first."
                )
            self._name()

    def announce(self, address: str) -> None:
        """Tells others where the database is served."""
        self.address = address
        with translated():
            self._name()

    def _name(self) -> None:
        self.connection.execute(
            sa.text("SELECT set_config('application_name', :name, false)"),
            {"name": f"{_NAME}{self.address}"},
        )


def served_at(connection: sa.Connection) -> str | None:
    """Where the webserver of whoever serves the database is; None where nobody says so."""
    named = str(connection.scalar(_HOLDER, _KEY) or "")
    return named.removeprefix(_NAME) or None if named.startswith(_NAME) else None


@contextlib.contextmanager
def serving(database: Database, wait_seconds: float = 0.0) -> Iterator[ServingRight]:
    """Holds the right to serve the database.

    Args:
        database: What is served.
        wait_seconds: How long to wait for another process to give it up.

    Raises:
        PipelineError: Another process serves it.
        StorageError: It cannot be reached.
    """
    with translated():
        right = ServingRight(database, _connected(database))
    try:
        _take(right, time.monotonic() + wait_seconds)
        yield right
    finally:
        with contextlib.suppress(sa.exc.SQLAlchemyError):
            # Closed for good: back in the pool it would keep the lock.
            right.connection.invalidate()
            right.connection.close()


def _take(right: ServingRight, deadline: float) -> None:
    while True:
        try:
            right.keep()
        except StorageError:
            raise
        except PipelineError:
            if time.monotonic() >= deadline:
                raise
        else:
            return
        time.sleep(POLL_SECONDS)


def _connected(database: Database) -> sa.Connection:
    return database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
