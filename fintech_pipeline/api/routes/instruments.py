"""Instruments: what is or was followed."""

from typing import Annotated

from fastapi import APIRouter, Path

from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.market.instrument_store import known_instrument
from fintech_pipeline.market.watchlist import Instrument, symbol_of

router = APIRouter(tags=["instruments"])
Symbol = Annotated[
    str, Path(max_length=40, description="As on the watchlist.", examples=["AAPL", "BRK.B"])
]


@router.get("/instruments/{symbol}", responses=documented(404))
async def instrument(symbol: Symbol, given: Given) -> Instrument:
    """What is stored of an instrument, followed or not."""
    found = await given.reads.of(lambda connection: known_instrument(connection, symbol_of(symbol)))
    if found is None:
        raise Refusal(404, "No instrument of that symbol is known; see GET /api/v1/watchlist.")
    return found
