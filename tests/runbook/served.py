"""A whole watch by `fintech up`: a database and its replica, a broker, a mail server, people."""

import contextlib
import http.client
import json
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.events.rabbit import Rabbit
from tests.faults.conftest import CONFIGURATION, SYMBOLS, WATCHED, Drill, Served, free_port, serve
from tests.storage.servers import PROGRAMS, DebianServer, make_data, running, started
from tests.vendors.mail_server import Inbox

CONFIGURED = """
[events]
url = "{broker}"
[alerts]
group_wait_seconds = {wait}
[alerts.smtp]
host = "127.0.0.1"
port = {mail}
security = "none"
sender = "watch@example.org"
"""
WAIT_SECONDS = 20
"""How long messages wait for their siblings; none has left when `up` has only just come."""
READER, WRONG = "ada@example.org", "nobody@example.org"
RULES = """
[people.ada]
email = "{ada}"
[people.ben]
email = "{ben}"
[rules.any]
metric = "price_change_pct"
window = "2h"
above = -50
notify = ["ada", "ben"]
"""


@dataclass
class OnServers(Drill):
    """A folder with commands whose database is a server of its own, with a replica.

    Attributes:
        url: The database's address.
        replica_url: The replica's.
    """

    url: str = ""
    replica_url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Where both are."""
        addresses = {"DATABASE_URL": self.url, "DATABASE_REPLICA_URL": self.replica_url}
        return {**super().environment, **addresses}


@dataclass
class Watch:
    """What is served, and what it stands on.

    Attributes:
        drill: The folder, with commands on it.
        primary: The folder of the database's server.
        replica: The replica's.
        rabbit: The broker.
        inbox: Where mails arrive.
        leases: What ends with it.
        ui: Dagster's port.
        api: The API's.
    """

    drill: OnServers
    primary: Path
    replica: Path
    rabbit: Rabbit
    inbox: Inbox
    leases: contextlib.ExitStack
    ui: int = field(default_factory=free_port)
    api: int = field(default_factory=free_port)
    served: Served = field(init=False)
    _server: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def up(self) -> None:
        """Starts `fintech up`, and waits until it says what to open."""
        words = ("--port", str(self.ui), "--api-port", str(self.api), "--no-browser")
        self.served = serve(self.drill, *words)

    def down(self) -> None:
        """Ends it as Ctrl-C does."""
        self.served.command.signalled(signal.SIGINT)
        assert self.served.command.ended(60) == 0, self.served.command.said()

    def part(self, *words: str) -> psutil.Process:
        """The process of `up` whose command ends in the words, as its guardian's does, too."""
        family = psutil.Process(self.served.command.process.pid).children(recursive=True)
        found = [one for one in family if tuple(_words(one)[-len(words) :]) == words]
        assert found, [" ".join(_words(one)) for one in family]
        return found[-1]

    def daemon(self) -> psutil.Process:
        """Dagster's daemon."""
        family = psutil.Process(self.served.command.process.pid).children(recursive=True)
        (found,) = [one for one in family if "dagster._daemon" in _words(one)]
        return found

    @contextlib.contextmanager
    def database(self) -> Iterator[psycopg.Connection]:
        """A session of a person's in the database, with psql's rights and habits."""
        with psycopg.connect(
            self.drill.url, autocommit=True, application_name="psql", connect_timeout=10
        ) as connection:
            yield connection

    def start_database(self) -> None:
        """Starts the server."""
        self._server.enter_context(started(self.primary))

    def stop_database(self) -> None:
        """Stops it, as somebody does who restarts the machine."""
        self._server.close()

    def asked(self, path: str) -> tuple[int, Any]:
        """Status and document of an answer of the API."""
        connection = http.client.HTTPConnection("127.0.0.1", self.api, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")

    @contextlib.contextmanager
    def crowd(self, path: str, people: int = 3) -> Iterator[None]:
        """So many people who ask for a page again and again, meanwhile."""
        ended = threading.Event()

        def ask() -> None:
            while not ended.wait(0.15):
                with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                    self.asked(path)

        threads = [threading.Thread(target=ask, daemon=True) for _ in range(people)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join(35)

    def tell(self, ada: str, ben: str) -> None:
        """Two people at these addresses hear of whatever the next tick judges."""
        file = self.drill.folder / "rules.toml"
        file.write_text(RULES.format(ada=ada, ben=ben), "utf-8")
        self.drill.run("alerts", "apply", "-f", str(file))


def processes_of(folder: Path) -> list[psutil.Process]:
    """A server's processes, the first one before what it started."""
    pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    first = psutil.Process(pid)
    return [first, *first.children()]


def _words(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


@contextlib.contextmanager
def starved(watch: Watch, stopped_seconds: float) -> Iterator[None]:
    """The server that answers reads is on a machine that does nearly always something else."""
    ended = threading.Event()

    def starve() -> None:
        while not ended.wait(0.2):
            halted = processes_of(watch.replica)
            try:
                _signal(halted, signal.SIGSTOP)
                time.sleep(stopped_seconds)
            finally:
                _signal(halted, signal.SIGCONT)

    thread = threading.Thread(target=starve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(30)


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for one in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.send_signal(number)


@contextlib.contextmanager
def watch_in(folder: Path, rabbit: Rabbit, inbox: Inbox) -> Iterator[Watch]:
    """Such a watch; ended at the end."""
    if not PROGRAMS.is_dir():
        pytest.skip("needs PostgreSQL 15 (Debian's postgresql-15), which .ci/run installs")
    primary, replica = (Path(tempfile.mkdtemp(prefix="fintech-drill-")) for _ in range(2))
    with contextlib.ExitStack() as leases:
        for one in (primary, replica):
            leases.callback(shutil.rmtree, one)
        with running(primary) as server, psycopg.connect(server.url(), autocommit=True) as first:
            first.execute("CREATE DATABASE watch")
        drill = OnServers(
            folder,
            url=DebianServer(primary).url("watch"),
            replica_url=DebianServer(replica).url("watch"),
        )
        watched = "".join(WATCHED.format(symbol=symbol) for symbol in SYMBOLS)
        configured = CONFIGURED.format(broker=rabbit.url, mail=inbox.port, wait=WAIT_SECONDS)
        drill.config.write_text(CONFIGURATION + configured + watched, "utf-8")
        watch = Watch(drill, primary, replica, rabbit, inbox, leases)
        leases.callback(watch.stop_database)
        watch.start_database()
        copied = ["-h", str(primary), "-U", "postgres", "-R", "-X", "stream", "-c", "fast"]
        make_data(replica, ["pg_basebackup", *copied])
        leases.enter_context(started(replica))
        leases.callback(drill.end)
        drill.run("db", "migrate")
        # A first tick comes by itself as soon as `up` is there; the rules come before it.
        watch.tell(READER, WRONG)
        watch.up()
        yield watch
