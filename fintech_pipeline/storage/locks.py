"""Advisory locks: at most one run works on an asset's day.

They belong to a connection, so Postgres drops them when the process dies, however it dies.
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
) -> Iterator[None]:
    """Holds the asset's lock for each of the days.

    Days are taken in order, so that two runs that overlap never wait for each other in a circle.

    Args:
        database: Where the lock lives.
        asset: The asset's name.
        days: The UTC days worked on.
        wait_seconds: How long to wait for another run before giving up.

    Raises:
        StorageError: Another run held one of the days for all that time.
    """
    with translated(), database.engine.connect() as opened:
        connection = opened.execution_options(isolation_level="AUTOCOMMIT")
        try:
            for day in sorted(days):
                _take(connection, asset, day, time.monotonic() + wait_seconds)
            yield
        finally:
            if not connection.invalidated and not connection.closed:
                with contextlib.suppress(sa.exc.DBAPIError):
                    connection.execute(sa.text("SELECT pg_advisory_unlock_all()"))


def _take(connection: sa.Connection, asset: str, day: date, deadline: float) -> None:
    key = int.from_bytes(hashlib.sha256(asset.encode()).digest()[:4], "big", signed=True)
    query = sa.text("SELECT pg_try_advisory_lock(:asset, :day)")
    while not connection.scalar(query, {"asset": key, "day": day.toordinal()}):
        if time.monotonic() >= deadline:
            raise StorageError(
                f"Another run is working on {asset} of {day} and did not end in time; nothing was "
                "changed. Try again when it is done."
            )
        time.sleep(POLL_SECONDS)
