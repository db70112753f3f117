"""The live stream: what happens, told to whoever is connected, without gaps.

Each client has its own task, which reads the common log as fast as its client takes it. While it
rests, and its client takes what it gets, one loop over all writes what is new. What is
older than the log is read from the database. A client that is overtaken is told so, and from where
it can read what it missed.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from fintech_pipeline.api.event_log import Entry, EventLog, Place, encoded, entry_of, shown
from fintech_pipeline.api.following import Follower
from fintech_pipeline.api.limits import Buckets
from fintech_pipeline.api.reading import Reads
from fintech_pipeline.api.stream_wire import WIRE
from fintech_pipeline.api.stream_wishes import Wish, WrongWish
from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import StorageError
from fintech_pipeline.storage.event_reading import AT_ONCE as READ_AT_ONCE
from fintech_pipeline.storage.event_reading import lost, replayed

GOING_ON_SECONDS = 3.0
"""How long a client waits for its first frame where the database is not reached yet."""
AT_ONCE = 10
"""So many frames are sent to a client before it is the others' turn."""
MOST_AHEAD = 1_000_000
"""Another process may have read on a little further; by so many events none has."""
FRAMES_PER_MINUTE = 300
"""How many frames a client may send; a tenth of them at once."""
REFUSAL_SECONDS = 5.0
UNSUPPORTED, LATER = 1003, 1013
"""Why a stream is closed (RFC 6455, section 7.4, and IANA's list)."""
SLOW = "You read too slowly; what you missed can be read from `cursor` on: connect with `after`."
GONE = "What happened since is not kept any more; read everything again that you show."
ELSEWHERE = "The database is another one by now; read everything again that you show."
"""As after a restore, or when a copy has taken over."""
ENDED = "The session has ended; log in again."


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """What a process takes on.

    Attributes:
        clients: How many streams.
        per_caller: How many of one caller.
        heartbeat_seconds: How often a client hears that it is connected.
        stall_seconds: How long a client may take nothing.
        replays: How many clients read old events from the database at once.
    """

    clients: int = 2_000
    per_caller: int = 200
    heartbeat_seconds: float = 15.0
    stall_seconds: float = 30.0
    replays: int = 4


@dataclass
class Stream:
    """The streams of this process.

    Attributes:
        follower: What fills the log.
        reads: For what is older than the log.
        clock: The present.
        simulated: Whether everything is made from simulated data.
        limits: What it takes on.
        count_missed: Is given how many events a slow client missed.
    """

    follower: Follower
    reads: Reads
    clock: Clock
    simulated: bool
    limits: StreamLimits = StreamLimits()
    count_missed: Callable[[int], object] = lambda _: None  # a default
    callers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.replaying = asyncio.Semaphore(self.limits.replays)
        self.resting: set[_Session] = set()
        self.log.on_news = self._spread

    def _spread(self) -> None:
        """Tells those who rest; of a thousand tasks each would take its time to wake up."""
        for session in tuple(self.resting):
            session.nudge()

    @property
    def log(self) -> EventLog:
        """The newest events."""
        return self.follower.log

    @property
    def delayed(self) -> bool:
        """Whether more may have happened than is told."""
        return self.log.delayed

    @property
    def clients(self) -> int:
        """How many follow."""
        return self.callers.total()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follows the events, until this ends."""
        async with self.follower.running():
            yield

    async def serve(self, websocket: WebSocket, caller: str, wish: Wish) -> None:
        """Talks to one client until either has enough.

        Args:
            websocket: An accepted connection.
            caller: Who it is.
            wish: What it wants to hear.
        """
        limits = self.limits
        if self.callers.total() >= limits.clients or self.callers[caller] >= limits.per_caller:
            await refuse(websocket, LATER, "Too many streams are open; close one, or come later.")
            return
        self.callers[caller] += 1
        try:
            await _Session(self, websocket, wish).run()
        finally:
            self.callers[caller] -= 1
            self.callers += Counter()  # forgets who has none


async def refuse(websocket: WebSocket, code: int, detail: str) -> None:
    """Says why, in a frame and as the reason of the close, and closes."""
    if websocket.application_state is not WebSocketState.CONNECTED:
        return
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(REFUSAL_SECONDS):
            await websocket.send_text(encoded({"type": "refused", "detail": detail}))
            # The reason of a close has 123 bytes.
            await websocket.close(code, detail.encode()[:120].decode(errors="ignore"))


class _Stalled(Exception):
    """The client takes nothing."""


@dataclass(eq=False)
class _Session:
    """One client."""

    stream: Stream
    websocket: WebSocket
    wish: Wish
    number: int = 0
    restarts: int = 0
    reached: int = 0
    told_at: float = 0.0
    told_delayed: bool = False

    def __post_init__(self) -> None:
        self.wire = self.websocket.scope.get("extensions", {}).get(WIRE)
        self.woken = asyncio.Event()

    @property
    def log(self) -> EventLog:
        return self.stream.log

    async def run(self) -> None:
        """Reads and writes at once; whichever ends first ends the other."""
        reading = asyncio.create_task(self._listen())
        writing = asyncio.create_task(self._tell())
        try:
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, writing):
                task.cancel()
            ended = await asyncio.gather(reading, writing, return_exceptions=True)
        for error in ended:
            if isinstance(error, WrongWish):
                await refuse(self.websocket, error.code, str(error))
            elif isinstance(error, StorageError):
                await refuse(self.websocket, LATER, str(error))
            elif isinstance(error, _Stalled):
                self._part()
            elif isinstance(error, Exception) and not isinstance(error, WebSocketDisconnect):
                raise error

    def _part(self) -> None:
        if self.wire is not None:
            self.wire["end"](LATER, "You read too slowly.")

    async def _listen(self) -> None:
        """Takes what the client sends: other wishes."""
        loop = asyncio.get_running_loop()
        frames = Buckets(FRAMES_PER_MINUTE, loop.time)
        while True:
            message = await self.websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if frames.wait_seconds(""):
                raise WrongWish("You send too many frames.")
            text = message.get("text")
            if text is None:
                raise WrongWish("Send text, not bytes.", UNSUPPORTED)
            self.wish = self.wish.changed(text)
            told = {"type": "following", **self.wish.shown()}
            await self._send(encoded(told))

    async def _tell(self) -> None:
        await self._greet()
        while True:
            self.woken.clear()
            ends_in = self._ends_in()
            if ends_in is not None and ends_in <= 0:
                raise WrongWish(ENDED)
            if self.log.restarts != self.restarts:
                await self._move(ELSEWHERE)
            if self.number < self.log.first:
                await self._overtaken()
            entries = self.log.some(self.number, AT_ONCE)
            for entry in entries:
                if not self._passed(entry):
                    await self._send(entry.text)
                    self._passes(entry)
            await (asyncio.sleep(0) if entries else self._rest(ends_in))

    async def _greet(self) -> None:
        """The first frame, and what happened since the client was here last."""
        after, log = self.wish.after, self.log
        if not log.history:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GOING_ON_SECONDS):
                    while not log.history:
                        await log.news.wait()
        self._join()
        cursor = after or (log.here if log.history else None)
        hello = {"type": "hello", **self._state(cursor), "simulated": self.stream.simulated}
        await self._send(encoded({**hello, **self.wish.shown()}))
        while not log.history:
            self.woken.clear()
            await self._rest(self._ends_in())
        self._join()
        if after is not None:
            await self._resume(after)

    def _join(self) -> None:
        """Goes on with what comes next."""
        self.number, self.restarts = self.log.next, self.log.restarts
        self.reached = self.log.reached

    async def _resume(self, after: Place) -> None:
        """Goes on where the client was."""
        log, ahead = self.log, after.id - self.log.reached
        if after.history != log.history or ahead > MOST_AHEAD:
            await self._move(ELSEWHERE)
            return
        self.reached = after.id
        reads, replaying = self.stream.reads, self.stream.replaying
        if after.id < log.floor:
            async with replaying:
                gone = await reads.of_primary(partial(lost, after=after.id))
            if gone:
                await self._move(GONE)
                return
        # The floor rises meanwhile; what it has left behind stands in the database.
        while self.reached < (floor := log.floor) and log.history == after.history:
            async with replaying:
                events = await reads.of_primary(partial(replayed, after=self.reached, last=floor))
            for event in events:
                self.reached = event.id
                await self._offer(entry_of(0, after.history, event))
            if len(events) < READ_AT_ONCE:
                self.reached = max(self.reached, floor)
        self.number = log.number_after(self.reached)

    async def _move(self, why: str) -> None:
        """Goes on with the newest; nobody can tell what the client missed."""
        self._join()
        frame = {"type": "missed", "count": None, "cursor": str(self.log.here), "detail": why}
        await self._send(encoded(frame))

    async def _overtaken(self) -> None:
        """Goes on with the newest, and says from where what was missed can be read."""
        missed, since = self.log.next - self.number, Place(self.log.history, self.reached)
        self._join()
        self.stream.count_missed(missed)
        frame = {"type": "missed", "count": missed, "cursor": str(since), "detail": SLOW}
        await self._send(encoded(frame))

    async def _offer(self, entry: Entry) -> None:
        if self.wish.wants(entry.topic, entry.symbols):
            await self._send(entry.text)

    def nudge(self) -> None:
        """There is news while it rests: sends it at once, or wakes the task."""
        log = self.log
        usual = self.restarts == log.restarts and self.told_delayed == log.delayed
        if usual and self.wire is not None and self.number >= log.first:
            usual = all(map(self._passed, log.some(self.number, AT_ONCE)))
        if not usual or self.number != log.next:
            self.woken.set()

    def _passed(self, entry: Entry) -> bool:
        """Whether the entry is done with: sent without waiting, or nothing for this client."""
        wanted = entry.place.id > self.reached and self.wish.wants(entry.topic, entry.symbols)
        if wanted and not (self.wire is not None and self.wire["offer"](entry.frame)):
            return False
        self._passes(entry)
        return True

    def _passes(self, entry: Entry) -> None:
        self.number, self.reached = entry.number + 1, max(self.reached, entry.place.id)

    async def _rest(self, ends_in: float | None) -> None:
        """Waits for news; meanwhile the client hears now and then that it is connected."""
        loop = asyncio.get_running_loop()
        left = self.told_at + self.stream.limits.heartbeat_seconds - loop.time()
        if left <= 0 or self.told_delayed != self.log.delayed:
            here = self.log.here if self.log.history else None
            await self._send(encoded({"type": "heartbeat", **self._state(here)}))
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left if ends_in is None else min(left, ends_in)):
                self.stream.resting.add(self)
                try:
                    await self.woken.wait()
                finally:
                    self.stream.resting.discard(self)

    def _state(self, cursor: Place | None) -> dict[str, Any]:
        self.told_at, self.told_delayed = asyncio.get_running_loop().time(), self.log.delayed
        return {
            "at": shown(self.stream.clock()),
            "cursor": None if cursor is None else str(cursor),
            "delayed": self.told_delayed,
        }

    def _ends_in(self) -> float | None:
        """Seconds until the client's session ends, where the guard told when it does (UTC)."""
        ends_at: datetime | None = getattr(self.websocket.state, "ends_at", None)
        return None if ends_at is None else (ends_at - self.stream.clock()).total_seconds()

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(self.stream.limits.stall_seconds):
                await self.websocket.send_text(text)
        except TimeoutError:
            raise _Stalled from None
