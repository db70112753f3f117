"""Healing: which days lack slots that should have been done."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from fintech_pipeline.clock import (
    LIVE_SLOTS,
    SLOT,
    Window,
    day_window,
    slot_at_or_before,
    slot_day,
)
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.steps import ASSETS, open_slots

LOOK_BACK = timedelta(days=7)


def missing_stretch(pipeline: Pipeline, now: datetime) -> tuple[date, date] | None:
    """The first and last day of the last week with an open slot that some asset has not done.

    Slots a tick may still do live are left to it.
    """
    window = Window(now - LOOK_BACK, now - (LIVE_SLOTS + 1) * SLOT)
    days = missing_days(pipeline, window)
    return (days[0], days[-1]) if days else None


def missing_days(pipeline: Pipeline, window: Window) -> list[date]:
    """The days of the window with an open slot that some asset has not recorded, in order."""
    now = slot_at_or_before(pipeline.clock())
    start = max(window.start, day_window(pipeline.settings.pipeline.starts_on).start)
    end = min(window.end, now)
    if start >= end:
        return []
    window = Window(start, end)
    due = set(open_slots(pipeline.instruments.watched(), window))
    missing = set()
    for asset in ASSETS:
        missing |= due - pipeline.slots.recorded(asset, window)
    return sorted({slot_day(slot) for slot in missing})


def steps_due(pipeline: Pipeline, days: Sequence[date]) -> int:
    """How many steps of slots the days hold until now: every asset, every open slot."""
    return len(ASSETS) * len(open_slots(pipeline.instruments.watched(), _until_now(pipeline, days)))


def steps_done(pipeline: Pipeline, days: Sequence[date], since: datetime | None) -> int:
    """How many of them are recorded, at all or since an instant (UTC)."""
    return pipeline.slots.count(ASSETS, _until_now(pipeline, days), since)


def _until_now(pipeline: Pipeline, days: Sequence[date]) -> Window:
    whole = day_window(days[0], days[-1])
    return Window(whole.start, max(whole.start, min(whole.end, pipeline.clock())))
