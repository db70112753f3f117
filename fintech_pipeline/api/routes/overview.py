"""The first glance at the whole watchlist."""

import asyncio
import gzip
import hashlib
from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from fintech_pipeline.api.glances import Glances, read_glances
from fintech_pipeline.api.kept import Encoded
from fintech_pipeline.api.overview import overview_of
from fintech_pipeline.api.overview_shown import Overview
from fintech_pipeline.api.services import Given, Services

router = APIRouter(tags=["overview"])
COMPRESSION = 4
"""Of 9: more than of other answers, as it is done once for all who ask."""
_JSON: TypeAdapter[Overview] = TypeAdapter(Overview)


@router.get("/overview", response_model=Overview)
async def read_overview(request: Request, given: Given) -> Response:
    """What moved, what the primary strategy thinks, and what should be newer, symbol by symbol.

    It changes with what is announced on the stream, and each minute.
    """
    # Ages are told in minutes.
    minute = given.clock().replace(second=0, microsecond=0)
    shown = await given.overview.of(given.reads, minute, lambda: _encoded(given))
    headers = {"ETag": shown.tag, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(shown.plain, headers=headers, media_type="application/json")
    headers["Content-Encoding"] = "gzip"
    return Response(shown.compressed, headers=headers, media_type="application/json")


async def _encoded(given: Services) -> Encoded:
    strategy, now = given.strategies[0], given.clock()
    found = await given.reads.of(lambda connection: read_glances(connection, strategy, now))
    # In a thread: a calendar that is asked for first takes seconds, and others go on meanwhile.
    return await asyncio.to_thread(_told, given, found, now)


def _told(given: Services, found: Glances, now: datetime) -> Encoded:
    settings = given.settings
    plain = _JSON.dump_json(
        overview_of(
            found,
            given.strategies[0],
            now,
            settings.minutes_after_slot,
            simulated=settings.simulated,
        )
    )
    tag = f'W/"{hashlib.blake2b(plain, digest_size=12).hexdigest()}"'
    return Encoded(plain, gzip.compress(plain, COMPRESSION), tag)
