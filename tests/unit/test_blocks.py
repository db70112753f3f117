"""Blocks: a slot's rows start at the same anchor, whatever else a pass judges."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from fintech_pipeline.clock import SLOT, Window, from_instant64
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.signals.blocks import blocks, judged_slots, reading_start

EXCHANGES = ("XNYS", "XSIM", "XTKS", "XASX")


def slots_in(mic: str, interval: Interval, first: datetime, last: datetime) -> list[datetime]:
    found = judged_slots(calendar_of(mic), interval, Window(first, last))
    return [from_instant64(slot) for slot in found]


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_a_week_of_new_york_is_warmed_up_by_the_ten_sessions_before_its_monday() -> None:
    # The week of 27 November 2023 follows Thanksgiving and a half day of 7 slots.
    [block] = blocks(calendar_of("XNYS"), Interval.HALF_HOUR, [utc(2023, 11, 29, 16)])
    days = np.unique(block.grid.astype("datetime64[D]"))
    assert days.tolist()[0] == utc(2023, 11, 10).date()
    assert len(days) == 10 + 3
    assert block.grid[-1] == np.datetime64("2023-11-29T16:00")
    start = reading_start(calendar_of("XNYS"), Interval.HALF_HOUR, [utc(2023, 11, 29, 16)])
    assert start == utc(2023, 11, 10, 14, 30)


def test_two_years_of_days_are_warmed_up_by_the_eighty_sessions_before_the_even_one() -> None:
    slot = utc(2013, 1, 3, 21)
    [block] = blocks(calendar_of("XNYS"), Interval.DAY, [slot])
    before = block.grid[block.grid < np.datetime64("2012-01-01")]
    assert len(before) == 80
    assert block.slots == (slot,)
    assert reading_start(calendar_of("XNYS"), Interval.DAY, [slot]) == utc(2011, 9, 8, 13, 30)


def test_a_day_is_judged_at_the_slot_in_which_its_session_closes_half_days_too() -> None:
    found = slots_in("XNYS", Interval.DAY, utc(2023, 11, 22), utc(2023, 11, 28))
    assert found == [utc(2023, 11, 22, 21), utc(2023, 11, 24, 18), utc(2023, 11, 27, 21)]


@pytest.mark.parametrize("mic", EXCHANGES)
@pytest.mark.parametrize("interval", [Interval.HALF_HOUR, Interval.DAY])
def test_a_slot_alone_has_the_first_rows_of_the_block_it_has_in_a_long_pass(
    mic: str, interval: Interval
) -> None:
    calendar = calendar_of(mic)
    slots = slots_in(mic, interval, utc(2023, 12, 20), utc(2024, 1, 20))
    whole = blocks(calendar, interval, slots[::-1])
    assert [slot for block in whole for slot in block.slots] == slots
    for block in whole:
        for slot in (block.slots[0], block.slots[-1]):
            [alone] = blocks(calendar, interval, [slot])
            assert alone.grid.tolist() == block.grid[: len(alone.grid)].tolist()
            assert alone.grid[-1] == np.datetime64(slot.replace(tzinfo=None))
            opened = reading_start(calendar, interval, [slot])
            assert opened < from_instant64(alone.grid[0]) <= opened + timedelta(days=1)


@pytest.mark.parametrize("mic", EXCHANGES)
def test_a_week_begins_on_the_exchanges_monday(mic: str) -> None:
    # Sydney's Monday begins on our Sunday.
    calendar = calendar_of(mic)
    slots = slots_in(mic, Interval.HALF_HOUR, utc(2024, 3, 1), utc(2024, 3, 25))
    for block in blocks(calendar, Interval.HALF_HOUR, slots)[1:-1]:
        session = block.slots[0] - SLOT
        assert session.astimezone(calendar.time_zone).weekday() == 0


def test_the_first_sessions_known_have_what_warm_up_there_is() -> None:
    calendar = calendar_of("XNYS")
    slots = slots_in("XNYS", Interval.DAY, calendar.known.start, utc(1998, 1, 7))
    first, second = blocks(calendar, Interval.DAY, slots)
    assert first.grid[0] == second.grid[0]
    assert reading_start(calendar, Interval.DAY, slots) == calendar.known.start


def test_a_slot_at_which_no_bar_closes_is_refused() -> None:
    with pytest.raises(ValueError, match="bars of 1d close"):
        blocks(calendar_of("XNYS"), Interval.DAY, [utc(2024, 3, 5, 16)])


def test_no_slots_have_no_blocks() -> None:
    assert blocks(calendar_of("XNYS"), Interval.DAY, []) == []
