"""What a run has to do: one slot, or whole days. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fintech_pipeline.clock import (
    SLOT,
    Window,
    day_window,
    is_live,
    newest_past_slot,
    slot_day,
)

CHUNK_DAYS = 5
"""A backfill holds its locks for this many days at a time."""


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work: what is locked, read and written together.

    Attributes:
        days: The UTC days, rising and without holes.
        slot_at: The one slot of a tick, None for a backfill of the days.
        now: When the work began (UTC).
        run_id: The run that does it.
    """

    days: tuple[date, ...]
    slot_at: datetime | None
    now: datetime
    run_id: str

    @property
    def live(self) -> bool:
        """Whether this is a live tick: for a slot at most two slots old."""
        return self.slot_at is not None and is_live(self.slot_at, self.now)

    @property
    def window(self) -> Window:
        """The time whose slots are judged: the slot's half hour, or the days' past.

        A backfill leaves the slots that are still live to their ticks.
        """
        if self.slot_at is not None:
            return Window(self.slot_at - SLOT, self.slot_at)
        whole = day_window(self.days[0], self.days[-1])
        end = min(whole.end, newest_past_slot(self.now))
        return Window(min(whole.start, end), end)


def tick_work(slot_at: datetime, now: datetime, run_id: str) -> Work:
    """The work of a tick for the slot."""
    return Work((slot_day(slot_at),), slot_at, now, run_id)


def backfill_work(days: Sequence[date], now: datetime, run_id: str) -> Iterator[Work]:
    """The work of a backfill, in chunks of consecutive days.

    The days whose ticks may still be live are a chunk of their own, so that no tick waits for the
    days before.
    """
    first_live = slot_day(newest_past_slot(now) + SLOT)
    chunk: list[date] = []
    for day in sorted(day for day in days if day <= now.date()):
        full = len(chunk) == CHUNK_DAYS or day == first_live
        if chunk and (full or day - chunk[-1] > timedelta(days=1)):
            yield Work(tuple(chunk), None, now, run_id)
            chunk = []
        chunk.append(day)
    if chunk:
        yield Work(tuple(chunk), None, now, run_id)
