"""Time as this project counts it: the half-hour grid, windows, live and backfill, `known_at`.

Pure: the present is always passed in. All instants are timezone-aware UTC; in columns they are
numpy `datetime64[us]`, which has no zone and always means UTC here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

SLOT = timedelta(minutes=30)
LIVE_SLOTS = 2
"""A tick is live for a slot that is at most this many slots old; only live slots alert."""

Clock = Callable[[], datetime]
Instants = NDArray[np.datetime64]
"""A column of instants, `datetime64[us]`, UTC."""


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


@dataclass(frozen=True, slots=True)
class Sighting:
    """One collection's view of time, from which each row's `known_at` follows.

    A row is due at its vendor time plus the provider's usual delay. A live collection that meets
    a row due since the previous live collection and within this slot has seen it live. A row that
    was due before the previous live collection, which did not bring it, arrived late: it too is
    known only now. Every other row was missed because nobody looked; it counts as known when due.

    Attributes:
        observed_at: When this collection asked (UTC).
        live: Whether the collection belongs to a live tick.
        previous_live_at: The live collection before this one (UTC), None where there was none.
        usual_delay: The provider's usual delay behind its own timestamps.
    """

    observed_at: datetime
    live: bool
    previous_live_at: datetime | None
    usual_delay: timedelta

    def known(self, vendor_times: Instants) -> tuple[Instants, NDArray[np.bool_]]:
        """When rows of these vendor times may first be used, and which were seen live.

        Args:
            vendor_times: The bars' closes or the articles' publication times.

        Returns:
            `known_at` of each row, and whether it is live (else it is known by backfill).
        """
        observed_at = instant64(self.observed_at)
        due_at = vendor_times + np.timedelta64(self.usual_delay)
        if not self.live:
            return np.minimum(due_at, observed_at), np.zeros(len(due_at), dtype=np.bool_)
        seen_live = due_at > observed_at - np.timedelta64(SLOT)
        if self.previous_live_at is not None:
            seen_live |= due_at <= instant64(self.previous_live_at)
        return np.where(seen_live, observed_at, due_at), seen_live
