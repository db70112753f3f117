"""Healing: which days lack slots that should have been done, and what would mend them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
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
    ARTICLE_SENTIMENT,
    ASSETS,
    MARKET_BARS,
    NEWS_ARTICLES,
    TRADING_SIGNALS,
    due_slots,
)

LOOK_BACK = timedelta(days=31)
"""Whoever comes back from a holiday finds everything caught up."""
FIRST_DAYS = 5
"""How many days a backfill takes where nobody says how many; the first one of all takes as many."""
REMADE = {
    MARKET_BARS: frozenset({MARKET_BARS, TRADING_SIGNALS}),
    NEWS_ARTICLES: frozenset({NEWS_ARTICLES, ARTICLE_SENTIMENT, TRADING_SIGNALS}),
    ARTICLE_SENTIMENT: frozenset({ARTICLE_SENTIMENT, TRADING_SIGNALS}),
    TRADING_SIGNALS: frozenset({TRADING_SIGNALS}),
}
"""What is made again where an asset lacks a slot: itself, and what is made of it."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Days and what is to be done on all of them.

    Attributes:
        days: Rising.
        assets: Those that lack slots, and those that are made of them.
    """

    days: list[date]
    assets: frozenset[str]


def repairs(pipeline: Pipeline) -> list[Repair]:
    """What would give the last month the slots it lacks and ask for nothing else, by days.

    Days are done together where that asks for nothing more: on a day without a session prices
    cost nothing.
    """
    window = _lately(pipeline)
    if window is None:
        return []
    wanted: dict[date, set[str]] = defaultdict(set)
    owed: dict[date, set[str]] = defaultdict(set)
    for asset, (due, missing) in _slots_of_assets(pipeline, window).items():
        for slot in due:
            owed[slot_day(slot)].add(asset)
        for slot in missing:
            wanted[slot_day(slot)] |= REMADE[asset]
    found: list[Repair] = []
    for day in sorted(wanted):
        last = found[-1] if found else Repair([], frozenset())
        together = Repair([*last.days, day], last.assets | wanted[day])
        if last.days and not any((together.assets - wanted[d]) & owed[d] for d in together.days):
            found[-1] = together
        else:
            found.append(Repair([day], frozenset(wanted[day])))
    return found


def missing_lately(pipeline: Pipeline) -> list[date]:
    """The days of the last month that lack a slot some asset owes, in order.

    What lies before the first slot ever recorded was never asked for.
    """
    window = _lately(pipeline)
    return missing_days(pipeline, window) if window else []


def _lately(pipeline: Pipeline) -> Window | None:
    now = pipeline.clock()
    first = pipeline.slots.oldest()
    if first is None:
        return None
    start = max(now - LOOK_BACK, first - SLOT)
    return Window(start, max(start, now))


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
    assets = _slots_of_assets(pipeline, window).values()
    return sorted({slot_day(slot) for _, missing in assets for slot in missing})


def _slots_of_assets(
    pipeline: Pipeline, window: Window
) -> dict[str, tuple[set[datetime], set[datetime]]]:
    """The slots of the window that each asset owes, and which of them it has not recorded."""
    start = max(window.start, day_window(pipeline.settings.pipeline.starts_on).start)
    end = min(window.end, newest_past_slot(pipeline.clock()))
    if start >= end:
        return {}
    span = Window(start, end)
    watched = pipeline.instruments.watched()
    found = {}
    for asset in ASSETS:
        due = set(due_slots(asset, watched, span))
        missing = due - pipeline.slots.recorded(asset, span)
        if asset == TRADING_SIGNALS:
            # Without a bar there is nothing to judge; whether bars are asked for again is theirs.
            missing -= pipeline.slots.barren(MARKET_BARS, span)
        found[asset] = due, missing
    return found


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
