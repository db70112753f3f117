"""How fresh everything is: what was due in the last day, what was done of it, and what lacks."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fintech_pipeline.clock import SLOT, Window, slot_at_or_before
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import ASSETS, MARKET_BARS, NEWS_ARTICLES, due_slots
from fintech_pipeline.orchestration.fallbacks import FallbackUse, fallbacks_used
from fintech_pipeline.orchestration.healing import missing_lately
from fintech_pipeline.orchestration.slots import AssetStatus, Lack

SPAN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Status:
    """How everything stands.

    Attributes:
        now: When this was read (UTC).
        next_tick_at: When the next tick is due (UTC).
        missing_days: The days with slots that nobody has done.
        assets: How each asset stands over the last day.
        due: How many slots each of them owed.
        lacking: What their sources lack.
        fallbacks: What came from another provider than the preferred one.
    """

    now: datetime
    next_tick_at: datetime
    missing_days: list[date]
    assets: list[AssetStatus]
    due: dict[str, int]
    lacking: list[Lack]
    fallbacks: list[FallbackUse]


def read_status(pipeline: Pipeline) -> Status:
    """How everything stands now, from the slots table."""
    now = pipeline.clock()
    after = timedelta(minutes=pipeline.settings.minutes_after_slot)
    newest = slot_at_or_before(now - after)
    window, watched = Window(newest - SPAN, newest), pipeline.instruments.watched()
    return Status(
        now,
        newest + SLOT + after,
        missing_lately(pipeline),
        pipeline.slots.status(ASSETS, window),
        {asset: len(due_slots(asset, watched, window)) for asset in ASSETS},
        pipeline.slots.lacking([MARKET_BARS, NEWS_ARTICLES], window),
        fallbacks_used(pipeline.database, [MARKET_BARS], window),
    )
