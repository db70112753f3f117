"""Following the events of the database: one connection a process, to the primary server."""

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import psycopg

from fintech_pipeline.api.event_log import EventLog
from fintech_pipeline.storage.event_connection import READ_SECONDS, notified, open_follower
from fintech_pipeline.storage.event_reading import read_after, read_history, read_newest
from fintech_pipeline.storage.events import NOTIFIED

POLL_SECONDS = 2.0
"""How often it looks where nobody notifies."""
SOON_SECONDS, LATER_SECONDS = 0.02, 0.5
"""How soon it looks again while one who announces has not ended, at first and after a while."""
DELAYED_SECONDS = 5.0
"""So long one who announces may hold back what others announced before clients are told."""
AGAIN_SECONDS, MOST_SECONDS = 0.1, 5.0
"""How long after a failure it connects again, at first and after a while."""

log = logging.getLogger("fintech.stream")


@dataclass
class Follower:
    """Fills the log with what happens.

    Attributes:
        url: The primary server's libpq address.
        log: What is filled.
    """

    url: str = field(repr=False)
    log: EventLog

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follows in the background, until this ends."""
        task = asyncio.create_task(self._run(), name="events")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        pause = AGAIN_SECONDS
        while True:
            try:
                async with await self._connected() as connection:
                    await self._begin(connection)
                    pause = AGAIN_SECONDS
                    while True:
                        await self._look(connection)
            except (psycopg.Error, OSError, TimeoutError) as error:
                if not self.log.delayed:
                    # The reason may quote the address; its kind says enough.
                    log.warning("The events can't be followed: %s.", type(error).__name__)
                self.log.tell_delayed(True)
            except _SetBack:
                self.log.history = ""  # whatever it is called now, it is another one
                self.log.tell_delayed(True)
            except Exception:
                # Whatever it is, those who look at the page must not be left without news for ever.
                log.exception("Following the events failed; it begins again.")
                self.log.tell_delayed(True)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  # no secret
            pause = min(2 * pause, MOST_SECONDS)

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        async with asyncio.timeout(READ_SECONDS):
            return await open_follower(self.url, name="fintech events")

    async def _begin(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Listens, and goes on where it was; in a new history it begins with the newest events."""
        async with asyncio.timeout(READ_SECONDS):
            await connection.execute(f"LISTEN {NOTIFIED}")
            history = await read_history(connection)
            if history == self.log.history:
                return
            newest, whole = await read_newest(connection)
        # Of all there are, what was deleted before the first is known to the table; see `lost`.
        first = newest.events[0].id if newest.events else newest.reached + 1
        self.log.restart(history, first if not whole else first - 1)
        self.log.append(newest.events if whole else newest.events[1:], newest.reached)
        self.log.tell_delayed(False)

    async def _look(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Takes what has happened, and waits for more."""
        loop = asyncio.get_running_loop()
        soon, held_at, held_since = SOON_SECONDS, -1, 0.0
        while True:
            async with asyncio.timeout(READ_SECONDS):
                batch = await read_after(connection, self.log.reached)
            if batch.horizon.given < self.log.reached:
                raise _SetBack
            self.log.append(batch.events, batch.reached)
            if batch.horizon.final != held_at:
                held_at, held_since = batch.horizon.final, loop.time()
            self.log.tell_delayed(
                batch.horizon.held_back and loop.time() - held_since > DELAYED_SECONDS
            )
            if batch.full:
                await asyncio.sleep(0)  # whoever is connected comes first
                continue
            if not batch.horizon.held_back:
                break
            # Who ends with a rollback tells nothing.
            await notified(connection, soon)
            soon = SOON_SECONDS if batch.events else min(2 * soon, LATER_SECONDS)
        await notified(connection, POLL_SECONDS)


class _SetBack(Exception):
    """Ids are given again that were read already: the table was made anew meanwhile."""
