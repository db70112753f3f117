"""Which bars are final: nothing that still trades, nothing the vendor may still be changing."""

from datetime import UTC, datetime, timedelta

import numpy as np

from fintech_pipeline.clock import Window
from fintech_pipeline.market.bars import Interval, RawBars
from fintech_pipeline.market.finished import (
    ahead_told,
    closes,
    due_sessions,
    finished,
    unfinished,
)
from fintech_pipeline.market.sessions import calendar_of

NEW_YORK = calendar_of("XNYS")
DAY = Window(datetime(2025, 11, 26, tzinfo=UTC), datetime(2025, 11, 29, tzinfo=UTC))
"""A Wednesday, Thanksgiving, and the half day after it, which closes at 18:00Z."""


def bars(*opened_at: str, interval: Interval = Interval.HALF_HOUR) -> RawBars:
    ones = np.ones(len(opened_at))
    times = np.array(opened_at, dtype="datetime64[us]")
    return RawBars("AAPL", interval, times, ones, ones, ones, ones, ones)


def kept(given: RawBars, now: datetime, delay: timedelta = timedelta(0)) -> list[str]:
    final = finished(given, NEW_YORK.sessions(DAY), DAY, now, delay)
    return [str(at)[:16] for at in final.opened_at]


def test_a_half_hour_that_still_trades_is_left_for_a_later_run() -> None:
    given = bars("2025-11-28T17:00", "2025-11-28T17:30")
    at = datetime(2025, 11, 28, 17, 59, tzinfo=UTC)
    assert kept(given, at) == ["2025-11-28T17:00"]
    assert len(kept(given, at + timedelta(minutes=1))) == 2


def test_a_bar_the_vendor_may_not_have_whole_yet_is_left_for_a_later_run() -> None:
    given = bars("2025-11-28T17:00")
    quarter = timedelta(minutes=15)
    assert kept(given, datetime(2025, 11, 28, 17, 44, tzinfo=UTC), quarter) == []
    assert kept(given, datetime(2025, 11, 28, 17, 45, tzinfo=UTC), quarter) == ["2025-11-28T17:00"]


def test_a_half_day_is_over_at_its_own_close() -> None:
    given = bars("2025-11-26T14:30", "2025-11-28T14:30", interval=Interval.DAY)
    assert str(closes(given, NEW_YORK.sessions(DAY))[1]) == "2025-11-28T18:00:00.000000"
    assert len(kept(given, datetime(2025, 11, 28, 17, 59, tzinfo=UTC))) == 1
    assert len(kept(given, datetime(2025, 11, 28, 18, 0, tzinfo=UTC))) == 2


def test_a_row_without_a_time_stays_for_the_screening_to_tell_of() -> None:
    assert kept(bars("NaT"), DAY.end) == ["NaT"]


def test_a_day_that_is_no_session_closes_never() -> None:
    given = bars("2025-11-27T14:30", interval=Interval.DAY)
    assert np.isnat(closes(given, NEW_YORK.sessions(DAY))).all()
    assert np.isnat(closes(given, NEW_YORK.sessions(DAY)[:0])).all()
    assert kept(given, DAY.end) == []


def test_the_sessions_due_are_those_that_ended() -> None:
    sessions = NEW_YORK.sessions(DAY)
    at = datetime(2025, 11, 28, 18, 10, tzinfo=UTC)
    assert due_sessions(sessions, DAY, at, timedelta(minutes=15)).tolist() == [True, False]
    assert due_sessions(sessions, DAY, at, timedelta(0)).tolist() == [True, True]


def test_rows_of_the_future_are_told_with_the_last_of_them() -> None:
    now = datetime(2025, 11, 28, 15, 0, tzinfo=UTC)
    given = bars("2025-11-28T14:30", "2025-11-28T15:30", "2025-11-28T16:00")
    assert ahead_told(given, "Acme", now).startswith("2 rows of Acme were dated in the future, up")
    assert ahead_told(given[:2], "Acme", now).startswith("1 row of Acme was dated in the future")
    assert ahead_told(given[:1], "Acme", now) == ""


FIVE, CLOSE = Interval.FIVE_MINUTES, datetime(2025, 11, 28, 18, tzinfo=UTC)
LAST = Window(DAY.start, CLOSE)


def waits(*given: RawBars, minutes: int, delay: int = 0) -> bool:
    at, behind = CLOSE + timedelta(minutes=minutes), timedelta(minutes=delay)
    return unfinished(given, NEW_YORK.sessions(LAST), LAST, at, behind)


def test_a_half_hour_within_the_vendors_delay_may_still_come() -> None:
    earlier = bars("2025-11-28T17:00")
    for given in ([], [earlier]):
        assert waits(*given, minutes=14, delay=15)
        assert not waits(*given, minutes=15, delay=15)
    assert not waits(earlier, bars("2025-11-28T17:30"), minutes=14, delay=15)


def test_a_half_hour_that_the_vendor_has_begun_may_still_be_finished_for_two_hours() -> None:
    begun = bars("2025-11-28T17:30", "2025-11-28T17:50", interval=FIVE)
    assert waits(begun, minutes=16)
    assert not waits(begun, minutes=120)
    assert not waits(bars("2025-11-28T17:30", "2025-11-28T17:55", interval=FIVE), minutes=2)
    assert not waits(bars("2025-11-28T17:00", "2025-11-28T17:25", interval=FIVE), minutes=2)


def test_days_and_times_without_a_session_are_waited_for_by_nobody() -> None:
    assert not waits(bars("2025-11-28T14:30", interval=Interval.DAY), minutes=2)
    thanksgiving = Window(datetime(2025, 11, 27, tzinfo=UTC), datetime(2025, 11, 28, tzinfo=UTC))
    none = NEW_YORK.sessions(thanksgiving)
    assert not unfinished([], none, thanksgiving, thanksgiving.end, timedelta(minutes=15))
