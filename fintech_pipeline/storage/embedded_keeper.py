"""Stops the embedded Postgres when the last process that needed it is gone, however it went.

Runs as a process of its own, `python -I -S embedded_keeper.py FOLDER SOCKETS DESCRIPTOR`, with
nothing but the standard library: it waits for months in a few megabytes, and an upgrade of the
packages under it does not matter. `embedded.py` starts it and shares these functions.

Five files of the folder are locked with `flock`, which the kernel drops when a process dies:

start.lock    exclusive   whoever starts or stops anything; always taken first
lease.lock    shared      every process that needs the server; tried exclusively (does anybody?)
                          only under start.lock, so the answer is final
wake.lock     shared      taken with each lease; the keeper sleeps until it can have it, gives it
                          back at once, and then asks lease.lock. It wakes, it decides nothing
keeper.lock   exclusive   the keeper, from birth: it inherits the locked descriptor
server.lock   exclusive   initdb, or the postmaster and all its children, from birth likewise

So "does it live?" is never asked of a process id, which may be stale or used again, but of a lock.
"""

import contextlib
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

if sys.platform != "win32":  # there, `embedded` refuses in a sentence before it comes here
    import fcntl

START, LEASE, WAKE, KEEPER, SERVER = (
    f"{name}.lock" for name in ("start", "lease", "wake", "keeper", "server")
)
CLUSTER = "pg18"
PORT = 5432
FAST_SECONDS = 10.0
"""How long a fast shutdown, which ends with a checkpoint, may take before an immediate one."""
GIVE_UP_SECONDS = 30.0
ORPHAN_SECONDS = 1.0
"""How long workers may take to notice by themselves that their postmaster was killed."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[int]:
    """A descriptor of a lock file for as long as the block runs; closing it drops its lock."""
    descriptor = open_file(path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_file(path: Path) -> int:
    """Opens a lock or the log, made where it is missing; what we start inherits it only if told."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    if os.geteuid() == 0:  # one `sudo` must not lock the folder's owner out
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


def share(descriptor: int) -> None:
    """Waits for a shared lock."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def take(descriptor: int) -> None:
    """Waits for an exclusive lock."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def drop(descriptor: int) -> None:
    """Gives a lock back and keeps the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def try_take(descriptor: int) -> bool:
    """Takes an exclusive lock if nobody else has any."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def postmaster(sockets: Path) -> int:
    """The process that listens on the socket, as the kernel knows it; 0 where none does.

    Only the postmaster keeps the listening socket open, so unlike the number in postmaster.pid
    this one is neither stale nor another program's.
    """
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(sockets / f".s.PGSQL.{PORT}"))
        except OSError:
            return 0
        if sys.platform == "darwin":
            peer = client.getsockopt(0, 2, 4)  # SOL_LOCAL, LOCAL_PEERPID; Python has no names
        else:
            peer = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int(struct.unpack_from("i", peer)[0])


def end_orphans(cluster: Path) -> None:
    """Kills the workers of a dead postmaster, which would work on and forbid a new one.

    A worker busy with a long query does not notice the death before its end. Found by working
    folder and title, which only Linux shows without more; elsewhere we wait for them.
    """
    workers = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.joinpath("cwd").readlink() == cluster:
                command = process.joinpath("cmdline").read_bytes()
                if b"\0-D\0" in command:
                    return  # a postmaster that does not listen yet
                if command.startswith(b"postgres:"):
                    workers.append(int(process.name))
    for worker in workers:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(worker, signal.SIGKILL)


def stop_server(folder: Path, sockets: Path) -> None:
    """Shuts the server down and waits until nothing of it lives; the caller holds start.lock.

    A server that was only just started is waited for until it listens, then shut down.
    """
    orders = [signal.SIGQUIT, signal.SIGINT]  # to be popped: fast, then immediate
    began = time.monotonic()
    with opened(folder / SERVER) as server:
        while not try_take(server) and (waited := time.monotonic() - began) < GIVE_UP_SECONDS:
            if len(orders) == 2 or (orders and waited > FAST_SECONDS):
                if (process := postmaster(sockets)) > 0:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, orders.pop())
                elif waited > ORPHAN_SECONDS:
                    end_orphans(folder / CLUSTER)
            time.sleep(0.005 if waited < ORPHAN_SECONDS else 0.1)
    if sockets.parent != folder:
        with contextlib.suppress(OSError):  # not empty: a killed server's socket, used again later
            sockets.rmdir()


def keep(folder: Path, sockets: Path, keeper: int) -> NoReturn:
    """Sleeps until no process holds a lease, stops the server, and ends.

    Args:
        folder: The server's folder.
        sockets: Where its socket is.
        keeper: The inherited descriptor of keeper.lock. It is closed under start.lock, so that
            nobody who starts anything takes a keeper that is about to end for a living one.
    """
    with opened(folder / START) as start, opened(folder / LEASE) as lease:
        while True:
            with opened(folder / WAKE) as wake:
                take(wake)
            take(start)
            if try_take(lease):
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(lease), (folder / LEASE).stat()):
                        stop_server(folder, sockets)  # else the folder was deleted, or made anew
                os.close(keeper)
                os._exit(0)  # at once: a release that returns now has left nothing behind
            drop(start)
            time.sleep(0.01)  # somebody came, or is just dying with his lease still open


if __name__ == "__main__":
    keep(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
