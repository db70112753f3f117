"""Runs: ticks, backfills and reviews as Dagster records them."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path

from fintech_pipeline.api.paging import Cursor, Limit, Page, page_of, place_of
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.running import RunShown
from fintech_pipeline.api.services import Given

router = APIRouter(tags=["runs"])
RunId = Annotated[
    str,
    Path(
        max_length=100,
        description="Dagster's id of the run.",
        examples=["6b3a1f0e-8f5e-4f0a-9c4d-2f8f4b1f7c11"],
    ),
]


@router.get("/runs", responses=documented(400))
async def list_runs(given: Given, limit: Limit = 50, cursor: Cursor = None) -> Page[RunShown]:
    """The newest runs first, each as it stands; why one failed is told of the run alone."""
    place = place_of(cursor, str)
    after = None if place is None else str(place[0])
    found = await asyncio.to_thread(given.runs.recent, limit + 1, after)
    return page_of(found, limit, lambda run: (run.run_id,))


@router.get("/runs/{run_id}", responses=documented(404))
async def read_run(run_id: RunId, given: Given) -> RunShown:
    """A run with its steps, why it failed, and what its checks found wrong with their input."""
    found = await asyncio.to_thread(given.runs.one, run_id)
    if found is None:
        raise Refusal(404, "No run of that id is recorded; see GET /api/v1/runs.")
    return found
