"""The watchlist: what is followed, and changing that."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fintech_pipeline.api.conditional import require_match, version_tag
from fintech_pipeline.api.edited import IfMatch, IfNoneMatch
from fintech_pipeline.api.paging import Cursor, Limit, Page, page_of
from fintech_pipeline.api.parameters import NO_CONTROL, Symbol
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.routes.instruments import symbol_after
from fintech_pipeline.api.services import Given, Services
from fintech_pipeline.market.following import (
    checked_instrument,
    needs_lookup,
    require_exchange,
    usual_mic,
)
from fintech_pipeline.market.instrument_store import known_instrument
from fintech_pipeline.market.lookup import Lookup, Wish, is_described
from fintech_pipeline.market.names import everyday_names
from fintech_pipeline.market.watched import (
    Watched,
    put_watched,
    remove_watched,
    watched_one,
    watched_symbols,
)
from fintech_pipeline.market.watchlist import TAG, Instrument, symbol_of

router = APIRouter(tags=["watchlist"])
NOT_FOLLOWED = "The symbol is not on the watchlist; see GET /api/v1/watchlist."
FOLLOWED = "It is followed already; read it, and send its ETag as If-Match to change it."
GONE = "Nobody follows it any more; send If-None-Match: * to follow it."
WHICH = 'Send If-None-Match: * to follow it, or its ETag, as in If-Match: "3", to change it.'
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NO_CONTROL),
]


class Wanted(BaseModel):
    """What is said of a symbol; what is left out is looked up, or stays as it is."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "NVIDIA Corporation",
                    "aliases": ["NVIDIA", "Nvidia"],
                    "mic": "XNAS",
                    "currency": "USD",
                    "tags": ["chips", "core"],
                }
            ]
        },
    )

    name: Text | None = Field(default=None, description="The company's or fund's.")
    aliases: list[Text] | None = Field(
        default=None, max_length=50, description="Names in headlines; exactly these."
    )
    mic: Text | None = Field(default=None, description="The exchange's ISO 10383 code.")
    currency: Text | None = Field(default=None, description="ISO 4217, of its prices.")
    tags: list[Text] | None = Field(
        default=None, max_length=50, description="What it is grouped by; exactly these."
    )
    look_up: bool = Field(
        default=True, description="Whether the configured vendors are asked for what is not said."
    )


class Followed(BaseModel):
    """How a symbol is followed now."""

    model_config = ConfigDict(frozen=True)

    watched: Watched
    source: str = Field(description="Who knew its name; empty where nobody was asked or knew.")
    warnings: list[str] = Field(description="What you may want to mend, a sentence each.")


@router.get("/watchlist", responses=documented(400))
async def list_watchlist(
    given: Given,
    limit: Limit = 100,
    cursor: Cursor = None,
    tag: Annotated[
        str | None,
        Query(pattern=f"^{TAG.pattern}$", description="Only those with it.", examples=["chips"]),
    ] = None,
) -> Page[Watched]:
    """The instruments that are followed, by symbol; `version` is what an edit sends as If-Match."""
    after = symbol_after(cursor)
    found = await given.reads.of(
        lambda connection: watched_symbols(connection, limit + 1, after, tag)
    )
    return page_of(found, limit, lambda one: (one.instrument.symbol,))


@router.get("/watchlist/{symbol}", responses=documented(404))
async def read_watched(symbol: Symbol, given: Given, response: Response) -> Watched:
    """One of them, with the ETag that an edit sends as If-Match."""
    found = await given.reads.of(lambda connection: watched_one(connection, symbol_of(symbol)))
    if found is None:
        raise Refusal(404, NOT_FOLLOWED)
    response.headers["ETag"] = version_tag(found.version)
    return found


@router.put(
    "/watchlist/{symbol}",
    responses={
        201: {"model": Followed, "description": "It is followed from now on."},
        **documented(400, 412, 428),
    },
)
async def put_on_watchlist(
    symbol: Symbol,
    wanted: Wanted,
    given: Given,
    response: Response,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Followed:
    """Follows a symbol from the next tick on, or changes what is stored of one that is followed.

    Its name, the names that headlines use, its exchange and currency are looked up where they are
    neither said nor stored.
    """
    wish = Wish(
        symbol_of(symbol),
        wanted.name,
        tuple(wanted.aliases or ()),
        wanted.mic,
        wanted.currency,
        None if wanted.tags is None else tuple(wanted.tags),
    )

    def require(current: Watched | None) -> None:
        _require_state(current, if_match, if_none_match)

    def make(known: Instrument | None) -> Instrument:
        usual = usual_mic(simulated=given.settings.simulated)
        made = checked_instrument(wish, known, found, usual)
        if wanted.aliases is None:
            return made
        return replace(made, aliases=tuple(dict.fromkeys(wanted.aliases)))

    found = Lookup()
    # Whoever is refused anyhow costs no vendor's call, and no transaction waits for a vendor.
    known = await asyncio.to_thread(_known, given, wish, require)
    if wanted.look_up and not given.settings.simulated and needs_lookup(wish, known):
        found = await asyncio.to_thread(given.look_up, wish.symbol, wish.mic)
    if found.refused and wish.name is None:
        raise Refusal(
            422,
            f"{' '.join(found.told)} Nothing was added; a mic looks on another exchange, a name"
            " adds it all the same.",
        )
    watched, created = await asyncio.to_thread(
        put_watched, given.database, wish.symbol, make, require, given.clock()
    )
    response.headers["ETag"] = version_tag(watched.version)
    if created:
        response.status_code = 201
        response.headers["Location"] = f"/api/v1/watchlist/{wish.symbol}"
    warnings = _warnings(given, wish, wanted, known, found, watched.instrument)
    return Followed(watched=watched, source=found.source, warnings=warnings)


@router.delete("/watchlist/{symbol}", status_code=204, responses=documented(404, 412, 428))
async def remove_from_watchlist(symbol: Symbol, given: Given, if_match: IfMatch = None) -> None:
    """Follows a symbol no longer; what is stored of it stays."""

    def require(current: Watched | None) -> None:
        if current is None:
            raise Refusal(404, NOT_FOLLOWED)
        require_match(if_match, current.version)

    await asyncio.to_thread(
        remove_watched, given.database, symbol_of(symbol), require, given.clock()
    )


def _known(
    given: Services, wish: Wish, require: Callable[[Watched | None], None]
) -> Instrument | None:
    """What is stored of a symbol that may be changed as it is wished.

    Raises:
        Refusal: It is in another state than was meant.
        ConfigurationError: What is wished is malformed.
    """
    simulated = given.settings.simulated
    require_exchange(wish, simulated=simulated, leave_out="mic")
    checked_instrument(wish, None, Lookup(), usual_mic(simulated=simulated))
    with given.database.transaction() as connection:
        require(watched_one(connection, wish.symbol))
        return known_instrument(connection, wish.symbol)


def _require_state(
    current: Watched | None, if_match: str | None, if_none_match: str | None
) -> None:
    if if_match is None and (if_none_match or "").strip() != "*":
        raise Refusal(428, WHICH)
    if current is None:
        if if_match is not None:
            raise Refusal(412, GONE)
        return
    if if_match is None:
        raise Refusal(412, FOLLOWED)
    require_match(if_match, current.version)


def _warnings(
    given: Services,
    wish: Wish,
    wanted: Wanted,
    known: Instrument | None,
    found: Lookup,
    followed: Instrument,
) -> list[str]:
    """What a person may want to mend of what is followed now."""
    told: list[str] = []
    nameless = found.listing is None and not is_described(known) and wish.name is None
    if nameless and not given.settings.simulated:
        why = " ".join(found.told) or f"Nobody who was asked knows who {wish.symbol} is."
        told.append(f"{why} Headlines are matched by the symbol alone until you send a name.")
    if found.listing is not None and found.listing.mic is None and wish.mic is None:
        told.append(
            f"{found.source} does not tell the exchange, so {followed.mic} is taken; send a mic"
            " where that is wrong."
        )
    told += [
        f'"{name}" is an everyday word, so a headline that says only that is not matched; send it'
        " among the aliases to match it too."
        for name in everyday_names(followed.name)
        if name not in followed.aliases
    ]
    said = wanted.model_dump(exclude={"look_up"}, exclude_none=True)
    if said and any(one.symbol == wish.symbol for one in given.settings.watchlist):
        told.append(
            f"{wish.symbol} stands in the configuration file, whose names and tags win with the"
            " next command; change them there."
        )
    return told
