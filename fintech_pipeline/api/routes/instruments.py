"""Instruments: what is or was followed, and their corporate actions."""

from datetime import date
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Query

from fintech_pipeline.api.paging import Cursor, Limit, Page, page_of, place_of
from fintech_pipeline.api.parameters import NO_CONTROL, Symbol, instrument_named
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.market.action_reading import StoredAction, newest_actions
from fintech_pipeline.market.bars import ActionKind
from fintech_pipeline.market.watched import known_instruments
from fintech_pipeline.market.watchlist import Instrument, symbol_of

router = APIRouter(tags=["instruments"])


@router.get("/instruments", responses=documented(400))
async def list_instruments(
    given: Given,
    limit: Limit = 100,
    cursor: Cursor = None,
    search: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=40,
            pattern=NO_CONTROL,
            description="How the symbol begins, or a part of the name.",
            examples=["appl"],
        ),
    ] = None,
) -> Page[Instrument]:
    """The instruments that are known, followed or not, by symbol."""
    after = symbol_after(cursor)
    found = await given.reads.of(
        lambda connection: known_instruments(connection, limit + 1, after, search)
    )
    return page_of(found, limit, lambda one: (one.symbol,))


@router.get("/instruments/{symbol}", responses=documented(404))
async def read_instrument(symbol: Symbol, given: Given) -> Instrument:
    """What is stored of an instrument, followed or not."""
    return await given.reads.of(lambda connection: instrument_named(connection, symbol))


@router.get("/instruments/{symbol}/actions", responses=documented(400, 404))
async def list_corporate_actions(
    symbol: Symbol, given: Given, limit: Limit = 100, cursor: Cursor = None
) -> Page[StoredAction]:
    """The splits and dividends of an instrument, the newest first."""
    wanted, after = symbol_of(symbol), _action_after(cursor)

    def read(connection: sa.Connection) -> list[StoredAction]:
        found = newest_actions(connection, wanted, limit + 1, after)
        if not found:
            instrument_named(connection, symbol)
        return found

    found = await given.reads.of(read)
    return page_of(found, limit, lambda one: (one.ex_on.isoformat(), str(one.kind)))


def symbol_after(cursor: str | None) -> str | None:
    """The symbol that a cursor of a list by symbol stands for.

    Raises:
        Refusal: It is no cursor of such a list.
    """
    place = place_of(cursor, str)
    if place is None:
        return None
    symbol = str(place[0])
    if "\x00" in symbol or not symbol.isascii():
        raise Refusal(400, "The cursor names no symbol; leave it out to begin with the first.")
    return symbol


def _action_after(cursor: str | None) -> tuple[date, str] | None:
    place = place_of(cursor, str, str)
    if place is None:
        return None
    ex_on, kind = str(place[0]), str(place[1])
    wrong = Refusal(400, "The cursor names no action; leave it out to begin with the newest.")
    if kind not in set(ActionKind):
        raise wrong
    try:
        return date.fromisoformat(ex_on), kind
    except ValueError:
        raise wrong from None
