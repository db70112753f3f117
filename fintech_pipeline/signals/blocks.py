"""Blocks: the rows that are computed together, from a fixed anchor. Pure.

A running sum or a recursion depends on where it starts. So every pass, of one slot or of years,
computes a block from the same first row, and a row's values always come from its own block:

| interval | a block | and before it, as warm-up |
|---|---|---|
| 30m | an ISO week of sessions | ten sessions |
| 1d | an even year and the next | eighty sessions |
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import SLOT, Instants, Window, from_instant64, instant64
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.resampling import slots_ending
from fintech_pipeline.market.sessions import SessionCalendar
from fintech_pipeline.signals.bands import ACTION_ROWS

WARM_UP_SESSIONS = {Interval.HALF_HOUR: 10, Interval.DAY: 80}
"""How many sessions are computed before a block's first."""
_REACH = {Interval.HALF_HOUR: timedelta(days=45), Interval.DAY: timedelta(days=2 * 366 + 200)}
"""More than a block and its warm-up span, Chinese new year included."""
_ACTION_REACH = timedelta(days=30)
"""The rows whose scores matter to an action lie nearer, whatever holidays come between."""
_A_MONDAY = np.datetime64("1970-01-05")


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Rows that are computed together, and the slots among them that are judged.

    Attributes:
        interval: Of the bars in the rows.
        grid: The rows' slots, rising: from the warm-up's first to the last that is judged.
        slots: The slots that are judged, rising (UTC).
    """

    interval: Interval
    grid: Instants
    slots: tuple[datetime, ...]


def judged_slots(calendar: SessionCalendar, interval: Interval, window: Window) -> Instants:
    """The slots after the window's start, up to its end, at which bars of the interval close.

    Half hours have a row in every slot of a session. A day's bar has its row in the slot in which
    the session closes.

    Raises:
        ConfigurationError: The window leaves the span of time the calendar knows.
    """
    if interval is Interval.HALF_HOUR:
        return calendar.slots(window)
    closings = slots_ending(calendar.sessions(window).closed_at)
    inside = (closings > instant64(window.start)) & (closings <= instant64(window.end))
    found: Instants = closings[inside]
    return found


def blocks(calendar: SessionCalendar, interval: Interval, slots: Sequence[datetime]) -> list[Block]:
    """The blocks of the slots, in order of time.

    Args:
        calendar: Whose sessions the rows are.
        interval: Half hours or days.
        slots: Some of `judged_slots`, in any order.

    Raises:
        ValueError: Nothing of the interval closes at one of the slots.
        ConfigurationError: A slot lies outside what the calendar knows.
    """
    if not slots:
        return []
    rows = _rows(calendar, interval, slots)
    wanted = np.unique(np.array([instant64(slot) for slot in slots]))
    judged = np.searchsorted(rows.grid, wanted)
    if (judged == len(rows.grid)).any() or (rows.grid[judged] != wanted).any():
        raise ValueError(f"not every slot is one at which bars of {interval} close")
    found = []
    for number in np.unique(rows.block[judged]):
        inside = judged[rows.block[judged] == number]
        opening = rows.session[np.searchsorted(rows.block, number)] - WARM_UP_SESSIONS[interval]
        first = int(np.searchsorted(rows.session, opening))
        slots_inside = tuple(from_instant64(slot) for slot in rows.grid[inside])
        found.append(Block(interval, rows.grid[first : inside[-1] + 1], slots_inside))
    return found


def reading_start(
    calendar: SessionCalendar, interval: Interval, slots: Sequence[datetime]
) -> datetime:
    """From when on bars must be read, so that the blocks of the slots are whole (UTC).

    Args:
        calendar: Whose sessions the rows are.
        interval: Half hours or days.
        slots: Some of `judged_slots`, at least one.

    Returns:
        The open of the first session of the earliest block's warm-up.

    Raises:
        ValueError: No bar of the interval closes at the first of the slots.
        ConfigurationError: A slot lies outside what the calendar knows.
    """
    first_row = from_instant64(blocks(calendar, interval, [min(slots)])[0].grid[0])
    # A slot's own half hour may start before the first session known opens.
    trading = Window(max(first_row - SLOT, calendar.known.start), first_row)
    return from_instant64(calendar.sessions(trading).opened_at[-1])


def action_start(calendar: SessionCalendar, interval: Interval, slot: datetime) -> datetime:
    """The first of the rows whose scores matter to an action at the slot (UTC).

    Args:
        calendar: Whose sessions the rows are.
        interval: Half hours or days.
        slot: The judged slot (UTC).

    Raises:
        ConfigurationError: The slot lies outside what the calendar knows.
    """
    before = Window(max(slot - _ACTION_REACH, calendar.known.start), slot)
    rows = judged_slots(calendar, interval, before)[-ACTION_ROWS:]
    return min([slot, *map(from_instant64, rows)])


class _Rows(NamedTuple):
    """Rows of an interval, rising: their slots, and the numbers of their sessions and blocks."""

    grid: Instants
    session: NDArray[np.intp]
    block: NDArray[np.int64]


def _rows(calendar: SessionCalendar, interval: Interval, slots: Sequence[datetime]) -> _Rows:
    """All rows from before the warm-up of the earliest slot's block up to the last slot."""
    window = Window(max(min(slots) - _REACH[interval], calendar.known.start), max(slots))
    grid = judged_slots(calendar, interval, window)
    sessions = calendar.sessions(window)
    session = np.searchsorted(slots_ending(sessions.closed_at), grid)
    session_on = sessions.session_on[session]
    if interval is Interval.HALF_HOUR:
        block = (session_on - _A_MONDAY).astype(np.int64) // 7
    else:
        block = (session_on.astype("datetime64[Y]").astype(np.int64) + 1970) // 2
    return _Rows(grid, session, block)
