"""The (time × symbol) matrix of raw bars that all price components are read from. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import Floats, Interval

MOMENTUM_BARS = {Interval.HALF_HOUR: 13, Interval.DAY: 20}
"""A session of New York; a month."""
REVERSAL_BARS = {Interval.HALF_HOUR: 65, Interval.DAY: 5}
"""A week."""
FEWEST_BARS = 15
"""With fewer bars no price component exists: the index of relative strength needs least."""
STALE_ROWS = 26
"""A bar leans on a close at most this many rows back."""


@dataclass(frozen=True, slots=True, eq=False)
class PriceMatrix:
    """Bars of symbols that share a calendar, one row for each slot at which the interval's close.

    Attributes:
        interval: Half hours, a row for each slot of a session; or days, a row for each session.
        slots: The rows' slots (the bars' closes), rising; (time,).
        symbols: The columns.
        session: Which session each row belongs to, a number that rises by one; (time,).
        place: The row's place in its session, from 0; (time,).
        open: Raw opens, NaN where there is no bar; (time, symbol), like all that follow.
        close: Raw closes.
        high: Raw highs.
        low: Raw lows.
        volume_shares: Raw volumes.
        split: New shares for one old that took effect since the row before; 1 elsewhere.
        payout: The share of the last close that was paid out as dividend since the row before; 0
            elsewhere.
    """

    interval: Interval
    slots: Instants
    symbols: tuple[str, ...]
    session: NDArray[np.int64]
    place: NDArray[np.int64]
    open: Floats
    close: Floats
    high: Floats
    low: Floats
    volume_shares: Floats
    split: Floats
    payout: Floats
