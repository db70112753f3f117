"""What figures, spans of time and conditions are called in sentences. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from fintech_pipeline.alerts.rules import Metric, MetricKey, Rule, action_of
from fintech_pipeline.signals.strategy import Action

_UNITS = ((timedelta(weeks=1), "w"), (timedelta(days=1), "d"), (timedelta(hours=1), "h"))
_MINUTE = timedelta(minutes=1)
_FIGURES: Mapping[Metric, str] = MappingProxyType(
    {
        Metric.SCORE: "score {0:+.2f}",
        Metric.SENTIMENT: "sentiment {0:+.2f}",
        Metric.PRICE_CHANGE_PCT: "price {0:+.1f} % in {1}",
        Metric.PRICE_CHANGE_ATR: "price {0:+.1f} ATR in {1}",
        Metric.VOLUME_RATIO: "volume {0:.1f}× the usual",
        Metric.DRAWDOWN_PCT: "{0:.1f} % below the high of {1}",
        Metric.STORIES: "{0:.0f} stories in {1}",
        Metric.STALENESS_MINUTES: "its newest bar is {0:.0f} min of trading old",
        Metric.LATENESS_MINUTES: "{0:.0f} min late",
        Metric.FAILED_RUNS: "{0:.0f} failed runs in a row",
        Metric.QUOTA_LEFT_PCT: "{0:.0f} % of the day's quota left",
    }
)
_THRESHOLDS: Mapping[Metric, str] = MappingProxyType(
    {
        Metric.SCORE: "{0:+.2f}",
        Metric.SENTIMENT: "{0:+.2f}",
        Metric.PRICE_CHANGE_PCT: "{0:+g} %",
        Metric.PRICE_CHANGE_ATR: "{0:+g} ATR",
        Metric.VOLUME_RATIO: "{0:g}×",
        Metric.DRAWDOWN_PCT: "{0:g} %",
        Metric.QUOTA_LEFT_PCT: "{0:g} %",
    }
)


def span(length: timedelta) -> str:
    """A span in the largest units that hold it exactly to the minute: `2h`, `1d 12h`, `45m`."""
    parts, rest = [], abs(length)
    for unit, letter in _UNITS:
        count, rest = divmod(rest, unit)
        if count:
            parts.append(f"{count}{letter}")
    minutes = round(rest / _MINUTE)
    if minutes or not parts:
        parts.append(f"{minutes}m")
    return " ".join(parts)


def figure(key: MetricKey, value: float) -> str:
    """The value of a metric as a phrase."""
    if key.changes:
        steps = f"{abs(value):.0f} step{'s' if abs(value) > 1 else ''}"
        return f"the action moved {steps} {'up' if value > 0 else 'down'}"
    if key.metric is Metric.ACTION:
        return f"the action is {named(action_of(value))}"
    return _FIGURES[key.metric].format(value, span(key.window) if key.window else "")


def holds(rule: Rule, value: float, *, clearing: bool = False) -> str:
    """That the condition holds, as a phrase: `score +0.72 is above +0.60`.

    Args:
        rule: The rule.
        value: A value at which it holds.
        clearing: Whether the clear threshold is meant.
    """
    told = figure(rule.key, value)
    return told if rule.metric is Metric.ACTION else f"{told} is {condition(rule, clearing)}"


def lacks(rule: Rule, value: float, *, clearing: bool = False) -> str:
    """That it does not hold, as a phrase: `score +0.20 is not above +0.60`."""
    if rule.key.changes:
        return "the action did not change"
    told = figure(rule.key, value)
    if rule.metric is Metric.ACTION:
        return f"{told}, not {condition(rule)}"
    return f"{told} is not {condition(rule, clearing)}"


def condition(rule: Rule, clearing: bool = False) -> str:
    """What the rule waits for, as a phrase: `above +0.60`, `strong buy or strong sell`."""
    if rule.metric is Metric.ACTION:
        return " or ".join(named(action) for action in rule.to) or "another action"
    threshold = rule.clear if clearing else rule.threshold
    side = "above" if rule.above else "below"
    return f"{side} {_THRESHOLDS.get(rule.metric, '{0:g}').format(threshold)}"


def named(action: Action) -> str:
    """An action in words."""
    return str(action).replace("_", " ")
