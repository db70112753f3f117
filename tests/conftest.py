"""What several kinds of test need: the real data, and a database of their own."""

import os
import re
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from fintech_pipeline.storage.database import Database, connect
from fintech_pipeline.storage.embedded import EmbeddedServer
from fintech_pipeline.storage.schema import migrate

PROJECT = Path(__file__).resolve().parents[1]
# How long an example takes says nothing on a machine that does other things beside.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real bars and headlines beside the checkout; it is never part of it."""
    folder = PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data, which is not here")
    return folder


@pytest.fixture(scope="session")
def built_dashboard() -> Path:
    """The folder of the built dashboard; of several workers one builds it, and the others wait.

    What is started afterwards finds the Node.js that built it, also where the machine's is too old.
    """
    command = [sys.executable, str(PROJECT / "deploy" / "dashboard.py"), sys.prefix]
    subprocess.run(command, check=True, timeout=900)
    said = subprocess.run([*command, "--node"], check=True, timeout=60, stdout=subprocess.PIPE)
    os.environ["PATH"] = os.pathsep.join([said.stdout.decode().strip(), os.environ["PATH"]])
    return PROJECT / "dashboard" / "dist"


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """One embedded Postgres for each worker.

    Not below pytest's own folder: as root the server runs under another account, and every new
    pytest session closes that folder to all others.
    """
    with (
        tempfile.TemporaryDirectory(prefix="fintech-tests-") as folder,
        EmbeddedServer.acquire(Path(folder)) as embedded,
    ):
        with psycopg.connect(embedded.url(), autocommit=True) as connection:
            # Nobody needs these databases after a power cut; what does has a server of its own.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")
        yield embedded


@pytest.fixture(scope="session")
def migrated_template(server: EmbeddedServer) -> str:
    """The name of a migrated database, copied for each test in a tenth of a second."""
    name = "template_fintech"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    database = connect(server.url(name))
    migrate(database)
    database.close()
    return name


@pytest.fixture
def database(server: EmbeddedServer, migrated_template: str) -> Iterator[Database]:
    """A migrated database for one test."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    opened = connect(server.url(name))
    yield opened
    opened.close()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Keeps the tests of a file that names an `xdist_group` on one worker, with all of that group.

    Any other test goes anywhere. What brings up whole systems shares a group: two of them at once
    are more than two cores start in time. xdist's own way to find the groups does nothing with
    pytest 9.2, without a word.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid.partition("::")[0]) or nodeid


@cache
def group_of(file: str) -> str | None:
    """The group that a file of tests names; read once for all of its tests."""
    group = re.search(r'xdist_group\("([^"]+)"\)', (PROJECT / file).read_text("utf-8"))
    return group[1] if group else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    return GroupScheduling(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skip is a failure, unless it is for want of the shared data."""
    report = yield
    if os.environ.get("CI") and report.skipped and "../shared/data" not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and CI skips nothing: {report.longrepr}"
    return report
