"""Strategies: named, versioned weights and bands as data. Pure but for reading the shipped file."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fintech_pipeline.errors import ConfigurationError

SHIPPED = Path(__file__).parent / "strategies"
COMPONENTS = ("momentum", "trend", "mean_reversion", "volume", "news")


class Action(StrEnum):
    """What a score asks for, from the lowest to the highest."""

    STRONG_SELL = "strong_sell"
    SELL = "sell"
    HOLD = "hold"
    BUY = "buy"
    STRONG_BUY = "strong_buy"


@dataclass(frozen=True, slots=True)
class Strategy:
    """What each component weighs and where the actions begin.

    Attributes:
        name: How it is called.
        version: Raised with every change, so that a stored signal names what made it.
        weights: The weight of each component, in the order in which they are summed.
        buy: The least score that asks to buy; its negative asks to sell.
        strong_buy: The least score that asks to buy strongly.

    Raises:
        ValueError: An unknown component, weights that do not add up to 1, or bands out of order.
    """

    name: str
    version: int
    weights: dict[str, float]
    buy: float
    strong_buy: float

    def __post_init__(self) -> None:
        unknown = sorted(set(self.weights) - set(COMPONENTS))
        if unknown:
            raise ValueError(f"{unknown[0]} is not a component ({', '.join(COMPONENTS)})")
        if any(weight <= 0 for weight in self.weights.values()):
            raise ValueError("a weight is not positive; leave the component out instead")
        if abs(sum(self.weights.values()) - 1.0) > 1e-9:
            raise ValueError("the weights do not add up to 1")
        if not 0 < self.buy < self.strong_buy <= 1:
            raise ValueError("the bands must rise: 0 < buy < strong_buy ≤ 1")

    @property
    def label(self) -> str:
        """Name and version, as stored with every signal."""
        return f"{self.name}-{self.version}"

    def action(self, score: float) -> Action:
        """The action a score asks for; a score on the edge of a band belongs to it."""
        if score >= self.strong_buy:
            return Action.STRONG_BUY
        if score >= self.buy:
            return Action.BUY
        if score <= -self.strong_buy:
            return Action.STRONG_SELL
        return Action.SELL if score <= -self.buy else Action.HOLD


def load_strategy(name: str) -> Strategy:
    """The shipped strategy of that name.

    Raises:
        ConfigurationError: There is none, or its file is wrong.
    """
    known = sorted(path.stem for path in SHIPPED.glob("*.toml"))
    if name not in known:
        raise ConfigurationError(f"There is no strategy {name}; there is {', '.join(known)}.")
    tree = tomllib.loads((SHIPPED / f"{name}.toml").read_text("utf-8"))
    try:
        return Strategy(
            tree["name"],
            tree["version"],
            tree["weights"],
            tree["bands"]["buy"],
            tree["bands"]["strong_buy"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"The strategy {name} is wrong: {error}.") from None
