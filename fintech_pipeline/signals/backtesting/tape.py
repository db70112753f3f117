"""What could be traded and when: opens and closes as a holder lived through them. Pure."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.horizons import Prices, TradingRows

PATIENCE = np.timedelta64(7, "D")
"""Whose bar lacks for less may come again."""


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """Prices of some symbols, one row for each bar of the interval, in order of time.

    Prices are counted forward from the first row: splits and dividends with an ex-date up to a row
    are in it, those of a later one are not. A dividend is reinvested at the ex-date, by CRSP's
    factor C / (C - D).

    Attributes:
        opened_at: When each row's bar opens (UTC); (row,).
        closed_at: When it closes (UTC); (row,).
        symbols: The columns.
        open: What is traded at; NaN where there is no bar; (row, symbol).
        close: What is held is worth; NaN where there is no bar; (row, symbol).
    """

    opened_at: Instants
    closed_at: Instants
    symbols: tuple[str, ...]
    open: Floats
    close: Floats

    def __len__(self) -> int:
        return len(self.closed_at)

    def last_bars(self) -> NDArray[np.intp]:
        """The row of each symbol's last bar; -1 where it has none."""
        there = np.isfinite(self.close)
        last = len(self) - 1 - there[::-1].argmax(axis=0)
        return np.where(there.any(axis=0), last, -1)

    def gone(self) -> NDArray[np.bool_]:
        """Who has no bar in the tape's last week: delisted, or lost by his provider."""
        last = self.last_bars()
        silent: NDArray[np.bool_] = self.closed_at[-1] - self.closed_at[last] > PATIENCE
        return silent & (last >= 0)

    def with_endings(self) -> "Tape":
        """The tape on which who has gone can be sold once, at his last close.

        A delisted symbol's holder is paid something for it, which no bar tells. Its last close
        stands for that; what was lost beyond it is not in the figures.
        """
        last = self.last_bars()
        ended = np.flatnonzero(self.gone())
        opening = self.open.copy()
        opening[last[ended] + 1, ended] = self.close[last[ended], ended]
        return replace(self, open=opening)


def tape_of(prices: Prices, rows: TradingRows, symbols: tuple[str, ...]) -> Tape:
    """The raw prices, splits and dividends as one tape."""
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = prices.close * prices.shares
        before = _newest_before(worth)
        paid = np.diff(prices.paid, axis=0, prepend=0.0)
        told = (paid > 0.0) & (paid < before)
        reinvested = np.cumprod(np.where(told, before / (before - paid), 1.0), axis=0)
    grown = prices.shares * reinvested
    return Tape(rows.opened_at, rows.closed_at, symbols, prices.open * grown, prices.close * grown)


def _newest_before(values: Floats) -> Floats:
    """The newest value above each one; NaN where there is none."""
    rows = np.where(np.isfinite(values), np.arange(len(values))[:, None], -1)
    newest = np.full(values.shape, -1)
    np.maximum.accumulate(rows[:-1], axis=0, out=newest[1:])
    found = np.take_along_axis(values, np.maximum(newest, 0), axis=0)
    return np.where(newest >= 0, found, np.nan)
