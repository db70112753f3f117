"""Publishing what the table `events` tells, in order, from where it was left off.

Whoever publishes holds an advisory lock; another waits for it. A message is sent, confirmed by the
broker, and only then passed by the cursor, through the connection that holds the lock: who dies in
between, or loses its database, leaves a cursor from which the next one publishes the same again
under the same ids.

Of one subject a message is sent when the one before is confirmed, so that of all that was sent
twice the first ones are in order: each who publishes begins at the cursor and goes on in the order
of the table, also one that has lost its lock and does not know it yet.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import psycopg

from fintech_pipeline.errors import BrokerError, PipelineError, StorageError
from fintech_pipeline.publishing.broker import Broker, Connecting
from fintech_pipeline.publishing.cloud_events import Published, Source
from fintech_pipeline.publishing.unfolding import unfolded
from fintech_pipeline.storage.event_connection import (
    READ_SECONDS,
    asked,
    notified,
    open_follower,
)
from fintech_pipeline.storage.event_cursor import (
    advance,
    begin_cursor,
    note_failure,
    note_recovery,
    read_cursor,
    rename_history,
    take_turn,
)
from fintech_pipeline.storage.event_reading import (
    Batch,
    read_after,
    read_history,
    read_lost,
    read_newest,
)
from fintech_pipeline.storage.events import NOTIFIED

AT_ONCE = 50
"""How many events are read at once; each may unfold into a hundred messages and more."""
POLL_SECONDS = 2.0
"""How often it looks where nobody notifies."""
SOON_SECONDS = 0.1
"""How soon it looks again while one who announces has not ended."""
TURN_SECONDS = 1.0
"""How often one that waits for another asks whether it has ended."""
CONFIRM_SECONDS = 30.0
"""After how long it is told that the broker does not confirm what it was sent."""
AGAIN_SECONDS, MOST_SECONDS = 0.5, 20.0
"""How long after a failure it tries again, at first and after a while."""
FIRST = asyncio.FIRST_COMPLETED
Connection = psycopg.AsyncConnection[Any]


@dataclass
class Publisher:
    """Publishes what has happened.

    Attributes:
        url: The primary database's libpq address.
        source: Who publishes.
        connect: Connects to the broker.
        where: What the broker is called, for a person.
        tell: Is given what a person wants to know, a sentence, once.
        mend: Called while the database is away, before it is tried again; it may block.
    """

    url: str = field(repr=False)
    source: Source
    connect: Connecting
    where: str
    tell: Callable[[str], None]
    mend: Callable[[], None] = lambda: None
    _told: set[str] = field(default_factory=set, init=False)

    async def run(self) -> None:
        """Publishes until it is cancelled; rides out a database and a broker that are away."""
        pause = AGAIN_SECONDS
        while True:
            try:
                async with asked(), await self._connected() as connection:
                    await self._turn(connection)
                    pause = AGAIN_SECONDS
                    await self._serve(connection)
            except StorageError as error:
                self._complain(f"{str(error).rstrip('.')}. Publishing goes on when it is back.")
            with contextlib.suppress(PipelineError):
                await asyncio.to_thread(self.mend)
            await asyncio.sleep(pause)
            pause = min(2 * pause, MOST_SECONDS)

    async def drain(self) -> int:
        """Publishes what is there now; gives how many messages.

        Raises:
            PipelineError: Another publishes already.
            BrokerError: The broker is away or refuses; what it did not confirm waits.
            StorageError: The database is away.
        """
        async with asked(), await self._connected() as connection:
            if not await take_turn(connection):
                raise PipelineError("Another publisher is at work; it publishes what is there.")
            at, sent = await self._begin(connection), 0
            async with self.connect() as broker:
                while True:
                    batch = await read_after(connection, at, AT_ONCE)
                    sent += await self._publish(connection, broker, batch)
                    at = batch.reached
                    if not batch.full:
                        return sent

    async def _connected(self) -> Connection:
        return await open_follower(self.url, name="fintech events publish", read_only=False)

    async def _turn(self, connection: Connection) -> None:
        """Waits for the right to publish."""
        while not await take_turn(connection):
            self._complain("Another publisher is at work; this one goes on when it ends.")
            await asyncio.sleep(TURN_SECONDS)

    async def _serve(self, connection: Connection) -> None:
        """Publishes as long as the database is there."""
        await connection.execute(f"LISTEN {NOTIFIED}")
        pause = AGAIN_SECONDS
        while True:
            at = await self._begin(connection)
            try:
                async with self.connect() as broker:
                    batch = await self._look(connection, broker, at)
                    # Only now: one that is full can be connected to, and takes nothing.
                    await note_recovery(connection)
                    self._told.clear()
                    self.tell(f"Events go to {self.where}.")
                    pause = AGAIN_SECONDS
                    while True:
                        if not batch.full:
                            held = batch.horizon.held_back
                            await notified(connection, SOON_SECONDS if held else POLL_SECONDS)
                        self._require(broker)
                        batch = await self._look(connection, broker, batch.reached)
            except BrokerError as error:
                self._complain(f"{str(error).rstrip('.')}. What waits is kept.")
                await note_failure(connection, str(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, MOST_SECONDS)

    async def _begin(self, connection: Connection) -> int:
        """Where the cursor stands; where there is none it begins with what comes from now on."""
        history, cursor = await read_history(connection), await read_cursor(connection)
        if cursor is None:
            newest, _ = await read_newest(connection, 1)
            at = newest.events[-1].id if newest.events else 0
            await begin_cursor(connection, history, at)
            return at
        if cursor.history != history:
            self.tell(
                "The database was restored or another one took over; what it tells after event"
                f" {cursor.event_id} is published, also what may have been before."
            )
            await rename_history(connection, history)
        if cursor.event_id and await read_lost(connection, cursor.event_id):
            self._complain(
                f"Events after {cursor.event_id} were deleted before anybody published them, since"
                f" none was configured from {cursor.moved_at:%Y-%m-%d} on; what they told stands"
                " in the database."
            )
        return cursor.event_id

    async def _look(self, connection: Connection, broker: Broker, at: int) -> Batch:
        """Publishes the next events after one; gives what it has read."""
        async with asyncio.timeout(READ_SECONDS):
            batch = await read_after(connection, at, AT_ONCE)
        await self._publish(connection, broker, batch)
        return batch

    async def _publish(self, connection: Connection, broker: Broker, batch: Batch) -> int:
        """Publishes a batch; the cursor passes each event once all of it is confirmed."""
        sent = 0
        for place, event in enumerate(batch.events, 1):
            confirmed = 0
            async for some in unfolded(connection, self.source, event):
                unheard = await self._sent(connection, broker, some)
                confirmed += len(some)
                if unheard is not None:
                    self._complain(
                        f"{self.where} has no queue bound for some of {unheard.kind}.# and drops"
                        " it; a queue gets what comes after it was bound."
                    )
            if confirmed or place == len(batch.events):
                await advance(connection, event.id, event.at, confirmed)
            sent += confirmed
        return sent

    async def _sent(
        self, connection: Connection, broker: Broker, some: Sequence[Published]
    ) -> Published | None:
        """Sends them, and tells where it takes long; a broker that is full is waited for."""
        sending = asyncio.create_task(_send(broker, some))
        either: set[asyncio.Future[Any]] = {sending, broker.lost}
        try:
            done, _ = await asyncio.wait(either, timeout=CONFIRM_SECONDS, return_when=FIRST)
            if not done:
                told = (
                    f"{self.where} has not confirmed what it was sent {CONFIRM_SECONDS:.0f} s ago;"
                    " its memory or its disk may be full."
                )
                self._complain(f"{told} What waits is kept.")
                await note_failure(connection, told)
                await asyncio.wait(either, return_when=FIRST)
            if not sending.done():
                self._require(broker)
            return await sending
        finally:
            sending.cancel()

    def _require(self, broker: Broker) -> None:
        """Makes sure that the connection is the one that was made."""
        if broker.lost.done():
            raise BrokerError(
                f"{self.where} can't be reached: the connection has gone; what it did not confirm"
                " is sent again."
            )

    def _complain(self, told: str) -> None:
        if told not in self._told:
            self._told.add(told)
            self.tell(told)


async def _send(broker: Broker, some: Sequence[Published]) -> Published | None:
    """Sends them, those of one subject one after the other; gives one that nobody gets."""
    lanes = groupby(sorted(some, key=_subject), _subject)
    ends = await asyncio.gather(
        *(_send_in_order(broker, tuple(lane)) for _, lane in lanes), return_exceptions=True
    )
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return next((end for end in ends if isinstance(end, Published)), None)


async def _send_in_order(broker: Broker, lane: Iterable[Published]) -> Published | None:
    unheard = None
    for one in lane:
        if not await broker.send(one):
            unheard = one
    return unheard


def _subject(published: Published) -> str:
    return published.subject
