"""Healing: which days lack slots that should have been done."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from fintech_pipeline.clock import (
    SLOT,
    Window,
    day_window,
    days_of,
    newest_past_slot,
    slot_day,
)
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import (
    ASSETS,
    MARKET_BARS,
    TRADING_SIGNALS,
    due_slots,
)

LOOK_BACK = timedelta(days=31)
"""Whoever comes back from a holiday finds everything caught up."""
FIRST_DAYS = 5
"""How many days a backfill takes where nobody says how many; the first one of all takes as many."""


def missing_lately(pipeline: Pipeline) -> list[date]:
    """The days of the last month that lack a slot some asset owes, in order.

    What lies before the first slot ever recorded was never asked for.
    """
    now = pipeline.clock()
    first = pipeline.slots.oldest()
    if first is None:
        return []
    start = max(now - LOOK_BACK, first - SLOT)
    return missing_days(pipeline, Window(start, max(start, now)))


def first_days(pipeline: Pipeline) -> list[date]:
    """The days to begin with where no slot was ever recorded, today included, in order."""
    today = pipeline.clock().date()
    since = first_day(pipeline, today)
    return days_of(day_window(since, today)) if since <= today else []


def first_day(pipeline: Pipeline, last: date) -> date:
    """Where a backfill up to `last` begins if nobody says where (UTC days)."""
    return max(pipeline.settings.pipeline.starts_on, last - timedelta(days=FIRST_DAYS - 1))


def missing_days(pipeline: Pipeline, window: Window) -> list[date]:
    """The days of the window with a slot that some asset owes and has not recorded, in order.

    Slots that are still live are left to their ticks.
    """
    start = max(window.start, day_window(pipeline.settings.pipeline.starts_on).start)
    end = min(window.end, newest_past_slot(pipeline.clock()))
    if start >= end:
        return []
    span = Window(start, end)
    watched = pipeline.instruments.watched()
    missing: set[datetime] = set()
    for asset in ASSETS:
        due = set(due_slots(asset, watched, span)) - pipeline.slots.recorded(asset, span)
        if asset == TRADING_SIGNALS:
            # Without a bar there is nothing to judge; whether bars are asked for again is theirs.
            due -= pipeline.slots.barren(MARKET_BARS, span)
        missing |= due
    return sorted({slot_day(slot) for slot in missing})


def steps_due(pipeline: Pipeline, days: Sequence[date]) -> int:
    """How many steps the days owe until now: every asset, every slot due."""
    watched, window = pipeline.instruments.watched(), _until_now(pipeline, days)
    return sum(len(due_slots(asset, watched, window)) for asset in ASSETS)


def steps_done(pipeline: Pipeline, days: Sequence[date], since: datetime | None) -> int:
    """How many of them are recorded, at all or since an instant (UTC)."""
    return pipeline.slots.count(ASSETS, _until_now(pipeline, days), since)


def _until_now(pipeline: Pipeline, days: Sequence[date]) -> Window:
    whole = day_window(days[0], days[-1])
    return Window(whole.start, max(whole.start, min(whole.end, newest_past_slot(pipeline.clock()))))
