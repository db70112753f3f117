"""What is foretold: the direction and the volatility of what comes after a slot. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.market.resampling import Rows
from fintech_pipeline.signals.forecasting.features import log_range
from fintech_pipeline.signals.horizons import HORIZONS, NOWHERE, Horizon, Prices, TradingRows


class Kind(StrEnum):
    """What of the price is foretold."""

    DIRECTION = "direction"
    VOLATILITY = "volatility"


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is foretold.

    Attributes:
        kind: The direction, or the volatility.
        horizon: How far ahead: from the next open to its end.
    """

    kind: Kind
    horizon: Horizon

    @property
    def name(self) -> str:
        """As it is stored and shown: `direction, 1 session`."""
        return f"{self.kind}, {self.horizon.name}"


TARGETS: Mapping[Interval, tuple[Target, ...]] = {
    interval: tuple(
        Target(kind, horizon)
        for kind in Kind
        for horizon in horizons
        if horizon.bars == 1 or horizon.sessions == 1
    )
    for interval, horizons in HORIZONS.items()
}
"""Of half hours the next slot and the next session; of days the next session."""


def target_named(interval: Interval, name: str) -> Target:
    """The target of that name."""
    return next(one for one in TARGETS[interval] if one.name == name)


@dataclass(frozen=True, slots=True, eq=False)
class Future:
    """What could be traded after the slots.

    Attributes:
        rows: The rows.
        prices: Opens and closes, splits and dividends.
        high: The highest price of each row, raw; (row, symbol).
        low: The lowest.
    """

    rows: TradingRows
    prices: Prices
    high: Floats
    low: Floats


def outcomes(target: Target, future: Future, before: Rows, column: Rows) -> tuple[Floats, Rows]:
    """What came after each sample.

    Args:
        target: What is foretold.
        future: The prices.
        before: The last row that had opened when each was known, `NOWHERE` among them.
        column: Their symbols.

    Returns:
        1 for a rise and 0 for a fall, or the logarithm of the range from the next open to the
        horizon's end; NaN where it is not known, or the price did not move. And the row at whose
        close it is known.
    """
    rows = future.rows
    there = (before != NOWHERE) & (before + 1 < len(rows))
    entry = np.where(there, before + 1, NOWHERE)
    leave = np.where(there, rows.exits(before, target.horizon), NOWHERE)
    if target.kind is Kind.DIRECTION:
        gained = future.prices.total_return_pct(entry, leave, column)
        rose = np.where(gained > 0, 1.0, 0.0)
        return np.where(np.isfinite(gained) & (gained != 0.0), rose, np.nan), leave
    return _ranges(future, entry, leave, column), leave


def _ranges(future: Future, entry: Rows, leave: Rows, column: Rows) -> Floats:
    """The logarithm of the range over the rows from each entry to its end, in one share's price."""
    high, low = future.high * future.prices.shares, future.low * future.prices.shares
    most = int((leave - entry).max(initial=0)) + 1
    highest, lowest = np.full(len(entry), -np.inf), np.full(len(entry), np.inf)
    for step in range(most):
        row = entry + step
        inside = (entry != NOWHERE) & (leave != NOWHERE) & (row <= leave)
        at = np.where(inside, row, 0)
        highest = np.where(inside, np.fmax(highest, high[at, column]), highest)
        lowest = np.where(inside, np.fmin(lowest, low[at, column]), lowest)
    known = np.isfinite(highest) & np.isfinite(lowest)
    # Where the last bar lacks, what came is not known as a whole.
    known &= np.isfinite(future.prices.close[np.maximum(leave, 0), column]) & (leave != NOWHERE)
    found: Floats = np.full(len(entry), np.nan)
    found[known] = log_range(highest[known], lowest[known])
    return found
