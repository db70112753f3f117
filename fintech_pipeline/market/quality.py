"""What is wrong with bars: broken or thin ones, duplicates, jumps that look like splits. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants, from_instant64, instant64
from fintech_pipeline.market.bars import (
    LENGTHS,
    ActionKind,
    BarSeries,
    CorporateAction,
    Floats,
    Interval,
    RawBars,
    broken_rows,
)
from fintech_pipeline.market.resampling import Sessions, in_trading

SPLIT_RATIOS = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 50.0, 100.0)
"""New shares for one old that boards choose; a reverse split is one over them."""
SPLIT_TOLERANCE = 0.04
"""How far, in relation, a jump may lie from such a ratio and still look like it."""
LEAST_JUMP = 0.3
"""A price that rose or fell by less than this share does not look like split."""


class FlawKind(StrEnum):
    """The kinds of flaw a provider's rows have."""

    BROKEN = "broken"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    OUTSIDE = "outside"
    THIN = "thin"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Rows of one symbol that are not as they should be, all in one way.

    Attributes:
        symbol: Our symbol.
        kind: The way; rows of every kind but `THIN` were left out.
        rows: How many.
        told: The same for a person, with the first instant, but without the symbol.
    """

    symbol: str
    kind: FlawKind
    rows: int
    told: str

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        return f"{self.symbol}: {self.told}."


@dataclass(frozen=True, slots=True)
class Jump:
    """A move of the price that looks like a split nobody told of.

    Attributes:
        symbol: Our symbol.
        opened_at: The open of the first bar after it (UTC).
        ratio: New shares for one old that it looks like; below 1 for a reverse split.
        sentence: The same for a person.
    """

    symbol: str
    opened_at: datetime
    ratio: float
    sentence: str


def screen(bars: RawBars) -> tuple[RawBars, list[Flaw]]:
    """The rows that can be true, in strict order of time, and what was wrong with the others.

    Broken rows (no time; a price that is not a positive number; high < low; a negative volume) are
    left out. Equal rows count once. Of rows that contradict each other the last given is kept.

    Returns:
        Rows fit for a `BarSeries`, and at most one flaw of each kind.
    """
    broken = broken_rows(bars) | np.isnat(bars.opened_at)
    rising = not broken.any() and (np.diff(bars.opened_at) > np.timedelta64(0)).all()
    if rising:
        return bars, []
    # A stable sort keeps rows of one time in the order given.
    good = bars[~broken]
    good = good[np.argsort(good.opened_at, kind="stable")]
    last = np.append(np.diff(good.opened_at) > np.timedelta64(0), True)[: len(good)]
    kept = good[last]
    winner = kept[np.cumsum(last) - last]
    pairs = zip(good.columns(), winner.columns(), strict=True)
    same = np.logical_and.reduce([mine == its for mine, its in pairs])
    reports = (
        (FlawKind.BROKEN, bars.opened_at[broken], "impossible and left out"),
        (FlawKind.DUPLICATE, good.opened_at[~last & same], "given again and counted once"),
        (
            FlawKind.CONFLICT,
            good.opened_at[~last & ~same],
            "contradicted by a later row for the same time, which was kept",
        ),
    )
    return kept, [_flaw(bars.symbol, *report) for report in reports if len(report[1])]


def outside_sessions(bars: RawBars, sessions: Sessions) -> list[Flaw]:
    """The rows that resampling leaves out because nothing trades when they open.

    Args:
        bars: In any order.
        sessions: All sessions of the time the bars span.

    Returns:
        One flaw, or none.
    """
    outside = bars.opened_at[~in_trading(bars, sessions)]
    what = "outside the exchange's sessions and left out"
    return [_flaw(bars.symbol, FlawKind.OUTSIDE, outside, what)] if len(outside) else []


def partial_bars(made: BarSeries, rows: RawBars, sessions: Sessions) -> NDArray[np.bool_]:
    """Which bars were made of fewer rows than trade in them.

    Args:
        made: Half hours or days made of the rows.
        rows: Screened, in strict order of time; none is partial where they are as long.
        sessions: All sessions of the time the bars span.
    """
    if rows.interval is made.interval or rows.interval not in LENGTHS:
        return np.zeros(len(made), dtype=np.bool_)
    inside = rows.opened_at[in_trading(rows, sessions)]
    first, after = (np.searchsorted(inside, at) for at in (made.bars.opened_at, made.closed_at))
    trading = made.closed_at - made.bars.opened_at
    if made.interval is Interval.DAY:
        place = np.searchsorted(sessions.opened_at, made.bars.opened_at)
        breaks = sessions.break_ended_at[place] - sessions.break_started_at[place]
        trading = trading - np.where(np.isnat(breaks), np.timedelta64(0, "us"), breaks)
    due = -(-trading // np.timedelta64(LENGTHS[rows.interval]))
    partial: NDArray[np.bool_] = after - first < due
    return partial


def thin_half_hours(made: BarSeries, rows: RawBars, sessions: Sessions) -> list[Flaw]:
    """The half hours made of fewer rows than trade in them.

    Args:
        made: Bars made of the rows; of another interval than half hours nothing is said.
        rows: Screened, in strict order of time.
        sessions: All sessions of the time the bars span.

    Returns:
        One flaw, or none.
    """
    if made.interval is not Interval.HALF_HOUR:
        return []
    thin = made.bars.opened_at[partial_bars(made, rows, sessions)]
    spoken = "five-minute" if rows.interval is Interval.FIVE_MINUTES else "quarter-hour"
    what = f"made of fewer {spoken} bars than trade in a half hour"
    return [_flaw(made.symbol, FlawKind.THIN, thin, what)] if len(thin) else []


def split_like_jumps(series: BarSeries, actions: Sequence[CorporateAction]) -> list[Jump]:
    """The jumps near the ratio of a split that the known actions do not explain.

    A jump is the move from one bar's close to the next bar's open or close. A split that is known
    but did not move the price (an adjusted price among raw ones) is such a jump as well, the other
    way round.

    Args:
        series: Raw prices.
        actions: What is known of this symbol, in any order.

    Returns:
        In order of time; those of less than 30 % are left out.
    """
    bars = series.bars
    if len(bars) < 2:
        return []
    before = bars.close[:-1] / _explained(series, actions)[1:]
    found = []
    overnight, overall = split_like(before / bars.open[1:]), split_like(before / bars.close[1:])
    for row in np.flatnonzero(~np.isnan(overnight) | ~np.isnan(overall)).tolist():
        ratio = float(overall[row] if np.isnan(overnight[row]) else overnight[row])
        opened_at = from_instant64(bars.opened_at[row + 1])
        new, old = (f"{ratio:g}", "1") if ratio > 1 else ("1", f"{1 / ratio:g}")
        sentence = (
            f"{series.symbol} went from {before[row]:g} to {bars.close[row + 1]:g} at"
            f" {opened_at:%Y-%m-%d %H:%MZ}, which looks like a split of {new} for {old}"
            " that nobody told of."
        )
        found.append(Jump(series.symbol, opened_at, ratio, sentence))
    return found


def looks_split(bars: RawBars, since: datetime) -> bool:
    """Whether the price opens like after a split, whatever is known of actions.

    Args:
        bars: As a vendor gave them, in any order.
        since: What opens earlier (UTC) only shows where the price came from.
    """
    bars = bars[np.argsort(bars.opened_at)]
    with np.errstate(divide="ignore", invalid="ignore"):
        like = ~np.isnan(split_like(bars.close[:-1] / bars.open[1:]))
    return bool((like & (bars.opened_at[1:] >= instant64(since))).any())


def _explained(series: BarSeries, actions: Sequence[CorporateAction]) -> Floats:
    """The factor by which the known actions divide the price before each bar."""
    factor = np.ones(len(series))
    for action in actions:
        row = int(np.searchsorted(series.closed_at, instant64(action.ex_at), side="right"))
        if not 0 < row < len(series):
            continue
        last = float(series.bars.close[row - 1])
        if action.kind is ActionKind.SPLIT:
            factor[row] *= action.value
        elif action.value < last:
            factor[row] *= last / (last - action.value)
    return factor


def split_like(jumps: Floats) -> Floats:
    """The split that each jump looks like: new shares for one old, NaN where it looks like none.

    Args:
        jumps: Old prices over new ones; NaN where one is not known.
    """
    ratios = np.array([1.0 / ratio for ratio in SPLIT_RATIOS[::-1]] + list(SPLIT_RATIOS))
    off = np.abs(jumps[:, None] / ratios - 1.0)
    nearest = off.argmin(axis=1)
    like = off[np.arange(len(jumps)), nearest] <= SPLIT_TOLERANCE
    far = np.maximum(1.0 - 1.0 / jumps, 1.0 / jumps - 1.0) > LEAST_JUMP
    return np.where(like & far, ratios[nearest], np.nan)


def _flaw(symbol: str, kind: FlawKind, instants: Instants, what: str) -> Flaw:
    rows = len(instants)
    timed: NDArray[np.datetime64] = instants[~np.isnat(instants)]
    first = f", the first at {from_instant64(timed.min()):%Y-%m-%d %H:%MZ}" if len(timed) else ""
    bars = f"{rows} bars were" if rows > 1 else "1 bar was"
    return Flaw(symbol, kind, rows, f"{bars} {what}{first}")
