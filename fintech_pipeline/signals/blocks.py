"""Blocks: from where indicators are followed, so that a value never depends on who asks.

TA-Lib's averages and running sums remember where they began. So every pass computes whole blocks
that begin at a fixed place in the calendar: one slot alone then has the bits of a pass over years.
A block of half hours is a week, warmed up by the ten sessions before it; one of days is two years,
warmed up by eighty sessions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import SLOT, Instants, Window, from_instant64, instant64
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.resampling import Sessions, half_hours, slots_ending
from fintech_pipeline.market.sessions import SessionCalendar

WARM_UP_SESSIONS = {Interval.HALF_HOUR: 10, Interval.DAY: 80}
_REACH = {Interval.HALF_HOUR: timedelta(days=50), Interval.DAY: timedelta(days=2 * 366 + 150)}
"""Longer than a block and its warm-up, whatever holidays lie in it."""
_MONDAY = np.datetime64("1970-01-05", "D")


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Rows that are computed together.

    Attributes:
        start: When its first row's session opens (UTC); no bar from before counts.
        grid: The slots that end its rows, rising, the warm-up first, up to the last judged one.
        session: Which session each row belongs to, a rising number.
        place: The row's place in its session, from 0.
        slots: The slots that are judged, rising.
    """

    start: datetime
    grid: Instants
    session: NDArray[np.int64]
    place: NDArray[np.int64]
    slots: tuple[datetime, ...]


def judged(
    calendar: SessionCalendar, interval: Interval, slots: Sequence[datetime]
) -> list[datetime]:
    """Those of the slots at which a bar of the interval closes, rising.

    Args:
        calendar: The exchange's.
        interval: Half hours, of which each slot in session ends one, or days, which end with
            their sessions.
        slots: Slots (UTC), in any order.
    """
    if not slots:
        return []
    window = Window(min(slots) - SLOT, max(slots))
    if interval is Interval.DAY:
        ends = slots_ending(calendar.sessions(window).closed_at)
    else:
        ends = calendar.slots(window)
    wanted = set(ends.tolist())
    return [slot for slot in sorted(slots) if instant64(slot).item() in wanted]


def blocks(calendar: SessionCalendar, interval: Interval, slots: Sequence[datetime]) -> list[Block]:
    """The blocks that hold the slots, in order of time.

    Args:
        calendar: The exchange's.
        interval: Of the bars.
        slots: Slots that `judged` gave.

    Raises:
        ConfigurationError: They leave the span of time the calendar knows.
    """
    if not slots:
        return []
    first = max(min(slots) - _REACH[interval], calendar.known.start)
    sessions = calendar.sessions(Window(first, max(slots)))
    session, ends = _rows(sessions, interval)
    number = _numbers(sessions, interval)
    at = np.array([instant64(slot) for slot in sorted(slots)])
    of = number[session[np.searchsorted(ends, at)]]
    found = []
    for block in np.unique(of):
        mine = at[of == block]
        opening = int(np.searchsorted(number, block))
        opening = max(0, opening - WARM_UP_SESSIONS[interval])
        rows = slice(
            int(np.searchsorted(session, opening)),
            int(np.searchsorted(ends, mine[-1], side="right")),
        )
        inside = session[rows]
        place = np.arange(len(inside)) - np.searchsorted(inside, inside)
        found.append(
            Block(
                from_instant64(sessions.opened_at[opening]),
                ends[rows],
                (inside - inside[0]).astype(np.int64),
                place.astype(np.int64),
                tuple(from_instant64(slot) for slot in mine),
            )
        )
    return found


def _rows(sessions: Sessions, interval: Interval) -> tuple[NDArray[np.intp], Instants]:
    """The session and the slot of each row."""
    if interval is Interval.DAY:
        return np.arange(len(sessions)), slots_ending(sessions.closed_at)
    session, ends, _, _ = half_hours(sessions)
    # A session may open in the half hour in which the one before closed.
    keep = np.append(True, np.diff(ends) > np.timedelta64(0))[: len(ends)]
    return session[keep], ends[keep]


def _numbers(sessions: Sessions, interval: Interval) -> NDArray[np.int64]:
    """The number of each session's block, rising."""
    if interval is Interval.DAY:
        return sessions.session_on.astype("datetime64[Y]").astype(np.int64) // 2
    return (sessions.session_on - _MONDAY).astype(np.int64) // 7
