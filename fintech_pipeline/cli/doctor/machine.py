"""The machine: its Python, its disk, its clock."""

import shutil
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from fintech_pipeline.cli.doctor.findings import Finding, State
from fintech_pipeline.clock import Clock
from fintech_pipeline.probes import Heard
from fintech_pipeline.settings import Settings
from fintech_pipeline.storage.database import Database, instant

LEAST_FREE_GIB = 1.0
FORGIVEN = timedelta(seconds=5)
"""How far a clock may be off: bars are asked for two minutes after their half hour."""


def python() -> Finding:
    """The interpreter."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", _state(sys.version_info >= (3, 11)), version)


def disk(settings: Settings) -> Finding:
    """The room where the embedded database is."""
    folder = settings.database_folder
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 2**30
    return Finding("disk", _state(free >= LEAST_FREE_GIB), f"{free:.1f} GiB free at {folder}")


def database_clock(database: Database, clock: Clock) -> Heard:
    """What the database's clock says of ours.

    Raises:
        StorageError: The database is away.
    """
    with database.transaction() as connection:
        began_at = clock()
        theirs: datetime = connection.execute(
            sa.select(sa.func.clock_timestamp(type_=instant))
        ).scalar_one()
        took = clock() - began_at
    return Heard("the database", began_at + took / 2 - theirs, took / 2)


def clock_by(heard: Sequence[Heard]) -> Finding:
    """Whether our clock is right, by all who told theirs."""
    wrong = [one for one in heard if abs(one.ahead) - one.unsure > FORGIVEN]
    if not wrong:
        names = " and ".join(one.vendor for one in heard)
        seconds = max(abs(one.ahead) for one in heard).total_seconds()
        return Finding("clock", State.OK, f"right to {seconds:.1f} s, by {names}")
    worst = max(wrong, key=lambda one: abs(one.ahead))
    seconds, side = (
        abs(worst.ahead).total_seconds(),
        "ahead of" if worst.ahead > timedelta(0) else "behind",
    )
    told = (
        f"this machine's is {seconds:,.0f} s {side} that of {worst.vendor}; slots, and from when a"
        " row may be used, are counted by it: set it, best by NTP."
    )
    return Finding("clock", State.FAIL, told)


def _state(healthy: bool) -> State:
    return State.OK if healthy else State.FAIL
