"""Indicators of a block's prices: TA-Lib's, and Yang and Zhang's volatility, which it lacks. Pure.

TA-Lib is the reference implementation of the field's indicators (ta-lib.org); it works on one
series without holes. So each symbol's bars are packed, oldest first, and what comes out is put back
into its rows. Prices are followed through splits and dividends by factors that only look back
(`forward_adjusted`), so nothing later bends anything earlier.
"""

from dataclasses import dataclass

import numpy as np
import talib
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Floats

Rows = NDArray[np.intp]
PRESENT_SHARE = 0.8
"""A look-back of n bars may stretch over n / 0.8 rows; then too many bars are missing in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """The bars that exist, by symbol, oldest first; (symbol, bar), NaN after each symbol's last.

    Attributes:
        count: How many bars each symbol has; (symbol,).
        row: The row each bar came from; -1 after the last.
        open: Opens, adjusted, as parts of the symbol's first close, like all prices here.
        high: Highs.
        low: Lows.
        close: Closes.
        volume_shares: Volumes, adjusted for splits.
    """

    count: Rows
    row: Rows
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume_shares: Floats

    def unpacked(self, values: Floats, rows: int) -> Floats:
        """The values in their rows, (time, symbol), NaN where no bar is."""
        if (self.count == rows).all():
            return values.T
        placed = np.full((rows, len(self.count)), np.nan)
        symbol, bar = np.nonzero(self.row >= 0)
        placed[self.row[symbol, bar], symbol] = values[symbol, bar]
        return placed


def forward_adjusted(split: Floats, payout: Floats) -> tuple[Floats, Floats]:
    """By what raw prices are multiplied, and volumes divided, to be compared with the first row's.

    A price after a split of n for one counts n times, and after a dividend of D on a close of C it
    counts C / (C - D) times (the factors of CRSP and of LEAN's factor files, turned round).

    Args:
        split: New shares for one old that took effect since the row before; (time, symbol).
        payout: The share of the last close that was paid out since the row before; the same.
    """
    by_price: Floats = np.cumprod(split / (1.0 - payout), axis=0, dtype=np.float64)
    by_split: Floats = np.cumprod(split, axis=0, dtype=np.float64)
    return by_price, by_split


def packed(
    prices: tuple[Floats, Floats, Floats, Floats],
    volume_shares: Floats,
    adjusted: tuple[Floats, Floats],
) -> Packed:
    """Packs (time, symbol) matrices.

    Args:
        prices: Open, high, low and close, raw; a bar exists where there is a close.
        volume_shares: Raw volumes.
        adjusted: What `forward_adjusted` gave.
    """
    present = ~np.isnan(prices[3].T)
    count = present.sum(axis=1)
    bars = int(count.max(initial=0))
    symbol, row = np.nonzero(present)
    bar = np.arange(len(symbol)) - np.repeat(np.cumsum(count) - count, count)
    rows = np.full((len(count), bars), -1, dtype=np.intp)
    rows[symbol, bar] = row
    by_price, by_split = adjusted

    def filled(matrix: Floats) -> Floats:
        if present.all():
            return np.ascontiguousarray(matrix.T)
        values = np.full((len(count), bars), np.nan)
        values[symbol, bar] = matrix[row, symbol]
        return values

    open_, high, low, close = (filled(price * by_price) for price in prices)
    first = close[:, :1]
    return Packed(
        count,
        rows,
        open_ / first,
        high / first,
        low / first,
        close / first,
        filled(volume_shares / by_split),
    )


def each(bars: Packed, indicator: str, *columns: Floats, **options: int) -> Floats:
    """TA-Lib's indicator of that name for each symbol; NaN before its look-back is full.

    Args:
        bars: How many bars each symbol has.
        indicator: TA-Lib's name of it.
        columns: What it reads, (symbol, bar).
        options: Its look-back.
    """
    function = getattr(talib, indicator)
    values = np.full(bars.close.shape, np.nan)
    for symbol, count in enumerate(bars.count.tolist()):
        if count:
            values[symbol, :count] = function(*(c[symbol, :count] for c in columns), **options)
    return values


def rolling_sum(values: Floats, bars: int) -> Floats:
    """The sum over each bar and the bars - 1 before it; NaN where there are fewer."""
    total = np.cumsum(values, axis=1)
    summed = np.full_like(total, np.nan)
    summed[:, bars - 1 :] = total[:, bars - 1 :]
    summed[:, bars:] -= total[:, :-bars]
    return summed


def earlier(values: Floats, bars: int) -> Floats:
    """The values as they were so many bars before; NaN before the first."""
    moved = np.full_like(values, np.nan)
    moved[:, bars:] = values[:, :-bars]
    return moved


def yang_zhang(bars: Packed, look_back: int) -> Floats:
    """The standard deviation of one bar's return, by Yang and Zhang 2000; (symbol, bar).

    σ² = σ²(open after close) + k σ²(close after open) + (1 - k) Rogers and Satchell's, with
    k = 0.34 / (1.34 + (n + 1) / (n - 1)). The gaps between bars, the night's too, are a variance of
    their own, so it needs neither continuous trading nor a price without drift.

    Args:
        bars: The prices.
        look_back: n, the bars it looks at; the close before the first counts too.
    """
    gap = np.log(bars.open / earlier(bars.close, 1))
    gap[:, 0] = 0.0
    body = np.log(bars.close / bars.open)
    up, down = np.log(bars.high / bars.open), np.log(bars.low / bars.open)
    ranges = rolling_sum(up * (up - body) + down * (down - body), look_back) / look_back
    k = 0.34 / (1.34 + (look_back + 1) / (look_back - 1))
    variance = _variance(gap, look_back) + k * _variance(body, look_back) + (1.0 - k) * ranges
    # The first gap is unknown, and 0 stands in for it.
    variance[:, :look_back] = np.nan
    with np.errstate(invalid="ignore"):
        deviation: Floats = np.sqrt(np.maximum(variance, 0.0))
    return deviation


def _variance(values: Floats, bars: int) -> Floats:
    mean = rolling_sum(values, bars) / bars
    squares = rolling_sum(values * values, bars)
    variance: Floats = (squares - bars * mean * mean) / (bars - 1)
    return variance
