"""The one way to the database: connections, transactions, Arrow reads, and translated errors.

Every foreign database error becomes a `StorageError` here, a sentence without a secret.
"""

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString

import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pyarrow as pa
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.pool import QueuePool

from fintech_pipeline.errors import ConfigurationError, StorageError, TookTooLong, Unreachable
from fintech_pipeline.settings import DatabaseSettings
from fintech_pipeline.storage.embedded import EmbeddedServer

SCHEMA = "fintech"
DAGSTER_SCHEMA = "dagster"
CONNECT_TIMEOUT_SECONDS = 10
POLL_SECONDS = 1.0
SILENT_MILLISECONDS = 30_000
"""How long what we sent may go unconfirmed; a vanished server is noticed before it forgets us."""
NO_ADDRESS = (
    "DATABASE_URL is not the address of a database, such as "
    "postgresql://user:password@host:5432/name; special characters in the password are "
    "written as %40 and the like."
)
KEEPALIVES = "-ctcp_keepalives_idle=30 -ctcp_keepalives_interval=10 -ctcp_keepalives_count=3"
"""How the server notices that our machine vanished; by default it holds our locks for two hours."""
PATIENCE = "-clock_timeout=300s"
"""Who holds what a statement needs for longer than this has gone wrong: nobody waits for ever."""
RANDOM_PAGE_COST = 1.1
"""Of memory and solid-state disks. With Postgres's own 4, of spinning ones, a week's news is found
by reading all news there ever was."""

metadata = sa.MetaData(
    schema=SCHEMA,
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)
"""Every table of the schema `fintech`; each slice adds its own, beside its store."""

instant = sa.DateTime(timezone=True)
"""The type of every column that ends in `_at`."""

LOST = ("server closed the connection", "the connection is lost")
"""What libpq says of a server that went away, and what psycopg says of it during a COPY."""


@dataclass(frozen=True)
class Database:
    """One Postgres, reachable.

    Attributes:
        engine: SQLAlchemy over psycopg 3, pooled.
        readers: Connections of ADBC, pooled, since each new one asks for all types first.
        url: The libpq address, with its password; never printed.
        server: The lease on the embedded server, None for another Postgres.
    """

    engine: sa.Engine
    readers: QueuePool = field(repr=False)
    url: str = field(repr=False)
    server: EmbeddedServer | None = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A connection in one transaction: all of it is written or nothing.

        Raises:
            StorageError: The database refused, cannot be reached or is full.
        """
        with translated(), self.engine.begin() as connection:
            yield connection

    def arrow(self, query: LiteralString, values: Mapping[str, object] | None = None) -> pa.Table:
        """The rows of a query as an Arrow table, `{name}` replaced by the safely quoted values.

        Raises:
            StorageError: The database refused or cannot be reached.
        """
        literals = {name: sql.Literal(value) for name, value in (values or {}).items()}
        with translated():
            statement = sql.SQL(query).format(**literals).as_string()
            with contextlib.closing(self.readers.connect()) as connection:
                cursor: adbc.Cursor = connection.cursor()
                try:
                    with cursor:
                        cursor.execute(statement)
                        rows: pa.Table = cursor.fetch_arrow_table()
                        return rows
                except adbc.Error:
                    connection.invalidate()
                    raise

    def close(self) -> None:
        """Closes every connection and gives the embedded server back."""
        self.engine.dispose()
        self.readers.dispose()
        if self.server is not None:
            self.server.release()


def open_database(settings: DatabaseSettings, folder: Path) -> Database:
    """Connects to the configured database; starts the embedded server where none is named.

    Args:
        settings: Where the database is.
        folder: The embedded server's folder.

    Raises:
        StorageError: It cannot be reached or started.
    """
    if settings.url is not None:
        return connect(settings.url)
    server = EmbeddedServer.acquire(folder)
    return connect(server.url(), server)


def connect(url: str, server: EmbeddedServer | None = None) -> Database:
    """A database at a libpq address, not yet contacted.

    Raises:
        ConfigurationError: It is no such address.
    """
    # libpq ends a password at the first @ and would show the rest of it as the host.
    if url.partition("?")[0].count("@") > 1:
        raise ConfigurationError(NO_ADDRESS)
    try:
        address = sa.make_url(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url))
    except (sa.exc.ArgumentError, ValueError):
        # The reason may quote a part of the password.
        raise ConfigurationError(NO_ADDRESS) from None
    engine = sa.create_engine(
        address,
        poolclass=QueuePool,
        pool_size=5,
        max_overflow=5,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "tcp_user_timeout": SILENT_MILLISECONDS,
            "options": f"-ctimezone=UTC -cdatestyle=ISO {KEEPALIVES} {PATIENCE} "
            f"-crandom_page_cost={RANDOM_PAGE_COST}",
            "application_name": "fintech",
        },
    )
    readers = QueuePool(lambda: _reader(url), pool_size=2)
    sa.event.listen(readers, "checkout", _ping)
    return Database(engine, readers, url, server)


def _reader(url: str) -> adbc.Connection:
    """A connection of ADBC, which plans as those of the engine do."""
    connection = adbc.connect(url)
    with connection.cursor() as cursor:
        cursor.execute(f"SET random_page_cost = {RANDOM_PAGE_COST}")
    connection.commit()
    return connection


def _ping(connection: adbc.Connection, *_: object) -> None:
    """Makes the pool connect anew in place of a connection that a restart ended."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except adbc.Error as error:
        raise sa.exc.DisconnectionError from error


def await_reachable(
    database: Database, patience_seconds: float, tell: Callable[[str], None] = lambda _: None
) -> None:
    """Returns as soon as the database answers; one that starts beside us needs a while.

    Args:
        database: What is waited for.
        patience_seconds: How long.
        tell: Is given each new reason why it does not answer yet.

    Raises:
        Unreachable: It has not in all that time.
        StorageError: It answered, and refused.
    """
    deadline, reason = time.monotonic() + patience_seconds, ""
    while True:
        try:
            with translated(), database.engine.connect():
                return
        except Unreachable as error:
            if time.monotonic() >= deadline:
                raise
            if str(error) != reason:
                reason = str(error)
                tell(reason)
        time.sleep(POLL_SECONDS)


def dagster_url(url: str) -> str:
    """The same database for Dagster: the psycopg2 driver, and Dagster's own schema."""
    address = re.sub(r"^postgres(ql)?://", "postgresql+psycopg2://", url)
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}options=-csearch_path%3D{DAGSTER_SCHEMA}"


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turns every error of the database's drivers into a `StorageError`."""
    try:
        yield
    except (sa.exc.SQLAlchemyError, psycopg.Error, adbc.Error) as error:
        raise _translation(error) from error


def _translation(error: Exception) -> StorageError:
    origin = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error
    # psycopg 2, which Dagster uses, has another name for it.
    state = getattr(origin, "sqlstate", None) or getattr(origin, "pgcode", None) or ""
    detail = _first_line(origin)
    if state == "57014":
        return TookTooLong("The database was at this for longer than it may; ask for less.")
    told = _sentence(state, detail)
    unreachable = (sa.exc.OperationalError, psycopg.OperationalError, adbc.OperationalError)
    if told is None and isinstance(error, unreachable) and not state:
        return Unreachable(
            f"The database can't be reached: {detail}. Start it, or check DATABASE_URL; nothing "
            "more was written."
        )
    return StorageError(told or f"The database refused: {detail}.")


def _sentence(state: str, detail: str) -> str | None:
    """What an SQLSTATE or libpq's own words mean, where they mean something of their own."""
    if state == "53100" or "No space left on device" in detail:
        return (
            "The database's disk is full; nothing of this step was written. Free space and run it "
            "again."
        )
    if state in {"57P01", "57P02", "57P03", "08006"} or any(words in detail for words in LOST):
        return (
            "The database went away in the middle; what was committed is kept, nothing else was "
            "written. Run it again."
        )
    if state == "55P03":
        return (
            "Another run has been writing the same for five minutes; nothing of this step was "
            "written. Run it again."
        )
    if state.startswith("28") or "password authentication failed" in detail:
        return f"The database refused the login: {detail}. Check DATABASE_URL."
    if re.search(r'(database|role) ".*" does not exist', detail):
        return f"The database server answers, but has no such place: {detail}. Check DATABASE_URL."
    if state in {"42P01", "3F000"}:
        return "The database is not set up; run `fintech db migrate` first."
    return None


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or ["no reason"]
    return re.sub(r"://\S*@", "://***@", lines[0]).rstrip(".")
