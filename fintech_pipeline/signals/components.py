"""The price components of a signal, read from the rows of one block. Pure.

Every component is in [-1, 1]; where it does not exist, its value is NaN and it says why. The
formulas and their sources stand in docs/signals.md. A row's readings depend on the rows from the
block's first one up to it and on nothing else; a symbol's depend on no other's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.signals.adjustment import Adjusted, adjusted
from fintech_pipeline.signals.bar_components import bar_components, squash
from fintech_pipeline.signals.existing_bars import Component, completed, existing_bars
from fintech_pipeline.signals.explanation import Lack
from fintech_pipeline.signals.indicators import room_for
from fintech_pipeline.signals.prices import STALE_ROWS, PriceMatrix
from fintech_pipeline.signals.session_readings import (
    Calendar,
    closing_before,
    overnight_gap,
    sessions_of,
    usual_turnover,
)
from fintech_pipeline.signals.strategy import PRICE_COMPONENTS, REGIME_INDICATORS

USUAL_SESSIONS = {Interval.HALF_HOUR: 10, Interval.DAY: 20}
"""How many sessions tell what volume and which gap are usual."""
_CELLS = 12_000
"""How much is computed together: few enough that all of it stays in a core's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class PriceReadings:
    """What prices say; every matrix is (time, symbol).

    Attributes:
        values: By component, in [-1, 1]; NaN where it does not exist.
        figures: By component, the figure that a person reads; NaN there as well.
        lacks: By component, why it does not exist: a place in `explanation.LACKS`; 0 where it does.
        regimes: What regimes look at, `adx` and `volatility_ratio`; NaN where unknown.
        present: Whether there is a bar.
        history: How many bars there are from the block's first row up to each.
        previous_close: The last close of the session before, in the row's shares; a dividend is
            not taken out of it. NaN where there is none.
        suspected: The ratio, new shares for one old, of a jump in the last 26 rows that looks like
            a split and that no stored action explains; NaN where there is none.
    """

    values: Mapping[str, Floats]
    figures: Mapping[str, Floats]
    lacks: Mapping[str, NDArray[np.int8]]
    regimes: Mapping[str, Floats]
    present: NDArray[np.bool_]
    history: NDArray[np.int32]
    previous_close: Floats
    suspected: Floats


def price_readings(prices: PriceMatrix) -> PriceReadings:
    """What the prices of one block say.

    Args:
        prices: The block's rows, from its first.
    """
    shape = (len(prices.symbols), len(prices.slots))
    readings = _nothing_read(shape)
    if prices.close.size:
        calendar = sessions_of(prices)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
            group = max(1, _CELLS // shape[1])
            room = room_for(group, shape[1])
            for first in range(0, shape[0], group):
                _read(readings, prices, calendar, slice(first, first + group), room)
    return readings


def _nothing_read(shape: tuple[int, int]) -> PriceReadings:
    """Matrices to be filled in; each symbol's rows side by side in memory.

    One piece of memory, because a system gives out one large piece much faster than many small.
    """
    count = 2 * len(PRICE_COMPONENTS) + len(REGIME_INDICATORS) + 2
    matrices = iter(np.empty((count, *shape)).transpose(0, 2, 1))
    lacks = np.empty((len(PRICE_COMPONENTS), *shape), dtype=np.int8).transpose(0, 2, 1)
    return PriceReadings(
        values=dict(zip(PRICE_COMPONENTS, matrices, strict=False)),
        figures=dict(zip(PRICE_COMPONENTS, matrices, strict=False)),
        lacks=dict(zip(PRICE_COMPONENTS, lacks, strict=True)),
        regimes=dict(zip(REGIME_INDICATORS, matrices, strict=False)),
        present=np.empty(shape, dtype=np.bool_).T,
        history=np.empty(shape, dtype=np.int32).T,
        previous_close=next(matrices),
        suspected=next(matrices),
    )


def _read(
    readings: PriceReadings, prices: PriceMatrix, calendar: Calendar, columns: slice, room: Floats
) -> None:
    """Fills in what the prices of some symbols say."""
    bars = adjusted(prices, columns)
    components, regimes = bar_components(existing_bars(bars), prices.interval, room)
    sessions = USUAL_SESSIONS[prices.interval]
    components["volume"] = _volume(bars, calendar, sessions)
    components["gap"] = _gap(bars, calendar, sessions)
    for name, component in components.items():
        readings.values[name].T[columns] = component.value
        readings.figures[name].T[columns] = component.figure
        readings.lacks[name].T[columns] = component.lack
    for name, indicator in regimes.items():
        readings.regimes[name].T[columns] = indicator
    readings.present.T[columns] = bars.present
    np.cumsum(bars.present, axis=1, dtype=np.int32, out=readings.history.T[columns])
    readings.previous_close.T[columns] = _previous_close(prices, bars, calendar, columns)
    readings.suspected.T[columns] = np.nan if bars.suspected is None else bars.suspected


def _volume(bars: Adjusted, calendar: Calendar, sessions: int) -> Component:
    """The money traded over what is usual at its place, signed by the bar's return.

    A quiet bar says nothing: only what exceeds the usual counts.
    """
    money, usual = usual_turnover(bars, calendar, sessions)
    ratio = money / usual
    value = squash(np.maximum(ratio - 1.0, 0.0))
    value *= np.sign(bars.close - bars.before)
    lack = np.full(value.shape, Lack.TOO_FEW_BARS, dtype=np.int8)
    lack[usual == 0] = Lack.NO_TRADE
    lack[np.isnan(usual)] = Lack.TOO_FEW_SESSIONS
    if bars.age is not None:
        far = bars.age > STALE_ROWS
        value[far] = np.nan
        lack[far] = Lack.HOLES
        lack[~bars.present] = Lack.NO_BAR
    return completed(value, ratio, lack)


def _gap(bars: Adjusted, calendar: Calendar, sessions: int) -> Component:
    """The gap that the session opened with, in its usual size; it holds through the session."""
    by_session, usual = overnight_gap(bars, calendar, sessions)
    value = calendar.in_rows(squash(by_session / usual))
    gap, usual = calendar.in_rows(by_session), calendar.in_rows(usual)
    lack = np.full(value.shape, Lack.STILL, dtype=np.int8)
    lack[np.isnan(usual)] = Lack.TOO_FEW_SESSIONS
    lack[np.isnan(gap)] = Lack.NO_OPEN
    if bars.age is not None:
        value[~bars.present] = np.nan
        lack[~bars.present] = Lack.NO_BAR
    return completed(value, gap, lack)


def _previous_close(
    prices: PriceMatrix, bars: Adjusted, calendar: Calendar, columns: slice
) -> Floats:
    close = prices.close.T[columns]
    if bars.shares is None:
        return calendar.in_rows(closing_before(close, calendar))
    return calendar.in_rows(closing_before(close * bars.shares, calendar)) / bars.shares
