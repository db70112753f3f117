"""A rule to look with, and what a row of looks comes to."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fintech_pipeline.alerts.lifecycle import (
    CALM,
    Elapsed,
    Event,
    Kind,
    Phase,
    Reading,
    Standing,
    Step,
    step,
)
from fintech_pipeline.alerts.rules import Metric, Rule, Scope

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SLOT = timedelta(minutes=30)
NOTHING = timedelta(0)
SCORE = Rule("strong", Metric.SCORE, Scope(everything=True), above=True, threshold=0.6, clear=0.4)
"""Fires above +0.60, at once, and ends at +0.40, at once."""
NO_DATA = Reading(Kind.NO_DATA, reason="no signal for the slot")
ERROR = Reading(Kind.ERROR, reason="the signal has no score")
HELD = Reading(Kind.HELD, reason="the market is closed")


def rule(**changes: Any) -> Rule:
    """The rule on the score, changed."""
    return replace(SCORE, **changes)


def value(number: float) -> Reading:
    """A look that finds a value."""
    return Reading(Kind.VALUE, number)


def by_the_clock(since: datetime, until: datetime) -> timedelta:
    """Time as a clock counts it."""
    return until - since


@dataclass(frozen=True)
class Look:
    """One look of a row: when, what it found, where it stood before, what it did."""

    at: datetime
    reading: Reading
    before: Standing
    step: Step

    @property
    def phase(self) -> Phase:
        return self.step.standing.phase

    @property
    def event(self) -> Event | None:
        return self.step.event


def looks(
    watched: Rule,
    readings: Iterable[Reading | float],
    *,
    every: timedelta = SLOT,
    elapsed: Elapsed = by_the_clock,
    before: Standing = CALM,
) -> list[Look]:
    """Looks again and again, the first time at `START`; a bare number is a value."""
    done = []
    for number, found in enumerate(readings):
        reading = found if isinstance(found, Reading) else value(found)
        at = START + number * every
        made = step(watched, before, reading, at, elapsed)
        done.append(Look(at, reading, before, made))
        before = made.standing
    return done


def events(row: Iterable[Look]) -> list[Event | None]:
    """What each look changed."""
    return [look.event for look in row]


def phases(row: Iterable[Look]) -> list[Phase]:
    """Where it stood after each look."""
    return [look.phase for look in row]
