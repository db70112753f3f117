"""A rule's condition, read: thresholds, actions, windows, and what of them can't be. Pure."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from fintech_pipeline.alerts.reading import Table, near, short
from fintech_pipeline.alerts.rules import ANY_ACTION, Metric
from fintech_pipeline.clock import SLOT
from fintech_pipeline.signals.strategy import Action

ANYTHING = (-math.inf, math.inf)
NOT_NEGATIVE = (0.0, math.inf)
SHARE = (0.0, 100.0)
BOUNDS: Mapping[Metric, tuple[float, float]] = MappingProxyType(
    {
        Metric.SCORE: (-1.0, 1.0),
        Metric.SENTIMENT: (-1.0, 1.0),
        Metric.PRICE_CHANGE_PCT: (-100.0, math.inf),
        Metric.PRICE_CHANGE_ATR: ANYTHING,
        Metric.VOLUME_RATIO: NOT_NEGATIVE,
        Metric.DRAWDOWN_PCT: SHARE,
        Metric.STORIES: NOT_NEGATIVE,
        Metric.STALENESS_MINUTES: NOT_NEGATIVE,
        Metric.LATENESS_MINUTES: NOT_NEGATIVE,
        Metric.FAILED_RUNS: NOT_NEGATIVE,
        Metric.QUOTA_LEFT_PCT: SHARE,
    }
)
"""The least and the greatest value that each metric can have; that of an action is no number."""
DAY = timedelta(days=1)
LONGEST_WINDOW = timedelta(days=60)

_ACTIONS = tuple(map(str, Action))
_THRESHOLDS = ("above", "below", "clear")
_OF_CHANGES = {
    "for": "a change lasts no time",
    "clear_for": "a change lasts no time",
    "repeat": "a change does not go on",
}


def read_action(table: Table, metric: Metric) -> tuple[Action, ...]:
    """The actions that the rule fires at; empty for any change, and for other metrics."""
    if metric is not Metric.ACTION:
        if "to" in table:
            table.wrong(f'{metric} has no actions; leave to out, or write metric = "action"')
        return ()
    for key in _THRESHOLDS:
        if key in table:
            table.wrong(f'an action has no {key}; write to = ["strong_buy"] or to = "any"')
    if "to" not in table:
        table.wrong('to is missing; write to = ["strong_buy", "strong_sell"], or "any"')
    named = table.texts("to")
    if ANY_ACTION in named:
        _check_changes(table, named)
        return ()
    return _known(table, named)


def _known(table: Table, named: Sequence[str]) -> tuple[Action, ...]:
    if unknown := [one for one in named if one not in _ACTIONS]:
        table.wrong(f"to can't be {short(unknown[0])}; {near(unknown[0], _ACTIONS)}")
        return ()
    table.once("to", named)
    if len(set(named)) == len(_ACTIONS):
        table.wrong('to names every action, so that it always fires; write to = "any" for changes')
    return tuple(Action(one) for one in named)


def _check_changes(table: Table, named: Sequence[str]) -> None:
    if len(named) > 1:
        table.wrong('to names some and "any"; write to = "any" alone')
    for key, why in _OF_CHANGES.items():
        if key in table:
            table.wrong(f'{key} is not possible with to = "any": {why}; leave it out')


def read_thresholds(table: Table, metric: Metric) -> tuple[bool, float, float, timedelta | None]:
    """Whether it fires above, the threshold, where it clears, and the window.

    What is wrong is noted in the table, and the values are then of no use.
    """
    window = _window(table, metric)
    if metric is Metric.ACTION:
        return True, 0.0, 0.0, window
    above, below = table.number("above"), table.number("below")
    clear = table.number("clear")
    if "above" in table and "below" in table:
        table.wrong("above and below are both there; write one of them, and a rule for the other")
    elif "above" not in table and "below" not in table:
        table.wrong("it has no threshold; write above = … or below = …")
    threshold = above if above is not None else below
    if threshold is None:
        return True, 0.0, 0.0, window
    _possible(table, metric, above is not None, threshold)
    if clear is None:
        return above is not None, threshold, threshold, window
    _check_clear(table, metric, above is not None, threshold, clear)
    return above is not None, threshold, clear, window


def _possible(table: Table, metric: Metric, above: bool, threshold: float) -> None:
    """Whether there are values at which it fires, and others at which it does not."""
    least, greatest = BOUNDS[metric]
    key = "above" if above else "below"
    never = threshold >= greatest if above else threshold <= least
    always = threshold < least if above else threshold > greatest
    if never or always:
        table.wrong(
            f"{key} = {threshold:g} {'never' if never else 'always'} fires: {metric}"
            f" {_range(metric)}"
        )


def _range(metric: Metric) -> str:
    least, greatest = BOUNDS[metric]
    return (
        f"is never below {least:g}"
        if math.isinf(greatest)
        else (f"lies between {least:g} and {greatest:g}")
    )


def _check_clear(table: Table, metric: Metric, above: bool, threshold: float, clear: float) -> None:
    """Whether clear is on the quiet side, and can be reached."""
    least, greatest = BOUNDS[metric]
    side, key = ("below", "above") if above else ("above", "below")
    if clear > threshold if above else clear < threshold:
        table.wrong(
            f"clear = {clear:g} contradicts {key} = {threshold:g}: an alert would end while its"
            f" condition holds; write a clear at or {side} {threshold:g}, or leave it out"
        )
    elif clear < least if above else clear > greatest:
        table.wrong(f"clear = {clear:g} is never reached: {metric} {_range(metric)}")


def _window(table: Table, metric: Metric) -> timedelta | None:
    if not metric.windowed:
        if "window" in table:
            table.wrong(f"{metric} looks at no window; leave window out")
        return None
    if "window" not in table:
        table.wrong(f'window is missing: over how long is {metric} measured? Write window = "2h"')
        return None
    window = table.span("window", SLOT, LONGEST_WINDOW)
    if window is not None and metric is not Metric.STORIES:
        if window < DAY and window % SLOT:
            table.wrong('window counts half hours of trading; write it like "30m" or "2h"')
        if window > DAY and window % DAY:
            table.wrong('window counts whole sessions from a day on; write it like "1d" or "5d"')
    return window
