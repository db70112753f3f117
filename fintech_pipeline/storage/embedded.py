"""A real PostgreSQL 18 in a folder, from the wheel's programs, shared by any number of processes.

While any process holds a lease the server runs; when the last lease is gone, by release, exit or
`kill -9`, it stops. Leases are kernel locks (`embedded_keeper` names them and their order), so
nothing that dies leaves a wrong note behind. A keeper process is started before the server, so a
server never runs unwatched; should the keeper be killed, the next `acquire` starts another, and
the last `release` needs none.

A fork without exec shares its parent's lease: it counts until both have ended or released it.
"""

import atexit
import contextlib
import errno
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from fintech_pipeline.errors import ConfigurationError, StorageError
from fintech_pipeline.storage import embedded_keeper as kernel
from fintech_pipeline.storage.embedded_cluster import DISK_FULL, ServerFolder

BUSY_SECONDS = 330.0
"""How long to wait for another process that starts or stops the server."""
RELEASE_SECONDS = 10.0
"""How long the last release waits for the end; then it leaves it to the keeper."""
KEEPERS = 3
"""How many to start: one that is just dying may still look alive the first time."""

_guard = threading.RLock()
if sys.platform != "win32":
    # No fork in the middle: the child would keep start.lock, and this very lock, for life.
    os.register_at_fork(
        before=_guard.acquire, after_in_parent=_guard.release, after_in_child=_guard.release
    )


class EmbeddedServer:
    """A lease on the server of a folder, given back by `release`, at exit, or by death."""

    def __init__(self, lease: "_Lease") -> None:
        self._lease = lease
        self._released = False

    @classmethod
    def acquire(cls, folder: Path) -> Self:
        """Makes sure that the folder's server runs, and keeps it running.

        Args:
            folder: Where the database lives; made where it is missing.

        Raises:
            ConfigurationError: The folder or this platform can't be used.
            StorageError: The server does not come up.
        """
        if sys.platform == "win32":
            raise ConfigurationError(
                "The embedded database needs Linux or macOS; use WSL, or set DATABASE_URL."
            )
        folder = folder.expanduser().resolve()
        with _guard, _sentences(folder):
            lease = _leases.get(folder) or _Lease(ServerFolder(folder))
            try:
                lease.ensure()
            except BaseException:
                lease.give_back()
                raise
            return cls(lease)

    def url(self, database: str = "postgres") -> str:
        """The libpq address of one of its databases."""
        return self._lease.home.url(database)

    def release(self) -> None:
        """Gives the lease back; the last one out stops the server before this returns."""
        with _guard:
            if not self._released:
                self._released = True
                self._lease.give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


@dataclass
class _Lease:
    """This process's one lease on a folder, counted: `flock` sets its own descriptors at odds."""

    home: ServerFolder
    handles: int = 0
    descriptors: list[int] = field(default_factory=list)

    def ensure(self) -> None:
        """Adds a handle, and makes sure that server and keeper live."""
        self.handles += 1
        _leases[self.home.path] = self
        self.home.make()
        with self._starting(BUSY_SECONDS):
            self.home.refuse_other_versions()
            if not self.descriptors:
                for name in (kernel.LEASE, kernel.WAKE):
                    self.descriptors.append(kernel.open_file(self.home.path / name))
                    kernel.share(self.descriptors[-1])
            since = self.home.log.stat().st_size
            for _ in range(KEEPERS):
                self._keeper_lives(start=True)
                self.home.bring_up()
                if self._keeper_lives(start=False):
                    return
            raise self.home.failure("loses its keeper", since)

    def give_back(self) -> None:
        """Takes a handle away; with the last one, the lease."""
        self.handles -= 1
        if self.handles == 0:
            self.end()

    def end(self) -> None:
        """Drops the lease; where it was the last, waits until server and keeper are gone."""
        _leases.pop(self.home.path, None)
        held, self.descriptors = bool(self.descriptors), self._close()
        deadline = time.monotonic() + RELEASE_SECONDS
        # Whatever stands in the way (a folder deleted meanwhile), the keeper has been woken.
        with contextlib.suppress(OSError, StorageError):
            while held and time.monotonic() < deadline:
                with self._starting(RELEASE_SECONDS):
                    if self._others() or self._stopped():
                        return
                time.sleep(0.002)  # lets the keeper have start.lock

    @contextlib.contextmanager
    def _starting(self, patience_seconds: float) -> Iterator[None]:
        """Holds start.lock: nobody else starts or stops anything."""
        deadline = time.monotonic() + patience_seconds
        with kernel.opened(self.home.path / kernel.START) as start:
            while not kernel.try_take(start):
                if time.monotonic() > deadline:
                    raise StorageError(
                        f"Another process has been starting or stopping the database in "
                        f"{self.home.path} for {patience_seconds:.0f} s; try again later, its log "
                        f"is {self.home.log}."
                    )
                time.sleep(0.005)
            yield

    def _keeper_lives(self, *, start: bool) -> bool:
        """Whether a keeper watches; if asked, one is started in place of none."""
        with kernel.opened(self.home.path / kernel.KEEPER) as keeper:
            if kernel.try_take(keeper):
                if start:
                    script = [sys.executable, "-I", "-S", str(Path(kernel.__file__).resolve())]
                    self.home.run(
                        [*script, str(self.home.path), str(self.home.sockets), str(keeper)], keeper
                    )
                return start
        return True

    def _close(self) -> list[int]:
        for descriptor in self.descriptors:
            os.close(descriptor)  # not unlocked: a fork may still hold the same lease
        return []

    def _others(self) -> bool:
        with kernel.opened(self.home.path / kernel.LEASE) as lease:
            return not kernel.try_take(lease)

    def _stopped(self) -> bool:
        kernel.stop_server(self.home.path, self.home.sockets)
        return not self._keeper_lives(start=False)


_leases: dict[Path, _Lease] = {}


@atexit.register
def _end_all() -> None:
    for lease in list(_leases.values()):
        lease.end()


@contextlib.contextmanager
def _sentences(folder: Path) -> Iterator[None]:
    """Turns what the operating system refuses into a sentence."""
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise ConfigurationError(
            f"The database needs a folder, and {error.filename} is a file; choose another."
        ) from error
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise ConfigurationError(
                f"The database cannot be kept in {folder}: {error.filename} may not be written; "
                f"choose another folder, or its owner's account."
            ) from error
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageError(DISK_FULL.format(folder=folder)) from error
        raise StorageError(f"The database in {folder} cannot be used: {error}.") from error
