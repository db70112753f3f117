"""Slots: what each asset did for each half hour, and how fresh everything is."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from fintech_pipeline.api.paging import (
    Cursor,
    Limit,
    Page,
    instant_of,
    microseconds,
    page_of,
    place_of,
)
from fintech_pipeline.api.parameters import FromAt, ToAt, require_order
from fintech_pipeline.api.problems import documented
from fintech_pipeline.api.progress import Asset, Freshness, SlotsAsked, SlotShown, State
from fintech_pipeline.api.services import Given

router = APIRouter(tags=["slots"])
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


@router.get("/freshness")
async def read_freshness(given: Given) -> Freshness:
    """What each asset has done of what was due in the last day, what lacks and why."""
    return await asyncio.to_thread(given.progress.freshness)
