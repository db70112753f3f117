"""What holds of the life of an alert whatever the rule and the readings: random ones."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.alerts.lifecycle import CALM, Elapsed, Event, Kind, Phase, Reading, step
from fintech_pipeline.alerts.rules import Metric, Rule, Scope
from tests.unit.looking import (
    ERROR,
    HELD,
    NO_DATA,
    START,
    Look,
    by_the_clock,
    events,
    looks,
    phases,
    value,
)

LEVELS = tuple(number / 10 for number in range(-10, 11))
"""Few, so that series meet thresholds exactly, and cross them often."""
SPANS = st.sampled_from([timedelta(minutes=minutes) for minutes in (0, 0, 10, 30, 45, 60, 150)])


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Rules on the score, to either side, with or without a separate clear threshold."""
    quiet, loud = sorted((draw(st.sampled_from(LEVELS)), draw(st.sampled_from(LEVELS))))
    above = draw(st.booleans())
    threshold, clear = (loud, quiet) if above else (quiet, loud)
    return Rule(
        "random",
        Metric.SCORE,
        Scope(everything=True),
        above,
        threshold,
        clear,
        hold=draw(SPANS),
        clear_hold=draw(SPANS),
    )


VALUES = st.sampled_from(LEVELS).map(value)
READINGS = st.lists(
    st.one_of(VALUES, VALUES, VALUES, st.sampled_from((NO_DATA, ERROR, HELD))), max_size=40
)


def market_time(since: datetime, until: datetime) -> timedelta:
    """Time that stands still in every second three hours, as if the market were closed then."""
    return _traded(until) - _traded(since)


def _traded(at: datetime) -> timedelta:
    whole, part = divmod(at - START, timedelta(hours=6))
    return whole * timedelta(hours=3) + min(part, timedelta(hours=3))


CLOCKS = st.sampled_from((by_the_clock, market_time))


Said = Callable[[float], bool]


def lasted(row: list[Look], last: int, said: Said, elapsed: Elapsed) -> timedelta | None:
    """For how long up to a look every look found a value of which that is so; None: not at all.

    What was held is no look.
    """
    since = None
    for look in reversed(row[: last + 1]):
        if look.reading.kind is Kind.HELD:
            continue
        if look.reading.value is None or not said(look.reading.value):
            break
        since = look.at
    return None if since is None else elapsed(since, row[last].at)


@given(rules(), READINGS, CLOCKS)
def test_an_alert_begins_exactly_when_the_condition_has_held_for_the_minimum(
    watched: Rule, readings: list[Reading], elapsed: Elapsed
) -> None:
    row = looks(watched, readings, elapsed=elapsed)
    for place, look in enumerate(row):
        if look.before.open or look.reading.kind is Kind.HELD:
            assert look.event is not Event.FIRED
            continue
        held = lasted(row, place, watched.begins, elapsed)
        assert (look.event is Event.FIRED) is (held is not None and held >= watched.hold)


@given(rules(), READINGS, CLOCKS)
def test_an_alert_ends_exactly_when_it_has_been_clear_for_the_minimum(
    watched: Rule, readings: list[Reading], elapsed: Elapsed
) -> None:
    row = looks(watched, readings, elapsed=elapsed)
    for place, look in enumerate(row):
        if not look.before.open or look.reading.kind is Kind.HELD:
            assert look.event is not Event.RESOLVED
            continue
        clear = lasted(row, place, lambda found: not watched.goes_on(found), elapsed)
        assert (look.event is Event.RESOLVED) is (clear is not None and clear >= watched.clear_hold)


@given(rules(), READINGS, CLOCKS)
def test_alerts_begin_and_end_by_turns(
    watched: Rule, readings: list[Reading], elapsed: Elapsed
) -> None:
    open_now = False
    for look in looks(watched, readings, elapsed=elapsed):
        if look.event in {Event.FIRED, Event.RESOLVED}:
            assert open_now is (look.event is Event.RESOLVED)
            open_now = not open_now
        assert look.step.standing.open is open_now


@given(rules(), READINGS, st.data())
def test_between_the_thresholds_nothing_begins_and_nothing_ends(
    watched: Rule, readings: list[Reading], data: st.DataObject
) -> None:
    between = [value(one) for one in LEVELS if watched.goes_on(one) and not watched.begins(one)]
    if not between:
        return
    flapping = data.draw(st.lists(st.sampled_from(between), min_size=1, max_size=20))
    row = looks(watched, [*readings, *flapping])[len(readings) :]
    assert not {Event.FIRED, Event.RESOLVED} & set(events(row))


@given(rules(), READINGS, st.data())
def test_flapping_over_the_threshold_never_fires_again(
    watched: Rule, readings: list[Reading], data: st.DataObject
) -> None:
    going_on = [value(one) for one in LEVELS if watched.goes_on(one)]
    if not going_on:
        return
    flapping = data.draw(st.lists(st.sampled_from(going_on), min_size=1, max_size=30))
    row = looks(watched, [*readings, *flapping])[len(readings) :]
    assert events(row).count(Event.FIRED) <= (0 if row[0].before.open else 1)
    assert Event.RESOLVED not in events(row)


@given(rules(), READINGS, CLOCKS)
def test_what_is_held_changes_nothing(
    watched: Rule, readings: list[Reading], elapsed: Elapsed
) -> None:
    before = CALM
    for look in looks(watched, readings, elapsed=elapsed):
        if look.reading.kind is Kind.HELD:
            assert (look.step.standing, look.event) == (look.before, None)
            continue
        made = step(watched, before, look.reading, look.at, elapsed)
        assert made == look.step
        before = made.standing


@given(rules(), READINGS, CLOCKS, st.integers(0, 40))
def test_a_row_of_looks_goes_on_where_it_was_stored(
    watched: Rule, readings: list[Reading], elapsed: Elapsed, cut: int
) -> None:
    whole = looks(watched, readings, elapsed=elapsed)
    first = looks(watched, readings[:cut], elapsed=elapsed)
    stored = replace(first[-1].step.standing) if first else CALM
    for look in whole[cut:]:
        made = step(watched, stored, look.reading, look.at, elapsed)
        assert made == look.step
        stored = made.standing


@given(rules(), READINGS, CLOCKS)
def test_the_other_side_is_the_mirror(
    watched: Rule, readings: list[Reading], elapsed: Elapsed
) -> None:
    mirror = replace(
        watched, above=not watched.above, threshold=-watched.threshold, clear=-watched.clear
    )
    mirrored = [
        reading if reading.value is None else replace(reading, value=-reading.value)
        for reading in readings
    ]
    here, there = (
        looks(one, row, elapsed=elapsed) for one, row in ((watched, readings), (mirror, mirrored))
    )
    assert (events(here), phases(here)) == (events(there), phases(there))


@given(rules(), READINGS, CLOCKS)
def test_a_standing_holds_what_its_phase_needs_and_no_more(
    watched: Rule, readings: list[Reading], elapsed: Elapsed
) -> None:
    for look in looks(watched, readings, elapsed=elapsed):
        stands = look.step.standing
        assert stands.open is (stands.fired_at is not None)
        assert (stands.phase is Phase.FIRING) <= stands.open
        assert (stands.phase in {Phase.INACTIVE, Phase.PENDING}) <= (not stands.open)
        assert (stands.active_since is not None) is (stands.open or stands.phase is Phase.PENDING)
        assert (stands.clear_since is not None) <= (stands.phase is Phase.FIRING)
        if stands.fired_at is not None and stands.active_since is not None:
            assert stands.active_since <= stands.fired_at <= look.at


@given(rules(), READINGS, CLOCKS)
def test_a_phase_changes_only_with_an_event_and_every_step_has_its_sentence(
    watched: Rule, readings: list[Reading], elapsed: Elapsed
) -> None:
    for look in looks(watched, readings, elapsed=elapsed):
        assert look.event is not None or look.phase is look.before.phase
        reason = look.step.reason
        assert reason.endswith(".")
        assert reason[0].upper() == reason[0]
        assert not [part for part in ("None", "nan", "..", "  ") if part in reason]
