"""The newest events in memory: encoded once, read by every client at its own pace.

No client has a buffer of its own: each only knows how far it has read in this one. So one that
reads slowly costs nothing, and is overtaken when what it has not read is forgotten. Pure, but for
its own state.
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from websockets.frames import Frame, Opcode

from fintech_pipeline.storage.event_reading import StoredEvent

MOST_EVENTS = 10_000
MOST_BYTES = 16 * 1024 * 1024
_CURSOR = re.compile(r"([0-9a-f]{8})-(\d{1,19})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the events of one history of a database, as clients remember it."""

    history: str
    id: int

    def __str__(self) -> str:
        return f"{self.history}-{self.id}"


def place_from(text: str) -> Place | None:
    """The place that a client sent; None where it is none."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    number = int(found[2])
    return Place(found[1], number) if number < 2**63 else None


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it is sent.

    Attributes:
        number: Counts the entries of this process.
        place: Where it stands.
        topic: What it is about.
        symbols: Which symbols it names; None where it is about no symbol.
        text: What the frame says.
        frame: The frame as it is on the wire, the same for all: what a server sends is not masked.
    """

    number: int
    place: Place
    topic: str
    symbols: frozenset[str] | None
    text: str
    frame: bytes = field(repr=False)


def entry_of(number: int, history: str, event: StoredEvent) -> Entry:
    """An event with its frame."""
    payload = json.loads(event.payload)
    place = Place(history, event.id)
    frame = {
        "type": "event",
        "id": str(place),
        "topic": event.topic,
        "at": shown(event.at),
        "payload": payload,
    }
    text = encoded(frame)
    wire = Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
    return Entry(number, place, event.topic, _symbols(payload), text, wire)


def encoded(frame: object) -> str:
    """A frame's text."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def shown(at: datetime) -> str:
    """An instant (UTC) as the API has it."""
    return at.isoformat().replace("+00:00", "Z")


def _symbols(payload: object) -> frozenset[str] | None:
    """By the payloads' convention: `symbol` for one, `symbols` for a list of them."""
    if not isinstance(payload, dict):
        return None
    one, many = payload.get("symbol"), payload.get("symbols")
    named = [one] if isinstance(one, str) else many
    return frozenset(map(str, named)) if isinstance(named, list) else None


@dataclass(slots=True)
class EventLog:
    """The newest events of one history, in order.

    Attributes:
        history: Whose they are; empty until the database was reached.
        reached: The id up to which everything was read.
        floor: The id after which nothing was forgotten.
        delayed: Whether more may have happened than can be read just now: the database is away, or
            somebody who announces has kept it open for long.
        restarts: Counts the histories.
        news: Is set when any of this changes; who waits takes a new one each time.
        on_news: Is called then.
    """

    history: str = ""
    reached: int = 0
    floor: int = 0
    delayed: bool = True
    restarts: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    on_news: Callable[[], None] = lambda: None
    _entries: deque[Entry] = field(default_factory=deque)
    _bytes: int = 0
    _next: int = 0

    @property
    def here(self) -> Place:
        """Up to where everything was read."""
        return Place(self.history, self.reached)

    @property
    def first(self) -> int:
        """The number of the oldest entry that is not forgotten."""
        return self._next - len(self._entries)

    @property
    def next(self) -> int:
        """The number of the entry to come."""
        return self._next

    def restart(self, history: str, floor: int) -> None:
        """Forgets everything: what comes is of another history, after this id."""
        self._entries.clear()
        self._bytes = 0
        self.history, self.reached, self.floor = history, floor, floor
        self.restarts += 1
        self.wake()

    def append(self, events: tuple[StoredEvent, ...], reached: int) -> None:
        """Takes what was read, up to this id."""
        for event in events:
            entry = entry_of(self._next, self.history, event)
            self._entries.append(entry)
            self._bytes += 2 * len(entry.frame)
            self._next += 1
        while len(self._entries) > MOST_EVENTS or self._bytes > MOST_BYTES:
            oldest = self._entries.popleft()
            self._bytes -= 2 * len(oldest.frame)
            self.floor = oldest.place.id
        self.reached = reached
        if events:
            self.wake()

    def tell_delayed(self, delayed: bool) -> None:
        """Says whether more may have happened than was read."""
        if delayed != self.delayed:
            self.delayed = delayed
            self.wake()

    def wake(self) -> None:
        """Wakes everybody who waits."""
        self.news.set()
        self.news = asyncio.Event()
        self.on_news()

    def number_after(self, event_id: int) -> int:
        """The number of the first entry after an id that is not below the floor."""
        low, high = self.first, self._next
        while low < high:
            middle = (low + high) // 2
            if self._entries[middle - self.first].place.id > event_id:
                high = middle
            else:
                low = middle + 1
        return low

    def some(self, number: int, most: int) -> list[Entry]:
        """Entries from a number on, which must not be below the first."""
        begin = number - self.first
        end = min(begin + most, len(self._entries))
        return [self._entries[index] for index in range(begin, end)]
