"""Sessions of real exchanges against their published hours, half days and holidays."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fintech_pipeline.clock import SLOT, Instants, Window, is_slot
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.sessions import calendar_of


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(start: str, end: str) -> Window:
    return Window(utc(start), utc(end))


def minutes(instants: Instants) -> list[str]:
    return [str(instant) for instant in instants.astype("datetime64[m]")]


def slots(mic: str, start: str, end: str) -> list[str]:
    return minutes(calendar_of(mic).slots(window(start, end)))


def half_hours(first: str, last: str) -> list[str]:
    """Every half hour from the first to the last instant, both included."""
    count = (utc(last) - utc(first)) // SLOT + 1
    return [f"{utc(first) + n * SLOT:%Y-%m-%dT%H:%M}" for n in range(count)]


def test_new_yorks_summer_session_has_the_slots_from_14_to_20_utc() -> None:
    expected = half_hours("2025-05-20T14:00", "2025-05-20T20:00")
    assert slots("XNYS", "2025-05-20", "2025-05-21") == expected


def test_new_yorks_winter_session_is_an_hour_later_in_utc() -> None:
    expected = half_hours("2025-01-14T15:00", "2025-01-14T21:00")
    assert slots("XNYS", "2025-01-14", "2025-01-15") == expected


def test_the_slots_follow_new_york_over_the_change_to_summer_time() -> None:
    found = slots("XNYS", "2025-03-07", "2025-03-11")
    assert found == [
        *half_hours("2025-03-07T15:00", "2025-03-07T21:00"),
        *half_hours("2025-03-10T14:00", "2025-03-10T20:00"),
    ]


def test_the_slots_follow_sydney_over_the_end_of_its_summer_time() -> None:
    found = slots("XASX", "2025-04-03T12:00", "2025-04-07T12:00")
    assert found == [
        *half_hours("2025-04-03T23:30", "2025-04-04T05:00"),
        *half_hours("2025-04-07T00:30", "2025-04-07T06:00"),
    ]


def test_a_session_of_sydney_that_crosses_the_utc_day_keeps_its_own_date() -> None:
    sessions = calendar_of("XASX").sessions(window("2025-01-05", "2025-01-06T12:00"))
    assert [str(day) for day in sessions.session_on] == ["2025-01-06"]
    assert minutes(sessions.opened_at) == ["2025-01-05T23:00"]
    assert minutes(sessions.closed_at) == ["2025-01-06T05:00"]


# https://www.nyse.com/markets/hours-calendars: trading ends at 1 p.m. Eastern.
@pytest.mark.parametrize(
    ("day", "close"),
    [
        ("2023-07-03", "17:00"),
        ("2023-11-24", "18:00"),
        ("2024-07-03", "17:00"),
        ("2024-11-29", "18:00"),
        ("2024-12-24", "18:00"),
        ("2025-07-03", "17:00"),
        ("2025-11-28", "18:00"),
        ("2025-12-24", "18:00"),
    ],
)
def test_a_half_day_of_new_york_ends_at_one_oclock(day: str, close: str) -> None:
    end = f"{day}T{close}"
    start = f"{utc(end) - timedelta(hours=3):%Y-%m-%dT%H:%M}"
    assert slots("XNAS", day, f"{day}T23:59") == half_hours(start, end)


@pytest.mark.parametrize(
    "day",
    [
        "01-01",
        "01-09",
        "01-20",
        "02-17",
        "04-18",
        "05-26",
        "06-19",
        "07-04",
        "09-01",
        "11-27",
        "12-25",
    ],
)
def test_new_york_is_closed_on_its_holidays_of_2025(day: str) -> None:
    assert slots("XNYS", f"2025-{day}", f"2025-{day}T23:59") == []


def test_tokyos_lunch_has_no_slots_and_its_day_ends_later_since_november_2024() -> None:
    morning, afternoon = ("T00:30", "T02:30"), ("T04:00", "T06:00")
    old, new = "2024-11-01", "2024-11-05"
    assert slots("XTKS", old, f"{old}T12:00") == [
        *half_hours(old + morning[0], old + morning[1]),
        *half_hours(old + afternoon[0], old + afternoon[1]),
    ]
    assert slots("XTKS", new, f"{new}T12:00")[-1] == "2024-11-05T06:30"


def test_an_open_off_the_grid_makes_a_first_partial_half_hour() -> None:
    """Bombay opens at 09:15 India time, 03:45Z."""
    assert slots("XBOM", "2025-05-20", "2025-05-21") == half_hours(
        "2025-05-20T04:00", "2025-05-20T10:00"
    )


def test_a_close_off_the_grid_ends_in_the_next_slot_even_if_the_window_starts_after_it() -> None:
    """Oslo closes at 16:25 local time, 14:25Z in summer."""
    assert slots("XOSL", "2025-05-20", "2025-05-21")[-1] == "2025-05-20T14:30"
    assert slots("XOSL", "2025-05-20T14:26", "2025-05-21") == ["2025-05-20T14:30"]


def test_the_windows_start_is_out_and_its_end_is_in() -> None:
    assert slots("XNYS", "2025-05-20T14:00", "2025-05-20T15:00") == [
        "2025-05-20T14:30",
        "2025-05-20T15:00",
    ]


def test_the_simulated_exchange_never_closes() -> None:
    assert slots("XSIM", "2025-05-18", "2025-05-19") == half_hours(
        "2025-05-18T00:30", "2025-05-19T00:00"
    )
    assert calendar_of("XSIM").name == "24/7"
    assert calendar_of("XSIM").why_closed(utc("2025-12-25T00:00")) is None


def test_only_sessions_that_trade_inside_the_window_are_given_and_those_whole() -> None:
    new_york = calendar_of("XNYS")
    moment = new_york.sessions(window("2025-05-20T15:00", "2025-05-20T15:01"))
    assert minutes(moment.opened_at) == ["2025-05-20T13:30"]
    assert not len(new_york.sessions(window("2025-05-20T20:00", "2025-05-21T13:30")))


def test_nasdaq_arca_and_bats_share_new_yorks_calendar() -> None:
    shared = {calendar_of(mic) for mic in ("XNAS", "ARCX", "BATS", "XNYS")}
    assert [calendar.name for calendar in shared] == ["XNYS"]


def test_places_count_from_the_sessions_open_wherever_the_slots_start() -> None:
    new_york = calendar_of("XNYS")
    found = new_york.slots(window("2025-07-02T19:00", "2025-07-07T14:30"))
    session, place = new_york.places(found)
    # The end of a full day, the half day before Independence Day, and the Monday's start.
    assert place.tolist() == [11, 12, *range(7), 0, 1]
    assert (session - session[0]).tolist() == [0, 0, *[1] * 7, 2, 2]
    with pytest.raises(ValueError, match="XNYS"):
        new_york.places(np.array(["2025-07-04T15:00"], dtype="datetime64[us]"))


@pytest.mark.parametrize(
    ("mic", "slot", "reason"),
    [
        ("XNYS", "2025-05-18T15:00", "a Sunday"),
        ("XNYS", "2025-04-18T15:00", "a holiday: Good Friday"),
        ("XNYS", "2025-01-09T15:00", "a holiday"),  # a day of mourning, which has no rule
        ("XNYS", "2025-05-20T13:30", "before the session of 2025-05-20 opens at 13:30Z"),
        ("XNYS", "2025-05-20T14:00", None),
        ("XNYS", "2025-05-20T20:00", None),
        ("XNYS", "2025-05-20T20:30", "after the session of 2025-05-20 closed at 20:00Z"),
        ("XNYS", "2025-05-21T00:00", "after the session of 2025-05-20 closed at 20:00Z"),
        ("XNYS", "2025-07-03T17:30", "after the half day of 2025-07-03 closed at 17:00Z"),
        ("XTKS", "2025-05-20T03:00", "the lunch break"),
        ("XTKS", "2025-07-21T03:00", "a holiday: Marine Day"),
        ("XASX", "2025-01-05T23:00", "before the session of 2025-01-06 opens at 2025-01-05 23:00Z"),
        ("XASX", "2025-01-05T23:30", None),
        ("XOSL", "2025-05-20T14:30", None),
        ("XSAU", "2025-05-16T08:00", "a Friday"),
    ],
)
def test_a_closed_market_says_why(mic: str, slot: str, reason: str | None) -> None:
    assert calendar_of(mic).why_closed(utc(slot)) == reason


@settings(max_examples=200, deadline=None)
@given(
    mic=st.sampled_from(["XNYS", "XTKS", "XASX", "XBOM", "XOSL", "XHKG", "XSIM"]),
    step=st.integers(0, 25 * 365 * 48),
)
def test_a_slot_is_either_given_or_explained(mic: str, step: int) -> None:
    slot = datetime(1999, 1, 1, tzinfo=UTC) + step * SLOT
    given_slots = calendar_of(mic).slots(Window(slot - SLOT, slot))
    assert is_slot(slot)
    assert (len(given_slots) == 1) is (calendar_of(mic).why_closed(slot) is None)


@settings(max_examples=50, deadline=None)
@given(
    mic=st.sampled_from(["XNYS", "XTKS", "XASX", "XOSL"]),
    cut=st.timedeltas(timedelta(0), timedelta(days=20)),
)
def test_slots_of_two_adjacent_windows_are_the_slots_of_both(mic: str, cut: timedelta) -> None:
    calendar, start, end = calendar_of(mic), utc("2024-10-20"), utc("2024-11-09")
    parts = [
        calendar.slots(Window(start, start + cut)),
        calendar.slots(Window(start + cut, end)),
    ]
    assert np.array_equal(np.concatenate(parts), calendar.slots(Window(start, end)))


def test_an_unknown_exchange_is_named_with_what_was_probably_meant() -> None:
    with pytest.raises(ConfigurationError, match=r"'XNSA'; did you mean .*XNAS"):
        calendar_of("XNSA")
    with pytest.raises(ConfigurationError, match="'nonsense'; use its ISO 10383 code"):
        calendar_of("nonsense")


def test_sessions_are_known_from_1998_and_not_beyond_the_librarys_last_one() -> None:
    new_york = calendar_of("XNYS")
    assert slots("XNYS", "1998-01-01", "1998-01-03") == half_hours(
        "1998-01-02T15:00", "1998-01-02T21:00"
    )
    for unknown in (
        window("1990-01-01", "1998-02-01"),
        Window(new_york.known.end, new_york.known.end + timedelta(minutes=1)),
    ):
        with pytest.raises(ConfigurationError, match=r"XNYS's sessions are known from 1997-12-01"):
            new_york.sessions(unknown)
        with pytest.raises(ConfigurationError, match="known from"):
            new_york.slots(unknown)
    with pytest.raises(ConfigurationError, match="known from"):
        new_york.why_closed(utc("1990-01-01T15:00"))


def test_a_calendar_that_starts_late_gives_what_it_has() -> None:
    riyadh = calendar_of("XSAU")
    assert riyadh.known.start.year == 2021
    with pytest.raises(ConfigurationError, match="XSAU"):
        riyadh.slots(window("2020-01-01", "2020-02-01"))


def test_the_slow_library_is_imported_only_when_a_calendar_is_asked_for() -> None:
    code = (
        "import sys, fintech_pipeline.market.sessions;"
        "assert not {'exchange_calendars', 'pandas'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_date_has_its_session_and_a_holiday_or_a_far_year_has_none() -> None:
    dates = ["2025-11-28", "2025-11-27", "2025-11-26", "1890-01-02", "2190-01-02", "NaT"]
    sessions = calendar_of("XNYS").session_of(np.array(dates, dtype="datetime64[D]"))
    assert [str(at)[:16] for at in sessions.opened_at] == [
        "2025-11-28T14:30",
        "NaT",
        "2025-11-26T14:30",
        *["NaT"] * 3,
    ]
    assert str(sessions.closed_at[0])[:16] == "2025-11-28T18:00"
    assert str(sessions.session_on[2]) == "2025-11-26"


@pytest.mark.parametrize("mic", ["XNAS", "ARCX", "BATS", "OTCM", "IEXG"])
def test_american_markets_keep_new_yorks_hours(mic: str) -> None:
    assert calendar_of(mic).name == "XNYS"
