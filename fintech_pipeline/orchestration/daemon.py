"""The one daemon of a cluster: `python -m fintech_pipeline.orchestration.daemon WORKSPACE_FILE`.

It is Dagster's own daemon, in a process that holds the right to serve the database. Kubernetes may
start a second pod while the first goes on, on a node that it has lost sight of, and somebody may
run `fintech up` on the same database: two daemons would corrupt each other's work.
"""

import itertools
import os
import signal
import socket
import sys
import threading
import time

import dagster as dg
from dagster._daemon.cli import run_command

from fintech_pipeline.clock import utc_now
from fintech_pipeline.composition import prepare
from fintech_pipeline.errors import PipelineError, StorageError
from fintech_pipeline.orchestration.leftovers import delete_leftover_jobs
from fintech_pipeline.orchestration.serving import ServingRight, serving
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import open_database

WAIT_SECONDS = 120.0
"""How long a predecessor may take to end; the server notices after a minute that it vanished."""
LOOK_SECONDS = 2.0
"""How long two daemons may serve at most, should the right have been lost."""
TIDY_TURNS = 6
"""Leftovers are looked for every so many looks."""


def main(workspace: str) -> None:
    """Serves until SIGTERM, or until another process has the right to.

    Args:
        workspace: The file that names the code location.

    Raises:
        PipelineError: Another process serves the database, or it can't be reached.
    """
    # The first process of a container ignores what it has no handler for; Dagster's comes later.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    settings = load_settings()
    database = open_database(settings.database, settings.database_folder)
    try:
        prepare(settings, database)
        with serving(database, WAIT_SECONDS) as right:
            right.announce(f"pod {socket.gethostname()}")
            threading.Thread(target=guarded, args=(right,), daemon=True).start()
            run_command.main(
                ["--workspace", workspace, "--log-format", "json"], standalone_mode=False
            )
    finally:
        database.close()


def guarded(right: ServingRight) -> None:
    """Looks after the right; without that, for whatever reason, the process ends.

    Kubernetes starts it again, and it waits for the right.
    """
    try:
        look_after(right)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def look_after(right: ServingRight) -> None:
    """Keeps the right and deletes Jobs that nobody waits for, until the right is lost."""
    instance: dg.DagsterInstance | None = None
    for turn in itertools.count():
        time.sleep(LOOK_SECONDS)
        try:
            right.keep()
            if turn % TIDY_TURNS == 0:
                instance = _tidied(instance)
        except StorageError as error:
            print(f"Looked for the right to serve in vain: {error}", file=sys.stderr, flush=True)
        except PipelineError as error:
            print(error, file=sys.stderr, flush=True)
            return


def _tidied(instance: dg.DagsterInstance | None) -> dg.DagsterInstance | None:
    """Deletes leftovers; gives the instance back, opened where it was not yet."""
    try:
        instance = instance or dg.DagsterInstance.get()
        for name in delete_leftover_jobs(instance, utc_now()):
            print(f"Deleted the Job {name}: its run had ended.", flush=True)
    # A proxy's page in place of an answer must not end the watch.
    except Exception as error:  # noqa: BLE001  # whatever it is, it is told
        told = str(error).partition("\n")[0] or type(error).__name__
        print(f"Looked for leftovers in vain: {told}", file=sys.stderr, flush=True)
    return instance


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except PipelineError as failure:
        sys.exit(f"Error: {failure}")
