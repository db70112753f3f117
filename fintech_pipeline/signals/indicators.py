"""The indicators of TA-Lib, symbol by symbol, and what it does not say of them. Pure.

TA-Lib is the C library of the field; its running sums and Wilder's recursions start at a series'
first bar. It is given the bars that exist, because one NaN poisons its sums. It answers 0 where an
indicator does not exist (the RSI of a price that did not move is no oversold market); `run_of`
tells that apart. Its global settings (unstable periods, compatibility) are left alone.
"""

from dataclasses import dataclass, fields
from inspect import unwrap

import numpy as np
import talib
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.existing_bars import ExistingBars
from fintech_pipeline.signals.prices import FEWEST_BARS

FAST_BARS = 12
SLOW_BARS = 26
RANGE_BARS = 14
BAND_BARS = 20
STRENGTH_BARS = 14
FLOW_BARS = 14
ADX_BARS = 14

# Without what TA-Lib's Python wraps around each function, which looks for pandas and polars at
# every call.
_ADX, _ATR, _EMA, _MFI, _ROCP, _RSI, _SMA, _STDDEV = (
    unwrap(function)
    for function in (
        talib.ADX,
        talib.ATR,
        talib.EMA,
        talib.MFI,
        talib.ROCP,
        talib.RSI,
        talib.SMA,
        talib.STDDEV,
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class Indicators:
    """Indicators of the bars of some symbols; (symbol, bar), NaN where the look-back is not whole.

    Attributes:
        month: Return over the first span asked for (rate of change).
        week: Return over the second.
        fast: Exponential average of 12 closes.
        slow: Exponential average of 26 closes.
        true_range: Average true range of 14 bars (Wilder 1978).
        mean: Mean of 20 closes.
        deviation: Their standard deviation, of the population.
        rsi: Relative strength index of 14 bars, 0 to 100 (Wilder 1978).
        adx: Average directional index of 14 bars, 0 to 100 (Wilder 1978).
        mfi: Money flow index of 14 bars, 0 to 100 (Quong and Soudack 1989).
    """

    month: Floats
    week: Floats
    fast: Floats
    slow: Floats
    true_range: Floats
    mean: Floats
    deviation: Floats
    rsi: Floats
    adx: Floats
    mfi: Floats


def room_for(symbols: int, rows: int) -> Floats:
    """Memory for the indicators of so many symbols, to be used again for the next ones.

    To get and give back memory for each group of symbols takes as long as the indicators.
    """
    return np.empty((len(fields(Indicators)), symbols, rows))


def indicators(bars: ExistingBars, month: int, week: int, room: Floats) -> Indicators:
    """TA-Lib's indicators of each symbol's bars.

    Args:
        bars: The bars that exist; what stands behind a symbol's last is not looked at.
        month: Over how many bars the first return goes.
        week: And the second.
        room: Where they are written, from `room_for`; enough for these symbols.
    """
    found = Indicators(*room[:, : len(bars.close)])
    for symbol, count in enumerate(bars.count.tolist()):
        known = count if count >= FEWEST_BARS else 0
        room[:, symbol, known:] = np.nan
        if known:
            these = (symbol, slice(known))
            high, low, close = bars.high[these], bars.low[these], bars.close[these]
            found.month[these] = _ROCP(close, month)
            found.week[these] = _ROCP(close, week)
            found.fast[these] = _EMA(close, FAST_BARS)
            found.slow[these] = _EMA(close, SLOW_BARS)
            found.true_range[these] = _ATR(high, low, close, RANGE_BARS)
            found.mean[these] = _SMA(close, BAND_BARS)
            found.deviation[these] = _STDDEV(close, BAND_BARS)
            found.rsi[these] = _RSI(close, STRENGTH_BARS)
            found.adx[these] = _ADX(high, low, close, ADX_BARS)
            found.mfi[these] = _MFI(high, low, close, bars.volume[these], FLOW_BARS)
    return found


def run_of(same: NDArray[np.bool_], length: int) -> NDArray[np.int64] | None:
    """How many rows in a row, up to each, something was so; None where never as many as `length`.

    Args:
        same: Whether it was; (symbol, bar).
        length: Of what run anybody would care.
    """
    if same.sum(axis=1).max(initial=0) < length:
        return None
    rows = np.arange(same.shape[1])
    runs: NDArray[np.int64] = rows - np.maximum.accumulate(np.where(same, -1, rows), axis=1)
    return runs
