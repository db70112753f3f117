"""A PostgreSQL 15 of Debian's beside the embedded 18, and databases of one's own on either."""

import contextlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fintech_pipeline.storage.database import Database, connect
from fintech_pipeline.storage.schema import migrate
from tests.storage.servers import PROGRAMS, DebianServer, Server, running


@pytest.fixture(scope="session")
def postgres_15() -> Iterator[Server]:
    """Debian's PostgreSQL 15, in a folder of its own; the role `locked` needs a password."""
    if not PROGRAMS.is_dir():
        pytest.skip("needs PostgreSQL 15 (Debian's postgresql-15), which .ci/run installs")
    folder = Path(tempfile.mkdtemp(prefix="fintech-postgres-15-"))
    try:
        with running(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def own_database(server: Server, template: str = "template0") -> Iterator[Database]:
    """A new database on a server, dropped afterwards."""
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
    with own_database(either_server) as database:
        yield database


@pytest.fixture
def on_either(either_server: Server, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database on each of the two servers."""
    old = isinstance(either_server, DebianServer)
    template = request.getfixturevalue("migrated_template_15" if old else "migrated_template")
    with own_database(either_server, template) as database:
        yield database
