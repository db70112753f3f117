"""Pending and firing agree with an independent judge: `promtool test rules` of Prometheus.

Our own timeline of each random case is written as what promtool is to expect; it is Prometheus
that evaluates the series. Where we differ on purpose, a test shows how.
"""

import random
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from fintech_pipeline.alerts.lifecycle import Phase, Reading
from fintech_pipeline.alerts.rules import Rule
from tests.debian import program
from tests.unit.looking import NO_DATA, START, Look, looks, rule

EVERY = timedelta(minutes=1)
CASES = 300
LOOKS = 40
LEVELS = (0.2, 0.4, 0.5, 0.6, 0.6000000000000001, 0.7, 0.9)
"""Some exactly at the threshold of 0.6, one a hair above it."""
SPANS = tuple(timedelta(seconds=seconds) for seconds in (0, 30, 60, 61, 90, 120, 180, 300, 420))
ALERTS = {Phase.PENDING: "pending", Phase.FIRING: "firing"}
STALE = "stale"
"""How promtool writes that a series ends."""


@dataclass(frozen=True)
class Case:
    """A rule, and a series of its own that it looks at.

    Attributes:
        name: Of the alert and of the series.
        rule: Ours.
        readings: Ours.
        expected: The looks that promtool is to agree with.
    """

    name: str
    rule: Rule
    readings: Sequence[Reading | float]
    expected: list[Look] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.expected.extend(looks(self.rule, self.readings, every=EVERY))

    def as_rule(self) -> dict[str, Any]:
        """The rule as Prometheus writes it."""
        side = ">" if self.rule.above else "<"
        return {
            "alert": self.name,
            "expr": f"{self.name} {side} {self.rule.threshold!r}",
            "for": f"{self.rule.hold // timedelta(seconds=1)}s",
            "keep_firing_for": f"{self.rule.clear_hold // timedelta(seconds=1)}s",
        }

    def as_series(self) -> dict[str, str]:
        """The series as promtool writes it."""
        values = [STALE if isinstance(one, Reading) else repr(one) for one in self.readings]
        return {"series": self.name, "values": " ".join(values)}

    def samples(self, look: Look) -> list[dict[str, Any]]:
        """What Prometheus should show after a look: the state, and since when it is active."""
        stands = look.step.standing
        if stands.phase not in ALERTS or stands.active_since is None:
            return []
        alert = f'alertname="{self.name}"'
        state = ALERTS[stands.phase]
        since = (stands.active_since - START).total_seconds()
        return [
            {"labels": f'ALERTS{{{alert}, alertstate="{state}"}}', "value": 1},
            {"labels": f"ALERTS_FOR_STATE{{{alert}}}", "value": since},
        ]


def cases(seed: int, count: int) -> list[Case]:
    """Random rules and series; they stay at a level for a while, as prices do."""
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    made = []
    for number in range(count):
        stay = rng.uniform(0.2, 0.9)
        series = [rng.choice(LEVELS)]
        while len(series) < LOOKS:
            series.append(series[-1] if rng.random() < stay else rng.choice(LEVELS))
        above = rng.random() < 0.7
        watched = rule(above=above, clear=0.6, hold=rng.choice(SPANS), clear_hold=rng.choice(SPANS))
        made.append(Case(f"case_{number}", watched, series))
    return made


def judged(folder: Path, asked: Iterable[Case]) -> subprocess.CompletedProcess[str]:
    """Promtool's verdict on all of them in one call."""
    found = program("promtool")
    asked = list(asked)
    rules = {"groups": [{"name": "all", "rules": [case.as_rule() for case in asked]}]}
    (folder / "rules.yml").write_text(yaml.safe_dump(rules), "utf-8")
    (folder / "test.yml").write_text(yaml.safe_dump(_unit(asked)), "utf-8")
    command = [found, "test", "rules", str(folder / "test.yml")]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def _unit(asked: Sequence[Case]) -> dict[str, Any]:
    length = max(len(case.expected) for case in asked)
    interval = f"{EVERY // timedelta(seconds=1)}s"
    test = {
        "interval": interval,
        "input_series": [case.as_series() for case in asked],
        "alert_rule_test": [
            {
                "eval_time": _time(number),
                "alertname": case.name,
                "exp_alerts": [{}] if look.phase is Phase.FIRING else [],
            }
            for case in asked
            for number, look in enumerate(case.expected)
        ],
        "promql_expr_test": [
            {
                "expr": '{__name__=~"ALERTS|ALERTS_FOR_STATE"}',
                "eval_time": _time(number),
                "exp_samples": [
                    sample
                    for case in asked
                    if number < len(case.expected)
                    for sample in case.samples(case.expected[number])
                ],
            }
            for number in range(length)
        ],
    }
    return {"rule_files": ["rules.yml"], "evaluation_interval": interval, "tests": [test]}


def _time(number: int) -> str:
    return f"{number * (EVERY // timedelta(seconds=1))}s"


def test_random_series_have_the_timeline_that_prometheus_gives_them(tmp_path: Path) -> None:
    asked = cases(seed=7, count=CASES)
    seen = {look.event for case in asked for look in case.expected}
    assert {"fired", "resolved", "pending", "calmed"} <= seen
    verdict = judged(tmp_path, asked)
    assert verdict.returncode == 0, (verdict.stdout + verdict.stderr)[:5000]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
def test_many_more_random_series_agree(tmp_path: Path, seed: int) -> None:
    verdict = judged(tmp_path, cases(seed, CASES))
    assert verdict.returncode == 0, (verdict.stdout + verdict.stderr)[:5000]


@pytest.mark.parametrize(
    "wrong",
    [
        {"hold": timedelta(seconds=121)},
        {"hold": timedelta(seconds=60)},
        {"clear_hold": timedelta(seconds=181)},
        {"clear_hold": timedelta(seconds=120)},
        {"threshold": 0.5},
        {"clear": 0.5},
    ],
    ids=str,
)
def test_a_timeline_that_is_wrong_in_one_case_is_caught(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    meant = {"clear": 0.6, "hold": 2 * EVERY, "clear_hold": 3 * EVERY}
    series = [0.2, 0.7, 0.7, 0.6, 0.7, 0.7, 0.7, 0.6, 0.6, 0.6, 0.6, 0.2]
    case = Case("one_case", rule(**meant), series)
    others = cases(seed=8, count=3)
    assert judged(tmp_path, [*others, case]).returncode == 0
    case.expected[:] = looks(rule(**meant | wrong), series, every=EVERY)
    verdict = judged(tmp_path, [*others, case])
    assert verdict.returncode != 0
    assert "one_case" in verdict.stdout + verdict.stderr


def test_a_pending_alert_ends_where_the_series_does_in_both(tmp_path: Path) -> None:
    case = Case("ends", rule(clear=0.6, hold=2 * EVERY), [0.7, 0.7, NO_DATA, 0.7, 0.7, 0.7])
    assert judged(tmp_path, [case]).returncode == 0
    assert [look.phase for look in case.expected][2:4] == [Phase.NO_DATA, Phase.PENDING]


def test_where_the_series_ends_prometheus_resolves_and_ours_stays_open(tmp_path: Path) -> None:
    """On purpose: that nobody knows is no reason to say that it is over."""
    series: list[Reading | float] = [0.7, NO_DATA, NO_DATA, 0.7]
    ours = Case("gap", rule(clear=0.6), series)
    assert all(look.step.standing.open for look in ours.expected)
    as_if_calm = Case("gap", rule(clear=0.6), series)
    as_if_calm.expected[:] = looks(rule(clear=0.6), [0.7, 0.2, 0.2, 0.7], every=EVERY)
    assert judged(tmp_path, [as_if_calm]).returncode == 0
    assert judged(tmp_path, [ours]).returncode != 0


def test_between_the_thresholds_prometheus_resolves_and_ours_goes_on(tmp_path: Path) -> None:
    """On purpose: a separate clear threshold is what Prometheus has not."""
    series = [0.7, 0.5, 0.7]
    ours = Case("flaps", rule(clear=0.4), series)
    assert all(look.step.standing.open for look in ours.expected)
    assert judged(tmp_path, [ours]).returncode != 0
    assert judged(tmp_path, [Case("flaps", rule(clear=0.6), series)]).returncode == 0
