"""A PostgreSQL 15 of Debian's beside the embedded 18, and databases of one's own on either."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg
import pytest

from fintech_pipeline.storage.database import Database, connect
from fintech_pipeline.storage.schema import migrate

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
START_SECONDS = 30.0
# The shell stops the server when its standard input ends, so that it never outlives the tests.
WATCHED = '"$@" & read -r _; kill -INT $!; wait $!'
ACCESS = "local all locked scram-sha-256\nlocal all,replication all trust\n"


class Server(Protocol):
    """A running Postgres."""

    def url(self, database: str = "postgres") -> str:
        """The libpq address of one of its databases."""
        ...


@dataclass(frozen=True)
class DebianServer:
    """A server on a socket in a folder; it listens on no port."""

    folder: Path

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"


@pytest.fixture(scope="session")
def postgres_15() -> Iterator[Server]:
    """Debian's PostgreSQL 15, in a folder of its own; the role `locked` needs a password."""
    if not PROGRAMS.is_dir():
        pytest.skip("needs PostgreSQL 15 (Debian's postgresql-15), which .ci/run installs")
    folder = Path(tempfile.mkdtemp(prefix="fintech-postgres-15-"))
    try:
        with _running(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def _running(folder: Path) -> Iterator[Server]:
    initialise = ["initdb", "-U", "postgres", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"]
    make_data(folder, initialise)
    (folder / "data" / "pg_hba.conf").write_text(ACCESS)
    with started(folder) as server:
        yield server


def make_data(folder: Path, command: Sequence[str]) -> None:
    """Has one of Debian's programs fill the folder's `data`."""
    account = _account()
    if account:
        shutil.chown(folder, account, account)
    subprocess.run(
        [str(PROGRAMS / command[0]), "-D", str(folder / "data"), *command[1:]],
        check=True,
        capture_output=True,
        cwd=folder,
        user=account,
        group=account,
        extra_groups=[] if account else None,
    )


def _account() -> str | None:
    return "postgres" if os.geteuid() == 0 else None  # Postgres refuses to run as root


@contextlib.contextmanager
def started(folder: Path) -> Iterator[DebianServer]:
    """A server on the folder's `data`, until the end."""
    account, data = _account(), folder / "data"
    options = ["-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["/bin/sh", "-c", WATCHED, "sh", *map(str, [PROGRAMS / "postgres", "-D", data])]
            + [str(option) for option in options],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=folder,
            user=account,
            group=account,
            extra_groups=[] if account else None,
            start_new_session=True,
        )
    with process:  # leaving it closes the standard input, and waits
        server = DebianServer(folder)
        _wait_for(server, folder / "log")
        yield server


def _wait_for(server: Server, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(server.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL 15 does not start: {log.read_text()}")
            time.sleep(0.05)
        else:
            return


@contextlib.contextmanager
def _own_database(server: Server, template: str = "template0") -> Iterator[Database]:
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    database = connect(server.url(name))
    yield database
    database.close()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def migrated_template_15(postgres_15: Server) -> str:
    """The name of a migrated database on the 15."""
    with psycopg.connect(postgres_15.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_fintech")
    database = connect(postgres_15.url("template_fintech"))
    migrate(database)
    database.close()
    return "template_fintech"


@pytest.fixture(params=["18", "15"], ids=["postgres-18", "postgres-15"])
def either_server(request: pytest.FixtureRequest) -> Server:
    """The embedded server, then Debian's."""
    server: Server = request.getfixturevalue("server" if request.param == "18" else "postgres_15")
    return server


@pytest.fixture
def empty_on_either(either_server: Server) -> Iterator[Database]:
    """A database with nothing in it, on each of the two servers."""
    with _own_database(either_server) as database:
        yield database


@pytest.fixture
def on_either(either_server: Server, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database on each of the two servers."""
    old = isinstance(either_server, DebianServer)
    template = request.getfixturevalue("migrated_template_15" if old else "migrated_template")
    with _own_database(either_server, template) as database:
        yield database
