"""The components that are read from a symbol's bars one after the other. Pure.

A component lacks its price's movement where the closes of its look-back are all the same: the
quotient behind it would be nothing over nothing, or what rounding left of it.
"""

import math

import numpy as np

from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.signals.existing_bars import Component, ExistingBars
from fintech_pipeline.signals.explanation import Lack
from fintech_pipeline.signals.indicators import (
    ADX_BARS,
    BAND_BARS,
    FLOW_BARS,
    SLOW_BARS,
    STRENGTH_BARS,
    Indicators,
    indicators,
    run_of,
)
from fintech_pipeline.signals.prices import MOMENTUM_BARS, REVERSAL_BARS
from fintech_pipeline.signals.volatility import yang_zhang

VOLATILITY_BARS = 65
RECENT_BARS = 13


def squash(x: Floats) -> Floats:
    """Maps the real line to [-1, 1] by x / √(1 + x²): exact IEEE operations, unlike tanh."""
    root = x * x
    root += 1.0
    np.sqrt(root, out=root)
    return np.divide(x, root, out=root)


def bar_components(
    bars: ExistingBars, interval: Interval, room: Floats
) -> tuple[dict[str, Component], dict[str, Floats]]:
    """The components that bars tell, and what regimes look at, in rows.

    Args:
        bars: The bars that exist.
        interval: Of the bars, which says how many are a session or a week.
        room: Memory from `indicators.room_for`, which is written over.
    """
    month, week = MOMENTUM_BARS[interval], REVERSAL_BARS[interval]
    found = indicators(bars, month, week, room)
    usual, recent = yang_zhang(bars, (VOLATILITY_BARS, RECENT_BARS))
    still = run_of(bars.close == bars.before, STRENGTH_BARS)

    def moving(figure: Floats, look_back: int) -> Floats:
        """The figure where not all closes of the look-back are the same."""
        if still is not None:
            figure[still >= look_back - 1] = np.nan
        return figure

    usual_bars = VOLATILITY_BARS + 1
    usual = moving(usual, usual_bars)
    distance = moving((bars.close - found.mean) / found.deviation, BAND_BARS)
    spread = moving((found.fast - found.slow) / found.true_range, SLOW_BARS)
    rsi = moving(found.rsi, STRENGTH_BARS + 1)
    momentum = found.month / (usual * math.sqrt(month))
    reversal = found.week / (usual * -math.sqrt(week))
    components = {
        "momentum": bars.judged(squash(momentum), found.month, usual_bars, Lack.STILL),
        "trend": bars.judged(squash(spread), spread, SLOW_BARS, Lack.STILL),
        "mean_reversion": bars.judged(squash(distance * -0.5), distance, BAND_BARS, Lack.STILL),
        "rsi": bars.judged(1.0 - rsi / 50.0, rsi, STRENGTH_BARS + 1, Lack.STILL),
        "reversal": bars.judged(squash(reversal), found.week, usual_bars, Lack.STILL),
        "money_flow": _money_flow(bars, found),
    }
    regimes = {
        "adx": bars.in_rows(moving(found.adx, 2 * ADX_BARS)),
        "volatility_ratio": bars.in_rows(np.where(usual > 0, recent / usual, np.nan)),
    }
    return components, regimes


def _money_flow(bars: ExistingBars, found: Indicators) -> Component:
    """How much of the money was traded while the typical price rose.

    TA-Lib says 0 where no money moved with the price, which is no outflow.
    """
    # A running sum may be a rounding error below nothing.
    figure = np.minimum(np.maximum(found.mfi, 0.0), 100.0)
    untraded = bars.volume == 0
    typical = (bars.high + bars.low + bars.close) / 3.0
    flat = untraded.copy()
    flat[:, 1:] |= typical[:, 1:] == typical[:, :-1]
    still, idle = run_of(flat, FLOW_BARS), run_of(untraded, FLOW_BARS)
    if still is not None:
        figure[still >= FLOW_BARS] = np.nan
    why = Lack.STILL if idle is None else np.where(idle >= FLOW_BARS, Lack.NO_TRADE, Lack.STILL)
    return bars.judged(figure / 50.0 - 1.0, figure, FLOW_BARS + 1, why)
