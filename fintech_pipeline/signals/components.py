"""The price components of a signal, over the (time × symbol) matrices of one block. Pure.

Each is a figure that a person reads, and a value in (-1, 1) made of it; docs/signals.md has the
formulas and their sources. The squash is algebraic, so every machine gives the same bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.market.quality import split_ratios
from fintech_pipeline.signals.indicators import (
    PRESENT_SHARE,
    Packed,
    each,
    earlier,
    forward_adjusted,
    packed,
    yang_zhang,
)

MOMENTUM_BARS = {Interval.HALF_HOUR: 13, Interval.DAY: 20}
REVERSAL_BARS = {Interval.HALF_HOUR: 65, Interval.DAY: 5}
"""A week."""
VOLUME_SESSIONS = {Interval.HALF_HOUR: 10, Interval.DAY: 20}
VOLATILITY_BARS = 65
RECENT_BARS = 13
FAST_BARS, SLOW_BARS, RANGE_BARS = 12, 26, 14
BAND_BARS = 20
STRENGTH_BARS = 14
SUSPECT_ROWS = 26
"""How long a jump like a split that nobody told of is pointed out, two sessions of half hours."""
STALE_ROWS = 26
"""A bar leans on a close at most this many rows back."""
LEAST_GAPS = 5
_FLAT = 1e-7
"""A deviation below this share of the price is what rounding leaves of none."""

Lacks = NDArray[np.int8]


class Lack(IntEnum):
    """Why a component is missing where there is a bar."""

    NOTHING = 0
    BARS = 1
    HOLES = 2
    STILL = 3
    IDLE = 4
    SESSIONS = 5


@dataclass(frozen=True, slots=True, eq=False)
class PriceMatrix:
    """Bars of symbols that share a calendar, one row for each bar time of a block.

    Attributes:
        interval: Of the bars.
        slots: The rows' slots (the bars' closes), rising; (time,).
        symbols: The columns.
        session: Which session each row belongs to, a rising number; (time,).
        place: The row's place in its session, from 0; (time,).
        open: Raw opens, NaN where there is no bar; (time, symbol), like all that follow.
        high: Raw highs.
        low: Raw lows.
        close: Raw closes.
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
    high: Floats
    low: Floats
    close: Floats
    volume_shares: Floats
    split: Floats
    payout: Floats


@dataclass(frozen=True, slots=True, eq=False)
class PriceReadings:
    """What the prices of a block say; all matrices (time, symbol).

    Attributes:
        values: Of each component, in (-1, 1); NaN where it is missing.
        figures: What a person reads of it; NaN where it is missing.
        lacks: Why it is missing, a `Lack`; 0 where it is not.
        regimes: The indicators of regimes; NaN where unknown.
        present: Whether there is a bar.
        history: How many bars there are up to the row.
        previous_close: The last close of the session before, in the row's shares, as quoted.
        suspected: New shares for one old of a jump like a split that nobody told of, within the
            last rows; NaN where there is none.
    """

    values: Mapping[str, Floats]
    figures: Mapping[str, Floats]
    lacks: Mapping[str, Lacks]
    regimes: Mapping[str, Floats]
    present: NDArray[np.bool_]
    history: NDArray[np.int32]
    previous_close: Floats
    suspected: Floats


Reading = tuple[Floats, Floats, Floats]
"""A component's value, its figure, and what it lacks where it has none."""


def price_readings(prices: PriceMatrix) -> PriceReadings:
    """All components of a block's rows; a row's bits depend on no later row and no other symbol."""
    rows = len(prices.slots)
    ratios = _suspected_splits(prices)
    split = np.where(np.isnan(ratios), prices.split, prices.split * ratios)
    bars = _packed(prices, split)
    present = ~np.isnan(prices.close)
    volatility = yang_zhang(bars, VOLATILITY_BARS)
    readings = {
        name: (bars.unpacked(value, rows), bars.unpacked(figure, rows), bars.unpacked(lack, rows))
        for name, (value, figure, lack) in _of_bars(bars, prices.interval, volatility).items()
    }
    readings["volume"] = _volume(prices, bars.unpacked(_returns(bars), rows))
    readings["gap"] = _gap(prices, forward_adjusted(split, prices.payout)[0])
    found = {name: _settled(present, *reading) for name, reading in readings.items()}
    turbulence = yang_zhang(bars, RECENT_BARS) / np.where(volatility > _FLAT, volatility, np.nan)
    adx = each(bars, "ADX", bars.high, bars.low, bars.close, timeperiod=STRENGTH_BARS)
    return PriceReadings(
        {name: value for name, (value, _, _) in found.items()},
        {name: figure for name, (_, figure, _) in found.items()},
        {name: lack.astype(np.int8) for name, (_, _, lack) in found.items()},
        {"adx": bars.unpacked(adx, rows), "volatility_ratio": bars.unpacked(turbulence, rows)},
        present,
        np.cumsum(present, axis=0, dtype=np.int32),
        _previous_close(prices, split),
        _within_the_last(ratios, SUSPECT_ROWS),
    )


def squash(x: Floats) -> Floats:
    """Maps the real line to (-1, 1) by x / √(1 + x²): exact IEEE operations, unlike tanh."""
    squashed: Floats = x / np.sqrt(1.0 + x * x)
    return squashed


def _packed(prices: PriceMatrix, split: Floats) -> Packed:
    raw = (prices.open, prices.high, prices.low, prices.close)
    return packed(raw, prices.volume_shares, forward_adjusted(split, prices.payout))


def _suspected_splits(prices: PriceMatrix) -> Floats:
    """The split that each jump looks like which no action explains; NaN elsewhere, (time, symbol).

    A jump is the move from one bar's close to the next bar's open or close, as in `market.quality`.
    """
    bars = _packed(prices, prices.split)
    before = earlier(bars.close, 1)
    near = (bars.row - np.roll(bars.row, 1, axis=1)) <= STALE_ROWS
    ratios = np.full_like(before, np.nan)
    for after in (bars.close, bars.open):
        jump = before / after
        with np.errstate(invalid="ignore"):
            far = near & ((jump > 1.25) | (jump < 0.8))
        like = split_ratios(jump[far])
        ratios[far] = np.where(np.isnan(like), ratios[far], like)
    return bars.unpacked(ratios, len(prices.slots))


def _of_bars(bars: Packed, interval: Interval, volatility: Floats) -> dict[str, Reading]:
    """The components that count bars, whatever the time of the day; (symbol, bar)."""
    short, week = MOMENTUM_BARS[interval], REVERSAL_BARS[interval]
    close, moving = bars.close, np.where(volatility > _FLAT, volatility, np.nan)
    past = each(bars, "ROCP", close, timeperiod=short)
    last_week = each(bars, "ROCP", close, timeperiod=week)
    fast = each(bars, "EMA", close, timeperiod=FAST_BARS)
    slow = each(bars, "EMA", close, timeperiod=SLOW_BARS)
    ranges = each(bars, "ATR", bars.high, bars.low, close, timeperiod=RANGE_BARS)
    mean = each(bars, "SMA", close, timeperiod=BAND_BARS)
    deviation = each(bars, "STDDEV", close, timeperiod=BAND_BARS)
    strength = each(bars, "RSI", close, timeperiod=STRENGTH_BARS)
    flows = each(
        bars, "MFI", bars.high, bars.low, close, bars.volume_shares, timeperiod=STRENGTH_BARS
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (fast - slow) / np.where(ranges > _FLAT * close, ranges, np.nan)
        distance = (close - mean) / np.where(deviation > _FLAT * mean, deviation, np.nan)
    moved = _any_within(_returns(bars) != 0.0, STRENGTH_BARS)
    traded = _any_within(bars.volume_shares > 0.0, STRENGTH_BARS)
    strength = np.where(moved, strength, np.nan)
    flows = np.where(moved & traded, flows, np.nan)

    def reading(value: Floats, figure: Floats, look_back: int, nothing: Lack) -> Reading:
        enough, whole = _history(bars, look_back)
        lack = np.where(enough, np.where(whole, nothing, Lack.HOLES), Lack.BARS).astype(np.float64)
        return np.where(enough & whole, value, np.nan), figure, lack

    week_of = last_week / (moving * np.sqrt(float(week)))
    still, idle = Lack.STILL, Lack.IDLE
    return {
        "momentum": reading(
            squash(past / (moving * np.sqrt(float(short)))), past, VOLATILITY_BARS + 1, still
        ),
        "trend": reading(squash(spread), spread, SLOW_BARS, still),
        "mean_reversion": reading(squash(-distance / 2.0), distance, BAND_BARS, still),
        "rsi": reading(squash((50.0 - strength) / 20.0), strength, STRENGTH_BARS + 1, still),
        "reversal": reading(squash(-week_of), last_week, VOLATILITY_BARS + 1, still),
        "money_flow": reading(squash((50.0 - flows) / 20.0), flows, STRENGTH_BARS + 1, idle),
    }


def _returns(bars: Packed) -> Floats:
    """The return of each bar since the one before; NaN of a symbol's first."""
    returns: Floats = bars.close / earlier(bars.close, 1) - 1.0
    return returns


def _any_within(happened: NDArray[np.bool_], bars: int) -> NDArray[np.bool_]:
    """Whether it happened at one of the last bars."""
    times = np.cumsum(happened, axis=1)
    before = np.zeros_like(times)
    before[:, bars:] = times[:, :-bars]
    found: NDArray[np.bool_] = times > before
    return found


def _history(bars: Packed, look_back: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether there are so many bars, and whether they lie as near together as they must."""
    enough = np.zeros(bars.row.shape, dtype=np.bool_)
    enough[:, look_back - 1 :] = True
    span = np.zeros_like(bars.row)
    span[:, look_back - 1 :] = bars.row[:, look_back - 1 :] - bars.row[:, : -look_back + 1] + 1
    return enough, span * PRESENT_SHARE <= look_back


def _settled(present: NDArray[np.bool_], value: Floats, figure: Floats, lack: Floats) -> Reading:
    """The reading where there is a bar and a value; elsewhere nothing but the reason."""
    there = present & np.isfinite(value) & np.isfinite(figure)
    why = np.where(there, 0, np.where(present, np.nan_to_num(lack, nan=Lack.BARS), Lack.BARS))
    return np.where(there, value, np.nan), np.where(there, figure, np.nan), why.astype(np.float64)


def _volume(prices: PriceMatrix, returns: Floats) -> Reading:
    """Money traded against the same place of the last sessions, signed by the bar's return.

    A quiet bar says nothing: only what exceeds the usual counts.
    """
    sessions = VOLUME_SESSIONS[prices.interval]
    turnover = prices.close * prices.volume_shares
    rows = np.full((prices.session.max() + 1, prices.place.max() + 1), -1)
    rows[prices.session, prices.place] = np.arange(len(prices.slots))
    total, count = np.zeros_like(turnover), np.zeros_like(turnover)
    for back in range(1, sessions + 1):
        then = np.where(
            prices.session >= back, rows[np.maximum(prices.session - back, 0), prices.place], -1
        )
        past = np.where((then >= 0)[:, None], turnover[then], np.nan)
        there = ~np.isnan(past)
        total += np.where(there, past, 0.0)
        count += there
    known = count >= sessions / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = turnover / np.where(known & (total > 0), total / count, np.nan)
    value = np.sign(returns) * squash(np.maximum(ratio - 1.0, 0.0))
    return value, ratio, np.where(known, Lack.IDLE, Lack.SESSIONS).astype(np.float64)


def _gap(prices: PriceMatrix, adjusted: Floats) -> Reading:
    """The session's open against the last close before it, in the usual size of such gaps.

    The usual size is the root of the mean square of the gaps of the last sessions.
    """
    sessions = int(prices.session.max()) + 1
    shape = (sessions, len(prices.symbols))
    opens, closes = np.full(shape, np.nan), np.full(shape, np.nan)
    for row in range(len(prices.slots) - 1, -1, -1):
        price = prices.open[row] * adjusted[row]
        opens[prices.session[row]] = np.where(np.isnan(price), opens[prices.session[row]], price)
    for row in range(len(prices.slots)):
        price = prices.close[row] * adjusted[row]
        closes[prices.session[row]] = np.where(np.isnan(price), closes[prices.session[row]], price)
    gaps = opens / np.vstack([np.full(shape[1], np.nan), closes[:-1]]) - 1.0
    there = ~np.isnan(gaps)
    squares, counts = np.zeros(shape), np.zeros(shape)
    for back in range(1, min(VOLUME_SESSIONS[prices.interval], sessions - 1) + 1):
        squares[back:] += np.where(there[:-back], gaps[:-back] ** 2, 0.0)
        counts[back:] += there[:-back]
    known = counts >= LEAST_GAPS
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = np.sqrt(squares / counts)
        value = squash(gaps / np.where(known & (usual > _FLAT), usual, np.nan))
    lack = np.where(known, np.where(there, Lack.STILL, Lack.HOLES), Lack.SESSIONS)
    return value[prices.session], gaps[prices.session], lack[prices.session].astype(np.float64)


def _previous_close(prices: PriceMatrix, split: Floats) -> Floats:
    """The last close of the session before each row's, in that row's shares, as quoted."""
    closes = np.full_like(prices.close, np.nan)
    before = np.full(len(prices.symbols), np.nan)
    running = np.full(len(prices.symbols), np.nan)
    for row in range(len(prices.slots)):
        if row and prices.session[row] != prices.session[row - 1]:
            before, running = running, np.full(len(prices.symbols), np.nan)
        before = before / split[row]
        running = running / split[row]
        running = np.where(np.isnan(prices.close[row]), running, prices.close[row])
        closes[row] = before
    return closes


def _within_the_last(values: Floats, rows: int) -> Floats:
    """Each value, and for so many rows after it, until the next."""
    row = np.arange(len(values))[:, None]
    newest = np.maximum.accumulate(np.where(np.isnan(values), -1, row), axis=0)
    found = np.take_along_axis(values, np.maximum(newest, 0), axis=0)
    return np.where((newest >= 0) & (row - newest < rows), found, np.nan)
