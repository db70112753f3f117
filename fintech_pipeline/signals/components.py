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
from fintech_pipeline.signals.existing_bars import Component, existing_bars
from fintech_pipeline.signals.explanation import Lack
from fintech_pipeline.signals.prices import STALE_ROWS, PriceMatrix
from fintech_pipeline.signals.session_readings import (
    Calendar,
    closing_before,
    overnight_gap,
    sessions_of,
    usual_turnover,
)
from fintech_pipeline.signals.strategy import REGIME_INDICATORS

USUAL_SESSIONS = {Interval.HALF_HOUR: 10, Interval.DAY: 20}
"""How many sessions tell what volume and which gap are usual."""
PRICE_COMPONENTS = (
    "momentum",
    "trend",
    "mean_reversion",
    "rsi",
    "reversal",
    "volume",
    "money_flow",
    "gap",
)
"""Those of a strategy's components that prices tell; news tell the others."""
_GROUP = 16
"""Symbols that are computed together: few enough that their columns stay in a core's cache."""


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
    readings = PriceReadings(
        values={name: np.empty(shape).T for name in PRICE_COMPONENTS},
        figures={name: np.empty(shape).T for name in PRICE_COMPONENTS},
        lacks={name: np.empty(shape, dtype=np.int8).T for name in PRICE_COMPONENTS},
        regimes={name: np.empty(shape).T for name in REGIME_INDICATORS},
        present=np.empty(shape, dtype=np.bool_).T,
        history=np.empty(shape, dtype=np.int32).T,
        previous_close=np.empty(shape).T,
        suspected=np.full(shape, np.nan).T,
    )
    if prices.close.size:
        calendar = sessions_of(prices)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
            for first in range(0, shape[0], _GROUP):
                _read(readings, prices, calendar, slice(first, first + _GROUP))
    return readings


def _read(readings: PriceReadings, prices: PriceMatrix, calendar: Calendar, columns: slice) -> None:
    """Fills in what the prices of some symbols say."""
    bars = adjusted(prices, columns)
    components, regimes = bar_components(existing_bars(bars), prices.interval)
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
    if bars.suspected is not None:
        readings.suspected.T[columns] = bars.suspected


def _volume(bars: Adjusted, calendar: Calendar, sessions: int) -> Component:
    """The money traded over what is usual at its place, signed by the bar's return.

    A quiet bar says nothing: only what exceeds the usual counts.
    """
    money, usual = usual_turnover(bars, calendar, sessions)
    ratio = money / usual
    value = squash(np.maximum(ratio - 1.0, 0.0)) * np.sign(bars.close - bars.before)
    lack = np.zeros(value.shape, dtype=np.int8)
    missing = ~np.isfinite(value)
    lack[missing] = Lack.TOO_FEW_BARS
    lack[missing & (usual == 0)] = Lack.NO_TRADE
    lack[np.isnan(usual)] = Lack.TOO_FEW_SESSIONS
    if bars.age is not None:
        lack[bars.age > STALE_ROWS] = Lack.HOLES
    return _found(bars, value, ratio, lack)


def _gap(bars: Adjusted, calendar: Calendar, sessions: int) -> Component:
    """The gap that the session opened with, in its usual size; it holds through the session."""
    gap, usual = overnight_gap(bars, calendar, sessions)
    value = squash(gap / np.where(usual > 0, usual, np.nan))
    lack = np.zeros(value.shape, dtype=np.int8)
    lack[~np.isfinite(value)] = Lack.STILL
    lack[np.isnan(usual)] = Lack.TOO_FEW_SESSIONS
    lack[np.isnan(gap)] = Lack.NO_OPEN
    rows = calendar.number
    if len(calendar.first) < len(rows):
        value, gap, lack = value[:, rows], gap[:, rows], lack[:, rows]
    return _found(bars, value, gap, lack)


def _found(bars: Adjusted, value: Floats, figure: Floats, lack: NDArray[np.int8]) -> Component:
    """The component, NaN wherever it lacks something."""
    if bars.age is not None:
        lack[~bars.present] = Lack.NO_BAR
    lacking = lack != 0
    value[lacking] = np.nan
    figure[lacking] = np.nan
    return Component(value, figure, lack)


def _previous_close(
    prices: PriceMatrix, bars: Adjusted, calendar: Calendar, columns: slice
) -> Floats:
    close = prices.close.T[columns]
    if bars.shares is None:
        return closing_before(close, calendar)[:, calendar.number]
    return closing_before(close * bars.shares, calendar)[:, calendar.number] / bars.shares
