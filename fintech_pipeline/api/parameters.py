"""What several routes are asked with: instants, spans, symbols, strategies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Path, Query
from pydantic import AfterValidator, AwareDatetime

from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.market.instrument_store import known_instrument
from fintech_pipeline.market.watchlist import SYMBOL, Instrument, symbol_of
from fintech_pipeline.signals.signal_reading import Judge, judge_of, known_labels
from fintech_pipeline.signals.strategy import Strategy

EVER = datetime(1, 1, 1, tzinfo=UTC)
"""Before everything that is stored."""
ALWAYS = datetime(9999, 12, 31, tzinfo=UTC)
"""After it."""
STRATEGY = r"^[a-z0-9][a-z0-9_-]*$"
"""What a strategy may be called."""
UNKNOWN_SYMBOL = "No instrument of that symbol is known; see GET /api/v1/watchlist."


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("its year must lie between 1 and 9999") from None


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""An instant with its offset, in UTC from here on."""
Points = Annotated[
    int, Query(ge=2, le=4000, description="How many points at the most, one a pixel say.")
]
StrategyNamed = Annotated[
    str | None,
    Query(
        max_length=60,
        pattern=STRATEGY,
        description="A strategy's name or label; the primary one without it.",
        examples=["balanced", "balanced-2"],
    ),
]
SymbolPath = Annotated[
    str, Path(max_length=40, description="As on the watchlist.", examples=["AAPL", "BRK.B"])
]


@dataclass(frozen=True, slots=True)
class Span:
    """From the first instant to the last, both included (UTC)."""

    start: datetime
    end: datetime


def _span(
    start: Annotated[
        Instant | None,
        Query(
            alias="from",
            description="The first instant, included; the first there is without it.",
            examples=["2025-05-20T00:00:00Z"],
        ),
    ] = None,
    end: Annotated[
        Instant | None,
        Query(
            alias="to",
            description="The last instant, included; the last there is without it.",
            examples=["2025-05-21T00:00:00Z"],
        ),
    ] = None,
) -> Span:
    if start is not None and end is not None and end < start:
        raise Refusal(422, "The span ends before it starts; let `from` be the earlier one.")
    return Span(start or EVER, end or ALWAYS)


Between = Annotated[Span, Depends(_span)]
"""A route's argument: `from` and `to`."""


def judge_named(
    connection: sa.Connection, strategies: Sequence[Strategy], named: str | None
) -> Judge:
    """The strategy that is meant: a configured one, or one whose signals are stored.

    Raises:
        Refusal: 404, there is none.
    """
    for one in strategies:
        if named in (None, one.name, one.label):
            return Judge(one.label, one.interval)
    found = judge_of(connection, str(named))
    if found is None:
        there = ", ".join(sorted({one.label for one in strategies} | {*known_labels(connection)}))
        raise Refusal(404, f"There is no strategy {named}; there is {there}.")
    return found


def instrument_named(connection: sa.Connection, typed: str) -> Instrument:
    """The instrument of that symbol, followed or not.

    Raises:
        Refusal: 404, none is known.
    """
    symbol = symbol_of(typed)
    found = known_instrument(connection, symbol) if SYMBOL.fullmatch(symbol) else None
    if found is None:
        raise Refusal(404, UNKNOWN_SYMBOL)
    return found
