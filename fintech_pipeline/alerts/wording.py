"""What figures, spans of time and conditions are called in sentences. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from fintech_pipeline.alerts.rules import Metric, MetricKey, Rule, action_of
from fintech_pipeline.signals.strategy import Action

_UNITS = ((timedelta(weeks=1), "w"), (timedelta(days=1), "d"), (timedelta(hours=1), "h"))
_MINUTE = timedelta(minutes=1)
_FIGURES: Mapping[Metric, tuple[str, int]] = MappingProxyType(
    {
        Metric.SCORE: ("score {0:+.{2}f}", 2),
        Metric.SENTIMENT: ("sentiment {0:+.{2}f}", 2),
        Metric.PRICE_CHANGE_PCT: ("price {0:+.{2}f} % in {1}", 1),
        Metric.PRICE_CHANGE_ATR: ("price {0:+.{2}f} ATR in {1}", 1),
        Metric.VOLUME_RATIO: ("volume {0:.{2}f}× the usual", 1),
        Metric.DRAWDOWN_PCT: ("{0:.{2}f} % below the high of {1}", 1),
        Metric.STORIES: ("{0:.{2}f} stories in {1}", 0),
        Metric.STALENESS_MINUTES: ("its newest bar's age of {0:.{2}f} min of trading", 0),
        Metric.LATENESS_MINUTES: ("a delay of {0:.{2}f} min", 0),
        Metric.FAILED_RUNS: ("{0:.{2}f} failed runs in a row", 0),
        Metric.QUOTA_LEFT_PCT: ("{0:.{2}f} % of the day's quota left", 0),
    }
)
"""With the digits after the point that a person wants to see."""
_SINGULAR: Mapping[Metric, str] = MappingProxyType(
    {Metric.STORIES: "{0:.0f} story in {1}", Metric.FAILED_RUNS: "{0:.0f} failed run in a row"}
)
_MOST_DIGITS = 6
_THRESHOLDS: Mapping[Metric, str] = MappingProxyType(
    {
        Metric.SCORE: "{0}",
        Metric.SENTIMENT: "{0}",
        Metric.PRICE_CHANGE_PCT: "{0} %",
        Metric.PRICE_CHANGE_ATR: "{0} ATR",
        Metric.VOLUME_RATIO: "{0}×",
        Metric.DRAWDOWN_PCT: "{0} %",
        Metric.STALENESS_MINUTES: "{0} min",
        Metric.LATENESS_MINUTES: "{0} min",
        Metric.QUOTA_LEFT_PCT: "{0} %",
    }
)
_SIGNED = frozenset(
    {Metric.SCORE, Metric.SENTIMENT, Metric.PRICE_CHANGE_PCT, Metric.PRICE_CHANGE_ATR}
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


def figure(key: MetricKey, value: float, beside: float | None = None) -> str:
    """The value of a metric as a phrase.

    Args:
        key: The metric.
        value: The value.
        beside: A threshold that is named beside it: where they differ, they are told apart, with
            more digits than usual if it takes them.
    """
    if key.changes:
        steps = f"{abs(value):.0f} step{'s' if abs(value) > 1 else ''}"
        return f"the action moved {steps} {'up' if value > 0 else 'down'}"
    if key.metric is Metric.ACTION:
        return f"the action is {named(action_of(value))}"
    template, digits = _FIGURES[key.metric]
    if value == 1:
        template = _SINGULAR.get(key.metric, template)
    if beside is not None and value != beside:
        while digits < _MOST_DIGITS and f"{value:.{digits}f}" == f"{beside:.{digits}f}":
            digits += 1
    return template.format(value, span(key.window) if key.window else "", digits)


def holds(rule: Rule, value: float, *, clearing: bool = False) -> str:
    """That the condition holds, as a phrase: `score +0.72 is above +0.60`.

    Args:
        rule: The rule.
        value: A value at which it holds.
        clearing: Whether the clear threshold is meant.
    """
    told = figure(rule.key, value, _threshold(rule, clearing))
    return told if rule.metric is Metric.ACTION else f"{told} is {condition(rule, clearing)}"


def lacks(rule: Rule, value: float, *, clearing: bool = False) -> str:
    """That it does not hold, as a phrase: `score +0.20 is not above +0.60`."""
    if rule.key.changes:
        return "the action did not change"
    told = figure(rule.key, value, _threshold(rule, clearing))
    if rule.metric is Metric.ACTION:
        return f"{told}, not {condition(rule)}"
    return f"{told} is not {condition(rule, clearing)}"


def condition(rule: Rule, clearing: bool = False) -> str:
    """What the rule waits for, as a phrase: `above +0.60`, `strong buy or strong sell`."""
    if rule.metric is Metric.ACTION:
        return " or ".join(named(action) for action in rule.to) or "another action"
    side = "above" if rule.above else "below"
    number = _exactly(rule.metric, _threshold(rule, clearing))
    return f"{side} {_THRESHOLDS.get(rule.metric, '{0}').format(number)}"


def _threshold(rule: Rule, clearing: bool) -> float:
    return rule.clear if clearing else rule.threshold


def _exactly(metric: Metric, threshold: float) -> str:
    """A threshold as it was written: it is never rounded, so that no value seems beyond it."""
    sign = "+" if metric in _SIGNED else ""
    two_digits = metric in {Metric.SCORE, Metric.SENTIMENT} and round(threshold, 2) == threshold
    return format(threshold, f"{sign}.2f" if two_digits else f"{sign}.15g")


def named(action: Action) -> str:
    """An action in words."""
    return str(action).replace("_", " ")
