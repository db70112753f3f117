"""Computing signals: stored bars and scored articles in, explained signals out.

A slot sees bars that closed by it and rows with `known_at ≤ cutoff_at`, whatever else is stored.
One pass over a matrix serves all slots that see the same rows.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa

from fintech_pipeline.clock import SLOT, Window, from_instant64, instant64
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.market.resampling import slots_ending
from fintech_pipeline.market.sessions import SessionCalendar, calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.stories import same_outlet
from fintech_pipeline.sentiment.aggregation import NewsSentiment, ScoredArticle, aggregate
from fintech_pipeline.sentiment.score_store import ScoreStore
from fintech_pipeline.signals.blocks import blocks, judged_slots, reading_start
from fintech_pipeline.signals.components import PriceReadings, price_readings
from fintech_pipeline.signals.composite import (
    ArticleShare,
    Reading,
    Signal,
    confidence_of,
    rounded,
    score_of,
    weigh,
)
from fintech_pipeline.signals.explanation import (
    LACKS_BAR,
    MISSING,
    news_reason,
    price_reason,
    why_none,
)
from fintech_pipeline.signals.matrix import price_matrix
from fintech_pipeline.signals.prices import PriceMatrix
from fintech_pipeline.signals.strategy import Action, Strategy
from fintech_pipeline.signals.visibility import views

NEWS_HORIZON = timedelta(days=5)
"""Articles older than ten half-lives of the usual 12 hours no longer count."""
RECENT_BARS = 13
"""Freshness is the share of the last 13 slots that have a bar."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The signals of some slots, and why others have none.

    Attributes:
        signals: By slot and symbol.
        skipped: For each slot, the symbols without a signal, each with its reason.
        expected: For each slot, how many symbols were in session.
    """

    signals: list[Signal]
    skipped: dict[datetime, dict[str, str]]
    expected: dict[datetime, int]


@dataclass(frozen=True, slots=True)
class SignalInputs:
    """Where the inputs are and what weighs them.

    Attributes:
        bars: The bars' store.
        actions: The corporate actions' store.
        scores: The sentiment scores' store.
        model_versions: Whose scores count, the preferred first.
        strategy: What weighs the components.
        half_life: After which an article counts half.
        source_weights: How far outlets are trusted, by `same_outlet`, in [0, 1]; others count 1.
    """

    bars: BarStore
    actions: ActionStore
    scores: ScoreStore
    model_versions: tuple[str, ...]
    strategy: Strategy
    half_life: timedelta
    source_weights: Mapping[str, float] = field(default_factory=dict)


def compute_signals(
    inputs: SignalInputs,
    instruments: Sequence[Instrument],
    cutoffs: Mapping[datetime, datetime],
) -> Computed:
    """The signals of every instrument at every slot.

    Args:
        inputs: Where the inputs are and what weighs them.
        instruments: Whose signals are wanted.
        cutoffs: The slots, each with the instant its inputs may be known by (UTC).

    Raises:
        StorageError: The inputs cannot be read.
    """
    computed = Computed([], {slot: {} for slot in cutoffs}, dict.fromkeys(cutoffs, 0))
    if not cutoffs:
        return computed
    articles = _articles(inputs, instruments, cutoffs)
    by_mic: dict[str, list[Instrument]] = {}
    for instrument in instruments:
        by_mic.setdefault(calendar_of(instrument.mic).name, []).append(instrument)
    for group in by_mic.values():
        calendar = calendar_of(group[0].mic)
        _compute_group(computed, inputs, calendar, group, cutoffs, articles)
    computed.signals.sort(key=lambda signal: (signal.slot_at, signal.symbol))
    return computed


def _compute_group(
    computed: Computed,
    inputs: SignalInputs,
    calendar: SessionCalendar,
    group: Sequence[Instrument],
    cutoffs: Mapping[datetime, datetime],
    articles: Mapping[str, list[ScoredArticle]],
) -> None:
    """Adds the signals of the instruments that share a calendar."""
    grid = judged_slots(calendar, Interval.HALF_HOUR, Window(min(cutoffs) - SLOT, max(cutoffs)))
    open_slots = {from_instant64(slot) for slot in grid}
    judged = sorted(slot for slot in cutoffs if slot in open_slots)
    for slot in sorted(set(cutoffs) - open_slots):
        reason = f"the market is closed: {calendar.why_closed(slot)}"
        computed.skipped[slot].update({instrument.symbol: reason for instrument in group})
    for slot in judged:
        computed.expected[slot] += len(group)
    if not judged:
        return
    # Sorted here, because columns are found by binary search and databases differ in collation.
    symbols = sorted(instrument.symbol for instrument in group)
    window = Window(reading_start(calendar, Interval.HALF_HOUR, judged), max(judged))
    bars = inputs.bars.read(symbols, Interval.HALF_HOUR, window)
    actions = inputs.actions.read(symbols, window)
    for view in views(bars, actions, judged, cutoffs):
        for block in blocks(calendar, Interval.HALF_HOUR, view.slots):
            prices = price_matrix(view, calendar, block, tuple(symbols))
            _judge(computed, inputs, prices, block.slots, cutoffs, articles)
    _tell_of_late_bars(computed, bars, judged)


def _tell_of_late_bars(computed: Computed, bars: pa.Table, judged: Sequence[datetime]) -> None:
    """Says of symbols whose bar did not count, because it came too late, when it came."""
    late = [
        (slot, symbol)
        for slot in judged
        for symbol, reason in computed.skipped[slot].items()
        if reason in LACKS_BAR
    ]
    if not late:
        return
    slots = slots_ending(bars["closed_at"].to_numpy().astype("datetime64[us]"))
    keys = zip(map(from_instant64, slots), bars["symbol"].to_pylist(), strict=True)
    # A revised bar first came with its first version, which stands first.
    came_at: dict[tuple[datetime, Any], Any] = {}
    for key, known_at in zip(keys, bars["known_at"].to_pylist(), strict=True):
        came_at.setdefault(key, known_at)
    for slot, symbol in late:
        if at := came_at.get((slot, symbol)):
            reason = f"its bar of this half hour came only at {at:%Y-%m-%d %H:%MZ}"
            computed.skipped[slot][symbol] = reason


def _judge(
    computed: Computed,
    inputs: SignalInputs,
    prices: PriceMatrix,
    slots: Sequence[datetime],
    cutoffs: Mapping[datetime, datetime],
    articles: Mapping[str, list[ScoredArticle]],
) -> None:
    """Adds the signals of these slots, or the reasons why there are none."""
    found = price_readings(prices)
    for slot in slots:
        row = int(np.searchsorted(prices.slots, instant64(slot)))
        for column, symbol in enumerate(prices.symbols):
            readings = _readings(inputs.strategy, found, row, column)
            if not found.present[row, column] or not readings:
                computed.skipped[slot][symbol] = why_none(found.present[: row + 1, column])
                continue
            known = _known(articles.get(symbol, []), slot, cutoffs[slot])
            news = aggregate(known, cutoffs[slot], half_life=inputs.half_life)
            if news is not None:
                readings["news"] = Reading(news.value, news_reason(news))
            computed.signals.append(
                _signal(inputs.strategy, prices, found.previous_close, row, column, readings, news)
            )


def _readings(
    strategy: Strategy, found: PriceReadings, row: int, column: int
) -> dict[str, Reading]:
    readings = {}
    for name in strategy.weights.keys() & found.values.keys():
        value = float(found.values[name][row, column])
        if np.isfinite(value):
            figure = float(found.figures[name][row, column])
            readings[name] = Reading(value, price_reason(name, figure))
    return readings


def _signal(
    strategy: Strategy,
    prices: PriceMatrix,
    before: Floats,
    row: int,
    column: int,
    readings: Mapping[str, Reading],
    news: NewsSentiment | None,
) -> Signal:
    contributions = weigh(strategy, readings)
    score = score_of(contributions)
    price = float(prices.close[row, column])
    last = float(before[row, column])
    recent = prices.close[max(0, row + 1 - RECENT_BARS) : row + 1, column]
    freshness = float(np.isfinite(recent).mean())
    return Signal(
        symbol=prices.symbols[column],
        slot_at=from_instant64(prices.slots[row]),
        strategy=strategy.label,
        price=price,
        change_pct=rounded(100.0 * (price / last - 1.0)) if np.isfinite(last) else None,
        score=score,
        action=_action(strategy, score),
        confidence=confidence_of(strategy, contributions, freshness),
        contributions=contributions,
        missing=tuple((name, MISSING[name]) for name in strategy.weights if name not in readings),
        articles=tuple(
            ArticleShare(part.article_id, part.share, part.model_version)
            for part in (news.contributions if news else ())
        ),
    )


def _action(strategy: Strategy, score: float) -> Action:
    for action in (Action.STRONG_BUY, Action.BUY, Action.STRONG_SELL, Action.SELL):
        enter = strategy.bands[action].enter
        if enter * score > 0 and abs(score) >= abs(enter):
            return action
    return Action.HOLD


def _articles(
    inputs: SignalInputs,
    instruments: Sequence[Instrument],
    cutoffs: Mapping[datetime, datetime],
) -> dict[str, list[ScoredArticle]]:
    """The scored articles that any of the slots may see, by symbol and known_at."""
    window = Window(min(cutoffs) - NEWS_HORIZON, max(cutoffs.values()))
    symbols = [instrument.symbol for instrument in instruments]
    rows = inputs.scores.scored(symbols, inputs.model_versions, window)
    found: dict[str, list[ScoredArticle]] = {}
    for row in rows.to_pylist():
        found.setdefault(row["symbol"], []).append(
            ScoredArticle(
                row["article_id"],
                row["story_id"],
                row["outlet"],
                row["known_at"],
                row["relevance"],
                row["score"],
                row["confidence"],
                inputs.source_weights.get(same_outlet(row["outlet"]), 1.0),
                row["model_version"],
                row["scored_from"],
            )
        )
    return found


def _known(
    articles: Sequence[ScoredArticle], slot_at: datetime, cutoff_at: datetime
) -> Sequence[ScoredArticle]:
    """The articles known and scored by the cutoff and young enough at the slot.

    They stand by known_at.
    """
    known_at = attrgetter("known_at")
    first = bisect_left(articles, slot_at - NEWS_HORIZON, key=known_at)
    known = articles[first : bisect_right(articles, cutoff_at, key=known_at)]
    return [one for one in known if one.scored_from is None or one.scored_from <= cutoff_at]
