"""Servers of Debian's PostgreSQL 15, each on a socket in a folder of its own."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg
import pytest

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


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A new server in the folder, until the end."""
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
