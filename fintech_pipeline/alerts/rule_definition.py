"""A rule's definition: the keys that a file or the database has of it. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypedDict

from fintech_pipeline.alerts.addressing import BY, read_recipients, read_scope
from fintech_pipeline.alerts.reading import Table, short
from fintech_pipeline.alerts.rules import (
    ANY_ACTION,
    NAME,
    Metric,
    Recipient,
    Rule,
    Severity,
)
from fintech_pipeline.alerts.spans import written
from fintech_pipeline.alerts.thresholds import read_action, read_thresholds
from fintech_pipeline.errors import ConfigurationError

KEYS = (
    "metric",
    "window",
    "above",
    "below",
    "clear",
    "to",
    "for",
    "clear_for",
    "symbols",
    "tags",
    "severity",
    "notify",
    "repeat",
    "most_per_day",
    "resolved",
    "no_data",
    "note",
    "enabled",
)
"""In the order in which they are written and told."""
LONGEST_HOLD = timedelta(days=30)
SHORTEST_REPEAT = timedelta(minutes=30)
"""Rules are looked at every half hour."""
MOST_LETTERS = 300
MOST_MESSAGES = 1000

_METRICS = tuple(map(str, Metric))
_SEVERITIES = tuple(map(str, Severity))
_NO_HOLD = timedelta(0)


def rule_of(name: str, definition: Mapping[str, Any]) -> Rule:
    """The rule that the definition means.

    Args:
        name: The rule's name.
        definition: Its keys, as a file or `definition_of` gives them. Whether the people there are
            can be reached that way is not looked at.

    Raises:
        ConfigurationError: A sentence, on a line of its own, for each mistake.
    """
    rule, mistakes = read_rule(f"The rule {name}", name, definition)
    if rule is None:
        raise ConfigurationError("\n".join(mistakes))
    return rule


def read_rule(
    where: str, name: str, definition: Mapping[str, Any]
) -> tuple[Rule | None, list[str]]:
    """The rule that the definition means, or what is wrong with it.

    Args:
        where: How a sentence about it begins.
        name: Its name.
        definition: Its keys.

    Returns:
        The rule, and no mistake; or None, and at least one.
    """
    table = Table(where, definition)
    if not NAME.fullmatch(name):
        table.wrong(
            f"{short(name)} is no name; write it in small letters, digits, - and _, at most 40"
        )
    table.only(KEYS)
    metric = table.one_of("metric", Metric, _METRICS)
    if metric is None:
        if "metric" not in table:
            table.wrong(f"metric is missing; there is {', '.join(_METRICS)}")
        # What does not hang on the metric is looked at all the same.
        _read_rest(table, changes=False)
        return None, table.mistakes
    rule = _read(table, name, metric)
    return (None if table.mistakes else rule), table.mistakes


def _read(table: Table, name: str, metric: Metric) -> Rule:
    to = read_action(table, metric)
    above, threshold, clear, window = read_thresholds(table, metric)
    return Rule(
        name=name,
        metric=metric,
        scope=read_scope(table, metric),
        above=above,
        threshold=threshold,
        clear=clear,
        window=window,
        to=to,
        **_read_rest(table, changes=metric is Metric.ACTION and not to),
    )


class _Rest(TypedDict):
    """What does not hang on the metric."""

    hold: timedelta
    clear_hold: timedelta
    severity: Severity
    recipients: tuple[Recipient, ...]
    repeat: timedelta | None
    most_per_day: int | None
    tells_resolved: bool
    tells_no_data: bool
    note: str
    enabled: bool


def _read_rest(table: Table, *, changes: bool) -> _Rest:
    return {
        "hold": table.span("for", _NO_HOLD, LONGEST_HOLD) or _NO_HOLD,
        "clear_hold": table.span("clear_for", _NO_HOLD, LONGEST_HOLD) or _NO_HOLD,
        "severity": table.one_of("severity", Severity, _SEVERITIES) or Severity.WARNING,
        "recipients": read_recipients(table),
        "repeat": table.span("repeat", SHORTEST_REPEAT, LONGEST_HOLD),
        "most_per_day": table.count("most_per_day", MOST_MESSAGES),
        # A change has no end that anybody waits for.
        "tells_resolved": table.flag("resolved", default=not changes),
        "tells_no_data": table.flag("no_data", default=False),
        "note": _note(table),
        "enabled": table.flag("enabled", default=True),
    }


def _note(table: Table) -> str:
    note = table.text("note")
    if len(note) > MOST_LETTERS or not note.isprintable():
        table.wrong(
            f"note has {len(note)} characters; write at most {MOST_LETTERS}"
            if note.isprintable()
            else "note holds a character that can't be shown; leave it out"
        )
    return note


def definition_of(rule: Rule) -> dict[str, Any]:
    """The rule as plain data, from which `rule_of` makes the same one again.

    What is as it is without being written is left out.
    """
    action = rule.metric is Metric.ACTION
    changes = rule.key.changes
    found: dict[str, Any] = {"metric": str(rule.metric)}
    if rule.window is not None:
        found["window"] = written(rule.window)
    if action:
        found["to"] = [str(one) for one in rule.to] or ANY_ACTION
    else:
        found["above" if rule.above else "below"] = _plain(rule.threshold)
        if rule.clear != rule.threshold:
            found["clear"] = _plain(rule.clear)
    optional: tuple[tuple[str, Any, bool], ...] = (
        ("for", written(rule.hold), bool(rule.hold)),
        ("clear_for", written(rule.clear_hold), bool(rule.clear_hold)),
        ("symbols", list(rule.scope.symbols), bool(rule.scope.symbols)),
        ("tags", list(rule.scope.tags), bool(rule.scope.tags)),
        ("severity", str(rule.severity), rule.severity is not Severity.WARNING),
        ("notify", _named(rule), True),
        ("repeat", written(rule.repeat or _NO_HOLD), rule.repeat is not None),
        ("most_per_day", rule.most_per_day, rule.most_per_day is not None),
        ("resolved", rule.tells_resolved, rule.tells_resolved is changes),
        ("no_data", rule.tells_no_data, rule.tells_no_data),
        ("note", rule.note, bool(rule.note)),
        ("enabled", rule.enabled, not rule.enabled),
    )
    return found | {key: value for key, value, told in optional if told}


def _named(rule: Rule) -> list[str]:
    return [
        f"{one.person}{BY}{channel}" if channel else one.person
        for one in rule.recipients
        for channel in (one.channels or (None,))
    ]


def _plain(number: float) -> float | int:
    return int(number) if number.is_integer() else number
