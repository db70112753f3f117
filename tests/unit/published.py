"""Indicators as their authors published them, bar by bar in plain Python: golden values for tests.

Nothing of the project and no library of indicators is used here.
"""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

Prices = Sequence[float]


def exponential_average(x: Prices, n: int) -> list[float]:
    """α = 2 / (n + 1), seeded with the mean of the first n; from bar n - 1 on."""
    averages = [statistics.fmean(x[:n])]
    for price in x[n:]:
        averages.append(averages[-1] + 2 / (n + 1) * (price - averages[-1]))
    return averages


def wilder(x: Prices, n: int) -> list[float]:
    """Wilder's smoothing: the mean of the first n, then (n - 1) parts old and one part new."""
    averages = [statistics.fmean(x[:n])]
    for value in x[n:]:
        averages.append((averages[-1] * (n - 1) + value) / n)
    return averages


def true_ranges(high: Prices, low: Prices, close: Prices) -> list[float]:
    """From bar 1 on."""
    return [max(high[i], close[i - 1]) - min(low[i], close[i - 1]) for i in range(1, len(close))]


def relative_strength(close: Prices, n: int) -> list[float]:
    """Wilder 1978: 100 - 100 / (1 + average gain / average loss); from bar n on."""
    moves = [b - a for a, b in pairwise(close)]
    gains = wilder([max(move, 0.0) for move in moves], n)
    losses = wilder([max(-move, 0.0) for move in moves], n)
    return [100 - 100 / (1 + up / down) for up, down in zip(gains, losses, strict=True)]


def directional_index(high: Prices, low: Prices, close: Prices, n: int) -> list[float]:
    """Wilder 1978: the smoothed |DI+ - DI-| / (DI+ + DI-), in per cent; from bar 2n - 1 on."""
    ups, downs = [], []
    for i in range(1, len(close)):
        up, down = high[i] - high[i - 1], low[i - 1] - low[i]
        ups.append(up if up > down and up > 0 else 0.0)
        downs.append(down if down > up and down > 0 else 0.0)
    plus, minus = wilder(ups, n), wilder(downs, n)
    indexes = [100 * abs(p - m) / (p + m) for p, m in zip(plus, minus, strict=True)]
    return wilder(indexes, n)


def money_flow(high: Prices, low: Prices, close: Prices, volume: Prices, n: int) -> float:
    """Quong and Soudack 1989, of the last bar."""
    typical = [sum(three) / 3 for three in zip(high, low, close, strict=True)]
    rising = falling = 0.0
    for i in range(len(close) - n, len(close)):
        money = typical[i] * volume[i]
        rising += money if typical[i] > typical[i - 1] else 0.0
        falling += money if typical[i] < typical[i - 1] else 0.0
    return 100 * rising / (rising + falling)


def yang_zhang(opening: Prices, high: Prices, low: Prices, close: Prices, n: int) -> float:
    """Yang and Zhang 2000, equations 7 to 10, of the last n bars."""
    bars = range(len(close) - n, len(close))
    jumps = [math.log(opening[i] / close[i - 1]) for i in bars]
    bodies = [math.log(close[i] / opening[i]) for i in bars]
    inside = [
        math.log(high[i] / opening[i]) * math.log(high[i] / close[i])
        + math.log(low[i] / opening[i]) * math.log(low[i] / close[i])
        for i in bars
    ]
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    return math.sqrt(
        statistics.variance(jumps)
        + k * statistics.variance(bodies)
        + (1 - k) * statistics.fmean(inside)
    )
