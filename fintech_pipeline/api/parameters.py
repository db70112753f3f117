"""What several routes are asked with: instants, days, spans, texts, symbols, strategies."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Path, Query
from pydantic import AfterValidator, AwareDatetime, BeforeValidator

from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.clock import slot_at_or_before
from fintech_pipeline.market.instrument_store import known_instrument
from fintech_pipeline.market.watchlist import SYMBOL, Instrument, symbol_of
from fintech_pipeline.signals.signal_reading import Judge, judge_of, known_labels
from fintech_pipeline.signals.strategy import Strategy

EVER = datetime(1, 1, 1, tzinfo=UTC)
"""Before everything that is stored."""
ALWAYS = datetime(9999, 12, 31, tzinfo=UTC)
"""After it."""
FIRST_YEAR = 1990
"""Nobody gives half hours that are older."""
STRATEGY = r"^[a-z0-9][a-z0-9_-]*$"
"""What a strategy may be called."""
TEXT = r"^[^\x00]*$"
"""What the database can look for; it knows no text with a NUL."""
NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"
"""Of texts that are kept or are names: nobody means the others either."""
UNKNOWN_SYMBOL = "No instrument of that symbol is known; see GET /api/v1/watchlist."
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _written(value: object) -> object:
    """Only what is written as a date: pydantic would take 0 for the first of January 1970."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.match(value)):
        return value
    raise ValueError("write it like 2026-03-02, an instant like 2026-03-02T14:30:00Z")


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("its year must lie between 1 and 9999") from None


Instant = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_utc)]
"""An instant with its offset, in UTC from here on."""
Day = Annotated[date, BeforeValidator(_written)]
"""A day, of UTC where nothing else is said."""
FromAt = Annotated[
    Instant | None,
    Query(
        alias="from",
        description="From this instant on, with its offset.",
        examples=["2026-03-02T00:00:00Z"],
    ),
]
ToAt = Annotated[
    Instant | None,
    Query(
        alias="to",
        description="Before this instant, with its offset.",
        examples=["2026-03-03T00:00:00Z"],
    ),
]
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
AsFirstMade = Annotated[
    bool,
    Query(
        description="Each slot's signal as it was first made, which is what stood then; without it"
        " as it was computed last."
    ),
]
Symbol = Annotated[
    str,
    Path(
        max_length=40,
        pattern=r"^[A-Za-z0-9.^=\-]+$",
        description="As on the watchlist.",
        examples=["AAPL", "BRK.B"],
    ),
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
    require_order(start, end)
    return Span(start or EVER, end or ALWAYS)


Between = Annotated[Span, Depends(_span)]
"""A route's argument: `from` and `to`."""


def require_order(first: date | None, last: date | None) -> None:
    """Lets pass what can hold something.

    Args:
        first: Where it begins, an instant or a day; None where that is open.
        last: Where it ends, of the same kind.

    Raises:
        Refusal: 422, it ends before it begins.
    """
    if first is not None and last is not None and first > last:
        raise Refusal(422, "The parameter from lies after to; swap them.")


def past_slot(at: datetime, now: datetime) -> datetime:
    """The slot as of which somebody asks: the newest that has ended by then.

    Args:
        at: The instant that was asked for (UTC).
        now: The present (UTC).

    Raises:
        Refusal: 422, it lies in the future, or before all that can be stored.
    """
    if at > now:
        raise Refusal(422, "The parameter at lies in the future; leave it out for the present.")
    if at.year < FIRST_YEAR:
        raise Refusal(422, f"The parameter at lies before {FIRST_YEAR}, where nothing is stored.")
    return slot_at_or_before(at)


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
