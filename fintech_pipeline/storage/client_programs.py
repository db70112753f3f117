"""Postgres's own programs: those of the wheel, or the machine's where these were left out."""

import os
import shutil
import subprocess

import psycopg

from fintech_pipeline.errors import ConfigurationError, StorageError
from fintech_pipeline.storage.embedded_cluster import programs


def run(url: str, program: str, *arguments: str, told: str = "") -> str:
    """What one of Postgres's own programs answers.

    It hears the address by its environment, unseen by others.

    Args:
        url: The libpq address of the database it works on.
        program: Its name, such as `pg_dump`.
        arguments: Its arguments.
        told: What it is given to read.

    Raises:
        ConfigurationError: The program is not on this machine.
        StorageError: It failed; its first words are told.
    """
    parts = psycopg.pq.Conninfo.parse(url.encode())
    address = {
        one.envvar.decode(): one.val.decode() for one in parts if one.envvar and one.val is not None
    }
    done = subprocess.run(  # noqa: S603  # a program of our own, with no word of a stranger's
        [_found(program), *arguments],
        env={**os.environ, **address, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        input=told,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise StorageError(f"{program} failed: {said[0].removeprefix(f'{program}: error: ')}.")
    return done.stdout


def _found(program: str) -> str:
    """The program that comes with the package, or the machine's where that was left out."""
    try:
        return str(programs() / program)
    except ConfigurationError:
        found = shutil.which(program)
    if found is None:
        raise ConfigurationError(
            f"{program} is not here; install PostgreSQL's client programs, none older than the "
            "server."
        )
    return found
