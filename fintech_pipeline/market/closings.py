"""From when a vendor surely has the day of a session that has closed. Pure."""

from datetime import datetime, timedelta
from typing import NamedTuple

from fintech_pipeline.clock import Window, from_instant64
from fintech_pipeline.market.sessions import SessionCalendar

LONGEST_PAUSE = timedelta(days=21)
"""No exchange stays closed for longer."""


class Closing(NamedTuple):
    """A session that has closed or will.

    Attributes:
        opened_at: When it opened (UTC); its day's bar is labelled so.
        ready_at: From when the vendor surely has that bar (UTC).
    """

    opened_at: datetime
    ready_at: datetime


def closings(calendar: SessionCalendar, window: Window, delay: timedelta) -> list[Closing]:
    """The sessions whose days get ready in the window, in order of time.

    Args:
        calendar: The exchange's.
        window: Its start belongs to it, its end does not (UTC).
        delay: How far behind a close the vendor usually is.
    """
    start, end = window.start - delay, window.end - delay
    # A session is found by the time it trades, and this one may close just at the start.
    found = calendar.sessions(Window(start - timedelta(microseconds=1), end))
    pairs = zip(found.opened_at, found.closed_at, strict=True)
    times = [(from_instant64(opened), from_instant64(closed)) for opened, closed in pairs]
    return [Closing(opened, closed + delay) for opened, closed in times if start <= closed < end]


def newest_closing(calendar: SessionCalendar, now: datetime, delay: timedelta) -> Closing | None:
    """The session with the newest day that is ready; None where there was none lately."""
    until = now + timedelta(microseconds=1)
    found = closings(calendar, Window(now - LONGEST_PAUSE, until), delay)
    return found[-1] if found else None


def trades(calendar: SessionCalendar, now: datetime) -> bool:
    """Whether a session of the exchange is under way."""
    return len(calendar.sessions(Window(now, now + timedelta(microseconds=1)))) > 0
