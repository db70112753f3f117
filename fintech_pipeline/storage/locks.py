"""Advisory locks: at most one run works on an asset's day.

They belong to a connection, so Postgres drops them when the process dies, however it dies; that of
a machine that vanished is noticed after a minute (`database.connect` asks for keepalives).
"""

import contextlib
import hashlib
import time
from collections.abc import Iterator, Sequence
from datetime import date

import sqlalchemy as sa

from fintech_pipeline.errors import StorageError
from fintech_pipeline.storage.database import Database, translated

POLL_SECONDS = 0.1


@contextlib.contextmanager
def locked(
    database: Database, asset: str, days: Sequence[date], wait_seconds: float
) -> Iterator[sa.Connection]:
    """Holds the asset's lock for each of the days.

    Days are taken in order, so that two runs that overlap never wait for each other in a circle.

    Args:
        database: Where the lock lives.
        asset: The asset's name.
        days: The UTC days worked on.
        wait_seconds: How long to wait for another run before giving up.

    Returns:
        The connection that holds them, in no transaction. What is written through it is written
        while they are held: a server that went away took the locks and this connection along.

    Raises:
        StorageError: Another run held one of the days for all that time.
    """
    with translated(), database.engine.connect() as connection:
        try:
            for day in sorted(days):
                _take(connection, asset, day, time.monotonic() + wait_seconds)
            yield connection
        finally:
            if not connection.invalidated and not connection.closed:
                try:
                    connection.rollback()
                    connection.execute(sa.text("SELECT pg_advisory_unlock_all()"))
                    connection.commit()
                except sa.exc.DBAPIError:
                    # Back in the pool it would keep the days.
                    connection.invalidate()


def _take(connection: sa.Connection, asset: str, day: date, deadline: float) -> None:
    key = int.from_bytes(hashlib.sha256(asset.encode()).digest()[:4], "big", signed=True)
    query = sa.text("SELECT pg_try_advisory_lock(:asset, :day)")
    while True:
        # A lock of the session outlives the transaction that took it.
        with connection.begin():
            if connection.scalar(query, {"asset": key, "day": day.toordinal()}):
                return
        if time.monotonic() >= deadline:
            raise StorageError(
                f"Another run is working on {asset} of {day} and did not end in time; nothing was "
                "changed. Try again when it is done."
            )
        time.sleep(POLL_SECONDS)
