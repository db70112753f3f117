"""The overview: what moved, what the system thinks, and whether the data is fresh."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.api.glances import Glances
from fintech_pipeline.api.overview_shown import (
    Glance,
    Overview,
    Price,
    SentimentGlance,
    SignalGlance,
    Sparkline,
)
from fintech_pipeline.api.paging import microseconds
from fintech_pipeline.clock import Instants, from_instant64
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.market_hours import Market, hours_of
from fintech_pipeline.market.resampling import slots_ending
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.storage.columns import sent_floats, sent_instants

DECIMALS = 4
"""Of a price change in percent."""
_TICK_TAKES = timedelta(minutes=5)
"""How long after a tick has started its rows are surely there."""
_MINUTE = timedelta(minutes=1)
Splits = Sequence[tuple[int, float]]
Series = tuple[list[float], list[int]]
"""Closes and when each closed, rising; instants as microseconds, which are compared fastest."""


def done_after(minutes_after_slot: int) -> timedelta:
    """How long after its slot a tick has surely brought its rows.

    Args:
        minutes_after_slot: When it starts.
    """
    return timedelta(minutes=minutes_after_slot) + _TICK_TAKES


def overview_of(
    found: Glances,
    strategy: Strategy,
    now: datetime,
    late: timedelta,
    *,
    simulated: bool,
    past: bool = False,
) -> Overview:
    """What the stored rows tell; the first of an exchange takes seconds, for its calendar.

    Args:
        found: As `read_glances` found them for the strategy and the present, or
            `read_past_glances` for a slot.
        strategy: The primary one.
        now: The present, or the slot (UTC).
        late: How long after a slot its rows are due.
        simulated: Whether everything is made up.
        past: Whether it is a past slot.
    """
    mics = sorted({row.mic for row in found.symbols})
    known = {mic: _known(mic, strategy, now, late) for mic in mics}
    splits: dict[str, list[tuple[int, float]]] = {}
    for split in found.splits:
        splits.setdefault(split.symbol, []).append((microseconds(split.ex_at), split.value))
    glances = [
        _glance(row, known[row.mic], splits.get(row.symbol, ()), strategy, now)
        for row in found.symbols
    ]
    markets = [one.market for one in known.values() if one is not None]
    stale = sum(bool(glance.stale) for glance in glances)
    return Overview(now if past else None, simulated, strategy.label, markets, stale, glances)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is asked of an exchange's hours for every symbol."""

    market: Market
    session_opens: list[int]
    price_due_at: datetime | None
    signal_due_at: datetime | None


def _known(mic: str, strategy: Strategy, now: datetime, late: timedelta) -> _Known | None:
    """None where the installed calendars do not know the exchange any more."""
    try:
        hours = hours_of(mic, now, late)
    except ConfigurationError:
        return None
    closes = hours.half_hour_closes
    slots = hours.day_slots if strategy.interval is Interval.DAY else slots_ending(closes)
    newest = [from_instant64(dues[-1]) if len(dues) else None for dues in (closes, slots)]
    return _Known(hours.market, _numbers(hours.session_opens), *newest)


def _glance(
    row: sa.Row[Any], known: _Known | None, splits: Splits, strategy: Strategy, now: datetime
) -> Glance:
    halves = _series(row.spark_close, row.spark_closed_at, splits)
    price = _price(row, known, splits, halves, now)
    signal = None
    if row.slot_at is not None:
        signal = SignalGlance(row.slot_at, row.score, row.action, row.confidence, row.action_before)
    sentiment = None
    if row.known_at is not None:
        sentiment = SentimentGlance(row.sentiment, row.label, row.known_at)
    spark, (closes, closed_at) = None, halves
    if closes:
        spark = Sparkline(_instant(closed_at[0]), _instant(closed_at[-1]), closes)
    return Glance(
        row.symbol,
        row.name,
        row.mic,
        row.currency,
        row.tags,
        price,
        signal,
        sentiment,
        row.stories or 0,
        row.alerts or 0,
        spark,
        _stale(price, signal, known, strategy, now),
    )


def _series(close: bytes | None, closed_at: bytes | None, splits: Splits) -> Series:
    """What was sent, the newest first, the other way round and in shares of today."""
    if close is None:
        return [], []
    closes, instants = sent_floats(close)[::-1], sent_instants(closed_at)[::-1]
    for ex_at, value in splits:
        closes = np.where(instants.astype(np.int64) <= ex_at, closes / value, closes)
    return closes.tolist(), _numbers(instants)


def _numbers(instants: Instants) -> list[int]:
    numbers: list[int] = instants.astype(np.int64).tolist()
    return numbers


@lru_cache(maxsize=4096)
def _instant(number: int) -> datetime:
    """The instant; symbols of an exchange share most of theirs."""
    return from_instant64(np.datetime64(number, "us"))


def _price(
    row: sa.Row[Any], known: _Known | None, splits: Splits, halves: Series, now: datetime
) -> Price | None:
    """The newest of the half hour's close, the day's close and the quote."""
    days = _series(row.day_close, row.day_closed_at, splits)
    told = [
        (closed_at[-1], close[-1], "bar", provider)
        for (close, closed_at), provider in ((days, row.day_provider), (halves, row.provider))
        if close
    ]
    if row.as_of_at is not None:
        told.append((microseconds(row.as_of_at), row.price, "quote", row.quote_provider))
    if not told:
        return None
    at, price, source, provider = max(told, key=lambda one: one[0])
    before = _previous_close(at, known, (days, halves))
    if before is None and source == "quote":
        before = row.previous_close
    change = None if before is None else round((price / before - 1) * 100, DECIMALS)
    priced_at = _instant(at)
    return Price(price, priced_at, (now - priced_at) // _MINUTE, source, provider, before, change)


def _previous_close(at: int, known: _Known | None, told: Sequence[Series]) -> float | None:
    """The newest close before the session of the instant; the day's own where both are there."""
    session = 0 if known is None else bisect_left(known.session_opens, at)
    if known is None or not session:
        return None
    opened_at = known.session_opens[session - 1]
    found: tuple[int, float] | None = None
    for close, closed_at in told:
        place = bisect_right(closed_at, opened_at) - 1
        if place >= 0 and (found is None or closed_at[place] > found[0]):
            found = closed_at[place], close[place]
    return None if found is None else found[1]


def _stale(
    price: Price | None,
    signal: SignalGlance | None,
    known: _Known | None,
    strategy: Strategy,
    now: datetime,
) -> list[str]:
    """What should be newer by now."""
    if known is None:
        return ["The installed exchange calendars do not know its sessions; update them."]
    told = []
    name = f"signal of {strategy.label}"
    slot_at = None if signal is None else signal.slot_at
    priced_at = None if price is None else price.priced_at
    if known.price_due_at is not None and (priced_at is None or priced_at < known.price_due_at):
        told.append(_missing("price", "that of", priced_at, known.price_due_at, now))
    if known.signal_due_at is not None and (slot_at is None or slot_at < known.signal_due_at):
        told.append(_missing(name, "that for", slot_at, known.signal_due_at, now))
    return told


def _missing(
    what: str, which: str, newest: datetime | None, due_at: datetime, now: datetime
) -> str:
    since = "There is no" if newest is None else "The newest"
    known = " yet" if newest is None else f" is of {_clock(newest)}"
    minutes = (now - due_at) // _MINUTE
    return f"{since} {what}{known}; {which} {_clock(due_at)}, {minutes} min ago, is missing."


def _clock(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%MZ}"
