"""Where scenarios of alerts take place: a database, two peers, and processes that die."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
import sqlalchemy as sa

from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.embedded import EmbeddedServer
from fintech_pipeline.storage.schema import migrate
from tests.faults.alert_judge import LOG
from tests.faults.alert_work import (
    PATIENCE_SECONDS,
    Order,
)
from tests.faults.mail_peer import MailPeer, taking_mail
from tests.vendors.standin import standing_in
from tests.vendors.twilio_standin import TwilioStandIn

PROJECT = Path(__file__).parents[2]
TEMPLATE = "template_alerts"
END_SECONDS = 30.0


class Nursery:
    """The process from which those that die are forked, a few milliseconds each."""

    def __init__(self, said: Path) -> None:
        self._said, self._read = said, 0
        with said.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.alert_work"],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )
        assert self._line() == "ready", self.said()

    def start(self, order: Order) -> int:
        """Forks a process that does the order; its number."""
        assert self._process.stdin is not None
        print(order.line(), file=self._process.stdin, flush=True)
        return int(self._line())

    def said(self) -> str:
        """What they said since they were asked last; nothing but bugs."""
        whole = self._said.read_text("utf-8")
        fresh, self._read = whole[self._read :], len(whole)
        return fresh

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(END_SECONDS)
        self._process.stdout.close()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def ended(number: int) -> None:
    """Waits for the end of a process that was forked; one that hangs is a failure."""
    deadline = time.monotonic() + END_SECONDS
    while psutil.pid_exists(number):
        assert time.monotonic() < deadline, f"process {number} still works"
        time.sleep(0.002)


@dataclass
class World:
    """What scenarios share: a database server, its prepared database, the peers, the nursery."""

    folder: Path
    mail: MailPeer
    sms: TwilioStandIn
    nursery: Nursery
    leases: contextlib.ExitStack
    server: EmbeddedServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = self.up()
        for setting in ("fsync", "full_page_writes"):
            self.do(f"ALTER SYSTEM SET {setting} = off")
        self.do("SELECT pg_reload_conf()")
        self.do(f"CREATE DATABASE {TEMPLATE}")
        database = connect(self.server.url(TEMPLATE))
        migrate(database)
        with database.transaction() as connection:
            connection.execute(sa.text(LOG))
        database.close()

    def up(self) -> EmbeddedServer:
        """The server, started where it does not run."""
        return self.leases.enter_context(EmbeddedServer.acquire(self.folder))

    def do(self, statement: str) -> None:
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextlib.contextmanager
    def copied(self, name: str) -> Iterator[str]:
        """The address of a fresh database, dropped at the end."""
        self.do(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        try:
            yield self.server.url(name)
        finally:
            self.do(f"DROP DATABASE {name} WITH (FORCE)")

    def kill(self) -> None:
        """Kills the server and starts it again."""
        postmaster = int((self.folder / "pg18" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        deadline = time.monotonic() + END_SECONDS
        while psutil.pid_exists(postmaster):
            if psutil.Process(postmaster).status() == psutil.STATUS_ZOMBIE:
                break
            assert time.monotonic() < deadline, "the server still lives"
            time.sleep(0.01)
        self.up()


@contextlib.contextmanager
def made_world(folder: Path) -> Iterator[World]:
    """A world in a folder, gone at the end."""
    sms = TwilioStandIn()
    with (
        # Not below pytest's own folder, for the reason that stands at the fixture `server`.
        tempfile.TemporaryDirectory(prefix="fintech-tests-") as server,
        contextlib.ExitStack() as leases,
        taking_mail(PATIENCE_SECONDS) as mail,
        standing_in(sms) as sms.url,
    ):
        nursery = Nursery(folder / "said")
        try:
            yield World(Path(server), mail, sms, nursery, leases)
        finally:
            nursery.end()
