"""Slots: what each asset did for each half hour, and how fresh everything is."""

import asyncio
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from fintech_pipeline.api.examples import shown
from fintech_pipeline.api.known_slots import KnownSlots, known_slots
from fintech_pipeline.api.paging import (
    Cursor,
    Limit,
    Page,
    instant_of,
    microseconds,
    page_of,
    place_of,
)
from fintech_pipeline.api.parameters import EVER, FromAt, Instant, ToAt, require_order
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.progress import Asset, Freshness, SlotsAsked, SlotShown, State
from fintech_pipeline.api.services import Given

router = APIRouter(tags=["slots"])
USUAL_SPAN, LONGEST_SPAN = timedelta(days=21), timedelta(days=93)
OptionalFrom = Annotated[
    Instant | None,
    Query(
        alias="from",
        description="The first slot, included; 21 days before `to` without it.",
        examples=["2026-02-09T00:00:00Z"],
    ),
]
OptionalTo = Annotated[
    Instant | None,
    Query(
        alias="to",
        description="The last slot, included; the newest without it.",
        examples=["2026-03-02T15:00:00Z"],
    ),
]
EXAMPLE = {
    "strategy": "balanced-2",
    "oldest_at": "2026-01-02T15:00:00Z",
    "slot_at": ["2026-03-02T15:00:00Z", "2026-02-27T21:00:00Z"],
    "symbols": [8, 8],
    "actions_changed": [2, 0],
    "alerts_fired": [1, 0],
}
OfAsset = Annotated[Asset | None, Query(description="Of this asset; left out for all.")]
InState = Annotated[
    State | None,
    Query(
        description="In this state: partial where something lacks, closed where nothing was due."
    ),
]


@router.get("/slots", responses=documented(400))
async def list_slots(
    given: Given,
    asset: OfAsset = None,
    state: InState = None,
    since: FromAt = None,
    until: ToAt = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[SlotShown]:
    """The slots that are recorded, the newest first, with what lacks in each and why.

    A slot that is due and stands nowhere here was done by nobody yet; see `/freshness`.
    """
    require_order(since, until)
    place = place_of(cursor, int, str)
    after = None if place is None else (instant_of(place[0]), str(place[1]))
    asked = SlotsAsked(limit + 1, asset, state, since, until, after)
    found = await given.reads.of(lambda connection: given.progress.slots(connection, asked))
    return page_of(found, limit, lambda slot: (microseconds(slot.slot_at), slot.asset))


@router.get("/slots/known", responses=shown(EXAMPLE))
async def list_known_slots(
    given: Given, since: OptionalFrom = None, until: OptionalTo = None
) -> KnownSlots:
    """Which slots the primary strategy has judged, the newest first, and where something changed.

    Each can be gone back to: see `at` of `/overview` and `/alerts`.
    """
    now = given.clock()
    end = min(now, until or now)
    since = since or max(EVER + USUAL_SPAN, end) - USUAL_SPAN
    require_order(since, end)
    if end - since > LONGEST_SPAN:
        raise Refusal(
            422, f"Ask for {LONGEST_SPAN.days} days at the most; raise from, or lower to."
        )
    label = given.strategies[0].label
    return await given.reads.of(lambda connection: known_slots(connection, label, since, end))


@router.get("/freshness")
async def read_freshness(given: Given) -> Freshness:
    """What each asset has done of what was due in the last day, what lacks and why."""
    return await asyncio.to_thread(given.progress.freshness)
