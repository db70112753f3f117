"""Which rules have something to decide about which subjects, and what each look found. Pure.

All rules of a metric are compared with all symbols at once; only what is beyond a threshold, or is
going on already, is looked at one by one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.alerts.lifecycle import (
    CALM,
    Elapsed,
    Kind,
    Phase,
    Reading,
    Standing,
    Step,
    step,
)
from fintech_pipeline.alerts.measures import HELD, PHRASES, Why
from fintech_pipeline.alerts.rules import Metric, MetricKey, Pair, Rule, StoredRule, value_of
from fintech_pipeline.market.bars import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What was found at one slot, or at one instant, of every subject.

    Attributes:
        at: The slot, or the instant (UTC).
        subjects: The columns.
        tags: Of each subject.
        values: By key, of each subject; NaN where there is none.
        why: By key, of each subject: why there is none; a place in `phrases`.
        elapsed: By metric, how time is counted for a subject.
        phrases: What the places mean.
    """

    at: datetime
    subjects: tuple[str, ...]
    tags: tuple[frozenset[str], ...]
    values: Mapping[MetricKey, Floats]
    why: Mapping[MetricKey, NDArray[np.int8]]
    elapsed: Callable[[Metric, str], Elapsed]
    phrases: Sequence[str] = PHRASES

    def reading(self, key: MetricKey, column: int) -> Reading:
        """What was found of one subject."""
        why = int(self.why[key][column])
        if why == Why.NOTHING:
            return Reading(Kind.VALUE, float(self.values[key][column]))
        kind = Kind.HELD if why in HELD else Kind.NO_DATA
        return Reading(kind, None, self.phrases[why])


@dataclass(frozen=True, slots=True)
class Decision:
    """What a look did to one rule and subject.

    Attributes:
        stored: The rule.
        subject: The subject.
        before: Where it stood.
        step: What the look did.
    """

    stored: StoredRule
    subject: str
    before: Standing
    step: Step

    @property
    def changed_again(self) -> bool:
        """Whether an action that has just changed has changed once more."""
        goes_on = self.before.open and self.step.standing.phase is Phase.FIRING
        return goes_on and self.step.looked and self.stored.rule.key.changes


def decisions(
    rules: Sequence[StoredRule],
    look: Look,
    standings: Mapping[Pair, Standing],
    only: Collection[str] | None = None,
) -> Iterator[Decision]:
    """What the look does to every rule and subject that it concerns, by rule and subject.

    A rule and a subject that are calm, and stay so, are left out.

    Args:
        rules: The rules whose keys the look has; disabled ones are left out.
        look: What was found.
        standings: Where each that is not calm stands.
        only: The subjects to be decided; None for all.
    """
    going_on = _places(look, standings)
    by_key: dict[MetricKey, list[StoredRule]] = {}
    for one in rules:
        if one.rule.enabled and one.rule.key in look.values:
            by_key.setdefault(one.rule.key, []).append(one)
    for key, some in by_key.items():
        found = _beyond(some, look, key)
        for row, one in enumerate(some):
            found[row, going_on.get(one.rule_id, [])] = True
        found &= scopes(some, look)
        if only is not None:
            found &= np.isin(np.array(look.subjects, dtype=object), list(only))
        for row, column in np.argwhere(found).tolist():
            one, subject = some[row], look.subjects[column]
            before = standings.get((one.rule_id, subject), CALM)
            elapsed = look.elapsed(key.metric, subject)
            done = step(one.rule, before, look.reading(key, column), look.at, elapsed)
            yield Decision(one, subject, before, done)


def _places(look: Look, standings: Collection[Pair]) -> dict[int, list[int]]:
    """The columns of the subjects that each rule has something going on with."""
    columns = {subject: column for column, subject in enumerate(look.subjects)}
    found: dict[int, list[int]] = {}
    for rule_id, subject in standings:
        if subject in columns:
            found.setdefault(rule_id, []).append(columns[subject])
    return found


def _beyond(rules: Sequence[StoredRule], look: Look, key: MetricKey) -> NDArray[np.bool_]:
    """Where each rule begins, or lacks data and tells so; (rule, subject)."""
    values, told = look.values[key], look.why[key]
    if key.metric is Metric.ACTION:
        found = np.stack([_begins(one.rule, values) for one in rules])
    else:
        found = _compared(rules, values)
    tells = np.array([one.rule.tells_no_data for one in rules])
    lacking = (told != Why.NOTHING) & ~np.isin(told, list(HELD))
    found |= tells[:, None] & lacking
    return found


def _compared(rules: Sequence[StoredRule], values: Floats) -> NDArray[np.bool_]:
    above = np.array([one.rule.above for one in rules])
    # Turned round, so that one comparison serves both sides; NaN is beyond nothing.
    sign = np.where(above, 1.0, -1.0)[:, None]
    threshold = np.array([one.rule.threshold for one in rules])[:, None]
    beyond: NDArray[np.bool_] = np.greater(sign * values, sign * threshold)
    return beyond


def _begins(rule: Rule, values: Floats) -> NDArray[np.bool_]:
    if not rule.to:
        moved: NDArray[np.bool_] = np.greater(np.abs(values), 0.0)
        return moved
    return np.isin(values, [value_of(action) for action in rule.to])


def scopes(rules: Sequence[StoredRule], look: Look) -> NDArray[np.bool_]:
    """Which subjects each rule is about; (rule, subject)."""
    covered = np.zeros((len(rules), len(look.subjects)), dtype=np.bool_)
    columns = {subject: column for column, subject in enumerate(look.subjects)}
    tagged: dict[str, list[int]] = {}
    for column, tags in enumerate(look.tags):
        for tag in tags:
            tagged.setdefault(tag, []).append(column)
    for row, one in enumerate(rules):
        scope = one.rule.scope
        if scope.everything or not one.rule.metric.of_symbols:
            covered[row] = True
            continue
        covered[row, [columns[symbol] for symbol in scope.symbols if symbol in columns]] = True
        for tag in scope.tags:
            covered[row, tagged.get(tag, [])] = True
    return covered


def by_clock(since: datetime, at: datetime) -> timedelta:
    """Time as the clock counts it."""
    return at - since
