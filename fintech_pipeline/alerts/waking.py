"""Being told at once that a message waits: LISTEN on a connection of its own."""

from collections.abc import Callable
from threading import Event

import psycopg
import sqlalchemy as sa

from fintech_pipeline.storage.database import CONNECT_TIMEOUT_SECONDS, KEEPALIVES

NOTIFIED = "fintech_deliveries"
"""What a deliverer listens to; a transaction that plans a message notifies it."""
WAKE = sa.text(f"NOTIFY {NOTIFIED}")
LOOK_SECONDS = 1.0
"""How often a listener looks whether it shall end."""
AGAIN_SECONDS = 1.0


def listen(url: str, wake: Callable[[], None], stopped: Event) -> None:
    """Calls `wake` whenever messages were planned, until `stopped` is set; then it returns.

    What was notified while there was no connection is never told: after each new one it wakes too.
    Who must not miss anything looks by itself now and then; a failure is not told here, because
    that look fails too.

    Args:
        url: The database's libpq address.
        wake: What is called; from this thread, and quick.
        stopped: When to end.
    """
    while not stopped.is_set():
        try:
            with psycopg.connect(
                url,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                options=KEEPALIVES,
                application_name="fintech deliver",
            ) as connection:
                connection.execute(f"LISTEN {NOTIFIED}".encode())
                wake()
                _hear(connection, wake, stopped)
        except psycopg.Error:
            stopped.wait(AGAIN_SECONDS)


def _hear(connection: psycopg.Connection, wake: Callable[[], None], stopped: Event) -> None:
    while not stopped.is_set():
        for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
            wake()
