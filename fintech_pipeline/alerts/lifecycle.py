"""The life of an alert: inactive, pending, firing, resolved; no data and error beside them. Pure.

With `clear` at the threshold, `hold` and `clear_hold` mean what Prometheus' `for` and
`keep_firing_for` mean (rules/alerting.go), as long as there is a value at each look. What is
different on purpose: a separate clear threshold; and no value is a state of its own, where
Prometheus takes the absence of a series for calm.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import isfinite

from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.wording import holds, lacks, span

Elapsed = Callable[[datetime, datetime], timedelta]
"""How much time passed between two instants as the rule counts it: market time, or the clock's."""


class Phase(StrEnum):
    """Where a rule stands with one subject."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    NO_DATA = "no_data"
    ERROR = "error"


class Event(StrEnum):
    """What a look changed."""

    PENDING = "pending"
    CALMED = "calmed"
    FIRED = "fired"
    RESOLVED = "resolved"
    NO_DATA = "no_data"
    ERROR = "error"
    BACK = "back"


class Kind(StrEnum):
    """What a look found."""

    VALUE = "value"
    HELD = "held"
    NO_DATA = "no_data"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a look found.

    Attributes:
        kind: A value; or none, because it is not looked at now (a closed market, a split), because
            there is none, or because reading it failed.
        value: The value.
        reason: Why there is none, as half a sentence.
    """

    kind: Kind
    value: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rule stands with one subject after a look.

    Attributes:
        phase: The phase.
        active_since: While pending and firing: when the condition began to hold (UTC).
        fired_at: While firing: when the alert began (UTC).
        clear_since: While firing: since when the value has been clear; None where it is not.
        value: The last value seen.
    """

    phase: Phase = Phase.INACTIVE
    active_since: datetime | None = None
    fired_at: datetime | None = None
    clear_since: datetime | None = None
    value: float | None = None

    @property
    def open(self) -> bool:
        """Whether an alert has begun and not ended."""
        return self.fired_at is not None


CALM = Standing()
"""Nothing going on."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a look did.

    Attributes:
        standing: After it.
        event: What it changed; None where nothing.
        reason: Why it stands so, a sentence.
        looked: Whether it was looked at; where not, nobody knows whether it still stands so.
    """

    standing: Standing
    event: Event | None
    reason: str
    looked: bool = True


def step(rule: Rule, before: Standing, reading: Reading, at: datetime, elapsed: Elapsed) -> Step:
    """Where the rule stands after one look.

    Args:
        rule: The rule.
        before: Where it stood.
        reading: What the look found.
        at: When it looked: the slot, or the instant (UTC); later than every look before.
        elapsed: How time is counted.
    """
    if reading.kind is Kind.HELD:
        return Step(before, None, f"Not looked at: {reading.reason}.", looked=False)
    value = reading.value
    if reading.kind is not Kind.VALUE or value is None or not isfinite(value):
        return _without_value(before, reading)
    if before.open:
        return _while_open(rule, before, value, at, elapsed)
    if not rule.begins(value):
        return _calm(rule, before, value)
    return _active(rule, before, value, at, elapsed)


def _without_value(before: Standing, reading: Reading) -> Step:
    """No data and errors keep an open alert open, and end a pending one."""
    phase, event = (
        (Phase.NO_DATA, Event.NO_DATA)
        if reading.kind is Kind.NO_DATA
        else (Phase.ERROR, Event.ERROR)
    )
    told = "No data" if reading.kind is Kind.NO_DATA else "It could not be read"
    if before.open:
        after = replace(before, phase=phase, clear_since=None)
    else:
        after = Standing(phase, value=before.value)
    kept = "; the alert stays open" if before.open else ""
    reason = f"{told}: {reading.reason or 'the value is no number'}{kept}."
    return Step(after, None if before.phase is phase else event, reason)


def _calm(rule: Rule, before: Standing, value: float) -> Step:
    reason = _sentence(lacks(rule, value))
    event = {
        Phase.PENDING: Event.CALMED,
        Phase.NO_DATA: Event.BACK,
        Phase.ERROR: Event.BACK,
    }.get(before.phase)
    return Step(Standing(value=value), event, reason)


def _active(rule: Rule, before: Standing, value: float, at: datetime, elapsed: Elapsed) -> Step:
    since = before.active_since or at
    held = elapsed(since, at)
    told = holds(rule, value)
    if held >= rule.hold:
        after = Standing(Phase.FIRING, since, at, None, value)
        lasted = f", for {span(held)}" if rule.hold else ""
        return Step(after, Event.FIRED, _sentence(f"{told}{lasted}"))
    after = Standing(Phase.PENDING, since, None, None, value)
    event = None if before.phase is Phase.PENDING else Event.PENDING
    reason = _sentence(f"{told}, for {span(held)} of the {span(rule.hold)} it takes")
    return Step(after, event, reason)


def _while_open(rule: Rule, before: Standing, value: float, at: datetime, elapsed: Elapsed) -> Step:
    back = Event.BACK if before.phase in {Phase.NO_DATA, Phase.ERROR} else None
    if rule.goes_on(value):
        after = replace(before, phase=Phase.FIRING, clear_since=None, value=value)
        return Step(after, back, f"It goes on: {holds(rule, value, clearing=True)}.")
    since = before.clear_since or at
    calm = elapsed(since, at)
    if calm >= rule.clear_hold:
        lasted = f", for {span(calm)}" if rule.clear_hold else ""
        reason = _sentence(f"{lacks(rule, value, clearing=True)}{lasted}")
        return Step(Standing(value=value), Event.RESOLVED, reason)
    after = replace(before, phase=Phase.FIRING, clear_since=since, value=value)
    return Step(
        after, back, f"It goes on: clear for {span(calm)} of the {span(rule.clear_hold)} it takes."
    )


def _sentence(phrase: str) -> str:
    return f"{phrase[0].upper()}{phrase[1:]}."
