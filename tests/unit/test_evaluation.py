"""All rules against all symbols at once come to what each alone would."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fintech_pipeline.alerts.evaluation import Look, by_clock, decisions
from fintech_pipeline.alerts.lifecycle import CALM, Event, Kind, Phase, Standing, step
from fintech_pipeline.alerts.measures import Why
from fintech_pipeline.alerts.rules import Metric, MetricKey, Rule, Scope, StoredRule
from fintech_pipeline.alerts.trial import tried
from fintech_pipeline.signals.strategy import Action

SYMBOLS = ("AAPL", "MSFT", "NVDA", "TSLA")
TAGS = (frozenset({"big"}), frozenset({"big"}), frozenset({"chips", "big"}), frozenset[str]())
START = datetime(2026, 3, 2, 15, tzinfo=UTC)
SLOT = timedelta(minutes=30)
NOTHING = np.zeros(4, dtype=np.int8)
SCORE, ACTION = MetricKey(Metric.SCORE), MetricKey(Metric.ACTION)


def look(row: int, values: list[float], why: list[int], actions: list[float]) -> Look:
    calm = np.where(np.array(why) == Why.NOTHING, np.array(values), np.nan)
    return Look(
        START + row * SLOT,
        SYMBOLS,
        TAGS,
        {SCORE: calm, ACTION: np.array(actions)},
        {SCORE: np.array(why, dtype=np.int8), ACTION: np.zeros(4, dtype=np.int8)},
        lambda _metric, _subject: by_clock,
    )


def rule(name: str, **changes: object) -> Rule:
    basic: dict[str, object] = {
        "metric": Metric.SCORE,
        "scope": Scope(everything=True),
        "above": True,
        "threshold": 0.5,
        "clear": 0.5,
    }
    return Rule(name, **{**basic, **changes})  # type: ignore[arg-type]  # a test's shorthand


RULES = st.builds(
    lambda above, low, gap, hold, tells, scope: rule(
        "any",
        above=above,
        threshold=low + gap if above else low,
        clear=low if above else low + gap,
        hold=hold * SLOT,
        clear_hold=tells * SLOT,
        tells_no_data=bool(tells),
        scope=scope,
    ),
    st.booleans(),
    st.sampled_from([-0.5, -0.1, 0.0, 0.3]),
    st.sampled_from([0.0, 0.1, 0.4]),
    st.integers(0, 2),
    st.integers(0, 1),
    st.sampled_from([Scope(everything=True), Scope(symbols=("NVDA",)), Scope(tags=("big",))]),
)
CELL = st.tuples(
    st.sampled_from([-0.9, -0.5, -0.1, 0.0, 0.1, 0.3, 0.31, 0.7]),
    st.sampled_from([Why.NOTHING] * 5 + [Why.CLOSED, Why.NO_SIGNAL]),
)


@settings(deadline=None)
@given(
    st.lists(RULES, min_size=1, max_size=4),
    st.lists(st.lists(CELL, min_size=4, max_size=4), min_size=1, max_size=12),
)
def test_together_they_come_to_what_each_pair_alone_would(
    rules: list[Rule], series: list[list[tuple[float, Why]]]
) -> None:
    stored = [StoredRule(number, 1, one) for number, one in enumerate(rules)]
    together: dict[tuple[int, str], Standing] = {}
    alone: dict[tuple[int, str], Standing] = {}
    for row, cells in enumerate(series):
        seen = look(row, [c[0] for c in cells], [int(c[1]) for c in cells], [0.0] * 4)
        changed = {}
        for made in decisions(stored, seen, together):
            pair = (made.stored.rule_id, made.subject)
            changed[pair] = made.step.event
            together[pair] = made.step.standing
        together = {
            pair: standing
            for pair, standing in together.items()
            if standing.phase is not Phase.INACTIVE
        }
        for one in stored:
            for column, symbol in enumerate(SYMBOLS):
                if not one.rule.scope.covers(symbol, TAGS[column]):
                    continue
                pair = (one.rule_id, symbol)
                reading = seen.reading(SCORE, column)
                before = alone.pop(pair, CALM)
                # Nobody asked, and nothing goes on: it is not worth remembering.
                quiet = reading.kind is Kind.NO_DATA and not one.rule.tells_no_data
                if quiet and before is CALM:
                    continue
                done = step(one.rule, before, reading, seen.at, by_clock)
                if done.standing.phase is not Phase.INACTIVE:
                    alone[pair] = done.standing
                assert changed.get(pair) == done.event
    assert together == alone


def events(rules: list[Rule], seen: Look) -> dict[tuple[str, str], Event | None]:
    stored = [StoredRule(number, 1, one) for number, one in enumerate(rules)]
    found = decisions(stored, seen, {})
    return {(one.stored.rule.name, one.subject): one.step.event for one in found}


def test_a_rule_about_actions_fires_where_the_action_is_meant() -> None:
    seen = look(0, [0.0] * 4, [0] * 4, [2.0, 1.0, 0.0, -2.0])
    strong = rule("strong", metric=Metric.ACTION, to=(Action.STRONG_BUY, Action.STRONG_SELL))
    found = events([strong], seen)
    assert found == {("strong", "AAPL"): Event.FIRED, ("strong", "TSLA"): Event.FIRED}


def test_rules_name_symbols_or_tags() -> None:
    seen = look(0, [0.9] * 4, [0] * 4, [0.0] * 4)
    rules = [
        rule("one", scope=Scope(symbols=("MSFT", "NOTHERE"))),
        rule("chips", scope=Scope(tags=("chips",))),
    ]
    assert set(events(rules, seen)) == {("one", "MSFT"), ("chips", "NVDA")}


def test_a_rule_that_is_switched_off_decides_nothing() -> None:
    seen = look(0, [0.9] * 4, [0] * 4, [0.0] * 4)
    assert events([rule("off", enabled=False)], seen) == {}


def test_only_the_subjects_that_are_asked_for_are_decided() -> None:
    seen = look(0, [0.9] * 4, [0] * 4, [0.0] * 4)
    stored = [StoredRule(1, 1, rule("score"))]
    found = list(decisions(stored, seen, {}, only={"TSLA"}))
    assert [one.subject for one in found] == ["TSLA"]


def test_a_trial_counts_every_change_of_an_action() -> None:
    key = MetricKey(Metric.ACTION, None, True)
    moves = rule("moves", metric=Metric.ACTION, threshold=0.0, clear=0.0)
    looks = [
        replace(look(row, [], [], []), values={key: np.full(4, moved)}, why={key: NOTHING})
        for row, moved in enumerate((1.0, -2.0, 0.0, 1.0))
    ]
    [trial] = tried([StoredRule(1, 1, moves)], looks)
    began = [one.started_at for one in trial.firings if one.subject == "AAPL"]
    assert began == [START, START + SLOT, START + 3 * SLOT]
    assert [one.ended_at for one in trial.firings if one.subject == "AAPL"] == [
        START + SLOT,
        START + 2 * SLOT,
        None,
    ]
