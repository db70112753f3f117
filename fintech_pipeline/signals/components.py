"""The price components of a signal, over (time × symbol) matrices. Pure.

Every look-back is a fixed number of rows and every sum runs in one order, row by row, so that a
single slot and a full pass give the same bits; the squash is algebraic, so every machine does.
Prices are followed through returns, adjusted for the splits and dividends that had happened by each
row, so neither bends anything: an earlier close is divided by the new shares for one old and loses
the share of it that was paid out since (the factor (C − D) / C of CRSP and of LEAN's factor files).

Sources: time-series momentum (Moskowitz, Ooi, Pedersen 2012); EMA spread over ATR (Appel's MACD,
Wilder 1978); Bollinger bands; intraday relative volume by slot of the day.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import Floats

MOMENTUM_BARS = 13
FAST_BARS = 8
SLOW_BARS = 26
RANGE_BARS = 14
BAND_BARS = 20
VOLATILITY_BARS = 65
VOLUME_SESSIONS = 10
STALE_BARS = 26
"""A bar may lean on a close at most this many rows back."""
PRESENT_SHARE = 0.8
"""The share of a look-back's bars that must exist for its component to exist."""

Component = tuple[Floats, Floats]
"""The value in [-1, 1] and the figure behind it that a person reads; NaN where missing."""


@dataclass(frozen=True, slots=True, eq=False)
class PriceMatrix:
    """Half-hour bars of symbols that share a calendar, one row for each slot of its sessions.

    Attributes:
        slots: The rows' slots (the bars' closes), rising; (time,).
        symbols: The columns.
        session: Which session each row belongs to, a rising number; (time,).
        place: The row's place in its session, from 0; (time,).
        close: Raw closes, NaN where there is no bar; (time, symbol), like all that follow.
        high: Raw highs.
        low: Raw lows.
        volume_shares: Raw volumes.
        split: New shares for one old that took effect since the row before; 1 elsewhere.
        payout: The share of the last close that was paid out as dividend since the row before; 0
            elsewhere.
    """

    slots: Instants
    symbols: tuple[str, ...]
    session: NDArray[np.int64]
    place: NDArray[np.int64]
    close: Floats
    high: Floats
    low: Floats
    volume_shares: Floats
    split: Floats
    payout: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """What the components are made of; all (time, symbol).

    Attributes:
        present: Whether there is a bar.
        returns: Return since the last close, adjusted for splits and dividends; 0 where no bar
            is, NaN where no earlier close is near enough.
        spread: True range over the earlier close; NaN where no bar is.
        volatility: Standard deviation of the return of one bar.
    """

    present: NDArray[np.bool_]
    returns: Floats
    spread: Floats
    volatility: Floats


def squash(x: Floats) -> Floats:
    """Maps the real line to (-1, 1) by x / √(1 + x²): exact IEEE operations, unlike tanh."""
    squashed: Floats = x / np.sqrt(1.0 + x * x)
    return squashed


def shifted(matrix: Floats, rows: int) -> Floats:
    """The matrix as it was `rows` rows earlier, NaN before its start."""
    if rows == 0:
        return matrix
    moved = np.full_like(matrix, np.nan)
    moved[rows:] = matrix[:-rows]
    return moved


def moves(prices: PriceMatrix) -> Moves:
    """Returns, ranges and volatility of the matrix."""
    present = ~np.isnan(prices.close)
    before = _last_close_before(prices)
    with np.errstate(invalid="ignore", divide="ignore"):
        returns = np.where(
            present, prices.close / before - 1.0, np.where(np.isnan(before), np.nan, 0.0)
        )
        top = np.maximum(prices.high, before)
        bottom = np.minimum(prices.low, before)
        spread = (top - bottom) / before
    squares, count = _sum_over(returns * returns, VOLATILITY_BARS)
    enough = count >= PRESENT_SHARE * VOLATILITY_BARS
    volatility = np.where(enough, np.sqrt(squares / np.maximum(count, 1)), np.nan)
    return Moves(present, returns, spread, np.where(volatility > 0, volatility, np.nan))


def momentum(m: Moves) -> Component:
    """The return over 13 bars in units of its volatility; the figure is the return."""
    past = 1.0 / _relative_close(m, MOMENTUM_BARS) - 1.0
    z = past / (m.volatility * np.sqrt(float(MOMENTUM_BARS)))
    return squash(z), past


def trend(m: Moves) -> Component:
    """The spread of a fast and a slow average over the average true range; the figure is that."""
    gap = _average_close(m, FAST_BARS) - _average_close(m, SLOW_BARS)
    ranges, count = _sum_over(m.spread, RANGE_BARS)
    with np.errstate(invalid="ignore", divide="ignore"):
        average_range = np.where(count >= PRESENT_SHARE * RANGE_BARS, ranges / count, np.nan)
        spread = gap / np.where(average_range > 0, average_range, np.nan)
    return squash(spread), spread


def mean_reversion(m: Moves) -> Component:
    """Minus the distance from the 20-bar mean in standard deviations; the figure is the distance.

    Halved before the squash, so that the edge of the usual Bollinger band (2) weighs like one unit.
    """
    mean = np.zeros_like(m.returns)
    square = np.zeros_like(m.returns)
    level = np.ones_like(m.returns)
    for lag in range(BAND_BARS):
        if lag:
            level = level / (1.0 + shifted(m.returns, lag - 1))
        mean = mean + level
        square = square + level * level
    mean = mean / BAND_BARS
    variance = square / BAND_BARS - mean * mean
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = (1.0 - mean) / np.sqrt(np.where(variance > 1e-12, variance, np.nan))
    distance = np.where(_present_enough(m, BAND_BARS), distance, np.nan)
    return squash(-distance / 2.0), distance


def volume(prices: PriceMatrix, m: Moves) -> Component:
    """Money traded against the same slot of the last ten sessions, signed by the bar's return.

    The figure is the ratio. A quiet slot says nothing: only what exceeds the usual counts.
    """
    turnover = prices.close * prices.volume_shares
    rows = np.full((prices.session.max() + 1, prices.place.max() + 1), -1)
    rows[prices.session, prices.place] = np.arange(len(prices.slots))
    total = np.zeros_like(turnover)
    count = np.zeros_like(turnover)
    for back in range(1, VOLUME_SESSIONS + 1):
        earlier = np.where(
            prices.session >= back, rows[np.maximum(prices.session - back, 0), prices.place], -1
        )
        past = np.where((earlier >= 0)[:, None], turnover[earlier], np.nan)
        there = ~np.isnan(past)
        total = total + np.where(there, past, 0.0)
        count = count + there
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = np.where((count >= VOLUME_SESSIONS / 2) & (total > 0), total / count, np.nan)
        ratio = turnover / usual
    surprise = squash(np.maximum(ratio - 1.0, 0.0))
    return np.sign(m.returns) * surprise, ratio


def previous_session_close(prices: PriceMatrix) -> Floats:
    """The last close of the session before each row's, in that row's shares; NaN where none is.

    As prices are quoted: a dividend is not taken out of it.
    """
    closes = np.full_like(prices.close, np.nan)
    before = np.full(len(prices.symbols), np.nan)
    running = np.full(len(prices.symbols), np.nan)
    for row in range(len(prices.slots)):
        if row and prices.session[row] != prices.session[row - 1]:
            before, running = running, np.full(len(prices.symbols), np.nan)
        before = before / prices.split[row]
        running = running / prices.split[row]
        running = np.where(np.isnan(prices.close[row]), running, prices.close[row])
        closes[row] = before
    return closes


def _last_close_before(prices: PriceMatrix) -> Floats:
    """The newest close before each row, at most STALE_BARS old, as that row's prices count it."""
    found = np.full_like(prices.close, np.nan)
    factor = np.ones_like(prices.close)
    divisor = prices.split / (1.0 - prices.payout)
    for lag in range(1, STALE_BARS + 1):
        # What happened in the rows between that close and this one, this one included.
        factor = factor * np.nan_to_num(shifted(divisor, lag - 1), nan=1.0)
        candidate = shifted(prices.close, lag) / factor
        found = np.where(np.isnan(found), candidate, found)
    return found


def _sum_over(matrix: Floats, rows: int) -> tuple[Floats, Floats]:
    """The sum of each row and the rows - 1 before it, NaN left out, and how many there were."""
    total = np.zeros_like(matrix)
    count = np.zeros_like(matrix)
    for lag in range(rows):
        past = shifted(matrix, lag)
        there = ~np.isnan(past)
        total = total + np.where(there, past, 0.0)
        count = count + there
    return total, count


def _present_enough(m: Moves, rows: int) -> NDArray[np.bool_]:
    _, count = _sum_over(np.where(m.present, 1.0, np.nan), rows)
    enough: NDArray[np.bool_] = count >= PRESENT_SHARE * rows
    return enough


def _relative_close(m: Moves, rows: int) -> Floats:
    """The close `rows` rows earlier over the close now; NaN where too many bars are missing."""
    level = np.ones_like(m.returns)
    for lag in range(rows):
        level = level / (1.0 + shifted(m.returns, lag))
    return np.where(_present_enough(m, rows + 1), level, np.nan)


def _average_close(m: Moves, span: int) -> Floats:
    """The exponential average of the close over the close now, over 3 spans of rows.

    The weights (α = 2 / (span + 1)) are cut after three spans and renormalised, so that the
    average has a fixed look-back.
    """
    decay = 1.0 - 2.0 / (span + 1.0)
    level = np.ones_like(m.returns)
    total = np.zeros_like(m.returns)
    weight, weights = 1.0, 0.0
    for lag in range(3 * span):
        if lag:
            level = level / (1.0 + shifted(m.returns, lag - 1))
        total = total + weight * level
        weights += weight
        weight *= decay
    return np.where(_present_enough(m, 3 * span), total / weights, np.nan)
