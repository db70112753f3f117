"""Stored history is judged in whole blocks, and what may still be live waits for nobody."""

from datetime import UTC, date, datetime, timedelta

from fintech_pipeline.clock import day_window, days_of
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.orchestration.rejudging import chunks
from fintech_pipeline.signals.strategy_files import load_strategy

BALANCED, SWING = load_strategy("balanced"), load_strategy("swing")
NOW = datetime(2026, 1, 20, 10, 2, 30, tzinfo=UTC)


def days(first: date, last: date) -> list[date]:
    return days_of(day_window(first, last))


def test_days_are_judged_two_years_at_a_time_and_half_hours_four_weeks() -> None:
    found = chunks([BALANCED, SWING], days(date(2019, 7, 1), date(2021, 3, 1)), NOW, "run")
    daily = [c.work.days for c in found if c.interval is Interval.DAY]
    assert [(part[0], part[-1]) for part in daily] == [
        (date(2019, 7, 1), date(2019, 12, 31)),
        (date(2020, 1, 1), date(2021, 3, 1)),
    ]
    half_hours = [c.work.days for c in found if c.interval is Interval.HALF_HOUR]
    assert all(part[0].weekday() == 0 for part in half_hours)
    assert {len(part) for part in half_hours[1:-1]} == {28}


def test_every_day_is_judged_once_by_each_strategy_and_none_is_live() -> None:
    wanted = days(date(2025, 11, 3), NOW.date())
    found = chunks([SWING, BALANCED], wanted, NOW, "run")
    for strategy in (SWING, BALANCED):
        judged = [d for c in found if strategy in c.strategies for d in c.work.days]
        assert judged == wanted
    assert not any(chunk.work.live for chunk in found)


def test_strategies_of_one_interval_are_judged_together() -> None:
    found = chunks([BALANCED, BALANCED, SWING], [date(2025, 5, 20)], NOW, "run")
    assert [len(chunk.strategies) for chunk in found] == [1, 2]


def test_the_days_whose_ticks_may_be_live_are_a_chunk_of_their_own() -> None:
    found = chunks([SWING], days(NOW.date() - timedelta(days=40), NOW.date()), NOW, "run")
    assert [chunk.work.days[0] for chunk in found][-1] == NOW.date()
    assert found[-1].work.days == (NOW.date(),)
