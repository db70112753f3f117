"""What became of the signals of one strategy: the figures of a review. Pure.

It is given matrices and does not ask where they come from: the outcomes of live signals as they
were settled, or those of a backfilled history, never both in one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.outcomes import (
    CROSS_SECTION,
    Estimate,
    Rate,
    corrected,
    estimate_of,
    looks_of,
    over_symbols,
    overlap_of,
    rank_correlation,
    rank_products,
    rate_of,
)
from fintech_pipeline.signals.panel import Aftermath, Panel, turnover
from fintech_pipeline.signals.strategy import Action

QUINTILES = 5
ACROSS = "across symbols"
OVER_TIME = "over time"


@dataclass(frozen=True, slots=True)
class Bucket:
    """The observations of one action, or of one fifth of the scores.

    Attributes:
        name: The action, or the fifth.
        mean_score: Their mean score.
        return_pct: Their mean return, over slots.
    """

    name: str
    count: int
    mean_score: float
    return_pct: Estimate


@dataclass(frozen=True, slots=True)
class Rule:
    """How a rule would have done: the strategy's actions, or something that needs no skill.

    Attributes:
        name: What it does.
        hit_rate: How often the price went its way.
        return_pct: Its mean return, over slots.
    """

    name: str
    hit_rate: Rate
    return_pct: Estimate


@dataclass(frozen=True, slots=True)
class SymbolFigures:
    """How the signals of one symbol did: hits of the score's sign, and its correlation in time."""

    symbol: str
    hit_rate: Rate
    coefficient: Estimate


@dataclass(frozen=True, slots=True)
class HorizonFigures:
    """All figures of one horizon.

    Attributes:
        horizon: Its name.
        count: How many outcomes there are.
        without: Why others have none.
        waiting: Of how many the time has not come.
        ranked: How the coefficients compare: `ACROSS` symbols in a slot, or each `OVER_TIME`.
        sign: Hits of the score's sign.
        buys: Hits of the buys and strong buys.
        sells: Hits of the sells and strong sells.
        score: The information coefficient of the score.
        components: The same of each component.
        fifths: Returns by fifth of the score.
        actions: Returns by action.
        rules: The strategy beside its baselines.
        symbols: Each symbol.
    """

    horizon: str
    count: int
    without: Mapping[str, int]
    waiting: int
    ranked: str
    sign: Rate
    buys: Rate
    sells: Rate
    score: Estimate
    components: Mapping[str, Estimate]
    fifths: Sequence[Bucket]
    actions: Sequence[Bucket]
    rules: Sequence[Rule]
    symbols: Sequence[SymbolFigures]


@dataclass(frozen=True, slots=True)
class StrategyFigures:
    """The review of one strategy, of one kind of history.

    Attributes:
        strategy: Its label.
        signals: How many signals there are.
        symbols: Of how many symbols.
        first: The first slot; None without a signal.
        last: The last slot.
        turnover: Changes of side (half a unit from hold to buy) a signal; NaN with none.
        looks: How many coefficients had a chance to be called an effect.
        horizons: The figures, the nearest first.
    """

    strategy: str
    signals: int
    symbols: int
    first: np.datetime64 | None
    last: np.datetime64 | None
    turnover: float
    looks: int
    horizons: Sequence[HorizonFigures] = field(default=())


def review(
    strategy: str, panel: Panel, aftermaths: Sequence[Aftermath], coin: np.random.Generator
) -> StrategyFigures:
    """The figures of one strategy.

    Args:
        strategy: Its label.
        panel: Its signals.
        aftermaths: What came after them, a horizon each, the nearest first.
        coin: Throws the coin of the baseline.
    """
    horizons = _looks_counted([_at_horizon(panel, one, coin) for one in aftermaths])
    there = len(panel.slots) > 0
    return StrategyFigures(
        strategy,
        int(np.isfinite(panel.score).sum()),
        len(panel.symbols),
        panel.slots[0] if there else None,
        panel.slots[-1] if there else None,
        turnover(panel.side),
        looks_of(one for horizon in horizons for one in _looks(horizon)),
        horizons,
    )


def coefficient_of(values: Floats, returns: Floats, overlap: int) -> Estimate:
    """The information coefficient: of the symbols of each slot, or of each symbol in time.

    Where at most half of the slots have `CROSS_SECTION` symbols, a rank among them says nothing.
    """
    if is_cross_section(values, returns):
        return estimate_of(rank_correlation(values, returns), overlap)
    return estimate_of(over_symbols(rank_products(values, returns)), overlap)


def is_cross_section(values: Floats, returns: Floats) -> bool:
    """Whether enough slots have enough symbols to be ranked against each other."""
    both = (np.isfinite(values) & np.isfinite(returns)).sum(axis=1)
    return bool((both >= CROSS_SECTION).sum() * 2 > (both > 0).sum())


def _at_horizon(panel: Panel, after: Aftermath, coin: np.random.Generator) -> HorizonFigures:
    gained = after.return_pct
    overlap = overlap_of(panel.slots, after.left_at)
    window = np.broadcast_to(
        np.arange(len(panel.slots))[:, None] // (overlap + 1), panel.score.shape
    )
    side = panel.side

    def hits(predicted: Floats) -> Rate:
        # A price that has not moved is neither; a prediction of 0 is none.
        told = np.isfinite(predicted) & np.isfinite(gained) & (predicted != 0) & (gained != 0)
        return rate_of((predicted * gained > 0)[told], window[told], reaching=overlap > 0)

    def rule(name: str, position: Floats) -> Rule:
        earned = np.where(np.isfinite(position) & (position != 0), position * gained, np.nan)
        return Rule(name, hits(position), estimate_of(over_symbols(earned), overlap))

    there = np.where(np.isfinite(panel.score), 1.0, np.nan)
    thrown = np.where(coin.random(gained.shape) < 0.5, -1.0, 1.0) * there
    return HorizonFigures(
        horizon=after.horizon,
        count=int((np.isfinite(gained) & np.isfinite(panel.score)).sum()),
        without=after.without,
        waiting=after.waiting,
        ranked=ACROSS if is_cross_section(panel.score, gained) else OVER_TIME,
        sign=hits(panel.score),
        buys=hits(np.where(side > 0, side, np.nan)),
        sells=hits(np.where(side < 0, side, np.nan)),
        score=coefficient_of(panel.score, gained, overlap),
        components={
            name: coefficient_of(values, gained, overlap)
            for name, values in panel.components.items()
        },
        fifths=_fifths(panel.score, gained, overlap),
        actions=[
            _bucket(str(action), panel.action == place, panel.score, gained, overlap)
            for place, action in enumerate(Action)
        ],
        rules=[
            rule("the strategy's buys and sells", side),
            rule("always hold", there),
            rule("last change goes on", np.sign(panel.change)),
            rule("a coin", thrown),
        ],
        symbols=_by_symbol(panel, gained, overlap),
    )


def _fifths(score: Floats, gained: Floats, overlap: int) -> list[Bucket]:
    """Returns by fifth of all scores, the lowest first."""
    both = np.isfinite(score) & np.isfinite(gained)
    if not both.any():
        return []
    edges = np.quantile(score[both], np.arange(1, QUINTILES) / QUINTILES)
    fifth = np.where(both, np.searchsorted(edges, score, side="right"), -1)
    return [
        _bucket(f"fifth {place + 1}", fifth == place, score, gained, overlap)
        for place in range(QUINTILES)
    ]


def _bucket(
    name: str, inside: NDArray[np.bool_], score: Floats, gained: Floats, overlap: int
) -> Bucket:
    inside = inside & np.isfinite(gained)
    count = int(inside.sum())
    mean = float(score[inside].mean()) if count else math.nan
    return Bucket(
        name, count, mean, estimate_of(over_symbols(np.where(inside, gained, np.nan)), overlap)
    )


def _by_symbol(panel: Panel, gained: Floats, overlap: int) -> list[SymbolFigures]:
    products = rank_products(panel.score, gained)
    window = np.arange(len(panel.slots)) // (overlap + 1)
    found = []
    for column, symbol in enumerate(panel.symbols):
        score, after = panel.score[:, column], gained[:, column]
        told = np.isfinite(score) & np.isfinite(after) & (score != 0) & (after != 0)
        hit_rate = rate_of((score * after > 0)[told], window[told], reaching=overlap > 0)
        found.append(SymbolFigures(symbol, hit_rate, estimate_of(products[:, column], overlap)))
    return found


def _looks(one: HorizonFigures) -> list[Estimate]:
    """The coefficients of a horizon: each is a look for an effect."""
    return [
        one.score,
        *one.components.values(),
        *(symbol.coefficient for symbol in one.symbols),
    ]


def _looks_counted(horizons: Sequence[HorizonFigures]) -> list[HorizonFigures]:
    """The figures with verdicts that know how many looks were taken."""
    told = iter(corrected([one for horizon in horizons for one in _looks(horizon)]))
    return [_replaced(horizon, told) for horizon in horizons]


def _replaced(one: HorizonFigures, told: Iterable[Estimate]) -> HorizonFigures:
    """The figures with these estimates in place of its own, in the order of `_looks`."""
    following = iter(told)
    return replace(
        one,
        score=next(following),
        components={name: next(following) for name in one.components},
        symbols=[replace(symbol, coefficient=next(following)) for symbol in one.symbols],
    )
