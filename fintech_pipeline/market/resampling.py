"""Resampling along the session: finer bars become half-hour bars, both become days. Pure.

A half hour ends on the UTC half-hour grid and is clipped to trading time: an open off the grid
makes a first partial half hour, a close off the grid ends the last one, a lunch break leaves its
half hours out. A row counts where it closes, because only then is it known, so no bucket ever
contains anything that happened after its own close.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import SLOT, Instants, instant64
from fintech_pipeline.errors import DataQualityError
from fintech_pipeline.market.bars import LENGTHS, BarSeries, Interval, RawBars

Rows = NDArray[np.intp]
"""Places in another column."""

_SLOT = np.timedelta64(SLOT)
_FINER = list(Interval)


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """Sessions of one exchange in order of time, none overlapping another; equal columns.

    Attributes:
        session_on: The sessions' dates at the exchange, `datetime64[D]`.
        opened_at: Their opens, `datetime64[us]`, UTC.
        closed_at: Their closes, UTC.
        break_started_at: When their lunch breaks start, UTC; NaT where there is none.
        break_ended_at: When trading resumes, UTC; NaT where there is no break.
    """

    session_on: NDArray[np.datetime64]
    opened_at: Instants
    closed_at: Instants
    break_started_at: Instants
    break_ended_at: Instants

    def __len__(self) -> int:
        return len(self.session_on)

    def __getitem__(self, rows: slice) -> "Sessions":
        return Sessions(
            self.session_on[rows],
            self.opened_at[rows],
            self.closed_at[rows],
            self.break_started_at[rows],
            self.break_ended_at[rows],
        )

    def trading(self) -> "Trading":
        """The spans of uninterrupted trading: one a session, two where it has a break."""
        broken = ~np.isnat(self.break_started_at)
        session = np.repeat(np.arange(len(self)), 1 + broken)
        before = np.searchsorted(session, np.flatnonzero(broken))
        started_at, ended_at = self.opened_at[session], self.closed_at[session]
        ended_at[before] = self.break_started_at[broken]
        started_at[before + 1] = self.break_ended_at[broken]
        return Trading(session, started_at, ended_at)


class Trading(NamedTuple):
    """Spans of uninterrupted trading in order of time.

    Attributes:
        session: The row of `Sessions` each belongs to.
        started_at: Starts, UTC.
        ended_at: Ends, UTC.
    """

    session: Rows
    started_at: Instants
    ended_at: Instants


class HalfHours(NamedTuple):
    """The half hours that judge some trading time, in order of time.

    Attributes:
        session: The row of `Sessions` each belongs to.
        slot_at: Its end on the half-hour grid, UTC.
        opened_at: Where its trading starts, UTC: the half hour's start or later.
        closed_at: Where its trading ends, UTC: `slot_at` or earlier.
    """

    session: Rows
    slot_at: Instants
    opened_at: Instants
    closed_at: Instants


def slots_ending(instants: Instants) -> Instants:
    """The slot each instant falls in: itself on the half-hour grid, else the next one (UTC)."""
    missing = -instants.astype(np.int64) % _SLOT.astype(np.int64)
    slots: Instants = instants + missing.astype("timedelta64[us]")
    return slots


def half_hours(sessions: Sessions) -> HalfHours:
    """Every half hour of the sessions, clipped to trading time, without those of lunch breaks."""
    session, started_at, ended_at = sessions.trading()
    first = slots_ending(started_at + np.timedelta64(1, "us"))
    count = (slots_ending(ended_at) - first) // _SLOT + 1
    span = np.repeat(np.arange(len(session)), count)
    place = np.arange(len(span)) - np.repeat(np.cumsum(count) - count, count)
    slot_at = first[span] + place * _SLOT
    opened_at = np.maximum(slot_at - _SLOT, started_at[span])
    closed_at = np.minimum(slot_at, ended_at[span])
    # A break shorter than its half hour leaves two pieces of the same one: they are joined.
    differs = (np.diff(slot_at) > np.timedelta64(0)) | (np.diff(session[span]) > 0)
    starts = np.append([True], differs)[: len(span)]
    ends = np.append(differs, [True])[: len(span)]
    return HalfHours(session[span][starts], slot_at[starts], opened_at[starts], closed_at[ends])


def in_trading(bars: RawBars, sessions: Sessions) -> NDArray[np.bool_]:
    """Which rows open while a session trades; those before, after and in breaks do not.

    Args:
        bars: In any order.
        sessions: All sessions of the time the bars span.
    """
    return _spans_of(bars, sessions.trading())[1]


def resample(
    bars: RawBars | BarSeries,
    to: Interval,
    sessions: Sessions,
    until: datetime,
    since: datetime | None = None,
) -> BarSeries:
    """The complete bars of another interval: first open, highest high, lowest low, last close.

    Volumes add up. Rows that open outside trading time are left out (`in_trading` tells which).
    A bar of a day opens and closes with its session. Bars of the interval asked for stay as they
    are; of coarser ones nothing finer can be made, so the answer has no rows. A bar is the same
    bits whatever rows follow it.

    Args:
        bars: Screened bars of one symbol in strict order of time.
        to: The interval wanted.
        sessions: All sessions of the instrument's exchange that overlap the bars' window.
        until: Bars that close later (UTC) are incomplete and are not made.
        since: Bars that open earlier (UTC) miss rows and are not made; None where the bars are
            known to start with a session.

    Raises:
        DataQualityError: The rows do not stand in strict order of time, or are broken.
    """
    rows = bars.bars if isinstance(bars, BarSeries) else bars
    if (np.diff(rows.opened_at) <= np.timedelta64(0)).any():
        raise DataQualityError(f"{rows.symbol}'s bars do not stand in strict order of time")
    if _FINER.index(rows.interval) > _FINER.index(to):
        return BarSeries(_empty(rows, to), rows.opened_at[:0])
    trading = sessions.trading()
    span, inside = _spans_of(rows, trading)
    rows, span = rows[inside], span[inside]
    session, closed_at = trading.session[span], _closes(rows, trading.ended_at[span])
    if to is Interval.DAY:
        made = _summed(rows, to, session, sessions.opened_at, sessions.closed_at)
    elif rows.interval is to:
        made = rows, closed_at
    else:
        halves = half_hours(sessions)
        bucket = np.searchsorted(halves.slot_at, slots_ending(closed_at))
        bucket += halves.session[bucket] < session
        made = _summed(rows, to, bucket, halves.opened_at, halves.closed_at)
    return _complete(*made, until, since)


def _spans_of(bars: RawBars, trading: Trading) -> tuple[Rows, NDArray[np.bool_]]:
    """The span of trading each row opens in, and whether there is one."""
    if not len(trading.session):
        return np.zeros(len(bars), dtype=np.intp), np.zeros(len(bars), dtype=np.bool_)
    span = np.searchsorted(trading.started_at, bars.opened_at, side="right") - 1
    return span, (span >= 0) & (bars.opened_at < trading.ended_at[span])


def _closes(rows: RawBars, trading_ends_at: Instants) -> Instants:
    """When each row closed: after its length, but with trading at the latest."""
    if rows.interval is Interval.DAY:
        return trading_ends_at
    return np.minimum(rows.opened_at + np.timedelta64(LENGTHS[rows.interval]), trading_ends_at)


def _summed(
    rows: RawBars, to: Interval, bucket: Rows, opened_at: Instants, closed_at: Instants
) -> tuple[RawBars, Instants]:
    """One bar for each bucket that has rows; the buckets rise, the times are theirs."""
    if not len(rows):
        return _empty(rows, to), rows.opened_at
    new = np.diff(bucket) != 0
    first, last = np.flatnonzero(np.append(True, new)), np.flatnonzero(np.append(new, True))
    used = bucket[first]
    made = RawBars(
        rows.symbol,
        to,
        opened_at[used],
        rows.open[first],
        np.maximum.reduceat(rows.high, first),
        np.minimum.reduceat(rows.low, first),
        rows.close[last],
        np.add.reduceat(rows.volume_shares, first),
    )
    return made, closed_at[used]


def _complete(
    bars: RawBars, closed_at: Instants, until: datetime, since: datetime | None
) -> BarSeries:
    whole = closed_at <= instant64(until)
    if since is not None:
        whole &= bars.opened_at >= instant64(since)
    return BarSeries(bars[whole], closed_at[whole])


def _empty(bars: RawBars, interval: Interval) -> RawBars:
    nothing = np.empty(0)
    return RawBars(bars.symbol, interval, bars.opened_at[:0], *[nothing] * 5)
