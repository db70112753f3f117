"""Strategies: named, versioned weights, bands and regimes as data. Pure.

A person writes one as TOML; `strategy_files.py` finds the files, `definition.py` makes a strategy
of what stands in one, this module says what one may be.
"""

import math
import re
import reprlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fintech_pipeline.market.bars import Interval

PRICE_COMPONENTS = (
    "momentum",
    "trend",
    "mean_reversion",
    "rsi",
    "reversal",
    "volume",
    "money_flow",
    "gap",
)
"""Those that prices tell."""
FORECAST = "forecast"
"""What models foretell of the direction, while they beat what needs none."""
COMPONENTS = (*PRICE_COMPONENTS, "news", "news_surprise", FORECAST)
"""All there are."""
REGIME_INDICATORS = ("adx", "volatility_ratio")
"""What a regime may look at: the strength of a trend, and how far the last bars move more than the
usual."""
INTERVALS = (Interval.HALF_HOUR, Interval.DAY)
"""What a strategy may judge."""
MOST = 1000.0
"""No weight and no factor of a regime is larger."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


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
        weights: The weight of each component, in the order of `COMPONENTS`; they add up to 1.
        bands: One for each action but `hold`, in the order of `Action`.
        regimes: The first that holds counts.

    Raises:
        ValueError: One sentence: which key is wrong, and what it may be.
    """

    name: str
    version: int
    interval: Interval
    weights: Mapping[str, float]
    bands: Mapping[Action, Band]
    regimes: tuple[Regime, ...] = field(default=())

    def __post_init__(self) -> None:
        _require_name("name", self.name)
        whole = isinstance(self.version, int) and not isinstance(self.version, bool)
        if not whole or not 1 <= self.version < 10**9:
            given = reprlib.repr(self.version)
            raise ValueError(f"version must be a whole number from 1 to {10**9 - 1}, not {given}")
        if self.interval not in INTERVALS:
            told = " or ".join(INTERVALS)
            raise ValueError(f"interval must be {told}, not {self.interval!s}")
        if normalised(self.weights) != self.weights:
            raise ValueError("weights must add up to 1")
        _require_bands(self.bands)
        for regime in self.regimes:
            _require_regime(regime, self.weights)
        twice = [name for name, n in Counter(r.name for r in self.regimes).items() if n > 1]
        if twice:
            raise ValueError(f"two regimes are called {twice[0]}")
        # One order whoever wrote it, so that sums and pages do not depend on it.
        weights = {name: self.weights[name] for name in COMPONENTS if name in self.weights}
        bands = {action: self.bands[action] for action in Action if action in self.bands}
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "bands", bands)

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
    """The weights divided by their sum; the same again where that is 1 already.

    Raises:
        ValueError: One is of no component or out of bounds, or they add up to nothing.
    """
    for name, weight in weights.items():
        if name not in COMPONENTS:
            told = ", ".join(COMPONENTS)
            raise ValueError(f"{key_in('weights', name)} is not a component; there is {told}")
        if not 0.0 <= weight <= MOST:
            raise ValueError(f"weights.{name} must lie between 0 and {MOST:g}, not {weight!r}")
    total = math.fsum(weights.values())
    if total == 0.0:
        raise ValueError("weights add up to 0; at least one must be above it")
    # Once divided they may add up to a last digit more or less, and are not divided again.
    divisor = 1.0 if math.isclose(total, 1.0, rel_tol=1e-12) else total
    return {name: weight / divisor + 0.0 for name, weight in weights.items()}


def key_in(parent: str, name: str) -> str:
    """The key as a sentence has it: on one line, and not too long, whatever a person wrote."""
    return f"{parent}{'.' if parent else ''}{reprlib.repr(name)[1:-1]}"


def _require_name(key: str, name: object) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"{key} must be 1 to 40 small letters, digits, _ and -, the first a letter or digit,"
            f" not {reprlib.repr(name)}"
        )


def _require_bands(bands: Mapping[Action, Band]) -> None:
    for action in Action:
        if (action in bands) == (action is Action.HOLD):
            why = "is what lies between the bands" if action is Action.HOLD else "is missing"
            raise ValueError(f"bands.{action} {why}")
    for mild, strong, sign in (
        (Action.BUY, Action.STRONG_BUY, 1.0),
        (Action.SELL, Action.STRONG_SELL, -1.0),
    ):
        for action in (mild, strong):
            _require_band(action, bands[action], sign)
        begins, beyond = bands[mild].enter, "above" if sign > 0 else "below"
        if not bands[strong].enter * sign > begins * sign:
            raise ValueError(
                f"bands.{strong}.enter must lie {beyond} bands.{mild}.enter, {begins!r}, and is"
                f" {bands[strong].enter!r}"
            )
        if not bands[strong].leave * sign >= begins * sign:
            raise ValueError(
                f"bands.{strong} overlaps bands.{mild}: {strong} ends at"
                f" {bands[strong].leave!r}, and {mild} begins at {begins!r} already"
            )


def _require_band(action: Action, band: Band, sign: float) -> None:
    if not 0.0 < band.enter * sign <= 1.0:
        span = "above 0 and not above 1" if sign > 0 else "below 0 and not below -1"
        raise ValueError(f"bands.{action}.enter must be {span}, not {band.enter!r}")
    if not 0.0 <= band.leave * sign <= band.enter * sign:
        raise ValueError(
            f"bands.{action}.leave must lie between 0 and bands.{action}.enter, {band.enter!r}, and"
            f" is {band.leave!r}"
        )
    # Rounded to nothing, it would be reached by every score of 0.
    if round(band.enter * sign * 1e6) == 0:
        least = "at least a millionth" if sign > 0 else "a millionth below 0 at least"
        raise ValueError(f"bands.{action}.enter must be {least}, as scores are, not {band.enter!r}")


def _require_regime(regime: Regime, weights: Mapping[str, float]) -> None:
    _require_name("regimes.name", regime.name)
    key = f"regimes.{regime.name}"
    if regime.indicator not in REGIME_INDICATORS:
        told = " and ".join(REGIME_INDICATORS)
        raise ValueError(f"{key}.indicator is {reprlib.repr(regime.indicator)}; there is {told}")
    if not math.isfinite(regime.above):
        raise ValueError(f"{key}.above must be a finite number, not {regime.above!r}")
    if not regime.weights:
        raise ValueError(f"{key}.weights names no component")
    for name, factor in regime.weights.items():
        if name not in weights:
            told = ", ".join(weights)
            wrong = key_in(f"{key}.weights", name)
            raise ValueError(f"{wrong} is not in weights, which has {told}")
        if not 0.0 <= factor <= MOST:
            bounds = f"between 0 and {MOST:g}"
            raise ValueError(f"{key}.weights.{name} must lie {bounds}, not {factor!r}")
    if not any(weight * regime.weights.get(name, 1.0) for name, weight in weights.items()):
        raise ValueError(f"{key}.weights leave no weight at all; at least one must stay above 0")
