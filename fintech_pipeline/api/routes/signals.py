"""Signals: lists of them, one symbol's as a series, and one with all that stands behind it."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from pydantic import Field

from fintech_pipeline.alerts.alerts_of_signal import alerts_of_signal
from fintech_pipeline.api.paging import (
    Cursor,
    Limit,
    Page,
    instant_of,
    microseconds,
    page_of,
    place_of,
)
from fintech_pipeline.api.parameters import (
    ALWAYS,
    EVER,
    AsFirstMade,
    Between,
    Instant,
    Points,
    Span,
    StrategyNamed,
    Symbol,
    instrument_named,
    judge_named,
)
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.api.signal_examples import LISTED, SERIES, WHOLE
from fintech_pipeline.api.signals_shown import (
    Shown,
    SignalShown,
    WholeSignal,
    signal_shown,
    whole_signal,
)
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.watchlist import SYMBOL, symbol_of
from fintech_pipeline.signals.chain import read_chain
from fintech_pipeline.signals.signal_reading import (
    STANDS_FOR,
    FoundSignal,
    Judge,
    ListedSignals,
    found_signal,
    listed,
)
from fintech_pipeline.signals.signal_reading import standing as standing_signals
from fintech_pipeline.signals.signal_series import Drawn, SignalSeries, signal_series
from fintech_pipeline.signals.signal_store import StoredSignal
from fintech_pipeline.signals.strategy import Action

router = APIRouter(tags=["signals"])
NO_STANDING_AT = "Say at which slot: `standing` goes with `slot_at`, and not with `to`."
SlotAt = Annotated[
    Instant | None,
    Query(description="Those of this slot alone.", examples=["2025-05-20T16:00:00Z"]),
]
SlotPath = Annotated[
    Instant, Path(description="The slot, with its offset.", examples=["2025-05-20T16:00:00Z"])
]
OneSymbol = Annotated[
    str | None, Query(max_length=40, description="Those of this symbol.", examples=["AAPL"])
]
OneAction = Annotated[Action | None, Query(description="Those that ask for this.")]
Standing = Annotated[
    bool,
    Query(
        description="Each symbol's newest signal at or before `slot_at` (the newest there is "
        "without it), by symbol, unless it is more than a week older; `from` looks farther back."
    ),
]
Revision = Annotated[
    int | None,
    Query(ge=1, le=10**6, description="The revision to show; the newest without it."),
]


class SignalsDrawn(Shown):
    """Signals as columns of one length; at most as many as were asked for.

    The newest one and each change of action are drawn as long as there is room; of the others, of
    each stretch of time the one whose score is farthest from 0.
    """

    symbol: str
    strategy: str
    interval: str
    slot_at: list[Instant]
    price: list[float]
    score: list[float]
    action: list[str]
    confidence: list[float]
    changed: list[bool] = Field(description="Whether the signal before had another action.")
    contributions: dict[str, list[float | None]] = Field(
        description="What each component adds; of a slot they add up to its score."
    )
    left_out: int = Field(description="How many signals of the span are not drawn.")
    changes_left_out: int = Field(description="How many of these change the action.")


@router.get("/signals", responses=LISTED | documented(404))
async def list_signals(
    given: Given,
    between: Between,
    strategy: StrategyNamed = None,
    slot_at: SlotAt = None,
    symbol: OneSymbol = None,
    action: OneAction = None,
    standing: Standing = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[SignalShown]:
    """Signals of a strategy, the newest slot first, and of a slot by symbol.

    Of each slot the newest revision. With `standing` it is what stood at a slot: how each symbol
    was judged last.
    """
    if standing and between.end != ALWAYS:
        raise Refusal(422, NO_STANDING_AT)
    known = None if symbol is None else symbol_of(symbol)
    if known is not None and not SYMBOL.fullmatch(known):
        return Page[SignalShown].model_construct(items=[])  # nothing can be called so
    actions = tuple(Action) if action is None else (action,)

    def read(connection: sa.Connection) -> Page[SignalShown]:
        judge = judge_named(connection, given.strategies, strategy)
        if standing:
            at = slot_at or given.clock()
            week_before = max(EVER + STANDS_FOR, at) - STANDS_FOR
            start = week_before if between.start == EVER else between.start
            wanted = ListedSignals(judge, start, at, known, actions, count=limit + 1)
            return _standing(connection, wanted, cursor, limit)
        span = between if slot_at is None else Span(slot_at, slot_at)
        wanted = ListedSignals(judge, span.start, span.end, known, actions, count=limit + 1)
        return _listed(connection, wanted, cursor, limit)

    return await given.reads.of(read)


@router.get("/instruments/{symbol}/signals", responses=SERIES | documented(404))
async def read_signal_series(
    symbol: Symbol,
    given: Given,
    between: Between,
    strategy: StrategyNamed = None,
    points: Points = 500,
    first: AsFirstMade = False,
) -> SignalsDrawn:
    """A symbol's signals for a chart: score, action, and what each component adds, as columns."""

    def read(connection: sa.Connection) -> tuple[str, Judge, SignalSeries]:
        known = instrument_named(connection, symbol).symbol
        judge = judge_named(connection, given.strategies, strategy)
        drawn = Drawn(judge, known, between.start, between.end, points, first)
        return known, judge, signal_series(connection, drawn)

    known, judge, series = await given.reads.of(read)
    columns = {name: getattr(series, name) for name in SignalSeries.__slots__}
    return SignalsDrawn.model_construct(
        symbol=known, strategy=judge.label, interval=str(judge.interval), **columns
    )


@router.get("/instruments/{symbol}/signals/{slot_at}", responses=WHOLE | documented(404))
async def read_signal(
    symbol: Symbol,
    slot_at: SlotPath,
    given: Given,
    strategy: StrategyNamed = None,
    revision: Revision = None,
) -> WholeSignal:
    """One signal with everything behind it: bars, articles, basis, revisions, outcomes, alerts."""

    def read(connection: sa.Connection) -> WholeSignal:
        instrument = instrument_named(connection, symbol)
        judge = judge_named(connection, given.strategies, strategy)
        found = found_signal(connection, judge, instrument.symbol, slot_at)
        if found is None:
            reason = given.why_no_signal(connection, instrument.symbol, slot_at)
            raise Refusal(404, _none_told(instrument.symbol, judge, slot_at, reason))
        shown = _shown(found, revision)
        chain = read_chain(connection, shown, instrument.currency, given.settings.simulated)
        return whole_signal(found, chain, alerts_of_signal(connection, found.signal_id))

    return await given.reads.of(read)


def _listed(
    connection: sa.Connection, wanted: ListedSignals, cursor: str | None, limit: int
) -> Page[SignalShown]:
    if (place := place_of(cursor, int, str)) is not None:
        end = min(wanted.end, instant_of(place[0]))
        wanted = replace(wanted, end=end, after=_symbol_in(place[1]))
    shown = [signal_shown(one) for one in listed(connection, wanted)]
    return page_of(shown, limit, lambda one: (microseconds(one.slot_at), one.symbol))


def _standing(
    connection: sa.Connection, wanted: ListedSignals, cursor: str | None, limit: int
) -> Page[SignalShown]:
    if (place := place_of(cursor, str)) is not None:
        wanted = replace(wanted, after=_symbol_in(place[0]))
    shown = [signal_shown(one) for one in standing_signals(connection, wanted)]
    return page_of(shown, limit, lambda one: (one.symbol,))


def _symbol_in(part: object) -> str:
    """The symbol in a cursor, which anybody can have made."""
    if not SYMBOL.fullmatch(str(part)):
        raise Refusal(400, "The cursor is none of this list; leave it out to begin with the first.")
    return str(part)


def _shown(found: FoundSignal, revision: int | None) -> StoredSignal:
    if revision is None:
        return found.revisions[-1]
    for one in found.revisions:
        if one.revision == revision:
            return one
    raise Refusal(404, f"There is no revision {revision}; the newest is {len(found.revisions)}.")


def _none_told(symbol: str, judge: Judge, slot_at: datetime, reason: str | None) -> str:
    told = f": {reason}" if reason else f" of {judge.label}"
    if judge.interval is Interval.DAY and not reason:
        told += ", which judges days at the slot in which their session closes"
    return f"{symbol} has no signal at {slot_at:%Y-%m-%d %H:%MZ}{told}."
