"""Time as this project counts it: the half-hour grid, windows, live and backfill, `known_at`.

Pure: the present is always passed in. All instants are timezone-aware UTC; in columns they are
numpy `datetime64[us]`, which has no zone and always means UTC here.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SLOT = timedelta(minutes=30)
LIVE_SLOTS = 2
"""A tick is live for a slot that is at most this many slots old; only live slots alert."""
SETTLED = timedelta(hours=2)
"""What a provider has not given this long after a slot, it does not have."""

Clock = Callable[[], datetime]
Instants = NDArray[np.datetime64]
"""A column of instants, `datetime64[us]`, UTC."""
NEVER: Instants = np.empty(0, dtype="datetime64[us]")
"""No instant."""
_ALWAYS = np.datetime64("0001-01-01", "us")


def utc_now() -> datetime:
    """The present instant, UTC: the one clock of production; tests pass their own."""
    return datetime.now(UTC)


class KnownBy(StrEnum):
    """How a row's `known_at` was learned."""

    LIVE = "live"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span of time [start, end), both UTC.

    Raises:
        ValueError: An end is not UTC, or the window ends before it starts.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for instant in (self.start, self.end):
            if instant.utcoffset() != timedelta(0):
                raise ValueError(f"{instant} is not an instant in UTC")
        if self.end < self.start:
            raise ValueError(f"the window ends at {self.end}, before its start at {self.start}")


def instant64(instant: datetime) -> np.datetime64:
    """The instant as numpy's `datetime64[us]` in UTC.

    Raises:
        ValueError: The instant carries no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} carries no time zone")
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "us")


def from_instant64(instant: np.datetime64) -> datetime:
    """The numpy instant as a timezone-aware UTC datetime."""
    naive: datetime = instant.astype("datetime64[us]").item()
    return naive.replace(tzinfo=UTC)


def slot_at_or_before(instant: datetime) -> datetime:
    """The newest slot that has ended by `instant`."""
    midnight = datetime.combine(instant.date(), time(), tzinfo=UTC)
    return midnight + (instant - midnight) // SLOT * SLOT


def is_slot(instant: datetime) -> bool:
    """Whether the instant lies on the half-hour grid."""
    return slot_at_or_before(instant) == instant


def is_live(slot_at: datetime, now: datetime) -> bool:
    """Whether a tick at `now` for the slot is live: ended, and at most two slots old."""
    return timedelta(0) <= now - slot_at <= LIVE_SLOTS * SLOT


def newest_past_slot(now: datetime) -> datetime:
    """The newest slot that no live tick may judge any more: what a backfill goes up to."""
    return slot_at_or_before(now - LIVE_SLOTS * SLOT - timedelta(microseconds=1))


def slot_day(slot_at: datetime) -> date:
    """The UTC day (the partition) a slot belongs to: that of the half hour it judges.

    The slot at midnight ends the day before, so it belongs to it.
    """
    return (slot_at - SLOT).date()


def day_window(first: date, last: date | None = None) -> Window:
    """The UTC days from `first` to `last`, both included, as one window."""
    start = datetime.combine(first, time(), tzinfo=UTC)
    end = datetime.combine(last or first, time(), tzinfo=UTC) + timedelta(days=1)
    return Window(start, end)


def days_of(window: Window) -> list[date]:
    """The UTC days the window touches, in order."""
    if window.start == window.end:
        return []
    first, last = window.start.date(), (window.end - timedelta(microseconds=1)).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def slots_of(window: Window) -> list[datetime]:
    """The slots that end inside the window: after its start, up to and including its end."""
    first = slot_at_or_before(window.start) + SLOT
    count = max(0, (window.end - first) // SLOT + 1)
    return [first + n * SLOT for n in range(count)]


class Looks(NamedTuple):
    """Live collections, by slot.

    Attributes:
        slot_at: Up to when each surely looked: the slot it was for; rising.
        looked_at: When it did.
    """

    slot_at: Instants
    looked_at: Instants


@dataclass(frozen=True, slots=True)
class Sighting:
    """One collection's view of time, from which each row's `known_at` follows.

    A row is due at its vendor time plus the provider's usual delay. A live collection that meets
    a row due in the last half hour has seen it now. A row that an earlier live collection looked
    for after it was due, and did not bring, came late: it too is known only now, whoever finds it.
    Every other row was missed because nobody looked; it counts as known when it was due.

    Attributes:
        observed_at: When this collection asked (UTC).
        live: Whether the collection belongs to a live tick.
        usual_delay: The provider's usual delay behind its own timestamps.
        looks: The live collections before this one.
        reach: How far back each of them looked.
        followed_since: From when symbols are followed (UTC); nobody looked for them before.
    """

    observed_at: datetime
    live: bool
    usual_delay: timedelta
    looks: Looks = field(default_factory=lambda: Looks(NEVER, NEVER))
    reach: timedelta = timedelta(0)
    followed_since: Mapping[str, datetime] = field(default_factory=dict)

    def known(
        self, vendor_times: Instants, symbols: Sequence[Collection[str]]
    ) -> tuple[Instants, NDArray[np.bool_]]:
        """When rows of these vendor times may first be used, and which were seen now.

        Args:
            vendor_times: The bars' closes, the actions' ex-dates or the articles' publication.
            symbols: Whom each row is about; one entry stands for all rows.

        Returns:
            `known_at` of each row, and whether we saw it come (else it is known by backfill).
        """
        observed_at = instant64(self.observed_at)
        due_at = vendor_times + np.timedelta64(self.usual_delay)
        came_now = self._came_late(vendor_times, due_at, symbols)
        if self.live:
            came_now |= due_at > observed_at - np.timedelta64(SLOT)
        return np.where(came_now, observed_at, np.minimum(due_at, observed_at)), came_now

    def _came_late(
        self, vendor_times: Instants, due_at: Instants, symbols: Sequence[Collection[str]]
    ) -> NDArray[np.bool_]:
        """Which rows an earlier live collection should have brought."""
        if not len(self.looks.looked_at):
            return np.zeros(len(due_at), dtype=np.bool_)
        since = np.array([self._followed(several) for several in symbols], dtype="datetime64[us]")
        # The first that looked after the row was due, and as far as the row.
        looked_at = np.maximum.accumulate(self.looks.looked_at)
        place = np.maximum(
            np.searchsorted(looked_at, np.maximum(due_at, since)),
            np.searchsorted(self.looks.slot_at, vendor_times),
        )
        look_at = looked_at[np.minimum(place, len(looked_at) - 1)]
        near = look_at - vendor_times <= np.timedelta64(self.reach)
        late: NDArray[np.bool_] = (place < len(looked_at)) & near
        return late

    def _followed(self, symbols: Collection[str]) -> np.datetime64:
        known = [self.followed_since[symbol] for symbol in symbols if symbol in self.followed_since]
        return instant64(min(known)) if known else _ALWAYS


SightingOf = Callable[[timedelta], Sighting]
"""How a collection sees time, for a provider with this usual delay."""
