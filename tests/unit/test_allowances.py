"""What plans allow: days as vendors count them, and the next moment that fits every window."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.quota.allowances import (
    PLANS,
    Allowance,
    Granted,
    left_today,
    next_moment,
    vendor_day,
)

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
NEW_YORK = Allowance(per_day=25, reset_zone="America/New_York")
ZONES = ["UTC", "America/New_York", "Asia/Tokyo", "America/Santiago", "Asia/Beirut", "Pacific/Apia"]
instants = st.datetimes(datetime(2011, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("instant", "begins", "ends", "hours"),
    [
        # The offsets are those of the IANA data: EST is UTC-5, EDT UTC-4.
        ("2026-01-15T12:00Z", "2026-01-15T05:00Z", "2026-01-16T05:00Z", 24),
        ("2026-07-15T03:59Z", "2026-07-14T04:00Z", "2026-07-15T04:00Z", 24),
        ("2026-03-08T12:00Z", "2026-03-08T05:00Z", "2026-03-09T04:00Z", 23),
        ("2026-11-01T12:00Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z", 25),
    ],
)
def test_new_yorks_day_has_23_or_25_hours_when_clocks_change(
    instant: str, begins: str, ends: str, hours: int
) -> None:
    day = vendor_day(NEW_YORK, at(instant))
    assert (day.start, day.end) == (at(begins), at(ends))
    assert day.end - day.start == timedelta(hours=hours)


def test_a_day_begins_with_its_midnight_and_ends_before_the_next() -> None:
    midnight = at("2026-11-02T05:00Z")
    assert vendor_day(NEW_YORK, midnight).start == midnight
    assert vendor_day(NEW_YORK, midnight - timedelta(microseconds=1)).end == midnight


def test_where_clocks_skip_midnight_the_day_begins_at_one() -> None:
    # Santiago, 2026-09-06: 00:00 at UTC-4 is 01:00 at UTC-3.
    day = vendor_day(Allowance(reset_zone="America/Santiago"), at("2026-09-06T12:00Z"))
    assert (day.start, day.end) == (at("2026-09-06T04:00Z"), at("2026-09-07T03:00Z"))


@given(instants, st.sampled_from(ZONES))
def test_days_follow_each_other_without_gap_or_overlap(instant: datetime, zone: str) -> None:
    allowance = Allowance(reset_zone=zone)
    day = vendor_day(allowance, instant)
    assert day.start <= instant < day.end
    assert vendor_day(allowance, day.start) == day
    assert vendor_day(allowance, day.end).start == day.end


@pytest.mark.parametrize(("spent", "left"), [(0, 25), (24, 1), (25, 0), (26, 0)])
def test_what_is_left_is_never_negative(spent: int, left: int) -> None:
    assert left_today(NEW_YORK, spent) == left
    assert left_today(Allowance(), spent) is None


def test_with_no_short_window_a_call_fits_now() -> None:
    assert next_moment(NEW_YORK, [Granted(NOON, 1)] * 30, 1, NOON) == NOON


def test_the_second_call_of_a_second_fits_exactly_a_second_later() -> None:
    past = [Granted(NOON - timedelta(milliseconds=300), 1)]
    assert next_moment(Allowance(per_second=1), past, 1, NOON) == past[0].at + timedelta(seconds=1)
    assert next_moment(Allowance(per_second=2), past, 1, NOON) == NOON


def test_the_minute_counts_from_the_call_that_has_to_leave_it() -> None:
    past = [Granted(NOON - timedelta(seconds=age), 1) for age in (50, 40, 10)]
    allowance = Allowance(per_minute=3)
    assert next_moment(allowance, past, 1, NOON) == NOON + timedelta(seconds=10)
    assert next_moment(allowance, past, 2, NOON) == NOON + timedelta(seconds=20)


def test_who_waits_already_is_first() -> None:
    waiting = [Granted(NOON + timedelta(seconds=age), 1) for age in (3, 1, 2)]
    assert next_moment(Allowance(per_second=1), waiting, 1, NOON) == NOON + timedelta(seconds=4)


@st.composite
def demands(draw: st.DrawFn) -> tuple[Allowance, list[tuple[int, int]]]:
    """A plan, and calls: how many milliseconds after the one before, and their cost."""
    limits = st.none() | st.integers(1, 5)
    allowance = Allowance(draw(limits), draw(st.none() | st.integers(1, 20)))
    costs = st.integers(1, min(3, allowance.smallest() or 3))
    return allowance, draw(st.lists(st.tuples(st.integers(0, 20_000), costs), max_size=40))


@given(demands())
def test_no_second_and_no_minute_anywhere_holds_too_much(
    demand: tuple[Allowance, list[tuple[int, int]]],
) -> None:
    allowance, calls = demand
    now, granted = NOON, list[Granted]()
    for milliseconds, cost in calls:
        now += timedelta(milliseconds=milliseconds)
        granted.append(Granted(next_moment(allowance, granted, cost, now), cost))
        assert granted[-1].at >= now
    assert all(earlier.at <= later.at for earlier, later in pairwise(granted))
    for limit, seconds in ((allowance.per_second, 1), (allowance.per_minute, 60)):
        for first in granted:
            end = first.at + timedelta(seconds=seconds)
            held = sum(one.cost for one in granted if first.at <= one.at < end)
            assert limit is None or held <= limit


@given(demands())
def test_nobody_waits_longer_than_the_windows_ask_for(
    demand: tuple[Allowance, list[tuple[int, int]]],
) -> None:
    allowance, calls = demand
    now, granted = NOON, list[Granted]()
    for milliseconds, cost in calls:
        now += timedelta(milliseconds=milliseconds)
        moment = next_moment(allowance, granted, cost, now)
        earlier = moment - timedelta(microseconds=1)
        # A microsecond earlier would overtake somebody, lie in the past, or fill a window too far.
        too_full = any(
            sum(one.cost for one in granted if earlier - span < one.at) + cost > limit
            for span, limit in allowance.short()
        )
        assert earlier < now or any(earlier < one.at for one in granted) or too_full
        granted.append(Granted(moment, cost))


def test_a_plan_without_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Allowance(per_day=0)
    for zone in ("Mars/Olympus", "America", "../etc", ""):
        with pytest.raises(ValueError, match="is not a time zone"):
            Allowance(reset_zone=zone)


def test_a_plan_says_what_it_allows() -> None:
    assert str(PLANS["alpha_vantage"]) == "1 a second, 25 a day"
    assert str(Allowance()) == "no limit"
