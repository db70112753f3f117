"""The composite: components weighed into a score that visibly adds up, an action, a confidence.

Pure. Weights are renormalised over the components that are present, so missing input lowers the
confidence and never bends the score. Everything that is shown is counted in millionths, as whole
numbers, so that sums are exact, whatever their order, on every machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.bands import Micros
from fintech_pipeline.signals.strategy import Action, Strategy

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Contribution:
    """One component's part of a score: contribution = weight × value.

    Attributes:
        name: The component.
        value: In [-1, 1].
        weight: Its share among the components present.
        contribution: What it adds to the score.
        reason: The figure behind it, as a phrase for a person.
        figure: The figure; None in signals that were stored without it.
    """

    name: str
    value: float
    weight: float
    contribution: float
    reason: str
    figure: float | None = None


@dataclass(frozen=True, slots=True)
class ArticleShare:
    """What one article adds to the news component's value.

    Attributes:
        article_id: The article.
        share: In [-1, 1].
        model_version: By whose score; empty in signals that were stored without it.
    """

    article_id: int
    share: float
    model_version: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """The dated composite for one symbol, as it is stored.

    Attributes:
        symbol: Our symbol.
        slot_at: The slot it judges (UTC).
        strategy: Label of the strategy that made it.
        price: The slot's close, raw, in the instrument's currency.
        change_pct: Since the last close of the session before, per cent; None where unknown.
        score: In [-1, 1], the sum of the contributions.
        action: What the score asks for.
        confidence: In [0, 1]: coverage × agreement × freshness.
        contributions: The components present, in the strategy's order.
        missing: The components that are not, each with its reason.
        articles: The articles behind the news component, the weightiest first.
        coverage: The weight of the components present; None where it was not stored.
        agreement: From ½, where they cancel each other out, to 1; None the same way.
        freshness: The share of the recent rows that have a bar; None the same way.
        bars: How many bars its indicators saw; None the same way.
        since: The first of the last 13 slots from which on the action has held (UTC); None for
            hold.
        regime: The strategy's regime that held; None where none did.
        split: New shares for one old of a split that nobody told of, which holds the action back.
        last_close: The last close of the session before, in the slot's shares.
        stories: How many stories its articles tell.
    """

    symbol: str
    slot_at: datetime
    strategy: str
    price: float
    change_pct: float | None
    score: float
    action: Action
    confidence: float
    contributions: tuple[Contribution, ...]
    missing: tuple[tuple[str, str], ...]
    articles: tuple[ArticleShare, ...]
    coverage: float | None = None
    agreement: float | None = None
    freshness: float | None = None
    bars: int | None = None
    since: datetime | None = None
    regime: str | None = None
    split: float | None = None
    last_close: float | None = None
    stories: int = 0

    def strongest(self, count: int) -> list[Contribution]:
        """The contributions of the greatest size, the strongest first."""
        return sorted(self.contributions, key=lambda c: -abs(c.contribution))[:count]


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """The scores of a strategy; all matrices (time, symbol), in millionths where they are numbers.

    Attributes:
        values: Of each of its components; 0 where it is missing.
        weights: Their shares among those present; 0 where missing.
        contributions: weight × value.
        present: Which components are present.
        regime: The place of the regime that holds in the strategy's, -1 where none does.
        score: The sum of the contributions.
        coverage: The weight of the components present, of all.
        agreement: From half a million, where they cancel each other out, to a million.
    """

    values: Mapping[str, Micros]
    weights: Mapping[str, Micros]
    contributions: Mapping[str, Micros]
    present: Mapping[str, NDArray[np.bool_]]
    regime: NDArray[np.int64]
    score: Micros
    coverage: Micros
    agreement: Micros


def micros(numbers: Floats) -> Micros:
    """The numbers in whole millionths; 0 where there is none."""
    whole: Micros = np.rint(np.nan_to_num(numbers) * MICRO).astype(np.int64)
    return whole


def composite(
    strategy: Strategy, values: Mapping[str, Floats], regimes: Mapping[str, Floats]
) -> Composite:
    """Weighs the components.

    Args:
        strategy: Their weights, and what changes them.
        values: Each component's value in [-1, 1], NaN where it is missing; (time, symbol).
        regimes: The indicators of regimes, NaN where unknown.
    """
    regime = _regime(strategy, regimes, next(iter(values.values())).shape)
    # The last row is that of no regime, which -1 picks.
    table = [strategy.weights_in(one) for one in (*strategy.regimes, None)]
    there = {name: ~np.isnan(values[name]) for name in strategy.weights}
    raw = {name: np.array([row[name] for row in table])[regime] for name in strategy.weights}
    # One after the other: numpy's own sum takes another order where a matrix has one column.
    everything: Floats = reduce(np.add, raw.values())
    total: Floats = reduce(np.add, [np.where(there[n], raw[n], 0.0) for n in strategy.weights])
    shares = {
        name: micros(np.where(there[name], raw[name], 0.0) / np.where(total > 0, total, 1.0))
        for name in strategy.weights
    }
    parts = {name: micros(values[name]) for name in strategy.weights}
    made = {
        name: np.rint(shares[name] * parts[name] / MICRO).astype(np.int64)
        for name in strategy.weights
    }
    net: Micros = reduce(np.add, made.values())
    strength: Micros = reduce(np.add, [np.abs(part) for part in made.values()])
    # They cancel each other out, or point one way, or there is none of any strength.
    agreement = 0.5 + 0.5 * np.abs(net) / np.where(strength > 0, strength, 1)
    return Composite(
        parts,
        shares,
        made,
        there,
        regime,
        np.clip(net, -MICRO, MICRO),
        micros(total / everything),
        micros(np.where(strength > 0, agreement, 1.0)),
    )


def confidence(coverage: Micros, agreement: Micros, freshness: Micros) -> Micros:
    """Coverage × agreement × freshness, in millionths."""
    return micros(coverage / MICRO * (agreement / MICRO) * (freshness / MICRO))


def _regime(
    strategy: Strategy, indicators: Mapping[str, Floats], shape: tuple[int, ...]
) -> NDArray[np.int64]:
    """The place of the first regime that holds, -1 where none does."""
    found = np.full(shape, -1, dtype=np.int64)
    for place in range(len(strategy.regimes) - 1, -1, -1):
        one = strategy.regimes[place]
        with np.errstate(invalid="ignore"):
            found[indicators[one.indicator] > one.above] = place
    return found
