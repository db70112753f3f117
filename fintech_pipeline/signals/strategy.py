"""Strategies: named, versioned weights, bands and regimes as data. Pure.

A person writes one as TOML (`strategy_files.py` reads it); this module says what one may be.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fintech_pipeline.market.bars import Interval

COMPONENTS = (
    "momentum",
    "trend",
    "mean_reversion",
    "rsi",
    "reversal",
    "volume",
    "money_flow",
    "gap",
    "news",
    "news_surprise",
)
"""All there are; those of the price come first."""
REGIME_INDICATORS = ("adx", "volatility_ratio")
"""What a regime may look at: the strength of a trend, and how far the last bars move more than the
usual."""


class Action(StrEnum):
    """What a score asks for, from the lowest to the highest."""

    STRONG_SELL = "strong_sell"
    SELL = "sell"
    HOLD = "hold"
    BUY = "buy"
    STRONG_BUY = "strong_buy"


@dataclass(frozen=True, slots=True)
class Band:
    """Where an action begins, and where it ends: two thresholds, so that it does not flutter.

    Attributes:
        enter: The score that starts it.
        leave: The score at which it ends; nearer to zero, or the same.
    """

    enter: float
    leave: float


@dataclass(frozen=True, slots=True)
class Regime:
    """A state of the market in which some components count more or less.

    Attributes:
        name: How it is called.
        indicator: What it looks at, one of `REGIME_INDICATORS`.
        above: It holds while the indicator is above this.
        weights: What the weights of some components are multiplied by.
    """

    name: str
    indicator: str
    above: float
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Strategy:
    """What each component weighs, where the actions begin and end, and when that changes.

    Attributes:
        name: How it is called.
        version: Raised with every change, so that a stored signal names what made it.
        interval: Of the bars it judges: half hours or days. A day is judged at its session's close.
        weights: The weight of each component, in the order in which they are summed; they add up
            to 1.
        bands: One for each action but `hold`.
        regimes: The first that holds counts.

    Raises:
        ValueError: One sentence: what is wrong with it.
    """

    name: str
    version: int
    interval: Interval
    weights: Mapping[str, float]
    bands: Mapping[Action, Band]
    regimes: tuple[Regime, ...] = field(default=())

    @property
    def label(self) -> str:
        """Name and version, as stored with every signal."""
        return f"{self.name}-{self.version}"

    def weights_in(self, regime: Regime | None) -> Mapping[str, float]:
        """The weights while the regime holds, before they are divided by their sum."""
        if regime is None:
            return self.weights
        return {name: w * regime.weights.get(name, 1.0) for name, w in self.weights.items()}


def normalised(weights: Mapping[str, float]) -> dict[str, float]:
    """The weights divided by their sum."""
    total = math.fsum(weights.values())
    return {name: weight / total for name, weight in weights.items()}
