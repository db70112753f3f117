"""What a rule would have done, look after look."""

from datetime import UTC, datetime, timedelta

import numpy as np

from fintech_pipeline.alerts.evaluation import Look, by_clock
from fintech_pipeline.alerts.rules import Metric, MetricKey, Rule, Scope, StoredRule
from fintech_pipeline.alerts.trial import Trial, tried

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
SLOT = timedelta(minutes=30)
SYMBOLS = ("A", "B", "C", "D")
KEY = MetricKey(Metric.SCORE)


def looks(*rows: tuple[float, ...]) -> list[Look]:
    return [
        Look(
            START + number * SLOT,
            SYMBOLS,
            tuple(frozenset[str]() for _ in SYMBOLS),
            {KEY: np.array(row)},
            {KEY: np.zeros(len(SYMBOLS), dtype=np.int8)},
            lambda _metric, _subject: by_clock,
        )
        for number, row in enumerate(rows)
    ]


def trial(*rows: tuple[float, ...], hold: timedelta = timedelta(0)) -> Trial:
    rule = Rule("high", Metric.SCORE, Scope(everything=True), True, 0.5, 0.3, hold=hold)
    [found] = tried([StoredRule(1, 1, rule)], looks(*rows))
    return found


def test_each_alert_is_told_with_its_beginning_its_end_and_its_reason() -> None:
    found = trial((0.6, 0, 0, 0), (0.4, 0, 0, 0), (0.2, 0.7, 0, 0), (0.6, 0.7, 0, 0))
    assert [(one.subject, one.started_at, one.ended_at) for one in found.firings] == [
        ("A", START, START + 2 * SLOT),
        ("B", START + 2 * SLOT, None),
        ("A", START + 3 * SLOT, None),
    ]
    assert found.firings[0].reason == "Score +0.60 is above +0.50."
    assert found.most_at_once == 2
    assert found.warning is None


def test_a_minimum_duration_is_waited_for() -> None:
    found = trial((0.6, 0, 0, 0), (0.6, 0, 0, 0), (0.6, 0, 0, 0), hold=2 * SLOT)
    assert [one.started_at for one in found.firings] == [START + 2 * SLOT]


def test_a_rule_that_fires_on_most_at_once_is_warned_of_with_the_count() -> None:
    found = trial((0.6, 0.7, 0.8, 0))
    assert found.warning == (
        "The rule high would have fired for 3 of its 4 symbols at once; a rule that fires on"
        " everything tells nothing."
    )


def test_half_of_the_symbols_is_not_most() -> None:
    assert trial((0.6, 0.7, 0, 0)).warning is None
