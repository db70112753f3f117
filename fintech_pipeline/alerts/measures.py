"""What price rules look at, measured in rows of half hours. Pure.

A window of less than a day counts trading half hours; one of days counts sessions, so that `1d` is
the change since the last close of the session before, as every ticker shows it. Prices are adjusted
(`signals.adjustment`), so that a split is no fall; a missing bar at a window's start is replaced by
the newest close before it, one at its end by nothing.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

import numpy as np
import talib
from numpy.typing import NDArray

from fintech_pipeline.alerts.rules import Metric, MetricKey
from fintech_pipeline.clock import SLOT
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.signals.adjustment import Adjusted, adjusted
from fintech_pipeline.signals.components import USUAL_SESSIONS
from fintech_pipeline.signals.indicators import RANGE_BARS
from fintech_pipeline.signals.prices import PriceMatrix
from fintech_pipeline.signals.session_readings import Calendar, sessions_of, usual_turnover

DAY = timedelta(days=1)


class Why(IntEnum):
    """Why there is no value."""

    NOTHING = 0
    CLOSED = 1
    SPLIT = 2
    SUSPECTED = 3
    NOT_JUDGED = 4
    NO_BAR = 5
    TOO_FEW = 6
    NO_SIGNAL = 7
    NO_NEWS = 8


PHRASES = (
    "",
    "its market is closed",
    "a split takes effect in this session",
    "its price jumped as in a split that nobody has told of",
    "the strategy judges only at the session's close",
    "its bar of this half hour has not arrived",
    "too few bars are stored for the window",
    "it has no signal at this slot",
    "no scored article in the last five days",
)
"""The phrases for a person, in the order of `Why`."""
HELD = frozenset({Why.CLOSED, Why.SPLIT, Why.SUSPECTED, Why.NOT_JUDGED})
"""What is no lack of data: nothing is looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One metric of some symbols at some slots; both (time, symbol).

    Attributes:
        value: The values; NaN where there is none.
        why: A `Why`; 0 where there is a value.
    """

    value: Floats
    why: NDArray[np.int8]


def nothing_measured(shape: tuple[int, int], why: Why) -> Measured:
    """Matrices to be filled in."""
    return Measured(np.full(shape, np.nan), np.full(shape, why, dtype=np.int8))


def price_measures(prices: PriceMatrix, keys: Collection[MetricKey]) -> dict[MetricKey, Measured]:
    """What the keys that prices tell measure, in every row.

    Args:
        prices: Half hours; enough of them before the first row that is wanted.
        keys: Those of other metrics are left out.
    """
    wanted = [key for key in keys if key.metric in _MEASURES]
    if not wanted or not prices.close.size:
        return {key: nothing_measured(prices.close.shape, Why.TOO_FEW) for key in wanted}
    bars, calendar = adjusted(prices, slice(None)), sessions_of(prices)
    seen = _Seen(bars, calendar, _filled(bars))
    muted = _muted(prices, bars, calendar)
    found = {}
    for key in wanted:
        with np.errstate(invalid="ignore", divide="ignore"):
            value = _MEASURES[key.metric](seen, key)
        found[key] = _told(value, seen, muted if key.metric.of_price else None)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Adjusted bars, their sessions, and the newest close up to each row; (symbol, time)."""

    bars: Adjusted
    calendar: Calendar
    close: Floats

    def base(self, window: timedelta | None) -> NDArray[np.intp]:
        """The row each row's window starts from; -1 where that is before the first; (time,)."""
        number, rows = self.calendar.number, np.arange(len(self.calendar.number))
        if window is None:
            raise ValueError("this metric needs a window")
        if window < DAY:
            return np.maximum(rows - window // SLOT, -1)
        before = number - window.days
        found: NDArray[np.intp] = np.where(
            before < 0, -1, self.calendar.last[np.maximum(before, 0)]
        )
        return found


def _filled(bars: Adjusted) -> Floats:
    rows = np.where(bars.present, np.arange(bars.close.shape[1]), -1)
    newest = np.maximum.accumulate(rows, axis=1)
    close = np.take_along_axis(bars.close, np.maximum(newest, 0), axis=1)
    close[newest < 0] = np.nan
    return close


def _muted(prices: PriceMatrix, bars: Adjusted, calendar: Calendar) -> NDArray[np.int8]:
    """Why price rules do not look at a cell; (symbol, time)."""
    muted = np.zeros(bars.close.shape, dtype=np.int8)
    split = prices.split.T != 1.0
    if split.any():
        by_session = np.logical_or.reduceat(split, calendar.first, axis=1)
        muted[by_session[:, calendar.number]] = Why.SPLIT
    if bars.suspected is not None:
        muted[~np.isnan(bars.suspected)] = Why.SUSPECTED
    return muted


def _told(value: Floats, seen: _Seen, muted: NDArray[np.int8] | None) -> Measured:
    why = np.where(np.isnan(value), np.int8(Why.TOO_FEW), np.int8(Why.NOTHING))
    if muted is not None:
        why[~seen.bars.present] = Why.NO_BAR
        # A split is told rather than a lack: it is why nobody looks.
        why[muted > 0] = muted[muted > 0]
    return Measured(np.where(why > 0, np.nan, value).T, why.T)


def _before(seen: _Seen, key: MetricKey) -> Floats:
    base = seen.base(key.window)
    before = seen.close[:, np.maximum(base, 0)]
    before[:, base < 0] = np.nan
    return before


def _change_pct(seen: _Seen, key: MetricKey) -> Floats:
    change: Floats = (seen.bars.close / _before(seen, key) - 1.0) * 100.0
    return change


def _change_atr(seen: _Seen, key: MetricKey) -> Floats:
    """The same change in average true ranges of 14 bars (Wilder 1978)."""
    bars, ranges = seen.bars, np.full(seen.close.shape, np.nan)
    for symbol, present in enumerate(bars.present):
        there = np.flatnonzero(present)
        if len(there) > RANGE_BARS:
            high, low, close = (c[symbol, there] for c in (bars.high, bars.low, bars.close))
            ranges[symbol, there] = talib.ATR(high, low, close, RANGE_BARS)
    ranges[ranges == 0.0] = np.nan
    change: Floats = (bars.close - _before(seen, key)) / ranges
    return change


def _drawdown_pct(seen: _Seen, key: MetricKey) -> Floats:
    fallen = np.full(seen.close.shape, np.nan)
    for row, first in enumerate(seen.base(key.window).tolist()):
        if first >= 0:
            # Not nanmax, which warns of symbols without any bar yet.
            high = np.fmax.reduce(seen.close[:, first : row + 1], axis=1)
            fallen[:, row] = (1.0 - seen.bars.close[:, row] / high) * 100.0
    return fallen


def _volume_ratio(seen: _Seen, _key: MetricKey) -> Floats:
    """The money traded against the mean of the same half hour of ten sessions."""
    money, usual = usual_turnover(seen.bars, seen.calendar, USUAL_SESSIONS[Interval.HALF_HOUR])
    return money / np.where(usual > 0, usual, np.nan)


def _staleness_minutes(seen: _Seen, _key: MetricKey) -> Floats:
    present = seen.bars.present
    rows = np.arange(present.shape[1])
    newest = np.maximum.accumulate(np.where(present, rows, -1), axis=1)
    return np.where(newest < 0, np.nan, (rows - newest) * (SLOT.total_seconds() / 60))


_MEASURES: Mapping[Metric, Callable[[_Seen, MetricKey], Floats]] = {
    Metric.PRICE_CHANGE_PCT: _change_pct,
    Metric.PRICE_CHANGE_ATR: _change_atr,
    Metric.DRAWDOWN_PCT: _drawdown_pct,
    Metric.VOLUME_RATIO: _volume_ratio,
    Metric.STALENESS_MINUTES: _staleness_minutes,
}
PRICE_METRICS = frozenset(_MEASURES)
"""What is measured of bars."""
