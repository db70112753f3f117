"""The simulated world: prices, splits and planted news events of an exchange that never closes.

Pure: everything follows from a seed, a symbol and the place on the half-hour grid, never from the
window asked for, the order of questions or the clock. The random numbers are counter based: a
hash of what they are for is the key. Whole blocks of fixed size are computed at once,
so that even the rounding of vectorised arithmetic is the same whatever is asked. Each step looks
only at itself and earlier ones.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import SLOT, Window, instant64
from fintech_pipeline.market.bars import ActionKind, CorporateAction, Floats, Interval, RawBars

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
"""The opening of the simulated exchange; nothing exists before it."""
EFFECT_BARS = 8
"""How many bars after a planted event drift in its direction."""

_DAY = timedelta(days=1)
_DAY_STEPS = _DAY // SLOT
_BLOCK_DAYS = 64
_BLOCK_STEPS = _BLOCK_DAYS * _DAY_STEPS
_CHANCES = 3  # for an event, on each day
_EVENTS_A_DAY = 0.8
_EFFECT = np.array([0.16, 0.16, 0.15, 0.14, 0.12, 0.10, 0.09, 0.08])  # shares of its drift, by bar
_MARKET_SIGMA = 0.011 / _DAY_STEPS**0.5
_HALF_LIFE_DAYS = 120  # of a price's distance from its start
_BOUND = 1.2  # no log price ever stands farther than this from its start
_JUMPS_A_DAY = 1 / 25
_HALT_CHANCE = 1 / 7 / _DAY_STEPS  # at each step
_SPLITS_A_BLOCK = 0.35  # at most, for the price has to suit one
# How busy each step of a block is by the time of day: most at midnight, 1 on average.
_DAY_SHAPE = np.tile(0.7 + 0.9 * np.linspace(-1, 1, _DAY_STEPS) ** 2, _BLOCK_DAYS)
_GAP_SHARE = 0.3  # of a bar's usual move, between the last close and the open


@dataclass(frozen=True, slots=True)
class PlantedEvent:
    """Something that happened to a company and moves its price over the next bars.

    Attributes:
        symbol: Our symbol.
        number: Identifies the event among those of its seed and symbol.
        happened_at: When (UTC), never on the half-hour grid.
        direction: 1 for good news, -1 for bad.
        drift: The sum of the log returns it adds over the next `EFFECT_BARS` bars, unsigned.
    """

    symbol: str
    number: int
    happened_at: datetime
    direction: int
    drift: float


class _Profile(NamedTuple):
    """What makes one symbol's series differ from another's in kind."""

    start_price: float
    beta: float
    sigma: float  # of its own log return in one step
    turnover: float  # money traded in one step


class _Walk(NamedTuple):
    """A symbol's way through one block, step by step."""

    body: Floats  # from open to close, as a log return
    moves: Floats  # from the last close to this one
    close: Floats  # the deviation at the end of each step
    split_step: int
    ratio: float  # of the split; 1 where there is none
    shares: float  # held at its end for one share of the first day


def draws(seed: int, symbol: str, purpose: str, place: int, count: int) -> Floats:
    """Uniform random numbers in (0, 1) that belong to one place of one stream.

    They are scaled here because numpy keeps Philox's raw bits for ever, not its distributions.

    Args:
        seed: The world.
        symbol: Our symbol; empty for what concerns all of them.
        purpose: What the numbers are for; each purpose is a stream of its own.
        place: A block, an event or any other non-negative counter.
        count: How many numbers; asking for more does not change the first ones.
    """
    name = f"{seed}|{symbol}|{purpose}|{place}".encode()
    key = int.from_bytes(hashlib.sha256(name).digest()[:16], "little")
    bits = np.random.Philox(key=key).random_raw(count) >> np.uint64(12)
    return np.asarray((bits + 0.5) * 2.0**-52, dtype=np.float64)


def bars(seed: int, symbol: str, window: Window, effect: float = 1.0) -> RawBars:
    """The half-hour bars that open and close inside the window, in order of time.

    Prices are raw: they divide at a split. A halted half hour has no bar.

    Args:
        seed: The world.
        symbol: Our symbol.
        window: When.
        effect: What the drift after planted events is multiplied by: 0 is a world whose prices know
            nothing of its news.
    """
    first = max(0, -((EPOCH - window.start) // SLOT))  # rounded up: the bar opens inside
    last = max(first, (window.end - EPOCH) // SLOT)
    steps, rows = [np.empty(0, dtype=np.intp)], [np.empty((5, 0))]
    for number in range(first // _BLOCK_STEPS, -(-last // _BLOCK_STEPS)):
        block_steps, block_rows = _block(seed, symbol, number, effect)
        inside = slice(*np.searchsorted(block_steps, (first, last)).tolist())
        steps.append(block_steps[inside])
        rows.append(block_rows[:, inside])
    opened_at = instant64(EPOCH) + np.concatenate(steps) * np.timedelta64(SLOT)
    return RawBars(symbol, Interval.HALF_HOUR, opened_at, *np.concatenate(rows, axis=1))


def splits(seed: int, symbol: str, window: Window, effect: float = 1.0) -> list[CorporateAction]:
    """The splits with window.start ≤ ex_at < window.end, in order of time, each at midnight UTC.

    `effect` is that of `bars`: which prices suit a split depends on it.
    """
    found = []
    for number in _blocks_of(window):
        walk = _walk(seed, symbol, number, effect)
        ex_at = EPOCH + (number * _BLOCK_STEPS + walk.split_step) * SLOT
        if walk.ratio != 1 and window.start <= ex_at < window.end:
            split = CorporateAction(symbol, ex_at, ex_at.date(), ActionKind.SPLIT, walk.ratio)
            found.append(split)
    return found


def events(seed: int, symbol: str, window: Window) -> list[PlantedEvent]:
    """The planted events with window.start ≤ happened_at < window.end, in order of time."""
    found = []
    for block in _blocks_of(window):
        columns = (column.tolist() for column in _planted(seed, symbol, block))
        for number, second, direction, drift in zip(*columns, strict=True):
            happened_at = EPOCH + timedelta(seconds=second)
            if window.start <= happened_at < window.end:
                found.append(PlantedEvent(symbol, number, happened_at, int(direction), drift))
    return found


def _blocks_of(window: Window) -> range:
    """The blocks that the window touches."""
    length = _BLOCK_DAYS * _DAY
    first, last = (window.start - EPOCH) // length, -((EPOCH - window.end) // length)
    return range(max(0, first), max(0, last))


def _normals(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Two independent columns of normal numbers from two of uniform ones (Box and Muller)."""
    radius = np.sqrt(-2 * np.log(one))
    return radius * np.cos(2 * np.pi * other), radius * np.sin(2 * np.pi * other)


@lru_cache(maxsize=4096)
def _profile(seed: int, symbol: str) -> _Profile:
    price, beta, sigma, turnover = draws(seed, symbol, "profile", 0, 4).tolist()
    return _Profile(
        start_price=20 * 25**price,
        beta=0.6 + 0.8 * beta,
        sigma=(0.009 + 0.008 * sigma) / _DAY_STEPS**0.5,
        turnover=10 ** (7 + 1.7 * turnover) / _DAY_STEPS,
    )


def _smoothed(seed: int, symbol: str, purpose: str, block: int, count: int) -> Floats:
    """`count` numbers of variance 1, each a fading memory of the 64 independent ones up to it."""
    # Places are counted from one, so that the first block has a predecessor to remember.
    uniform = [
        draws(seed, symbol, purpose, n, 2 * count).reshape(2, -1) for n in (block, block + 1)
    ]
    noise = _normals(*np.concatenate(uniform, axis=1))[0]
    memory = 0.88 ** np.arange(64)
    memory /= np.sqrt((memory**2).sum())
    return np.convolve(noise, memory)[count : 2 * count]


def _volatility(seed: int, symbol: str, block: int) -> Floats:
    """A multiplier of each step's usual move: regimes of days, moods of hours, time of day."""
    regime = np.repeat(_smoothed(seed, symbol, "regime", block, _BLOCK_DAYS), _DAY_STEPS)
    mood = np.repeat(_smoothed(seed, symbol, "mood", block, _BLOCK_STEPS // 8), 8)
    return np.asarray(np.exp(0.45 * regime + 0.2 * mood - 0.12) * np.sqrt(_DAY_SHAPE))


@lru_cache(maxsize=64)
def _market(seed: int, block: int) -> tuple[Floats, Floats]:
    """The return that all symbols share, step by step, and its standard deviation there."""
    sigma = _MARKET_SIGMA * _volatility(seed, "", block)
    noise = _normals(*draws(seed, "", "steps", block, 2 * _BLOCK_STEPS).reshape(2, -1))[0]
    return sigma * noise, sigma


@lru_cache(maxsize=1024)
def _planted(
    seed: int, symbol: str, block: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats, Floats]:
    """A block's events in order of time: number, second since the epoch, direction and drift."""
    count = _BLOCK_DAYS * _CHANCES
    chance, when, direction, size = draws(seed, symbol, "events", block, 4 * count).reshape(4, -1)
    chosen = np.flatnonzero(chance < _EVENTS_A_DAY / _CHANCES)
    minute = (block * _BLOCK_DAYS + chosen // _CHANCES + when[chosen]) * 1440
    second = np.floor(minute) * 60 + 1 + np.floor(minute % 1 * 59)  # never a whole minute
    order = np.argsort(second, kind="stable")
    chosen, second = chosen[order], second[order].astype(np.intp)
    drift = 0.003 + 0.008 * size[chosen]
    return block * count + chosen, second, np.sign(direction[chosen] - 0.5), drift


def _drift(seed: int, symbol: str, block: int) -> Floats:
    """What planted events, those of the block before included, add to each log return."""
    drift = np.zeros(_BLOCK_STEPS + EFFECT_BARS)  # with room for what reaches into the next block
    for number in range(max(0, block - 1), block + 1):
        _, second, direction, size = _planted(seed, symbol, number)
        first = second // int(SLOT.total_seconds()) + 1 - block * _BLOCK_STEPS
        steps = first[:, None] + np.arange(EFFECT_BARS)
        effects = (direction * size)[:, None] * _EFFECT
        np.add.at(drift, steps[steps >= 0], effects[steps >= 0])
    return drift[:_BLOCK_STEPS]


def _gaps(seed: int, symbol: str, block: int) -> Floats:
    """The occasional jump between one close and the next open, as log returns, mostly zero."""
    chance, when, size = draws(seed, symbol, "jumps", block, 3 * _BLOCK_DAYS).reshape(3, -1)
    jumps = np.zeros(_BLOCK_STEPS)
    days = np.flatnonzero(chance < _JUMPS_A_DAY)
    steps = days * _DAY_STEPS + (when[days] * _DAY_STEPS).astype(np.intp)
    jumps[steps] = np.sign(size[days] - 0.5) * (0.01 + 0.04 * (2 * size[days] - 1) ** 2)
    return jumps


def _price(profile: _Profile, deviation: Floats) -> Floats:
    """The price at a deviation, before splits, in the instrument's currency."""
    return np.asarray(profile.start_price * np.exp(_BOUND * np.tanh(deviation / _BOUND)))


def _ratio(price: float, choice: float) -> float:
    """New shares for one old share that a board would choose at this price; 1 is no split."""
    if price < 16:
        return 0.125
    fitting = [ratio for ratio, least in ((2.0, 34), (3.0, 70), (4.0, 100)) if price >= least]
    return fitting[int(choice * len(fitting))] if fitting else 1.0


@lru_cache(maxsize=128)
def _walk(seed: int, symbol: str, block: int, effect: float) -> _Walk:
    """The walk through one block, from where the block before it ended."""
    deviation, shares = _end(seed, symbol, block - 1, effect) if block else (0.0, 1.0)
    profile, (market, _) = _profile(seed, symbol), _market(seed, block)
    sigma = profile.sigma * _volatility(seed, symbol, block)
    noise = _normals(*draws(seed, symbol, "steps", block, 2 * _BLOCK_STEPS).reshape(2, -1))
    body = profile.beta * market + sigma * noise[0] + effect * _drift(seed, symbol, block)
    moves = body + _GAP_SHARE * sigma * noise[1] + _gaps(seed, symbol, block)
    # A price forgets how far it has come, slowly, so that years do not carry it away.
    kept = 0.5 ** (np.arange(1, _BLOCK_STEPS + 1) / (_HALF_LIFE_DAYS * _DAY_STEPS))
    close = kept * (deviation + np.cumsum(moves / kept))
    chance, when, choice = draws(seed, symbol, "splits", block, 3).tolist()
    split_step = _DAY_STEPS * (1 + int(when * (_BLOCK_DAYS - 1)))
    before = float(_price(profile, close)[split_step - 1]) / shares
    ratio = _ratio(before, choice) if chance < _SPLITS_A_BLOCK else 1.0
    return _Walk(body, moves, close, split_step, ratio, shares * ratio)


@lru_cache(maxsize=65536)
def _end(seed: int, symbol: str, block: int, effect: float) -> tuple[float, float]:
    """The deviation and the shares a block ends with, kept longer than the walk itself."""
    walk = _walk(seed, symbol, block, effect)
    return float(walk.close[-1]), walk.shares


def _traded(uniform: Floats) -> NDArray[np.bool_]:
    """Which steps have a bar: all but halts of one to three bars, which never cross midnight."""
    traded = np.ones(_BLOCK_STEPS, dtype=np.bool_)
    for step in np.flatnonzero(uniform < _HALT_CHANCE).tolist():
        if step % _DAY_STEPS < _DAY_STEPS - 2:
            traded[step : step + 1 + int(3 * uniform[step] / _HALT_CHANCE)] = False
    return traded


@lru_cache(maxsize=128)
def _block(seed: int, symbol: str, block: int, effect: float) -> tuple[NDArray[np.intp], Floats]:
    """The steps of one block that have a bar, and their open, high, low, close and volume."""
    walk, profile = _walk(seed, symbol, block, effect), _profile(seed, symbol)
    uniform = draws(seed, symbol, "bars", block, 5 * _BLOCK_STEPS).reshape(5, -1)
    # The extremes of a Brownian path between two known ends.
    own = profile.sigma * _volatility(seed, symbol, block)
    variance = own**2 + (profile.beta * _market(seed, block)[1]) ** 2
    above, below = np.sqrt(walk.body**2 - 2 * variance * np.log(uniform[:2]))
    middle = walk.close - walk.body / 2
    path = (walk.close - walk.body, middle + above / 2, middle - below / 2, walk.close)
    shares = walk.shares / np.where(np.arange(_BLOCK_STEPS) < walk.split_step, walk.ratio, 1)
    prices = np.round(_price(profile, np.stack(path)) / shares, 2)
    usual = np.hypot(profile.sigma, profile.beta * _MARKET_SIGMA)
    activity = 0.55 * _DAY_SHAPE + 0.45 * np.abs(walk.moves) / usual
    chance = np.exp(0.35 * _normals(uniform[2], uniform[3])[0])
    volume = np.round(profile.turnover / prices[3] * activity * chance)
    rows = np.stack((prices[0], prices.max(axis=0), prices.min(axis=0), prices[3], volume))
    traded = _traded(uniform[4])
    return np.flatnonzero(traded) + block * _BLOCK_STEPS, rows[:, traded]
