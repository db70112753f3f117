"""By when the inputs of each symbol's signal at each slot must have been known."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.market.watchlist import Instrument


def by_cutoffs(
    pipeline: Pipeline,
    instruments: Sequence[Instrument],
    slots: Sequence[datetime],
    live_cutoff_at: datetime | None,
) -> list[tuple[list[Instrument], dict[datetime, datetime]]]:
    """The instruments that share the cutoffs of all slots, and these.

    A signal keeps the cutoff it was first judged with. One that was not judged gets the live
    tick's; in a backfill, when a tick would have judged it: the market's delay after the slot, or
    later where a live collection was later, whose tick did not come so far.
    """
    delay = pipeline.settings.market.delay
    judged = pipeline.signals.cutoffs(slots)
    collected = pipeline.slots.live_cutoffs(slots)
    groups: dict[tuple[datetime, ...], list[Instrument]] = defaultdict(list)
    for instrument in instruments:
        cutoffs = tuple(
            judged.get((instrument.symbol, slot))
            or live_cutoff_at
            or max(slot + delay, collected.get(slot, slot))
            for slot in slots
        )
        groups[cutoffs].append(instrument)
    return [(group, dict(zip(slots, cutoffs, strict=True))) for cutoffs, group in groups.items()]
