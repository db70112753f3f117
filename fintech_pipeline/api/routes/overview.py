"""The first glance at the whole watchlist."""

import asyncio
import gzip
import hashlib
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from fintech_pipeline.api.glances import Glances, read_glances, read_past_glances
from fintech_pipeline.api.kept import Encoded
from fintech_pipeline.api.overview import done_after, overview_of
from fintech_pipeline.api.overview_shown import Overview
from fintech_pipeline.api.parameters import Instant, past_slot
from fintech_pipeline.api.services import Given, Services

router = APIRouter(tags=["overview"])
COMPRESSION = 4
"""Of 9: more than of other answers, as it is done once for all who ask."""
_JSON: TypeAdapter[Overview] = TypeAdapter(Overview)
At = Annotated[
    Instant | None,
    Query(
        description="As it stood at this past slot, once its tick was done; an instant between two"
        " slots means the one before. Left out: now.",
        examples=["2026-03-02T14:30:00Z"],
    ),
]


@router.get("/overview", response_model=Overview)
async def read_overview(request: Request, given: Given, at: At = None) -> Response:
    """What moved, what the primary strategy thinks, and what should be newer, symbol by symbol.

    It changes with what is announced on the stream, and each minute. Of a past slot it is told of
    the instruments that are followed now, by the primary strategy of now: bars closed and news
    known by then, each signal as it was first made, the alerts that were open. What came later
    changes nothing in it.
    """
    if at is not None:
        return await _past(given, past_slot(at, given.clock()))
    # Ages are told in minutes.
    minute = given.clock().replace(second=0, microsecond=0)
    shown = await given.overview.of(given.reads, minute, lambda: _encoded(given))
    headers = {"ETag": shown.tag, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(shown.plain, headers=headers, media_type="application/json")
    headers["Content-Encoding"] = "gzip"
    return Response(shown.compressed, headers=headers, media_type="application/json")


async def _past(given: Services, at: datetime) -> Response:
    strategy, late = given.strategies[0], done_after(given.settings.minutes_after_slot)
    found = await given.reads.of(
        lambda connection: read_past_glances(connection, strategy, at, at + late)
    )
    # The newest slots are not due yet; all others had what they were to have.
    still_due = max(timedelta(0), at + late - given.clock())
    plain = await asyncio.to_thread(_told, given, found, at, still_due, past=True)
    return Response(plain, media_type="application/json")


async def _encoded(given: Services) -> Encoded:
    strategy, now = given.strategies[0], given.clock()
    found = await given.reads.of(lambda connection: read_glances(connection, strategy, now))
    # In a thread: a calendar that is asked for first takes seconds, and others go on meanwhile.
    plain = await asyncio.to_thread(
        _told, given, found, now, done_after(given.settings.minutes_after_slot)
    )
    compressed = await asyncio.to_thread(gzip.compress, plain, COMPRESSION)
    tag = f'W/"{hashlib.blake2b(plain, digest_size=12).hexdigest()}"'
    return Encoded(plain, compressed, tag)


def _told(given: Services, found: Glances, now: datetime, late: timedelta, **past: Any) -> bytes:
    simulated = given.settings.simulated
    told = overview_of(found, given.strategies[0], now, late, simulated=simulated, **past)
    return _JSON.dump_json(told)
