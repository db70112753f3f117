"""Quotes from GLOBAL_QUOTE and REALTIME_BULK_QUOTES. Pure."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from fintech_pipeline.clock import from_instant64
from fintech_pipeline.errors import DataQualityError, Malformed
from fintech_pipeline.market.providers.alpha_vantage.payload import (
    day,
    json_object,
    number,
    object_in,
    rows_in,
    wall_clock,
)
from fintech_pipeline.market.providers.alpha_vantage.symbols import same_symbol
from fintech_pipeline.market.quotes import Quote
from fintech_pipeline.market.sessions import SessionCalendar


def parse_global_quote(
    payload: bytes, symbol: str, asked: str, calendar: SessionCalendar, now: datetime
) -> Quote | None:
    """The quote of a GLOBAL_QUOTE answer.

    The vendor tells the day only, so the price counts as of that session's close, or of now where
    the session is not over.

    Args:
        payload: JSON.
        symbol: Ours.
        asked: The vendor's, which the answer must name.
        calendar: That of the instrument's exchange.
        now: The present (UTC).

    Returns:
        None where the vendor knows no such symbol: an empty `{"Global Quote": {}}`.

    Raises:
        Malformed: It is no such answer, of another symbol, of a day without a session or of the
            future, or its price is impossible.
    """
    found = object_in(json_object(payload), "Global Quote")
    if not found:
        return None
    if not same_symbol(found.get("01. symbol"), asked):
        raise Malformed(f"is not about {asked}")
    session = calendar.session_of(
        np.array([day(found.get("07. latest trading day")) or "NaT"], dtype="datetime64[D]")
    )
    if np.isnat(session.opened_at[0]):
        raise Malformed("names no trading day of the exchange")
    if from_instant64(session.opened_at[0]) > now:
        raise Malformed("is of a day that has not come yet")
    quote = _quote(
        symbol,
        min(from_instant64(session.closed_at[0]), now),
        *(found.get(key) for key in ("05. price", "08. previous close", "06. volume")),
    )
    if quote is None:
        raise Malformed("has an impossible price")
    return quote


def parse_bulk_quotes(payload: bytes, asked: Mapping[str, str], now: datetime) -> list[Quote]:
    """The quotes of a REALTIME_BULK_QUOTES answer.

    A row that cannot be read, lies in the future or is of a symbol nobody asked for is left out;
    whoever asked sees that the symbol is missing. Prices are those of the regular session.

    Args:
        payload: JSON.
        asked: Our symbol for each of the vendor's.
        now: The present (UTC); times are US/Eastern wall clock.

    Raises:
        Malformed: It is no such answer, or not one row can be read.
    """
    rows = rows_in(json_object(payload), "data")
    quotes: dict[str, Quote] = {}
    for row in rows:
        ours = next((o for v, o in asked.items() if same_symbol(row.get("symbol"), v)), None)
        as_of_at = _eastern(row.get("timestamp"))
        if ours is None or as_of_at is None or as_of_at > now:
            continue
        values = (row.get(key) for key in ("close", "previous_close", "volume"))
        quote = _quote(ours, as_of_at, *values)
        if quote is not None:
            quotes[ours] = quote
    if rows and not quotes:
        raise Malformed("has no row that can be read")
    return list(quotes.values())


def _quote(
    symbol: str, as_of_at: datetime, price: object, previous_close: object, volume: object
) -> Quote | None:
    try:
        return Quote(symbol, number(price), as_of_at, _or_none(previous_close), _or_none(volume))
    except DataQualityError:
        return None


def _or_none(value: object) -> float | None:
    found = number(value)
    return None if math.isnan(found) else found


def _eastern(value: object) -> datetime | None:
    wall = wall_clock(value)
    if wall is None:
        return None
    local = pd.Timestamp(wall).tz_localize("America/New_York", ambiguous="NaT", nonexistent="NaT")
    return None if pd.isna(local) else local.to_pydatetime().astimezone(UTC)
