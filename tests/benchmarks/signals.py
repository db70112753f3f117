"""The indicators of 500 symbols over ten years of days, against a bare loop over TA-Lib.

`python -m tests.benchmarks.signals` prints the figures alone; `make bench` has them too. Both sides
read the same bars, symbol by symbol side by side in memory.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import talib

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.adjustment import adjusted
from fintech_pipeline.signals.components import price_readings
from fintech_pipeline.signals.existing_bars import existing_bars
from fintech_pipeline.signals.indicators import indicators, room_for
from fintech_pipeline.signals.prices import PriceMatrix
from tests.unit.made_prices import changed, part, walk

SYMBOLS = 500
DAYS = 2_520
BLOCK = 504
WARM_UP = 80
ROUNDS = 5
_COLUMNS = ("open", "high", "low", "close", "volume_shares", "split", "payout")


def measured() -> dict[str, float]:
    """Seconds of the loop, and how many times that our ways take; medians, in turns."""
    prices = by_symbol(walk(DAYS, SYMBOLS))
    parts = [by_symbol(part(prices, rows)) for rows in blocks_of(DAYS)]

    def whole() -> None:
        for block in parts:
            price_readings(block)

    def bare_blocks() -> None:
        for block in parts:
            bare_loop(block)

    ways = (lambda: bare_loop(prices), lambda: ours_alone(prices), whole, bare_blocks)
    rounds = [[timed(way) for way in ways] for _ in range(ROUNDS + 1)][1:]
    bare, ours, all_of_it, blocked = (
        statistics.median(times) for times in zip(*rounds, strict=True)
    )
    return {
        "seconds of a bare loop": bare,
        "indicators / bare loop": ours / bare,
        "whole readings in blocks / bare loop": all_of_it / bare,
        "whole readings in blocks / bare loop over the blocks": all_of_it / blocked,
    }


def blocks_of(days: int) -> Iterator[slice]:
    """The rows of each block, its warm-up included."""
    for first in range(0, days, BLOCK):
        yield slice(max(0, first - WARM_UP), first + BLOCK)


def by_symbol(prices: PriceMatrix) -> PriceMatrix:
    """The matrix as `price_matrix` makes it: each symbol's rows side by side in memory."""
    return changed(prices, {name: np.asfortranarray(getattr(prices, name)) for name in _COLUMNS})


def bare_loop(prices: PriceMatrix) -> None:
    """What anybody would write; the indicators of `indicators.py`, each symbol in turn."""
    high, low, close, volume = (
        matrix.T for matrix in (prices.high, prices.low, prices.close, prices.volume_shares)
    )
    for symbol in range(len(close)):
        _calls(high[symbol], low[symbol], close[symbol], volume[symbol])


def _calls(high: Floats, low: Floats, close: Floats, volume: Floats) -> None:
    talib.ROCP(close, 20)
    talib.ROCP(close, 5)
    talib.EMA(close, 12)
    talib.EMA(close, 26)
    talib.ATR(high, low, close, 14)
    talib.SMA(close, 20)
    talib.STDDEV(close, 20)
    talib.RSI(close, 14)
    talib.ADX(high, low, close, 14)
    talib.MFI(high, low, close, volume, 14)


def ours_alone(prices: PriceMatrix) -> None:
    """The same indicators as ours are computed: adjusted, of the bars that exist, kept."""
    room = room_for(3, len(prices.slots))
    for first in range(0, SYMBOLS, 3):
        indicators(existing_bars(adjusted(prices, slice(first, first + 3))), 20, 5, room)


def timed(action: Callable[[], object]) -> float:
    """Seconds of this process's own that the action takes: there is nothing to wait for."""
    start = time.process_time()
    action()
    return time.process_time() - start


if __name__ == "__main__":
    for name, value in measured().items():
        sys.stdout.write(f"{name}: {value:.3f}\n")
