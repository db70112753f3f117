"""The life of an alert, transition by transition, and at the very edges."""

import math
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from fintech_pipeline.alerts.lifecycle import CALM, Event, Phase, Reading, Standing, step
from fintech_pipeline.alerts.rules import Metric, Rule
from fintech_pipeline.signals.strategy import Action
from tests.unit.looking import (
    ERROR,
    HELD,
    MINUTE,
    NO_DATA,
    SCORE,
    SLOT,
    START,
    by_the_clock,
    events,
    looks,
    phases,
    rule,
    value,
)

HOUR = timedelta(hours=1)
HELD_AN_HOUR = rule(hold=HOUR)
CLEARS_IN_AN_HOUR = rule(clear_hold=HOUR)
JUST_ABOVE = math.nextafter(0.6, math.inf)
EACH_KIND = pytest.mark.parametrize(
    ("without", "phase", "event"),
    [(NO_DATA, Phase.NO_DATA, Event.NO_DATA), (ERROR, Phase.ERROR, Event.ERROR)],
    ids=["no data", "error"],
)


class TestWithoutMinimumDuration:
    """A rule that fires at once and ends at once."""

    def test_an_alert_fires_above_the_threshold_and_ends_at_clear(self) -> None:
        row = looks(SCORE, [0.1, 0.7, 0.8, 0.4])
        assert events(row) == [None, Event.FIRED, None, Event.RESOLVED]
        assert phases(row) == [Phase.INACTIVE, Phase.FIRING, Phase.FIRING, Phase.INACTIVE]

    def test_a_value_exactly_at_the_threshold_is_not_beyond_it(self) -> None:
        assert events(looks(SCORE, [0.6])) == [None]
        assert events(looks(SCORE, [JUST_ABOVE])) == [Event.FIRED]

    def test_a_value_exactly_at_clear_ends_the_alert(self) -> None:
        just_above = math.nextafter(0.4, math.inf)
        assert events(looks(SCORE, [0.7, just_above, 0.4])) == [Event.FIRED, None, Event.RESOLVED]

    def test_a_rule_that_fires_below_mirrors_one_that_fires_above(self) -> None:
        below = rule(above=False, threshold=-0.6, clear=-0.4)
        readings = [-0.6, -JUST_ABOVE, -0.5, -0.4]
        assert events(looks(below, readings)) == [None, Event.FIRED, None, Event.RESOLVED]

    def test_between_the_thresholds_an_alert_goes_on_and_none_begins(self) -> None:
        row = looks(SCORE, [0.5, 0.7, 0.5, 0.3, 0.5])
        assert events(row) == [None, Event.FIRED, None, Event.RESOLVED, None]

    def test_flapping_around_the_threshold_fires_once(self) -> None:
        assert events(looks(SCORE, [0.61, 0.59] * 10)) == [Event.FIRED, *[None] * 19]

    def test_firing_again_after_the_end_is_an_alert_of_its_own(self) -> None:
        row = looks(SCORE, [0.7, 0.4, 0.7])
        assert events(row) == [Event.FIRED, Event.RESOLVED, Event.FIRED]
        assert row[2].step.standing.fired_at == START + 2 * SLOT

    def test_without_a_separate_clear_threshold_the_threshold_itself_ends_it(self) -> None:
        assert events(looks(rule(clear=0.6), [0.7, 0.6])) == [Event.FIRED, Event.RESOLVED]

    def test_the_standing_says_since_when_and_at_what_value_it_fires(self) -> None:
        row = looks(SCORE, [0.1, 0.7, 0.9])
        fired_at = START + SLOT
        assert row[1].step.standing == Standing(Phase.FIRING, fired_at, fired_at, None, 0.7)
        assert row[2].step.standing == Standing(Phase.FIRING, fired_at, fired_at, None, 0.9)

    def test_the_end_leaves_nothing_but_the_value(self) -> None:
        assert looks(SCORE, [0.7, 0.1])[-1].step.standing == Standing(value=0.1)


class TestMinimumDuration:
    """A rule that waits an hour before it fires."""

    def test_the_condition_is_pending_until_it_has_held_for_the_minimum(self) -> None:
        row = looks(HELD_AN_HOUR, [0.7, 0.7, 0.7])
        assert events(row) == [Event.PENDING, None, Event.FIRED]
        assert phases(row) == [Phase.PENDING, Phase.PENDING, Phase.FIRING]

    def test_exactly_the_minimum_fires_and_a_microsecond_less_does_not(self) -> None:
        pending = Standing(Phase.PENDING, START, None, None, 0.7)
        late, early = START + HOUR, START + HOUR - timedelta(microseconds=1)
        assert step(HELD_AN_HOUR, pending, value(0.7), late, by_the_clock).event is Event.FIRED
        assert step(HELD_AN_HOUR, pending, value(0.7), early, by_the_clock).event is None

    def test_it_fires_at_the_look_and_is_active_since_the_first_one(self) -> None:
        standing = looks(HELD_AN_HOUR, [0.7, 0.7, 0.7])[-1].step.standing
        assert (standing.active_since, standing.fired_at) == (START, START + HOUR)

    def test_one_calm_look_begins_the_wait_anew(self) -> None:
        row = looks(HELD_AN_HOUR, [0.7, 0.7, 0.6, 0.7, 0.7, 0.7])
        assert events(row) == [
            Event.PENDING,
            None,
            Event.CALMED,
            Event.PENDING,
            None,
            Event.FIRED,
        ]

    def test_while_pending_the_threshold_counts_and_not_clear(self) -> None:
        assert events(looks(HELD_AN_HOUR, [0.7, 0.5]))[-1] is Event.CALMED

    def test_time_that_the_rule_does_not_count_does_not_make_it_fire(self) -> None:
        def closed_since_the_second_look(since: datetime, until: datetime) -> timedelta:
            return min(until, START + SLOT) - since

        row = looks(HELD_AN_HOUR, [0.7] * 6, elapsed=closed_since_the_second_look)
        assert phases(row) == [Phase.PENDING] * 6


class TestMinimumClearDuration:
    """A rule whose alert ends after a clear hour."""

    def test_an_alert_ends_when_it_has_been_clear_for_the_minimum(self) -> None:
        row = looks(CLEARS_IN_AN_HOUR, [0.7, 0.3, 0.3, 0.3])
        assert events(row) == [Event.FIRED, None, None, Event.RESOLVED]

    def test_exactly_the_minimum_ends_it_and_a_microsecond_less_does_not(self) -> None:
        clearing = Standing(Phase.FIRING, START, START, START, 0.3)
        late, early = START + HOUR, START + HOUR - timedelta(microseconds=1)
        ended = step(CLEARS_IN_AN_HOUR, clearing, value(0.3), late, by_the_clock)
        assert ended.event is Event.RESOLVED
        assert step(CLEARS_IN_AN_HOUR, clearing, value(0.3), early, by_the_clock).event is None

    def test_a_look_beyond_clear_begins_the_wait_anew(self) -> None:
        row = looks(CLEARS_IN_AN_HOUR, [0.7, 0.3, 0.3, 0.5, 0.3, 0.3, 0.3])
        assert events(row) == [Event.FIRED, *[None] * 5, Event.RESOLVED]
        assert row[3].step.standing.clear_since is None
        assert row[4].step.standing.clear_since == START + 4 * SLOT

    def test_firing_above_the_threshold_while_it_clears_is_the_same_alert(self) -> None:
        row = looks(CLEARS_IN_AN_HOUR, [0.7, 0.3, 0.9])
        assert events(row) == [Event.FIRED, None, None]
        assert row[2].step.standing.fired_at == START


class TestWithoutAValue:
    """No data, and what could not be read."""

    @EACH_KIND
    def test_it_is_a_state_of_its_own_while_nothing_goes_on(
        self, without: Reading, phase: Phase, event: Event
    ) -> None:
        row = looks(SCORE, [0.1, without, without, 0.1])
        assert events(row) == [None, event, None, Event.BACK]
        assert phases(row) == [Phase.INACTIVE, phase, phase, Phase.INACTIVE]

    @EACH_KIND
    def test_it_ends_what_was_pending(self, without: Reading, phase: Phase, event: Event) -> None:
        row = looks(HELD_AN_HOUR, [0.7, 0.7, without, 0.7, 0.7, 0.7])
        assert events(row) == [Event.PENDING, None, event, Event.PENDING, None, Event.FIRED]
        assert row[2].step.standing == Standing(phase, value=0.7)

    @EACH_KIND
    def test_it_keeps_an_open_alert_open(
        self, without: Reading, phase: Phase, event: Event
    ) -> None:
        row = looks(SCORE, [0.7, without, 0.7])
        assert events(row) == [Event.FIRED, event, Event.BACK]
        assert row[1].step.standing == Standing(phase, START, START, None, 0.7)
        assert row[2].step.standing.fired_at == START

    @EACH_KIND
    def test_an_alert_may_end_with_the_first_value_after_it(
        self, without: Reading, phase: Phase, event: Event
    ) -> None:
        row = looks(SCORE, [0.7, without, 0.4])
        assert (row[1].phase, events(row)) == (phase, [Event.FIRED, event, Event.RESOLVED])

    @EACH_KIND
    def test_it_does_not_count_as_clear(self, without: Reading, phase: Phase, event: Event) -> None:
        row = looks(CLEARS_IN_AN_HOUR, [0.7, 0.3, without, 0.3, 0.3, 0.3])
        assert events(row) == [Event.FIRED, None, event, Event.BACK, None, Event.RESOLVED]
        assert (row[2].phase, row[2].step.standing.clear_since) == (phase, None)

    @EACH_KIND
    def test_an_alert_may_begin_with_the_first_value_after_it(
        self, without: Reading, phase: Phase, event: Event
    ) -> None:
        row = looks(SCORE, [without, 0.7])
        assert (row[0].phase, events(row)) == (phase, [event, Event.FIRED])
        row = looks(HELD_AN_HOUR, [without, 0.7])
        assert (row[0].phase, events(row)) == (phase, [event, Event.PENDING])

    def test_no_data_and_an_error_follow_each_other_as_two_states(self) -> None:
        row = looks(SCORE, [NO_DATA, ERROR, NO_DATA])
        assert events(row) == [Event.NO_DATA, Event.ERROR, Event.NO_DATA]
        row = looks(SCORE, [0.7, NO_DATA, ERROR])
        assert events(row) == [Event.FIRED, Event.NO_DATA, Event.ERROR]
        assert row[2].step.standing.open

    def test_a_number_that_is_none_neither_fires_nor_ends_an_alert(self) -> None:
        row = looks(SCORE, [math.nan, 0.7, math.inf, -math.inf, 0.7])
        assert events(row) == [Event.ERROR, Event.FIRED, Event.ERROR, None, Event.BACK]
        assert row[2].step.standing.open


class TestHeld:
    """A look that is not made now."""

    @pytest.mark.parametrize(
        "before",
        [
            CALM,
            Standing(Phase.PENDING, START, None, None, 0.7),
            Standing(Phase.FIRING, START, START, None, 0.7),
            Standing(Phase.FIRING, START, START, START, 0.3),
            Standing(Phase.NO_DATA, value=0.1),
            Standing(Phase.ERROR, START, START, None, 0.7),
        ],
        ids=["inactive", "pending", "firing", "clearing", "no data", "error"],
    )
    def test_it_changes_nothing(self, before: Standing) -> None:
        made = step(SCORE, before, HELD, START + SLOT, by_the_clock)
        assert (made.standing, made.event) == (before, None)
        assert made.reason == "Not looked at: the market is closed."

    def test_a_value_that_comes_along_is_not_judged(self) -> None:
        held = replace(HELD, value=0.9)
        assert events(looks(SCORE, [held])) == [None]

    def test_the_wait_goes_on_over_it_by_the_time_that_counts(self) -> None:
        assert events(looks(HELD_AN_HOUR, [0.7, HELD, 0.7])) == [Event.PENDING, None, Event.FIRED]


class TestActions:
    """Actions are named, not compared."""

    def test_an_action_that_is_meant_fires_and_any_other_ends_it(self) -> None:
        strong = rule(metric=Metric.ACTION, to=(Action.STRONG_BUY, Action.STRONG_SELL))
        row = looks(strong, [0.0, 2.0, -2.0, -1.0])
        assert events(row) == [None, Event.FIRED, None, Event.RESOLVED]

    def test_any_change_fires_and_the_next_slot_without_one_ends_it(self) -> None:
        change = rule(metric=Metric.ACTION)
        row = looks(change, [0.0, -1.0, 0.0])
        assert events(row) == [None, Event.FIRED, Event.RESOLVED]


DAY, HOURS = timedelta(days=1), timedelta(hours=2)
GOLDEN: list[tuple[Rule, float, float, str, str]] = [
    (SCORE, 0.72, 0.2, "Score +0.72 is above +0.60.", "Score +0.20 is not above +0.60."),
    (
        rule(metric=Metric.SCORE, above=False, threshold=-0.6, clear=-0.4),
        -0.72,
        0.2,
        "Score -0.72 is below -0.60.",
        "Score +0.20 is not below -0.60.",
    ),
    (
        rule(metric=Metric.ACTION, to=(Action.STRONG_BUY, Action.STRONG_SELL)),
        2,
        0,
        "The action is strong buy.",
        "The action is hold, not strong buy or strong sell.",
    ),
    (
        rule(metric=Metric.ACTION),
        -2,
        0,
        "The action moved 2 steps down.",
        "The action did not change.",
    ),
    (
        rule(metric=Metric.ACTION),
        1,
        0,
        "The action moved 1 step up.",
        "The action did not change.",
    ),
    (
        rule(metric=Metric.SENTIMENT, above=False, threshold=-0.3, clear=-0.2),
        -0.45,
        -0.3,
        "Sentiment -0.45 is below -0.30.",
        "Sentiment -0.30 is not below -0.30.",
    ),
    (
        rule(metric=Metric.PRICE_CHANGE_PCT, above=False, threshold=-5.0, clear=-4.0, window=HOURS),
        -6.24,
        1.0,
        "Price -6.2 % in 2h is below -5 %.",
        "Price +1.0 % in 2h is not below -5 %.",
    ),
    (
        rule(metric=Metric.PRICE_CHANGE_ATR, threshold=2.5, clear=2.0, window=1.5 * DAY),
        3.04,
        -1.0,
        "Price +3.0 ATR in 1d 12h is above +2.5 ATR.",
        "Price -1.0 ATR in 1d 12h is not above +2.5 ATR.",
    ),
    (
        rule(metric=Metric.VOLUME_RATIO, threshold=3.0, clear=2.0),
        4.17,
        1.0,
        "Volume 4.2× the usual is above 3×.",
        "Volume 1.0× the usual is not above 3×.",
    ),
    (
        rule(metric=Metric.DRAWDOWN_PCT, threshold=10.0, clear=8.0, window=20 * DAY),
        12.5,
        3.0,
        "12.5 % below the high of 2w 6d is above 10 %.",
        "3.0 % below the high of 2w 6d is not above 10 %.",
    ),
    (
        rule(metric=Metric.STORIES, threshold=3.0, clear=3.0, window=DAY),
        5,
        1,
        "5 stories in 1d is above 3.",
        "1 story in 1d is not above 3.",
    ),
    (
        rule(metric=Metric.STALENESS_MINUTES, threshold=90.0, clear=60.0),
        120,
        30,
        "Its newest bar's age of 120 min of trading is above 90 min.",
        "Its newest bar's age of 30 min of trading is not above 90 min.",
    ),
    (
        rule(metric=Metric.LATENESS_MINUTES, threshold=45.0, clear=30.0),
        61.4,
        2,
        "A delay of 61 min is above 45 min.",
        "A delay of 2 min is not above 45 min.",
    ),
    (
        rule(metric=Metric.FAILED_RUNS, threshold=0.0, clear=0.0),
        1,
        0,
        "1 failed run in a row is above 0.",
        "0 failed runs in a row is not above 0.",
    ),
    (
        rule(metric=Metric.QUOTA_LEFT_PCT, above=False, threshold=10.0, clear=20.0),
        4.4,
        55.0,
        "4 % of the day's quota left is below 10 %.",
        "55 % of the day's quota left is not below 10 %.",
    ),
]


class TestReasons:
    """What is stored and told of each step."""

    @pytest.mark.parametrize(
        ("watched", "beyond", "calm", "told", "told_calm"),
        GOLDEN,
        ids=[f"{case[0].metric}-{number}" for number, case in enumerate(GOLDEN)],
    )
    def test_each_metric_has_its_sentence(
        self, watched: Rule, beyond: float, calm: float, told: str, told_calm: str
    ) -> None:
        assert looks(watched, [beyond])[0].step.reason == told
        assert looks(watched, [calm])[0].step.reason == told_calm

    def test_every_metric_is_among_them(self) -> None:
        assert {case[0].metric for case in GOLDEN} == set(Metric)

    def test_each_step_of_a_life_says_why(self) -> None:
        watched = rule(hold=HOUR, clear_hold=1.5 * HOUR)
        readings: list[Reading | float] = [
            0.1,
            0.7,
            0.7,
            0.71,
            0.5,
            0.4,
            NO_DATA,
            0.4,
            HELD,
            ERROR,
            0.5,
            *[0.3] * 4,
        ]
        assert [look.step.reason for look in looks(watched, readings)] == [
            "Score +0.10 is not above +0.60.",
            "Score +0.70 is above +0.60, for 0m of the 1h it takes.",
            "Score +0.70 is above +0.60, for 30m of the 1h it takes.",
            "Score +0.71 is above +0.60, for 1h.",
            "It goes on: score +0.50 is above +0.40.",
            "It goes on: clear for 0m of the 1h 30m it takes.",
            "No data: no signal for the slot; the alert stays open.",
            "It goes on: clear for 0m of the 1h 30m it takes.",
            "Not looked at: the market is closed.",
            "It could not be read: the signal has no score; the alert stays open.",
            "It goes on: score +0.50 is above +0.40.",
            "It goes on: clear for 0m of the 1h 30m it takes.",
            "It goes on: clear for 30m of the 1h 30m it takes.",
            "It goes on: clear for 1h of the 1h 30m it takes.",
            "Score +0.30 is not above +0.40, for 1h 30m.",
        ]

    def test_no_data_and_an_error_say_so_without_an_alert_too(self) -> None:
        row = looks(SCORE, [NO_DATA, ERROR])
        assert [look.step.reason for look in row] == [
            "No data: no signal for the slot.",
            "It could not be read: the signal has no score.",
        ]

    def test_a_figure_that_rounds_to_its_threshold_is_told_with_more_digits(self) -> None:
        assert looks(SCORE, [0.6004])[0].step.reason == "Score +0.6004 is above +0.60."
        assert looks(SCORE, [0.5996])[0].step.reason == "Score +0.5996 is not above +0.60."

    def test_a_threshold_is_told_as_it_was_written(self) -> None:
        watched = rule(threshold=0.605, clear=0.1)
        assert looks(watched, [0.603])[0].step.reason == "Score +0.603 is not above +0.605."
        drop = rule(metric=Metric.PRICE_CHANGE_PCT, threshold=2.625, clear=2.0, window=HOURS)
        assert looks(drop, [2.63])[0].step.reason == "Price +2.63 % in 2h is above +2.625 %."

    def test_a_minute_is_the_shortest_span_that_is_told(self) -> None:
        watched = rule(hold=10 * MINUTE)
        row = looks(watched, [0.7, 0.7], every=timedelta(seconds=40))
        assert row[1].step.reason == "Score +0.70 is above +0.60, for 1m of the 10m it takes."
