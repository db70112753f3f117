from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.clock import (
    SLOT,
    Looks,
    Sighting,
    Window,
    day_window,
    days_of,
    from_instant64,
    instant64,
    is_live,
    is_slot,
    slot_at_or_before,
    slot_day,
    slots_of,
)

instants = st.datetimes(datetime(1998, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(instants)
def test_the_newest_slot_is_on_the_grid_and_less_than_half_an_hour_old(now: datetime) -> None:
    slot = slot_at_or_before(now)
    assert is_slot(slot)
    assert timedelta(0) <= now - slot < SLOT


def test_the_slot_at_midnight_belongs_to_the_day_it_ends() -> None:
    assert slot_day(at("2025-05-21T00:00")) == date(2025, 5, 20)
    assert slot_day(at("2025-05-21T00:30")) == date(2025, 5, 21)


@given(st.dates(date(1998, 1, 1), date(2100, 1, 1)))
def test_a_day_has_forty_eight_slots_and_all_belong_to_it(day: date) -> None:
    slots = slots_of(day_window(day))
    assert len(slots) == 48
    assert {slot_day(slot) for slot in slots} == {day}


def test_a_window_knows_its_days() -> None:
    assert days_of(Window(at("2025-05-20T23:00"), at("2025-05-22T00:00"))) == [
        date(2025, 5, 20),
        date(2025, 5, 21),
    ]


def test_a_window_in_local_time_or_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="not an instant in UTC"):
        Window(datetime(2025, 5, 20), datetime(2025, 5, 21))
    with pytest.raises(ValueError, match="before its start"):
        Window(at("2025-05-21"), at("2025-05-20"))


def test_a_tick_is_live_for_an_hour() -> None:
    slot = at("2025-05-20T16:00")
    assert is_live(slot, slot)
    assert is_live(slot, slot + timedelta(hours=1))
    assert not is_live(slot, slot + timedelta(hours=1, microseconds=1))
    assert not is_live(slot, slot - timedelta(microseconds=1))


@given(instants)
def test_an_instant_survives_numpy(instant: datetime) -> None:
    assert from_instant64(instant64(instant)) == instant


def known(sighting: Sighting, vendor_time: datetime) -> tuple[datetime, bool]:
    known_at, live = sighting.known(np.array([instant64(vendor_time)]), [["AAPL"]])
    return from_instant64(known_at[0]), bool(live[0])


NOW = at("2025-05-20T16:02")


REACH = timedelta(minutes=90)


def instants_of(*texts: str) -> np.ndarray:
    return np.array([instant64(at(text)) for text in texts], dtype="datetime64[us]")


def looks(*texts: str) -> Looks:
    """Of ticks some minutes after their slots."""
    slots = [slot_at_or_before(at(text)) for text in texts]
    return Looks(instants_of(*(slot.isoformat() for slot in slots)), instants_of(*texts))


@pytest.mark.parametrize(
    ("live", "previous", "vendor_time", "expected"),
    [
        (True, "2025-05-20T15:32", "2025-05-20T16:00", ("2025-05-20T16:02", True)),
        (True, "2025-05-20T15:32", "2025-05-20T15:30", ("2025-05-20T16:02", True)),
        (True, None, "2025-05-20T14:00", ("2025-05-20T14:00", False)),
        (True, "2025-05-20T13:02", "2025-05-20T14:00", ("2025-05-20T14:00", False)),
        (True, "2025-05-20T15:32", "2025-05-20T14:00", ("2025-05-20T14:00", False)),
        (False, None, "2025-05-20T16:00", ("2025-05-20T16:00", False)),
        (False, "2025-05-20T15:32", "2025-05-20T16:00", ("2025-05-20T16:00", False)),
        (False, "2025-05-20T15:32", "2025-05-20T15:30", ("2025-05-20T16:02", True)),
        (False, "2025-05-20T15:32", "2025-05-20T18:00", ("2025-05-20T16:02", False)),
    ],
    ids=[
        "a row of this slot is seen live",
        "a row the last tick should have brought came late, so it is known only now",
        "history before the first live tick is known when it was due",
        "a row missed while the machine was off is known when it was due",
        "a row from before what the last tick looked at is known when it was due",
        "a backfill knows what nobody looked for when it was due",
        "a backfill knows what came after the last look when it was due",
        "a backfill too knows what the last tick should have brought only now",
        "nothing is known before it was seen later than it was seen",
    ],
)
def test_from_when_a_row_may_be_used(
    live: bool, previous: str | None, vendor_time: str, expected: tuple[str, bool]
) -> None:
    before = looks(previous) if previous else looks()
    sighting = Sighting(NOW, live, timedelta(0), before, REACH)
    assert known(sighting, at(vendor_time)) == (at(expected[0]), expected[1])


def test_the_usual_delay_of_a_provider_postpones_what_a_backfill_knows() -> None:
    sighting = Sighting(NOW, False, timedelta(minutes=15))
    assert known(sighting, at("2025-05-20T12:00")) == (at("2025-05-20T12:15"), False)


def test_a_look_before_the_row_was_due_looked_for_nothing() -> None:
    delayed = Sighting(NOW, False, timedelta(minutes=15), looks("2025-05-20T15:02"), REACH)
    assert known(delayed, at("2025-05-20T15:00")) == (at("2025-05-20T15:15"), False)


def test_a_late_tick_looked_no_further_than_its_slot() -> None:
    late_tick = Looks(instants_of("2025-05-20T15:00"), instants_of("2025-05-20T15:55"))
    sighting = Sighting(NOW, False, timedelta(0), late_tick, REACH)
    assert known(sighting, at("2025-05-20T15:30")) == (at("2025-05-20T15:30"), False)
    assert known(sighting, at("2025-05-20T15:00")) == (NOW, True)


def test_nobody_looked_for_a_symbol_that_was_not_followed_yet() -> None:
    seen = looks("2025-05-20T15:02", "2025-05-20T15:32")
    for since, expected in (("14:00", True), ("15:20", True), ("15:40", False)):
        followed = {"AAPL": at(f"2025-05-20T{since}"), "KO": at("2025-05-19")}
        sighting = Sighting(NOW, False, timedelta(0), seen, REACH, followed)
        assert known(sighting, at("2025-05-20T15:00"))[1] is expected
    both = sighting.known(instants_of("2025-05-20T15:00"), [["AAPL", "KO"]])[1]
    assert both.tolist() == [True], "one of the two was looked for"
