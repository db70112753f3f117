"""The composite: components weighed into a score that visibly adds up, an action, a confidence.

Pure. Weights are renormalised over the components that are present, so missing input lowers the
confidence and never bends the score.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fintech_pipeline.signals.strategy import Action, Strategy

DECIMALS = 6
"""Values, weights and contributions are rounded to this before they are summed and stored, so that
the numbers a person sees are the numbers that were added, on every machine."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one component says at one slot.

    Attributes:
        value: In [-1, 1].
        reason: The figure behind it, as a phrase for a person.
    """

    value: float
    reason: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """One component's part of a score: contribution = weight × value.

    Attributes:
        name: The component.
        value: In [-1, 1].
        weight: Its share among the components present.
        contribution: What it adds to the score.
        reason: The figure behind it, as a phrase for a person.
    """

    name: str
    value: float
    weight: float
    contribution: float
    reason: str


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
    """The dated composite for one symbol.

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

    def strongest(self, count: int) -> list[Contribution]:
        """The contributions of the greatest size, the strongest first."""
        return sorted(self.contributions, key=lambda c: -abs(c.contribution))[:count]


def rounded(number: float) -> float:
    """The number as it is summed, shown and stored; never a negative zero."""
    return round(number, DECIMALS) + 0.0


def weigh(strategy: Strategy, readings: Mapping[str, Reading]) -> tuple[Contribution, ...]:
    """The contributions of the readings present, in the strategy's order."""
    present = {name: w for name, w in strategy.weights.items() if name in readings}
    total = math.fsum(present.values())
    return tuple(
        Contribution(
            name,
            rounded(readings[name].value),
            rounded(weight / total),
            rounded(rounded(weight / total) * rounded(readings[name].value)),
            readings[name].reason,
        )
        for name, weight in present.items()
    )


def score_of(contributions: tuple[Contribution, ...]) -> float:
    """The sum of the contributions, bounded by [-1, 1]."""
    total = rounded(math.fsum(part.contribution for part in contributions))
    return max(-1.0, min(1.0, total))


def confidence_of(
    strategy: Strategy, contributions: tuple[Contribution, ...], freshness: float
) -> float:
    """Coverage × agreement × freshness, in [0, 1].

    Coverage is the weight of the components present; agreement runs from ½, where they cancel
    each other out, to 1, where all point one way.

    Args:
        strategy: Whose weights count.
        contributions: The components present.
        freshness: The share of recent bars that exist, in [0, 1].
    """
    coverage = math.fsum(strategy.weights[part.name] for part in contributions)
    strength = math.fsum(abs(part.contribution) for part in contributions)
    net = abs(math.fsum(part.contribution for part in contributions))
    agreement = 0.5 + 0.5 * net / strength if strength > 0 else 1.0
    return rounded(max(0.0, min(1.0, coverage * agreement * freshness)))
