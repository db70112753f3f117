"""Fewer bars of the same story: whole bars merged until a chart can show them. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import RawBars


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """Bars, each made of so many stored ones; equal columns.

    Attributes:
        bars: Open of the first, highest high, lowest low, close of the last, summed volume, under
            the first one's start.
        closed_at: When the last of each closed, `datetime64[us]`, UTC.
        held: How many stored bars each is made of.
        size: How many each holds; the last one may hold fewer.
    """

    bars: RawBars
    closed_at: Instants
    held: NDArray[np.int64]
    size: int


def downsampled(bars: RawBars, closed_at: Instants, points: int) -> Buckets:
    """The bars merged, as many in each bucket, so that at most `points` are left.

    Args:
        bars: In strict order of time.
        closed_at: When each closed.
        points: At least 1.
    """
    count = len(bars)
    size = max(1, -(-count // points))
    first = np.arange(0, count, size)
    if size == 1:
        return Buckets(bars, closed_at, np.ones(count, dtype=np.int64), 1)
    last = np.append(first[1:], count) - 1
    merged = RawBars(
        bars.symbol,
        bars.interval,
        bars.opened_at[first],
        bars.open[first],
        np.maximum.reduceat(bars.high, first),
        np.minimum.reduceat(bars.low, first),
        bars.close[last],
        np.add.reduceat(bars.volume_shares, first),
    )
    return Buckets(merged, closed_at[last], (last - first + 1).astype(np.int64), size)
