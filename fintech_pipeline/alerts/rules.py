"""Alert rules: what is looked at, where an alert begins and ends, who is told. Pure.

A person writes them as TOML (`rule_files.py`); they are stored as they are written.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from fintech_pipeline.signals.strategy import Action

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""What a rule, a person and a tag are named."""
ANY_ACTION = "any"
"""In place of actions: every change of the action."""
ACTIONS = tuple(Action)
"""From strong sell to strong buy; the value of an action is its place from hold."""


class Metric(StrEnum):
    """What a rule looks at."""

    SCORE = "score"
    ACTION = "action"
    SENTIMENT = "sentiment"
    PRICE_CHANGE_PCT = "price_change_pct"
    PRICE_CHANGE_ATR = "price_change_atr"
    VOLUME_RATIO = "volume_ratio"
    DRAWDOWN_PCT = "drawdown_pct"
    STORIES = "stories"
    STALENESS_MINUTES = "staleness_minutes"
    LATENESS_MINUTES = "lateness_minutes"
    FAILED_RUNS = "failed_runs"
    QUOTA_LEFT_PCT = "quota_left_pct"

    @property
    def windowed(self) -> bool:
        """Whether it looks back over a window that the rule names."""
        return self in _WINDOWED

    @property
    def of_symbols(self) -> bool:
        """Whether its subjects are symbols, not parts of the pipeline or providers."""
        return self not in _OF_THE_PIPELINE

    @property
    def of_price(self) -> bool:
        """Whether a split, a closed market or stale data mute it."""
        return self in _OF_PRICE


_WINDOWED = frozenset(
    {Metric.PRICE_CHANGE_PCT, Metric.PRICE_CHANGE_ATR, Metric.DRAWDOWN_PCT, Metric.STORIES}
)
_OF_PRICE = frozenset(
    {Metric.PRICE_CHANGE_PCT, Metric.PRICE_CHANGE_ATR, Metric.DRAWDOWN_PCT, Metric.VOLUME_RATIO}
)
_OF_THE_PIPELINE = frozenset({Metric.LATENESS_MINUTES, Metric.FAILED_RUNS, Metric.QUOTA_LEFT_PCT})


class Severity(StrEnum):
    """How much it matters; what is critical rings in quiet hours too."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Its place from the least; texts would sort by the alphabet."""
        return tuple(Severity).index(self)


class ChannelName(StrEnum):
    """Ways to reach a person."""

    EMAIL = "email"
    SMS = "sms"
    APPRISE = "apprise"
    CONSOLE = "console"


def action_of(value: float) -> Action:
    """The action of a value from -2, strong sell, to 2, strong buy."""
    return ACTIONS[round(value) + 2]


def value_of(action: Action) -> float:
    """The value of an action, from -2 to 2."""
    return float(ACTIONS.index(action) - 2)


class MetricKey(NamedTuple):
    """What has to be measured for a rule; rules with the same key share one measurement.

    Attributes:
        metric: What.
        window: Over how long; None where the metric has no window.
        changes: Of the action: whether its change is measured, in steps up or down.
    """

    metric: Metric
    window: timedelta | None = None
    changes: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Which symbols a rule is about; one of the three. Rules about the pipeline have none.

    Attributes:
        symbols: These.
        tags: All that carry one of these tags.
        everything: The whole watchlist.
    """

    symbols: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    everything: bool = False

    def covers(self, symbol: str, tags: frozenset[str]) -> bool:
        """Whether a symbol with these tags is meant."""
        return self.everything or symbol in self.symbols or not tags.isdisjoint(self.tags)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a rule tells.

    Attributes:
        person: The person's name.
        channels: By which ways; empty for all that the person has.
    """

    person: str
    channels: tuple[ChannelName, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert rule.

    The alert begins when the value has been beyond `threshold` for `hold`, and ends when it has
    been back at `clear` for `clear_hold`. Spans are counted in market time for what is about
    symbols, else by the clock.

    Attributes:
        name: Its name, unique.
        metric: What it looks at.
        scope: Which symbols.
        above: Whether it fires above the threshold; else below.
        threshold: Where an alert begins.
        clear: Where it ends: the same, or on the quiet side of it.
        window: How far back the metric looks; None where it has no window.
        to: The actions that it fires at; empty for any change, and for other metrics.
        hold: How long the condition holds before it fires.
        clear_hold: How long it must be clear before the alert ends.
        severity: How much it matters.
        recipients: Who is told.
        repeat: After how long a person is told again while it fires; None for never.
        most_per_day: How many messages about it a contact gets in its person's day; None: no limit.
        tells_resolved: Whether its end is told.
        tells_no_data: Whether it is told that there is no data to judge by.
        note: What the person who wrote it wants to be reminded of.
        enabled: Whether it is looked at.
    """

    name: str
    metric: Metric
    scope: Scope
    above: bool
    threshold: float
    clear: float
    window: timedelta | None = None
    to: tuple[Action, ...] = ()
    hold: timedelta = timedelta(0)
    clear_hold: timedelta = timedelta(0)
    severity: Severity = Severity.WARNING
    recipients: tuple[Recipient, ...] = field(default=())
    repeat: timedelta | None = None
    most_per_day: int | None = None
    tells_resolved: bool = True
    tells_no_data: bool = False
    note: str = ""
    enabled: bool = True

    @property
    def key(self) -> MetricKey:
        """What has to be measured for it."""
        return MetricKey(self.metric, self.window, self.metric is Metric.ACTION and not self.to)

    def begins(self, value: float) -> bool:
        """Whether the value is beyond the threshold; of an action, whether it is meant."""
        return self._beyond(value, self.threshold)

    def goes_on(self, value: float) -> bool:
        """Whether an alert that fires goes on at the value."""
        return self._beyond(value, self.clear)

    def _beyond(self, value: float, threshold: float) -> bool:
        if self.metric is Metric.ACTION:
            return action_of(value) in self.to if self.to else value != 0
        return value > threshold if self.above else value < threshold


Pair = tuple[int, str]
"""A rule's number and a subject."""


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule as it is stored.

    Attributes:
        rule_id: Its number.
        version: Rises with each change.
        rule: The rule.
    """

    rule_id: int
    version: int
    rule: Rule
