"""A guardian process: runs a command, and ends it and all its children when its parent is gone.

Run as `python -m fintech_pipeline.orchestration.supervision COMMAND …` in a session of its own,
with its standard input a pipe from the parent. The pipe closes when the parent ends, however it
ends, kill -9 included; that works on every Unix, where a parent-death signal is Linux only.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

GRACE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Supervised:
    """A command that runs until `stop`, or until this process ends."""

    guardian: subprocess.Popen[bytes]

    def ended(self) -> bool:
        """Whether the command has ended by itself."""
        return self.guardian.poll() is not None

    def stop(self) -> None:
        """Ends the command and everything it started, and waits until it is gone."""
        if self.guardian.stdin is not None:
            self.guardian.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.guardian.wait(GRACE_SECONDS + 5)
        # Where the guardian itself was killed, its children still carry its number as their group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.guardian.pid, signal.SIGKILL)


def supervise(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, log: IO[bytes]
) -> Supervised:
    """Starts the command under a guardian.

    Args:
        command: What to run.
        environment: Its environment.
        folder: Its working directory.
        log: Where its output goes.
    """
    guardian = subprocess.Popen(  # noqa: S603  # our own interpreter and a command of ours
        [sys.executable, "-m", "fintech_pipeline.orchestration.supervision", *command],
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    return Supervised(guardian)


def guard(command: Sequence[str]) -> int:
    """Runs the command until it ends or standard input closes; returns its exit code."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  # what we were told
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        while child.poll() is None and not stopped.is_set():
            # Nothing is ever written to the pipe: readable means closed.
            if selector.select(timeout=0.5):
                stopped.set()
    _end(child)
    return child.returncode


def _end(child: subprocess.Popen[bytes]) -> None:
    family = [child.pid, *(p.pid for p in _descendants(child.pid))]
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE_SECONDS)
    processes = [psutil.Process(pid) for pid in family if psutil.pid_exists(pid)]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=3)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=3)
    child.wait(5)


def _descendants(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).children(recursive=True)
    return []


if __name__ == "__main__":
    sys.exit(guard(sys.argv[1:]))
