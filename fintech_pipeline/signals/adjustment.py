"""Prices as a holder lived through them, counted forward from a block's first row. Pure.

A raw price is multiplied by the factors of the splits and dividends with an ex-date up to its row,
never by those of a later one, so that nothing that happens later bends anything earlier. A dividend
D on a close C counts C / (C - D) (the factor of CRSP and of LEAN's factor files, turned round).

A jump that looks like a split which nobody told of is taken for one, by the rule of
`market.quality`, so that it bends no component; it is reported as suspected.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.market.quality import LEAST_JUMP, split_like
from fintech_pipeline.signals.prices import PriceMatrix

SUSPECT_ROWS = 26
"""For how many rows a jump that nobody told of stays suspected."""


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """Adjusted bars of some symbols; (symbol, time) and side by side in memory, unlike a matrix.

    Prices count in a unit of each symbol's own: a power of two, so that its first close is about 1
    and every quotient keeps its bits.

    Attributes:
        present: Whether there is a bar.
        open: Opens, NaN where there is no bar, like the next three.
        high: Highs.
        low: Lows.
        close: Closes.
        volume: Shares of the block's first row, so that price × volume is the money traded.
        before: The newest earlier close, however old; NaN where there is none.
        age: How many rows ago that was.
        shares: Shares that one of the block's first row has become; None: 1 throughout.
        suspected: The ratio of a jump in the last rows that looks like a split; None: no jump.
    """

    present: NDArray[np.bool_]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    before: Floats
    age: NDArray[np.int64] | None
    shares: Floats | None
    suspected: Floats | None


def adjusted(prices: PriceMatrix, columns: slice) -> Adjusted:
    """The adjusted bars of some of the matrix's columns."""
    raw_close = _by_symbol(prices.close, columns)
    present = ~np.isnan(raw_close)
    newest = None if present.all() else _newest_before(present)
    split, payout = _by_symbol(prices.split, columns), _by_symbol(prices.payout, columns)
    unit = _units(raw_close, present)
    shares = _so_far(split)
    paid = _so_far(1.0 - payout) if payout.any() else None
    raw_open = _by_symbol(prices.open, columns)
    close = _counted(raw_close, unit, shares, paid)
    opening = _counted(raw_open, unit, shares, paid)
    before = _taken(close, newest)
    jumps = _jumps(before, opening, close)
    suspected = None
    if jumps is not None:
        told = np.where(np.isnan(jumps), 1.0, jumps)
        shares = _so_far(split * told)
        close = _counted(raw_close, unit, shares, paid)
        opening = _counted(raw_open, unit, shares, paid)
        before = _taken(close, newest)
        suspected = _lasting(jumps)
    volume = _by_symbol(prices.volume_shares, columns)
    return Adjusted(
        present,
        opening,
        _counted(_by_symbol(prices.high, columns), unit, shares, paid),
        _counted(_by_symbol(prices.low, columns), unit, shares, paid),
        close,
        volume if shares is None else volume / shares,
        before,
        None if newest is None else np.arange(close.shape[1]) - newest,
        shares,
        suspected,
    )


def _by_symbol(matrix: Floats, columns: slice) -> Floats:
    """The columns as rows, side by side in memory; a view where they lie so already."""
    return np.ascontiguousarray(matrix.T[columns])


def _units(close: Floats, present: NDArray[np.bool_]) -> Floats:
    """The power of two that brings each symbol's first close to between ½ and 1."""
    first = close[np.arange(len(close)), present.argmax(axis=1)]
    _, exponent = np.frexp(np.nan_to_num(first, nan=1.0))
    unit: Floats = np.ldexp(1.0, -exponent)[:, None]
    return unit


def _so_far(factors: Floats) -> Floats | None:
    """The product of each row's factor and those before; None where all are 1."""
    if (factors == 1.0).all():
        return None
    product: Floats = np.multiply.accumulate(factors, axis=1)
    return product


def _counted(raw: Floats, unit: Floats, shares: Floats | None, paid: Floats | None) -> Floats:
    counted = raw * unit
    if shares is not None:
        counted *= shares
    if paid is not None:
        counted /= paid
    return counted


def _newest_before(present: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The row of the newest bar before each row; -1 where there is none."""
    rows = np.where(present, np.arange(present.shape[1]), -1)
    newest = np.full(present.shape, -1)
    np.maximum.accumulate(rows[:, :-1], axis=1, out=newest[:, 1:])
    return newest


def _taken(close: Floats, newest: NDArray[np.int64] | None) -> Floats:
    """The close of the row before, or of the newest bar before where some are missing."""
    before = np.empty_like(close)
    if newest is None:
        before[:, :1] = np.nan
        before[:, 1:] = close[:, :-1]
        return before
    found = np.take_along_axis(close, np.maximum(newest, 0), axis=1)
    return np.where(newest >= 0, found, np.nan)


def _jumps(before: Floats, opening: Floats, close: Floats) -> Floats | None:
    """New shares for one old, where the price moved as if; NaN elsewhere, None if nowhere."""
    fall, rise = before * (1.0 - LEAST_JUMP), before * (1.0 + LEAST_JUMP)
    jumps = None
    for after in (close, opening):
        far = (after < fall) | (after > rise)
        if far.any():
            like = split_like(before[far] / after[far])
            jumps = np.full_like(close, np.nan) if jumps is None else jumps
            jumps[far] = np.where(np.isnan(like), jumps[far], like)
    return None if jumps is None or np.isnan(jumps).all() else jumps


def _lasting(jumps: Floats) -> Floats:
    """The newest jump of the last rows, NaN where none is so near."""
    rows = np.where(np.isnan(jumps), -SUSPECT_ROWS, np.arange(jumps.shape[1]))
    newest = np.maximum.accumulate(rows, axis=1)
    near = np.arange(jumps.shape[1]) - newest < SUSPECT_ROWS
    found = np.take_along_axis(jumps, np.maximum(newest, 0), axis=1)
    return np.where(near, found, np.nan)
