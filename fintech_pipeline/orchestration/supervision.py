"""A guardian process: runs a command, and ends all it started when its parent is gone.

Run as `python -m fintech_pipeline.orchestration.supervision COMMAND …` in a session of its own,
with its standard input a pipe from the parent. The pipe closes when the parent ends, however it
ends, kill -9 included; that works on every Unix, where a parent-death signal is Linux only.

Everything started carries a mark in its environment, so that it is found whoever its parent is by
now: a webserver whose `dagster dev` was killed, a run's worker whose code server is gone.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

MARK = "FINTECH_SUPERVISED"
"""The environment variable that every supervised process inherits."""
GRACE_SECONDS = 10.0
"""How long the command may take to end after an interrupt."""
TERMINATE_SECONDS = 3.0
KILL_SECONDS = 5.0
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Supervised:
    """A command that runs until `stop`, or until this process ends."""

    guardian: subprocess.Popen[bytes]
    mark: str

    def ended(self) -> bool:
        """Whether the command has ended by itself, or its guardian was killed."""
        return self.guardian.poll() is not None

    def runs(self, *words: str) -> bool:
        """Whether one of its processes has all these words in its command."""
        for process in _family(self.mark):
            with contextlib.suppress(psutil.Error):
                if set(words) <= set(process.cmdline()):
                    return True
        return False

    def listens(self, port: int) -> bool:
        """Whether one of its processes listens on the TCP port."""
        for process in _family(self.mark):
            with contextlib.suppress(psutil.Error):
                for one in process.net_connections("tcp"):
                    if one.status == psutil.CONN_LISTEN and one.laddr.port == port:
                        return True
        return False

    def stop(self) -> None:
        """Ends the command and everything it started, and waits until it is gone."""
        if self.guardian.stdin is not None:
            self.guardian.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.guardian.wait(GRACE_SECONDS + TERMINATE_SECONDS + KILL_SECONDS)
        # Nothing is left, unless the guardian itself was killed.
        end_family(self.mark, 0.0)


def supervise(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, log: IO[bytes], mark: str
) -> Supervised:
    """Starts the command under a guardian.

    Args:
        command: What to run.
        environment: Its environment.
        folder: Its working directory.
        log: Where its output goes.
        mark: What to know its processes by; the caller makes sure that nobody else uses it.
    """
    guardian = subprocess.Popen(  # noqa: S603  # our own interpreter and a command of ours
        [sys.executable, "-m", "fintech_pipeline.orchestration.supervision", *command],
        env={**environment, MARK: mark},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    return Supervised(guardian, mark)


def end_family(mark: str, patience_seconds: float) -> None:
    """Makes sure that no process with the mark lives, apart from this one.

    Args:
        mark: What their environment says.
        patience_seconds: How long they may take to end by themselves.
    """
    for number, seconds in (
        (0, patience_seconds),  # says nothing
        (signal.SIGTERM, TERMINATE_SECONDS),
        (signal.SIGKILL, KILL_SECONDS),
    ):
        deadline = time.monotonic() + seconds
        alive = _family(mark)
        for process in alive:
            with contextlib.suppress(psutil.Error):
                process.send_signal(number)
        # Asked again, not waited for: others are found too, and a zombie is nobody.
        while alive and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            alive = _family(mark)
        if not alive:
            return


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
            if selector.select(timeout=POLL_SECONDS):
                stopped.set()
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE_SECONDS)
    end_family(os.environ[MARK], 0.0)
    return child.wait()


def _family(mark: str) -> list[psutil.Process]:
    """The living processes with the mark, apart from this one."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                found.append(process)
    return found


if __name__ == "__main__":
    sys.exit(guard(sys.argv[1:]))
