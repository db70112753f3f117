"""Quiet hours and days are a person's own, on the two odd days of the year too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from fintech_pipeline.alerts.people import Person, QuietHours

NIGHT = QuietHours(time(22), time(7))
NOON = QuietHours(time(12), time(14))
MINUTE = timedelta(minutes=1)


def somebody(quiet: QuietHours | None, zone: str = "Europe/Berlin") -> Person:
    return Person("anna", (), zone, quiet)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert somebody(None).quiet_until(utc("2026-01-15T02:00")) is None


@pytest.mark.parametrize(
    ("instant", "until"),
    [
        ("2026-01-15T20:59:59.999999", None),
        ("2026-01-15T21:00", "2026-01-16T06:00"),
        ("2026-01-15T22:59:59.999999", "2026-01-16T06:00"),
        ("2026-01-15T23:00", "2026-01-16T06:00"),
        ("2026-01-16T05:59:59.999999", "2026-01-16T06:00"),
        ("2026-01-16T06:00", None),
    ],
)
def test_a_night_goes_over_midnight_from_its_first_moment_to_its_end(
    instant: str, until: str | None
) -> None:
    assert somebody(NIGHT).quiet_until(utc(instant)) == (utc(until) if until else None)


@pytest.mark.parametrize(
    ("instant", "until"),
    [
        ("2026-07-15T09:59:59", None),
        ("2026-07-15T10:00", "2026-07-15T12:00"),
        ("2026-07-15T11:59:59", "2026-07-15T12:00"),
        ("2026-07-15T12:00", None),
    ],
)
def test_a_rest_within_the_day_ends_on_the_same_day(instant: str, until: str | None) -> None:
    assert somebody(NOON).quiet_until(utc(instant)) == (utc(until) if until else None)


@pytest.mark.parametrize(
    ("zone", "instant", "until"),
    [
        ("America/New_York", "2026-01-15T12:00", None),
        ("America/New_York", "2026-01-15T11:59", "2026-01-15T12:00"),
        ("Asia/Tokyo", "2026-01-15T13:00", "2026-01-15T22:00"),
        ("Asia/Kathmandu", "2026-01-15T16:15", "2026-01-16T01:15"),
        ("Pacific/Kiritimati", "2026-01-15T08:00", "2026-01-15T17:00"),
        ("UTC", "2026-01-15T22:00", "2026-01-16T07:00"),
    ],
)
def test_it_is_the_persons_own_clock_that_counts(
    zone: str, instant: str, until: str | None
) -> None:
    assert somebody(NIGHT, zone).quiet_until(utc(instant)) == (utc(until) if until else None)


@pytest.mark.parametrize(
    ("zone", "evening", "morning", "hours"),
    [
        ("Europe/Berlin", "2026-03-28T21:00", "2026-03-29T05:00", 8),
        ("Europe/Berlin", "2026-10-24T20:00", "2026-10-25T06:00", 10),
        ("America/New_York", "2026-03-08T03:00", "2026-03-08T11:00", 8),
        ("America/New_York", "2026-11-01T02:00", "2026-11-01T12:00", 10),
        ("Australia/Lord_Howe", "2026-10-03T11:30", "2026-10-03T20:00", 8.5),
    ],
)
def test_a_night_in_which_clocks_are_changed_ends_by_the_new_clock(
    zone: str, evening: str, morning: str, hours: float
) -> None:
    until = somebody(NIGHT, zone).quiet_until(utc(evening))
    assert until == utc(morning)
    assert until - utc(evening) == timedelta(hours=hours)


def test_an_end_that_comes_twice_is_an_end_both_times() -> None:
    """Berlin's clocks go from 03:00 back to 02:00 at 01:00 UTC: 02:30 is at 00:30 and at 01:30."""
    early = somebody(QuietHours(time(22), time(2, 30)))
    assert early.quiet_until(utc("2026-10-25T00:29")) == utc("2026-10-25T00:30")
    assert early.quiet_until(utc("2026-10-25T00:30")) is None
    assert early.quiet_until(utc("2026-10-25T01:00")) == utc("2026-10-25T01:30")
    assert early.quiet_until(utc("2026-10-25T01:30")) is None


def test_an_end_that_is_skipped_comes_as_long_after_midnight_as_ever() -> None:
    """Berlin's clocks go from 02:00 on to 03:00 at 01:00 UTC: there is no 02:30."""
    early = somebody(QuietHours(time(22), time(2, 30)))
    assert early.quiet_until(utc("2026-03-29T00:59")) == utc("2026-03-29T01:30")
    assert early.quiet_until(utc("2026-03-29T01:00")) is None


def test_where_all_that_is_not_quiet_is_skipped_quiet_hours_go_on() -> None:
    """Cairo's clocks go from midnight on to 01:00 at 22:00 UTC."""
    all_but_a_minute = somebody(QuietHours(time(0, 1), time(0)), "Africa/Cairo")
    assert all_but_a_minute.quiet_until(utc("2024-04-25T12:00")) == utc("2024-04-26T21:00")


ZONES = st.sampled_from(
    (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",  # half an hour of summer time
        "Africa/Cairo",  # a midnight that is skipped
        "America/Havana",  # a midnight that comes twice
        "America/Santiago",
        "Asia/Beirut",
        "America/Nuuk",
        "Pacific/Chatham",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
    )
)
TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0, fold=0))
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)


@st.composite
def instants_near_changes(draw: st.DrawFn, zone: str) -> datetime:
    """Mostly within a day of a change of the zone's clocks."""
    instant = draw(INSTANTS)
    tz = ZoneInfo(zone)
    for _ in range(draw(st.sampled_from((0, 190)))):
        if (
            instant.astimezone(tz).utcoffset()
            != (instant + timedelta(days=1)).astimezone(tz).utcoffset()
        ):
            return instant + draw(st.integers(-120, 1560)) * MINUTE
        instant += timedelta(days=1)
    return instant


@given(ZONES, TIMES, TIMES, st.data())
def test_quiet_hours_end_later_than_now_and_it_is_not_quiet_then(
    zone: str, begins: time, ends: time, data: st.DataObject
) -> None:
    assume(begins != ends)
    person = somebody(QuietHours(begins, ends), zone)
    instant = data.draw(instants_near_changes(zone))
    until = person.quiet_until(instant)
    if until is None:
        return
    # Where a midnight is skipped it may be the end of the day after.
    assert instant < until <= instant + timedelta(hours=49)
    assert person.quiet_until(until) is None


@given(ZONES, TIMES, TIMES, st.data())
def test_it_is_quiet_exactly_where_the_persons_clock_shows_a_quiet_time(
    zone: str, begins: time, ends: time, data: st.DataObject
) -> None:
    assume(begins != ends)
    instant = data.draw(instants_near_changes(zone))
    shown = instant.astimezone(ZoneInfo(zone)).time()
    minutes = [moment.hour * 60 + moment.minute for moment in (begins, ends, shown)]
    length, into = (minutes[1] - minutes[0]) % 1440, (minutes[2] - minutes[0]) % 1440
    quiet = somebody(QuietHours(begins, ends), zone).quiet_until(instant)
    assert (quiet is not None) is (into < length)


@given(ZONES, st.data())
def test_a_day_begins_at_its_first_moment(zone: str, data: st.DataObject) -> None:
    person = somebody(None, zone)
    instant = data.draw(instants_near_changes(zone))
    begins = person.day_start(instant)
    assert begins <= instant < begins + timedelta(hours=25)
    assert day_of(begins, zone) == day_of(instant, zone)
    assert day_of(begins - MINUTE, zone) < day_of(instant, zone)
    assert person.day_start(begins) == begins


@given(INSTANTS)
@example(utc("2026-11-01T04:30"))
def test_a_midnight_that_comes_twice_begins_one_day(instant: datetime) -> None:
    """Havana's clocks go from 01:00 back to 00:00."""
    person = somebody(None, "America/Havana")
    assert person.day_start(instant) == person.day_start(person.day_start(instant))
    assert person.day_start(utc("2026-11-01T05:30")) == utc("2026-11-01T04:00")


def day_of(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()
