"""A rule is read from what a person wrote, and every mistake is a sentence of its own."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.alerts.rule_definition import definition_of, read_rule, rule_of
from fintech_pipeline.alerts.rules import (
    ACTIONS,
    ChannelName,
    Metric,
    Recipient,
    Rule,
    Scope,
    Severity,
)
from fintech_pipeline.alerts.thresholds import BOUNDS
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.signals.strategy import Action

CRASH: dict[str, Any] = {
    "metric": "price_change_pct",
    "window": "2h",
    "below": -5,
    "clear": -3,
    "for": "1h",
    "clear_for": "30m",
    "symbols": ["AAPL"],
    "severity": "critical",
    "notify": ["anna", "ben by sms", "ben by email"],
    "repeat": "4h",
    "most_per_day": 5,
    "resolved": True,
    "no_data": False,
    "note": "Look at the futures first.",
    "enabled": True,
}
STRONG: dict[str, Any] = {"metric": "action", "to": ["strong_buy"], "notify": ["anna"]}


def mistakes_of(definition: dict[str, Any], name: str = "crash") -> list[str]:
    rule, mistakes = read_rule("rules.toml, rule crash", name, definition)
    assert (rule is None) == bool(mistakes)
    return [mistake.removeprefix("rules.toml, rule crash: ") for mistake in mistakes]


def test_every_key_of_a_rule_means_what_it_says() -> None:
    assert rule_of("crash", CRASH) == Rule(
        name="crash",
        metric=Metric.PRICE_CHANGE_PCT,
        scope=Scope(symbols=("AAPL",)),
        above=False,
        threshold=-5.0,
        clear=-3.0,
        window=timedelta(hours=2),
        hold=timedelta(hours=1),
        clear_hold=timedelta(minutes=30),
        severity=Severity.CRITICAL,
        recipients=(
            Recipient("anna"),
            Recipient("ben", (ChannelName.SMS, ChannelName.EMAIL)),
        ),
        repeat=timedelta(hours=4),
        most_per_day=5,
        note="Look at the futures first.",
    )


def test_what_is_not_written_is_the_whole_watchlist_a_warning_and_told_at_its_end() -> None:
    rule = rule_of("good", {"metric": "score", "above": 0.6, "notify": "anna"})
    assert rule.scope == Scope(everything=True)
    assert (rule.threshold, rule.clear, rule.hold) == (0.6, 0.6, timedelta(0))
    assert (rule.severity, rule.tells_resolved, rule.enabled) == (Severity.WARNING, True, True)


def test_a_change_of_the_action_has_no_end_to_be_told_unless_that_is_asked_for() -> None:
    assert not rule_of("any", STRONG | {"to": "any"}).tells_resolved
    assert rule_of("any", STRONG | {"to": "any", "resolved": True}).tells_resolved
    assert rule_of("strong", STRONG).to == (Action.STRONG_BUY,)


def test_symbols_may_be_written_as_they_are_spoken() -> None:
    score = {"metric": "score", "above": 0.6, "notify": "anna"}
    assert rule_of("a", score | {"symbols": "brk-b"}).scope.symbols == ("BRK.B",)
    assert rule_of("a", score | {"symbols": "all"}).scope.everything


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"metric": "scor"}, 'metric can\'t be "scor"; did you mean score.'),
        ({"belw": -4}, '"belw" is not a key; did you mean below.'),
        ({"severity": "fatal"}, 'severity can\'t be "fatal"; there is info, warning, critical.'),
        (
            {"above": 5},
            "above and below are both there; write one of them, and a rule for the other.",
        ),
        ({"below": "-5"}, 'below must be a number, not "-5".'),
        ({"below": True}, "below must be a number, not True."),
        ({"below": float("nan")}, "below must be a number, not nan."),
        (
            {"below": -100},
            "below = -100 never fires: price_change_pct is never below -100.",
        ),
        (
            {"clear": -6},
            "clear = -6 contradicts below = -5: an alert would end while its condition holds;"
            " write a clear at or above -5, or leave it out.",
        ),
        ({"window": "90s"}, 'window: "90s" is no span of time; write it like 45m, 2h or 1d 12h.'),
        ({"window": 2}, 'window must be a span of time like "45m", "2h" or "1d 12h", not 2.'),
        ({"window": "0m"}, 'window must be at least 30m and at most 60d, not "0m".'),
        ({"window": "45m"}, 'window counts half hours of trading; write it like "30m" or "2h".'),
        (
            {"window": "1d 12h"},
            'window counts whole sessions from a day on; write it like "1d" or "5d".',
        ),
        ({"for": "-1h"}, 'for: "-1h" is no span of time; write it like 45m, 2h or 1d 12h.'),
        ({"for": "90d"}, 'for must be at most 30d, not "90d".'),
        ({"repeat": "10m"}, 'repeat must be at least 30m and at most 30d, not "10m".'),
        ({"symbols": ["A A"]}, 'symbols: "A A" is no symbol; write it like "AAPL" or "BRK.B".'),
        ({"symbols": []}, "symbols is empty; name at least one."),
        ({"symbols": ["AAPL", "aapl"]}, "symbols names AAPL twice."),
        (
            {"symbols": ["all", "AAPL"]},
            'symbols names some and "all"; write symbols = "all" alone.',
        ),
        (
            {"tags": ["chips"]},
            "symbols and tags are both there; write one of them, and a rule for the other.",
        ),
        ({"notify": []}, "notify is empty; name at least one."),
        ({"notify": [1]}, 'notify must be a list like ["…", "…"], not [1].'),
        ({"notify": ["Anna"]}, 'notify: "Anna" is nobody; write "anna" or "anna by sms".'),
        (
            {"notify": ["anna by fax"]},
            'notify: nobody is reached by "fax"; there is email, sms, apprise, console.',
        ),
        ({"notify": ["anna", "anna"]}, "notify names anna twice."),
        (
            {"notify": ["anna", "anna by sms"]},
            "notify names anna and anna by sms; anna alone means every channel, so write one of"
            " them.",
        ),
        (
            {"most_per_day": 0},
            "most_per_day must be a whole number from 1 to 1000, not 0; leave it out for no limit.",
        ),
        ({"resolved": "yes"}, 'resolved must be true or false, not "yes".'),
        ({"note": "x" * 301}, "note has 301 characters; write at most 300."),
        ({"note": "a\x07b"}, "note holds a character that can't be shown; leave it out."),
    ],
)
def test_a_mistake_is_one_sentence_that_says_what_to_write(
    changed: dict[str, Any], told: str
) -> None:
    assert mistakes_of(CRASH | changed) == [told]


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ({"above": 1, "notify": "anna"}, "metric is missing; there is score, action, "),
        ({"metric": "score", "notify": "a"}, "it has no threshold; write above = … or below = …."),
        ({"metric": "score", "above": 0.5}, "notify is missing; name who is told, like "),
        (
            {"metric": "score", "above": 1, "notify": "a"},
            "above = 1 never fires: score lies between -1 and 1.",
        ),
        (
            {"metric": "volume_ratio", "above": -1, "notify": "a"},
            "above = -1 always fires: volume_ratio is never below 0.",
        ),
        (
            {"metric": "score", "above": 0.5, "clear": -1.5, "notify": "a"},
            "clear = -1.5 is never reached: score lies between -1 and 1.",
        ),
        (
            {"metric": "score", "above": 0.5, "window": "2h", "notify": "a"},
            "score looks at no window; leave window out.",
        ),
        (
            {"metric": "stories", "above": 5, "notify": "a"},
            "window is missing: over how long is stories measured? Write window = ",
        ),
        (
            {"metric": "failed_runs", "above": 2, "symbols": "AAPL", "notify": "a"},
            "failed_runs is not about symbols; leave symbols out.",
        ),
        (
            {"metric": "score", "above": 0.5, "to": "any", "notify": "a"},
            "score has no actions; leave to out, or write metric = ",
        ),
        ({"metric": "action", "notify": "a"}, "to is missing; write to = "),
        (STRONG | {"to": ["strong_by"]}, 'to can\'t be "strong_by"; did you mean strong_buy.'),
        (STRONG | {"to": [str(one) for one in Action]}, "to names every action, so that it "),
        (STRONG | {"to": ["any", "buy"]}, 'to names some and "any"; write to = "any" alone.'),
        (STRONG | {"above": 1}, "an action has no above; write to = "),
        (
            STRONG | {"to": "any", "for": "1h"},
            'for is not possible with to = "any": a change lasts no time; leave it out.',
        ),
        (
            STRONG | {"to": "any", "repeat": "1h"},
            'repeat is not possible with to = "any": a change does not go on; leave it out.',
        ),
    ],
)
def test_what_contradicts_the_metric_is_told(definition: dict[str, Any], told: str) -> None:
    (mistake,) = mistakes_of(definition)
    assert mistake.startswith(told)


@pytest.mark.parametrize("name", ["", "Crash", "a b", "-a", "x" * 41, "ä", "a\n"])
def test_a_malformed_name_is_told(name: str) -> None:
    (mistake,) = mistakes_of(CRASH, name)
    assert "is no name; write it in small letters, digits, - and _, at most 40." in mistake


def test_a_metric_that_is_none_hides_no_other_mistake() -> None:
    told = mistakes_of({"metric": "scor", "repeat": "1m", "above": 5})
    assert [one.partition(" ")[0] for one in told] == ["metric", "notify", "repeat"]


def test_all_mistakes_of_a_rule_are_told_at_once() -> None:
    broken = CRASH | {"severity": "fatal", "repeat": "1m", "symbols": ["A A"], "most_per_day": 0}
    with pytest.raises(ConfigurationError) as caught:
        rule_of("crash", broken)
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert all(line.startswith("The rule crash: ") and line.endswith(".") for line in lines)


MINUTES = st.integers(0, 30 * 24 * 60).map(lambda count: timedelta(minutes=count))
NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True)
PRICE_WINDOWS = st.one_of(
    st.integers(1, 47).map(lambda slots: timedelta(minutes=30 * slots)),
    st.integers(1, 60).map(lambda days: timedelta(days=days)),
)
SCOPES = st.one_of(
    st.just(Scope(everything=True)),
    st.lists(NAMES, min_size=1, max_size=4, unique=True).map(lambda tags: Scope(tags=tuple(tags))),
    st.lists(st.from_regex(r"[A-Z]{1,5}", fullmatch=True), min_size=1, max_size=4, unique=True).map(
        lambda symbols: Scope(symbols=tuple(symbols))
    ),
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    metric = draw(st.sampled_from(Metric))
    to: tuple[Action, ...] = ()
    above, threshold, clear = True, 0.0, 0.0
    changes = False
    if metric is Metric.ACTION:
        to = tuple(draw(st.lists(st.sampled_from(ACTIONS), max_size=4, unique=True)))
        changes = not to
    else:
        least, greatest = (max(-1e6, BOUNDS[metric][0]), min(1e6, BOUNDS[metric][1]))
        numbers = st.floats(least, greatest, exclude_min=True, exclude_max=True)
        above, threshold = draw(st.booleans()), draw(numbers)
        clear = draw(st.floats(least, threshold) if above else st.floats(threshold, greatest))
    windows = MINUTES.filter(lambda one: one >= timedelta(minutes=30))
    window = draw(windows if metric is Metric.STORIES else PRICE_WINDOWS)
    people = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    channels = st.lists(st.sampled_from(ChannelName), max_size=4, unique=True).map(tuple)
    long = MINUTES.filter(lambda one: one >= timedelta(minutes=30))
    return Rule(
        name=draw(NAMES),
        metric=metric,
        scope=draw(SCOPES) if metric.of_symbols else Scope(),
        above=above,
        threshold=threshold,
        clear=clear,
        window=window if metric.windowed else None,
        to=to,
        hold=timedelta(0) if changes else draw(MINUTES),
        clear_hold=timedelta(0) if changes else draw(MINUTES),
        severity=draw(st.sampled_from(Severity)),
        recipients=tuple(Recipient(person, draw(channels)) for person in people),
        repeat=None if changes else draw(st.none() | long),
        most_per_day=draw(st.none() | st.integers(1, 1000)),
        tells_resolved=draw(st.booleans()),
        tells_no_data=draw(st.booleans()),
        note=" ".join(
            draw(st.text(st.characters(categories=["L", "N", "P"]), max_size=80)).split()
        ),
        enabled=draw(st.booleans()),
    )


@given(rules())
def test_a_rule_written_down_is_the_same_rule_when_it_is_read_again(rule: Rule) -> None:
    assert rule_of(rule.name, definition_of(rule)) == rule


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*CRASH, "to", "tags", "above", "odd"]), JSON), st.text())
def test_whatever_is_written_is_a_rule_or_told_in_sentences(
    changes: dict[str, Any], name: str
) -> None:
    rule, mistakes = read_rule("rule", name, CRASH | changes)
    assert (rule is None) == bool(mistakes)
    for mistake in mistakes:
        assert mistake.startswith("rule: ")
        assert mistake.endswith(".")
