"""What a run has to do: slots, days, chunks, and what of it is live."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.clock import SLOT, day_window, is_live, slots_of
from fintech_pipeline.orchestration.work import CHUNK_DAYS, Work, backfill_work, tick_work

SLOT_AT = datetime(2025, 5, 20, 14, 0, tzinfo=UTC)
NOON = datetime(2025, 5, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TODAY = NOON.date()
days = st.dates(date(2025, 1, 1), date(2025, 7, 31))


def run(given_days: list[date], now: datetime = NOON) -> list[Work]:
    return list(backfill_work(given_days, now, "run"))


def test_a_tick_works_on_the_half_hour_that_ends_at_its_slot() -> None:
    work = tick_work(SLOT_AT, SLOT_AT + 2 * MINUTE, "run")
    assert work.days == (date(2025, 5, 20),)
    assert (work.window.start, work.window.end) == (SLOT_AT - SLOT, SLOT_AT)
    assert slots_of(work.window) == [SLOT_AT]


def test_the_tick_of_midnight_works_on_the_day_before() -> None:
    midnight = datetime(2025, 5, 21, tzinfo=UTC)
    assert tick_work(midnight, midnight, "run").days == (date(2025, 5, 20),)


@pytest.mark.parametrize(
    ("age", "live"),
    [(0, True), (2, True), (60, True), (60 + 1 / 60, False), (61, False), (-1, False)],
)
def test_a_tick_is_live_up_to_two_slots_after_its_slot(age: float, live: bool) -> None:
    assert tick_work(SLOT_AT, SLOT_AT + age * MINUTE, "run").live is live


def test_a_backfill_is_never_live() -> None:
    assert not any(work.live for work in run([TODAY]))


def test_a_backfill_goes_in_chunks_of_consecutive_days() -> None:
    works = run([TODAY - timedelta(days=n) for n in range(12, 0, -1)])
    assert [len(work.days) for work in works] == [CHUNK_DAYS, CHUNK_DAYS, 2]
    assert {work.now for work in works} == {NOON}
    assert {work.run_id for work in works} == {"run"}


def test_a_hole_between_days_ends_a_chunk() -> None:
    first = date(2025, 5, 1)
    given_days = [first, first + timedelta(days=1), first + timedelta(days=3)]
    assert [work.days for work in run(given_days)] == [tuple(given_days[:2]), (given_days[2],)]


def test_days_to_come_are_left_out() -> None:
    assert run([TODAY + timedelta(days=1)]) == []
    (work,) = run([TODAY, TODAY + timedelta(days=1)])
    assert work.days == (TODAY,)


def test_no_days_are_no_work() -> None:
    assert run([]) == []


@given(st.sets(days, max_size=40), st.randoms())
def test_every_past_day_is_worked_on_once_in_order(given_days: set[date], chance: object) -> None:
    shuffled = sorted(given_days)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis's random has random.Random's methods
    works = run(shuffled)
    assert [day for work in works for day in work.days] == sorted(
        day for day in given_days if day <= TODAY
    )
    for work in works:
        assert 1 <= len(work.days) <= CHUNK_DAYS
        assert (work.days[-1] - work.days[0]).days == len(work.days) - 1


@given(st.datetimes(datetime(2025, 1, 2), datetime(2025, 12, 30), timezones=st.just(UTC)))
def test_a_backfill_of_today_leaves_live_slots_to_their_ticks_and_no_gap(now: datetime) -> None:
    yesterday = now.date() - timedelta(days=1)
    works = run([yesterday, now.date()], now)
    backfilled = [slot for work in works for slot in slots_of(work.window)]
    ticked = [slot for slot in slots_of(day_window(yesterday, now.date())) if is_live(slot, now)]
    assert not set(backfilled) & set(ticked)
    past = [slot for slot in slots_of(day_window(yesterday, now.date())) if slot <= now]
    assert sorted([*backfilled, *ticked]) == past


def test_a_backfill_of_past_days_has_them_whole() -> None:
    (work,) = run([date(2025, 5, 1), date(2025, 5, 2)])
    assert work.window == day_window(date(2025, 5, 1), date(2025, 5, 2))


def test_the_days_whose_ticks_may_be_live_are_a_chunk_of_their_own() -> None:
    days = [date(2025, 5, n) for n in range(14, 21)]
    evening = [work.days for work in run(days, datetime(2025, 5, 20, 18, 2, tzinfo=UTC))]
    assert evening == [tuple(days[:5]), (days[5],), (days[6],)]
    # The slots of midnight and half past eleven belong to the day before.
    early = [work.days for work in run(days, datetime(2025, 5, 20, 0, 5, tzinfo=UTC))]
    assert early == [tuple(days[:5]), tuple(days[5:])]


def test_just_after_midnight_a_backfill_of_today_has_no_slot() -> None:
    midnight = datetime(2025, 5, 20, 0, 1, tzinfo=UTC)
    (work,) = run([midnight.date()], midnight)
    assert slots_of(work.window) == []
