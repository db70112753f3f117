"""The overview: what moved, what the system thinks, and whether the data is fresh."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.api.glances import Glances
from fintech_pipeline.clock import Instants, from_instant64, instant64
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.market.market_hours import Market, MarketHours, hours_of
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.storage.columns import sent_floats, sent_instants

DECIMALS = 4
"""Of a price change in percent."""
TICK_TAKES = timedelta(minutes=5)
"""How long after a tick has started its rows are surely there."""
_MINUTE = timedelta(minutes=1)
Splits = Sequence[tuple[np.datetime64, float]]


@dataclass(frozen=True, slots=True)
class Price:
    """The last price that is known.

    Attributes:
        price: In the instrument's currency, not adjusted.
        priced_at: The close of its bar, or the instant of its quote (UTC).
        age_minutes: Whole minutes since then.
        source: `bar` or `quote`.
        provider: Who gave it.
        previous_close: The last close of the session before its own, in shares of today; null
            where none is stored.
        change_pct: From that one, in percent.
    """

    price: float
    priced_at: datetime
    age_minutes: int
    source: str
    provider: str
    previous_close: float | None
    change_pct: float | None


@dataclass(frozen=True, slots=True)
class SignalGlance:
    """The primary strategy's newest signal.

    Attributes:
        slot_at: Which slot it judges (UTC).
        score: In [-1, 1].
        action: What it asks for.
        confidence: In [0, 1].
        action_before: That of the signal before; null where there is none.
    """

    slot_at: datetime
    score: float
    action: str
    confidence: float
    action_before: str | None


@dataclass(frozen=True, slots=True)
class SentimentGlance:
    """The newest sentiment score of the last three days.

    Attributes:
        score: In [-1, 1].
        label: The same as a word.
        known_at: From when its article may be used (UTC).
    """

    score: float
    label: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Sparkline:
    """The newest closes of half hours, the oldest first, in shares of today.

    Attributes:
        from_at: When the first of them closed (UTC).
        to_at: When the last did.
        close: At most 48.
    """

    from_at: datetime
    to_at: datetime
    close: list[float]


@dataclass(frozen=True, slots=True)
class Glance:
    """One followed symbol.

    Attributes:
        symbol: Ours.
        name: The company's or fund's.
        mic: Its exchange; see `markets`.
        currency: Of its prices.
        tags: What a person groups it by.
        price: The newest bar's or quote's, whichever is newer.
        signal: The primary strategy's newest.
        sentiment: The newest of the last three days.
        stories_24h: How many stories of the last 24 hours are about it.
        open_alerts: How many alerts about it have not ended.
        sparkline: Its newest closes.
        stale: What should be newer, a sentence each; none where all is fresh.
    """

    symbol: str
    name: str
    mic: str
    currency: str
    tags: list[str]
    price: Price | None
    signal: SignalGlance | None
    sentiment: SentimentGlance | None
    stories_24h: int
    open_alerts: int
    sparkline: Sparkline | None
    stale: list[str]


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole watchlist at a glance.

    Attributes:
        simulated: Whether everything in it is made up.
        strategy: The primary strategy's label.
        markets: How the exchanges of the watchlist stand, by MIC.
        stale: How many symbols have something that should be newer.
        symbols: What is followed, by symbol.
    """

    simulated: bool
    strategy: str
    markets: list[Market]
    stale: int
    symbols: list[Glance]


def overview_of(
    found: Glances, strategy: Strategy, now: datetime, minutes_after_slot: int, *, simulated: bool
) -> Overview:
    """What the stored rows tell; the first of an exchange takes seconds, for its calendar.

    Args:
        found: As `read_glances` found them for the strategy and the present.
        strategy: The primary one.
        now: The present (UTC).
        minutes_after_slot: When a tick starts after its slot.
        simulated: Whether everything is made up.
    """
    late = minutes_after_slot * _MINUTE + TICK_TAKES
    mics = sorted({row.mic for row in found.symbols})
    hours = {mic: known_hours(mic, now, late) for mic in mics}
    splits: dict[str, list[tuple[np.datetime64, float]]] = {}
    for split in found.splits:
        splits.setdefault(split.symbol, []).append((instant64(split.ex_at), split.value))
    glances = [
        _glance(row, hours[row.mic], splits.get(row.symbol, ()), strategy, now)
        for row in found.symbols
    ]
    markets = [one.market for one in hours.values() if one is not None]
    stale = sum(bool(glance.stale) for glance in glances)
    return Overview(simulated, strategy.label, markets, stale, glances)


def known_hours(mic: str, now: datetime, late: timedelta) -> MarketHours | None:
    """The exchange's hours; None where the installed calendars do not know them any more."""
    try:
        return hours_of(mic, now, late)
    except ConfigurationError:
        return None


def _glance(
    row: sa.Row[Any], hours: MarketHours | None, splits: Splits, strategy: Strategy, now: datetime
) -> Glance:
    closes, closed_at = _rising(row.spark_close, row.spark_closed_at)
    closes = _in_shares_of_today(closes, closed_at, splits)
    price = _price(row, hours, splits, (closes, closed_at), now)
    signal = None
    if row.slot_at is not None:
        signal = SignalGlance(row.slot_at, row.score, row.action, row.confidence, row.action_before)
    sentiment = None
    if row.known_at is not None:
        sentiment = SentimentGlance(row.sentiment, row.label, row.known_at)
    spark = None
    if len(closes):
        ends = from_instant64(closed_at[0]), from_instant64(closed_at[-1])
        spark = Sparkline(*ends, closes.tolist())
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
        _stale(price, signal, hours, strategy, now),
    )


def _rising(close: bytes | None, closed_at: bytes | None) -> tuple[Floats, Instants]:
    """Closes and their instants, the oldest first."""
    return sent_floats(close)[::-1], sent_instants(closed_at)[::-1]


def _in_shares_of_today(closes: Floats, closed_at: Instants, splits: Splits) -> Floats:
    if not splits:
        return closes
    adjusted = closes.copy()
    for ex_at, value in splits:
        adjusted[closed_at <= ex_at] /= value
    return adjusted


def _price(
    row: sa.Row[Any],
    hours: MarketHours | None,
    splits: Splits,
    halves: tuple[Floats, Instants],
    now: datetime,
) -> Price | None:
    """The newest of the half hour's close, the day's close and the quote."""
    days = _rising(row.day_close, row.day_closed_at)
    series = [(days, row.day_provider), (halves, row.provider)]
    known = [
        (closed_at[-1], float(close[-1]), "bar", provider)
        for (close, closed_at), provider in series
        if len(close)
    ]
    if row.as_of_at is not None:
        known.append((instant64(row.as_of_at), row.price, "quote", row.quote_provider))
    if not known:
        return None
    at, price, source, provider = max(known, key=lambda one: one[0])
    before = _previous_close(at, hours, splits, days, halves)
    if before is None and source == "quote":
        before = row.previous_close
    change = None if before is None else round((price / before - 1) * 100, DECIMALS)
    priced_at = from_instant64(at)
    return Price(price, priced_at, (now - priced_at) // _MINUTE, source, provider, before, change)


def _previous_close(
    at: np.datetime64,
    hours: MarketHours | None,
    splits: Splits,
    days: tuple[Floats, Instants],
    halves: tuple[Floats, Instants],
) -> float | None:
    """The newest close before the session of the instant; the day's own where both are there."""
    opened_at = None if hours is None else hours.session_open(at)
    if opened_at is None:
        return None
    found: tuple[np.datetime64, float] | None = None
    adjusted = (_in_shares_of_today(*days, splits), days[1])
    for close, closed_at in (adjusted, halves):
        place = int(np.searchsorted(closed_at, opened_at, side="right")) - 1
        if place >= 0 and (found is None or closed_at[place] > found[0]):
            found = closed_at[place], float(close[place])
    return None if found is None else found[1]


def _stale(
    price: Price | None,
    signal: SignalGlance | None,
    hours: MarketHours | None,
    strategy: Strategy,
    now: datetime,
) -> list[str]:
    """What should be newer by now."""
    if hours is None:
        return ["The installed exchange calendars do not know its sessions; update them."]
    told = []
    slots = hours.day_slots if strategy.interval is Interval.DAY else hours.half_hour_closes
    due = (
        ("price", "that of", hours.half_hour_closes, price.priced_at if price else None),
        (f"signal of {strategy.label}", "that for", slots, signal.slot_at if signal else None),
    )
    for what, which, dues, newest in due:
        if not len(dues) or (newest is not None and instant64(newest) >= dues[-1]):
            continue
        due_at = from_instant64(dues[-1])
        since = "There is no" if newest is None else "The newest"
        known = " yet" if newest is None else f" is of {_clock(newest)}"
        minutes = (now - due_at) // _MINUTE
        told.append(
            f"{since} {what}{known}; {which} {_clock(due_at)}, {minutes} min ago, is missing."
        )
    return told


def _clock(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%MZ}"
