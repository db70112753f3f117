"""From when a vendor has the day of a session that has closed."""

from datetime import UTC, datetime, timedelta

from fintech_pipeline.clock import Window
from fintech_pipeline.market.closings import Closing, closings, newest_closing, trades
from fintech_pipeline.market.sessions import calendar_of

NEW_YORK = calendar_of("XNYS")
QUARTER = timedelta(minutes=15)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_week_with_thanksgiving_and_a_half_day_has_four_closings() -> None:
    week = Window(at("2025-11-24 05:00"), at("2025-12-01 05:00"))
    assert [str(one.ready_at)[:16] for one in closings(NEW_YORK, week, QUARTER)] == [
        "2025-11-24 21:15",
        "2025-11-25 21:15",
        "2025-11-26 21:15",
        "2025-11-28 18:15",
    ]


def test_a_day_is_ready_from_the_minute_on_that_the_delay_has_passed() -> None:
    opened, ready = at("2025-11-28 14:30"), at("2025-11-28 18:15")
    assert newest_closing(NEW_YORK, ready, QUARTER) == Closing(opened, ready)
    before = newest_closing(NEW_YORK, ready - timedelta(minutes=1), QUARTER)
    assert before is not None
    assert before.opened_at == at("2025-11-26 14:30")


def test_the_start_of_a_window_belongs_to_it_and_its_end_does_not() -> None:
    ready = at("2025-11-28 18:15")
    assert len(closings(NEW_YORK, Window(ready, ready + QUARTER), QUARTER)) == 1
    assert closings(NEW_YORK, Window(ready - QUARTER, ready), QUARTER) == []


def test_clocks_that_change_move_the_close_by_an_hour() -> None:
    march = Window(at("2025-03-07 05:00"), at("2025-03-11 04:00"))
    assert [f"{one.ready_at:%H:%M}" for one in closings(NEW_YORK, march, QUARTER)] == [
        *("21:15", "20:15")
    ]


def test_an_exchange_trades_from_its_open_to_its_close() -> None:
    assert trades(NEW_YORK, at("2025-11-28 14:30"))
    assert not trades(NEW_YORK, at("2025-11-28 18:00"))
    assert not trades(NEW_YORK, at("2025-11-27 16:00")), "Thanksgiving"
