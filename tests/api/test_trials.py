"""Rules tried over HTTP, without storing them."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.trial import Firing, Trial
from fintech_pipeline.storage.database import Database
from tests.api.alerting import asking, problem
from tests.api.asking import Answer
from tests.api.living import NOW

RULE = {"metric": "score", "above": 0.5}
LATE = {"metric": "lateness_minutes", "above": 30}


def fired(rules: Sequence[Rule], days: int) -> list[Trial]:
    """Each rule once a day for every symbol of ten; its history is tested where it is made."""
    return [
        Trial(
            rule.name,
            tuple(
                Firing(f"S{number}", NOW - timedelta(days=day), NOW, "Score is above.", 0.7)
                for day in range(days, 0, -1)
                for number in range(10)
            ),
            10,
            10,
        )
        for rule in rules
        if rule.metric.of_symbols
    ]


def test_a_rule_is_tried_and_not_stored(database: Database) -> None:
    with asking(database, try_rules=fired) as api:
        answer = api.post("/trials", {"rules": {"high": RULE, "late": LATE}, "days": 60})
    assert answer.status == 200
    [trial] = answer.document["trials"]
    assert trial["sentence"] == (
        "high (score above +0.50) would have fired 600 times in the last 60 days, about 10 of 10"
        " symbols."
    )
    assert (trial["fired"], len(trial["firings"])) == (600, 500)
    assert trial["firings"][-1] == {
        "subject": "S9",
        "started_at": "2026-03-01T15:10:00Z",
        "ended_at": "2026-03-02T15:10:00Z",
        "reason": "Score is above.",
        "value": 0.7,
    }
    assert trial["warning"].startswith("The rule high would have fired for 10 of its 10 symbols")
    assert answer.document["without_history"] == ["late"]
    assert answer.document["sentences"] == {
        "high": "Fires at score above +0.50, about all symbols. Tells nobody (warning).",
        "late": "Fires at lateness_minutes above 30 min, about the pipeline. Tells nobody"
        " (warning).",
    }
    assert RuleStore(database).rules() == []


def test_every_mistake_of_every_rule_is_told(database: Database) -> None:
    with asking(database, try_rules=fired) as api:
        told = problem(api.post("/trials", {"rules": {"a": {**RULE, "clear": 1}, "b": {}}}))
        asked: list[object] = [
            {"rules": {}},
            {"rules": {"high": RULE}, "days": 18_262},
            {"rules": {f"r{number}": RULE for number in range(21)}},
            {"rules": {"a" * 300: RULE}},
            {},
        ]
        wrong = [api.post("/trials", one) for one in asked]
    assert [line[:7] for line in told["errors"]] == ["Rule a:", "Rule b:"]
    assert {one.status for one in wrong} == {422}


@dataclass
class Slow:
    """Tries rules until a test lets it end."""

    let: threading.Event = field(default_factory=threading.Event)
    at_work: threading.Event = field(default_factory=threading.Event)

    def __call__(self, rules: Sequence[Rule], days: int) -> list[Trial]:
        self.at_work.set()
        assert self.let.wait(20)
        return fired(rules, days)


def test_one_trial_runs_at_a_time_and_the_next_is_told_when_to_ask(database: Database) -> None:
    slow, answers = Slow(), list[Answer]()
    with asking(database, try_rules=slow) as api:
        first = threading.Thread(
            target=lambda: answers.append(api.post("/trials", {"rules": {"high": RULE}}))
        )
        first.start()
        assert slow.at_work.wait(20)
        busy = api.post("/trials", {"rules": {"high": RULE}})
        others = api.get("/rules")
        slow.let.set()
        first.join()
        after = api.post("/trials", {"rules": {"high": RULE}})
    assert (busy.status, busy.headers["retry-after"]) == (503, "5")
    assert busy.detail == "Other rules are being tried; ask again in a moment."
    assert (others.status, answers[0].status, after.status) == (200, 200, 200)
