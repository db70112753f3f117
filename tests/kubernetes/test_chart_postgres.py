"""The chart's database, started by the chart's own script and commands on a real Postgres."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from fintech_pipeline.storage.embedded_account import server_owner
from fintech_pipeline.storage.embedded_cluster import programs
from tests.kubernetes.chart import Document, Helm, Rendered

PASSWORD = 'it\'s a \\ "pass$word"'  # noqa: S105  # with all that a shell and SQL could trip over
START_SECONDS = 30.0
SCRIPT = "/etc/postgres/initialise.sh"


@dataclass(frozen=True)
class Volume:
    """The claim and what is mounted, as folders of a container's own user."""

    folder: Path
    spec: Document

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def environment(self, password: str = PASSWORD) -> dict[str, str]:
        return {
            "PATH": f"{programs()}:/usr/bin:/bin",
            "PGDATA": str(self.data / "cluster"),
            "FINTECH_PASSWORD": password,
        }

    def start(self, command: list[str], password: str = PASSWORD) -> subprocess.Popen[bytes]:
        """Starts a container's command, its paths replaced by those of the folders."""
        owner = server_owner(self.data)
        user, group = owner or (None, None)
        paths = {
            SCRIPT: str(self.folder / "initialise.sh"),
            "=/tmp": f"={self.folder / 'tmp'}",
        }  # the container's
        for inside, outside in paths.items():
            command = [part.replace(inside, outside) for part in command]
        return subprocess.Popen(
            command,
            env=self.environment(password),
            cwd=self.folder,
            user=user,
            group=group,
            extra_groups=[] if owner else None,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def initialise(self, password: str = PASSWORD) -> None:
        """Runs the init container to its end."""
        (init,) = self.spec["initContainers"]
        assert self.start(init["command"], password).wait(60) == 0

    @contextlib.contextmanager
    def serving(self) -> Iterator[int]:
        """Runs the main container; gives the port it listens on."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (main,) = self.spec["containers"]
        listening = ["-c", f"port={port}", "-c", "listen_addresses=127.0.0.1"]
        server = self.start([*main["command"], *main["args"], *listening])
        try:
            yield port
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


@pytest.fixture
def volume(defaults: Rendered) -> Iterator[Volume]:
    folder = Path(tempfile.mkdtemp(prefix="fintech-chart-"))
    folder.chmod(0o755)
    owner = server_owner(folder / "none")
    spec = defaults.one("StatefulSet", "-postgres")["spec"]["template"]["spec"]
    (folder / "initialise.sh").write_text(defaults.data("-postgres", "initialise.sh"), "utf-8")
    for name in ("data", "tmp"):
        (folder / name).mkdir()
        if owner:
            os.chown(folder / name, *owner)
    yield Volume(folder, spec)
    shutil.rmtree(folder)


def connected(port: int, user: str, password: str) -> psycopg.Connection:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return psycopg.connect(
                host="127.0.0.1", port=port, user=user, password=password, dbname="fintech"
            )
        except psycopg.OperationalError as error:
            starting = ("refused", "starting up", "not yet accepting")  # it recovers
            if not any(word in str(error) for word in starting) or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def test_the_role_of_the_application_owns_its_database_and_is_no_superuser(volume: Volume) -> None:
    volume.initialise()
    with volume.serving() as port, connected(port, "fintech", PASSWORD) as connection:
        query = """
            SELECT rolsuper, rolcreaterole, rolcreatedb, pg_get_userbyid(datdba), pg_encoding_to_char(encoding)
            FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
        """  # noqa: E501
        assert connection.execute(query).fetchone() == (False, False, False, "fintech", "UTF8")
        connection.execute("CREATE SCHEMA fintech")
        assert connection.execute("SHOW max_connections").fetchone() == ("200",)


@pytest.mark.parametrize("password", ["", "two\nlines"])
def test_a_password_that_no_login_could_match_is_refused_and_leaves_nothing(
    volume: Volume, password: str
) -> None:
    (init,) = volume.spec["initContainers"]
    assert volume.start(init["command"], password).wait(60) == 1
    assert not (volume.data / "cluster").exists()


def test_nobody_gets_in_without_the_password_and_the_superuser_not_at_all(volume: Volume) -> None:
    volume.initialise()
    with volume.serving() as port:
        connected(port, "fintech", PASSWORD).close()
        for user, password in (("fintech", "wrong"), ("postgres", ""), ("postgres", PASSWORD)):
            with pytest.raises(psycopg.OperationalError, match=r"password|no password supplied"):
                connected(port, user, password)


def test_a_second_start_changes_nothing_not_even_with_another_password(volume: Volume) -> None:
    volume.initialise()
    with volume.serving() as port, connected(port, "fintech", PASSWORD) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    volume.initialise(password="another")  # noqa: S106
    with volume.serving() as port, connected(port, "fintech", PASSWORD) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


@pytest.mark.parametrize(
    "share", [0.7, *(pytest.param(share, marks=pytest.mark.slow) for share in (0.3, 0.95))]
)
def test_a_kill_in_the_middle_of_the_first_start_leaves_no_half(
    volume: Volume, share: float
) -> None:
    began = time.monotonic()
    volume.initialise()
    took = time.monotonic() - began
    shutil.rmtree(volume.data / "cluster")

    (init,) = volume.spec["initContainers"]
    begun = volume.start(init["command"])
    time.sleep(took * share)
    os.killpg(begun.pid, signal.SIGKILL)
    begun.wait()
    volume.initialise()
    with volume.serving() as port, connected(port, "fintech", PASSWORD) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("fintech",)


def test_a_kill_of_the_server_loses_nothing_that_was_committed(volume: Volume) -> None:
    volume.initialise()
    (main,) = volume.spec["containers"]
    with volume.serving() as port, connected(port, "fintech", PASSWORD) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        connection.commit()
        server = int((volume.data / "cluster" / "postmaster.pid").read_text().split()[0])
        os.killpg(server, signal.SIGKILL)
    volume.initialise()
    with volume.serving() as port, connected(port, "fintech", PASSWORD) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    assert main["lifecycle"]["preStop"]


def test_the_settings_of_the_values_are_those_of_the_server(helm: Helm, volume: Volume) -> None:
    changed = helm.render({"postgres": {"settings": {"work_mem": "12MB"}}})
    spec = changed.one("StatefulSet", "-postgres")["spec"]["template"]["spec"]
    volume.initialise()
    with (
        Volume(volume.folder, spec).serving() as port,
        connected(port, "fintech", PASSWORD) as connection,
    ):
        assert connection.execute("SHOW work_mem").fetchone() == ("12MB",)
        assert connection.execute("SHOW max_connections").fetchone() == ("200",)


def test_it_stops_at_once_by_the_command_that_kubernetes_gives_first(volume: Volume) -> None:
    volume.initialise()
    (main,) = volume.spec["containers"]
    with volume.serving() as port, connected(port, "fintech", PASSWORD):
        stop = volume.start(main["lifecycle"]["preStop"]["exec"]["command"])
        assert stop.wait(10) == 0
        deadline = time.monotonic() + 10
        while (volume.data / "cluster" / "postmaster.pid").exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
