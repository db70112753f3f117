"""Which bars of a vendor that goes on publishing are final, and lie in the window. Pure.

A vendor's newest row may be of a half hour or a session that still trades, or of one that has just
ended and whose last minutes have not reached the vendor. Nothing in the row says so. So a bar is
taken only once the vendor's usual delay has passed since its close: a later run brings it whole.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import SETTLED, Instants, Window, from_instant64, instant64
from fintech_pipeline.market.bars import LENGTHS, Interval, RawBars
from fintech_pipeline.market.resampling import Sessions, half_hours


def finished(
    bars: RawBars, sessions: Sessions, window: Window, now: datetime, delay: timedelta
) -> RawBars:
    """The bars that open and close inside the window and are final.

    Args:
        bars: Unscreened; a row without a time stays, for the screening to tell of it.
        sessions: The sessions that trade inside the window; days are opened at their opens.
        window: Both ends UTC.
        now: The present (UTC).
        delay: How far behind a close the vendor usually is.
    """
    closed_at = closes(bars, sessions)
    last = min(window.end, now - delay)
    inside = (bars.opened_at >= instant64(window.start)) & (closed_at <= instant64(last))
    return bars[inside | np.isnat(bars.opened_at)]


def closes(bars: RawBars, sessions: Sessions) -> Instants:
    """When each bar closes (UTC); NaT for a day that is none of the sessions."""
    if bars.interval is not Interval.DAY:
        closed_at: Instants = bars.opened_at + np.timedelta64(LENGTHS[bars.interval])
        return closed_at
    closed_at = np.full(len(bars), "NaT", dtype="datetime64[us]")
    if len(sessions):
        place = np.minimum(np.searchsorted(sessions.opened_at, bars.opened_at), len(sessions) - 1)
        same = sessions.opened_at[place] == bars.opened_at
        closed_at[same] = sessions.closed_at[place[same]]
    return closed_at


def unfinished(
    bars: Sequence[RawBars], sessions: Sessions, window: Window, now: datetime, delay: timedelta
) -> bool:
    """Whether the vendor may not have the newest half hour of the window whole yet.

    It gave nothing up to its close, and either its usual delay has not passed since, or it has
    begun to give the half hour and may go on.

    Args:
        bars: What the vendor gave of one symbol.
        sessions: The sessions that trade inside the window.
        window: Both ends UTC.
        now: The present (UTC).
        delay: How far behind a close the vendor usually is.
    """
    halves = half_hours(sessions)
    inside = np.flatnonzero(halves.slot_at <= instant64(window.end))
    if not len(inside):
        return False
    opened_at, closed_at = halves.opened_at[inside[-1]], halves.closed_at[inside[-1]]
    within = [one for one in bars if one.interval is not Interval.DAY]
    ends = [closes(one, sessions)[one.opened_at < closed_at] for one in within]
    given_until = max((end.max() for end in ends if len(end)), default=opened_at)
    if given_until >= closed_at:
        return False
    begun = bool(given_until > opened_at) and closed_at > instant64(now - SETTLED)
    return bool(closed_at > instant64(now - delay)) or begun


def due_sessions(
    sessions: Sessions, window: Window, now: datetime, delay: timedelta
) -> NDArray[np.bool_]:
    """Which sessions lie whole in the window and are final."""
    last = min(window.end, now - delay)
    due: NDArray[np.bool_] = (sessions.opened_at >= instant64(window.start)) & (
        sessions.closed_at <= instant64(last)
    )
    return due


def ahead_told(bars: RawBars, source: str, now: datetime) -> str:
    """The sentence for rows that open after the present; empty where there are none."""
    ahead = bars.opened_at[bars.opened_at > instant64(now)]
    if not len(ahead):
        return ""
    rows, were = (f"{len(ahead)} rows", "were") if len(ahead) > 1 else ("1 row", "was")
    last = from_instant64(ahead.max())
    return (
        f"{rows} of {source} {were} dated in the future, up to {last:%Y-%m-%d %H:%MZ}, and left"
        " out; compare this machine's clock"
    )
