"""Whether an exchange trades now, when that changes next, and what should be known of it by now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from fintech_pipeline.clock import (
    SLOT,
    Instants,
    Window,
    from_instant64,
    instant64,
    slot_at_or_before,
)
from fintech_pipeline.market.resampling import half_hours, slots_ending
from fintech_pipeline.market.sessions import SessionCalendar, calendar_of

BACK = timedelta(days=60)
"""A price older than this is compared with no session."""
AHEAD = timedelta(days=21)
"""No exchange stays closed for longer."""


@dataclass(frozen=True, slots=True)
class Market:
    """How an exchange stands.

    Attributes:
        mic: Its ISO 10383 market identifier code.
        open: Whether it trades now.
        why_closed: Why it does not, as half a sentence; None where it does.
        opens_at: When it next begins to trade (UTC); None where it never closes.
        closes_at: When it next ceases to (UTC); None where it never closes.
        time_zone: Where it is, as `America/New_York`; `UTC` where it never closes.
    """

    mic: str
    open: bool
    why_closed: str | None
    opens_at: datetime | None
    closes_at: datetime | None
    time_zone: str


@dataclass(frozen=True, slots=True, eq=False)
class MarketHours:
    """An exchange's sessions around the present.

    Attributes:
        market: How it stands.
        session_opens: When the sessions of the last weeks opened, rising, UTC.
        half_hour_closes: When their half hours closed, up to what is due, rising, UTC.
        day_slots: The slots in which the sessions that are due closed, rising, UTC.
    """

    market: Market
    session_opens: Instants
    half_hour_closes: Instants
    day_slots: Instants


def hours_of(mic: str, now: datetime, late: timedelta) -> MarketHours:
    """The exchange's hours; the first call for an exchange takes some seconds.

    Args:
        mic: Its ISO 10383 code.
        now: The present (UTC).
        late: How long after a close its bar is due.

    Raises:
        ConfigurationError: No calendar is known for the code, or not for the present.
    """
    calendar = calendar_of(mic)
    start = max(calendar.known.start, now - BACK)
    sessions = calendar.sessions(Window(start, max(start, min(calendar.known.end, now + AHEAD))))
    present, due = instant64(now), instant64(now - late)
    begun = sessions[slice(0, int(np.searchsorted(sessions.opened_at, present, side="right")))]
    closes = half_hours(begun).closed_at
    ended = begun.closed_at[begun.closed_at <= due]
    _, started_at, ended_at = sessions.trading()
    return MarketHours(
        _market(mic, calendar, now, started_at, ended_at),
        begun.opened_at,
        closes[closes <= due],
        slots_ending(ended),
    )


def _market(
    mic: str, calendar: SessionCalendar, now: datetime, started_at: Instants, ended_at: Instants
) -> Market:
    present = instant64(now)
    trades = bool(((started_at <= present) & (present < ended_at)).any())
    # Where one span of trading follows at once on another, nothing opens or closes.
    opens = started_at[(started_at > present) & ~np.isin(started_at, ended_at)]
    closes = ended_at[(ended_at > present) & ~np.isin(ended_at, started_at)]
    never_closes = bool(np.isin(ended_at[:-1], started_at).all())
    next_open = from_instant64(opens[0]) if len(opens) else None
    next_close = from_instant64(closes[0]) if len(closes) and not never_closes else None
    why = None
    if not trades:
        # Of the half hour under way some part may trade, before now or after.
        why = calendar.why_closed(slot_at_or_before(now) + SLOT) or "between its sessions"
    return Market(mic, trades, why, next_open, next_close, str(calendar.time_zone))
