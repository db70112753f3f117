"""Computing signals: stored bars and scored articles in, explained signals out, as columns.

A slot sees bars that closed by it and rows with `known_at ≤ cutoff_at`, whatever else is stored.
One pass over a matrix serves all slots of a block that see the same rows, and all strategies that
judge bars of the same interval.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import pyarrow as pa

from fintech_pipeline.clock import SLOT, Window, from_instant64
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.resampling import slots_ending
from fintech_pipeline.market.sessions import SessionCalendar, calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.stories import same_outlet
from fintech_pipeline.sentiment.aggregation import ScoredArticle
from fintech_pipeline.sentiment.score_store import ScoreStore
from fintech_pipeline.signals.bands import ACTION_ROWS
from fintech_pipeline.signals.blocks import (
    Block,
    action_start,
    blocks,
    judged_slots,
    reading_start,
)
from fintech_pipeline.signals.components import PriceReadings, price_readings
from fintech_pipeline.signals.explanation import LACKS_BAR, NOT_ARRIVED, NOTHING_STORED
from fintech_pipeline.signals.judging import Judged, signals_of
from fintech_pipeline.signals.matrix import price_matrix
from fintech_pipeline.signals.news_readings import NEWS_HORIZON, news_readings
from fintech_pipeline.signals.prices import PriceMatrix
from fintech_pipeline.signals.signal_rows import no_signals
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.signals.visibility import View, views

Cutoffs = Mapping[datetime, datetime]
"""The slots, each with the instant by which its inputs must have been known (UTC)."""
Articles = Mapping[str, Sequence[ScoredArticle]]
"""The scored articles of each symbol that has any, by known_at."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The signals of some slots, and why others have none.

    Attributes:
        table: The signals, with `signal_rows.COLUMNS`, by slot, symbol and strategy.
        skipped: For each slot, the symbols without a signal, each with its reason.
        expected: For each slot, how many symbols were to be judged.
    """

    table: pa.Table
    skipped: dict[datetime, dict[str, str]]
    expected: dict[datetime, int]

    def judged(self) -> Counter[datetime]:
        """How many symbols of each slot have the signals of all strategies that were due."""
        slots: list[Any] = self.table["slot_at"].to_pylist()
        symbols: list[Any] = self.table["symbol"].to_pylist()
        whole = set(zip(slots, symbols, strict=True))
        return Counter(slot for slot, symbol in whole if symbol not in self.skipped[slot])


@dataclass(frozen=True, slots=True)
class SignalInputs:
    """Where the inputs are and what weighs them.

    Attributes:
        bars: The bars' store.
        actions: The corporate actions' store.
        scores: The sentiment scores' store.
        model_versions: Whose scores count, the preferred first.
        strategies: What weighs the components.
        half_life: After which an article counts half.
        source_weights: How far outlets are trusted, by `same_outlet`, in [0, 1]; others count 1.
        readings: What reads the prices of a block.
    """

    bars: BarStore
    actions: ActionStore
    scores: ScoreStore
    model_versions: tuple[str, ...]
    strategies: tuple[Strategy, ...]
    half_life: timedelta
    source_weights: Mapping[str, float] = field(default_factory=dict)
    readings: Callable[[PriceMatrix], PriceReadings] = price_readings


def compute_signals(
    inputs: SignalInputs, instruments: Sequence[Instrument], cutoffs: Cutoffs
) -> Computed:
    """The signals of every instrument and strategy at every slot.

    Args:
        inputs: Where the inputs are and what weighs them.
        instruments: Whose signals are wanted.
        cutoffs: The slots, each with the instant its inputs may be known by (UTC).

    Raises:
        StorageError: The inputs cannot be read.
    """
    computed = Computed(no_signals(), {slot: {} for slot in cutoffs}, dict.fromkeys(cutoffs, 0))
    if not cutoffs:
        return computed
    tables = []
    # Half hours first: what lacks of them is said before what lacks of days.
    in_order = sorted(inputs.strategies, key=lambda one: one.interval is Interval.DAY)
    by_calendar: dict[str, list[Instrument]] = {}
    for instrument in instruments:
        by_calendar.setdefault(calendar_of(instrument.mic).name, []).append(instrument)
    for group in by_calendar.values():
        calendar = calendar_of(group[0].mic)
        due: set[datetime] = set()
        for interval, strategies in groupby(in_order, key=lambda strategy: strategy.interval):
            ends = judged_slots(calendar, interval, Window(min(cutoffs) - SLOT, max(cutoffs)))
            slots = [slot for slot in map(from_instant64, ends) if slot in cutoffs]
            due.update(slots)
            one = _Pass(inputs, tuple(strategies), interval, calendar, group, cutoffs)
            tables += one.tables(slots, computed)
        for slot in cutoffs:
            if slot in due:
                computed.expected[slot] += len(group)
            else:
                reason = _why_closed(calendar, slot)
                computed.skipped[slot].update({one.symbol: reason for one in group})
    return Computed(_in_order(tables), computed.skipped, computed.expected)


def merged_signals(parts: Sequence[Computed], slots: Sequence[datetime]) -> Computed:
    """What was computed for several groups of symbols, as one."""
    return Computed(
        _in_order([part.table for part in parts]),
        {slot: {k: v for part in parts for k, v in part.skipped[slot].items()} for slot in slots},
        {slot: sum(part.expected[slot] for part in parts) for slot in slots},
    )


def _in_order(tables: Sequence[pa.Table]) -> pa.Table:
    filled = [table for table in tables if len(table)]
    if len(filled) == 1:
        # One block's signals of one strategy are in order, and may be many.
        return filled[0]
    return pa.concat_tables([no_signals(), *filled]).sort_by(
        [("slot_at", "ascending"), ("symbol", "ascending"), ("strategy", "ascending")]
    )


def _why_closed(calendar: SessionCalendar, slot: datetime) -> str:
    closed = calendar.why_closed(slot)
    return f"the market is closed: {closed}" if closed else "the session is not over"


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over the symbols that share a calendar, with the strategies of one interval."""

    inputs: SignalInputs
    strategies: tuple[Strategy, ...]
    interval: Interval
    calendar: SessionCalendar
    group: Sequence[Instrument]
    cutoffs: Cutoffs

    def tables(self, slots: Sequence[datetime], computed: Computed) -> list[pa.Table]:
        """The signals at the slots; adds to `computed` why symbols have none."""
        if not slots:
            return []
        # Sorted here, because columns are found by binary search and databases differ in collation.
        symbols = tuple(sorted(instrument.symbol for instrument in self.group))
        window = Window(reading_start(self.calendar, self.interval, slots), max(slots))
        bars = self.inputs.bars.read(symbols, self.interval, window)
        actions = self.inputs.actions.read(symbols, window)
        articles = _articles(self.inputs, symbols, self._news(slots))
        tables = []
        for view in views(bars, actions, slots, self.cutoffs):
            for block in blocks(self.calendar, self.interval, view.slots):
                tables += self._of_block(view, block, symbols, articles, computed)
        _tell_of_late_bars(computed, bars, slots, self.interval)
        return tables

    def _news(self, slots: Sequence[datetime]) -> Window:
        """When articles must have been known to count at the slots, or at the rows before them."""
        start = action_start(self.calendar, self.interval, min(slots))
        return Window(start - NEWS_HORIZON, max(self.cutoffs[slot] for slot in slots))

    def _of_block(
        self,
        view: View,
        block: Block,
        symbols: tuple[str, ...],
        articles: Articles,
        computed: Computed,
    ) -> list[pa.Table]:
        prices = price_matrix(view, self.calendar, block, symbols)
        readings = self.inputs.readings(prices)
        row_of = {from_instant64(slot): row for row, slot in enumerate(block.grid)}
        lag = {slot: self.cutoffs[slot] - slot for slot in block.slots}
        tables = []
        # What was read as long after its slot saw the same news of the rows before it.
        for waited, group in groupby(sorted(block.slots, key=lag.__getitem__), lag.__getitem__):
            rows = sorted(row_of[slot] for slot in group)
            first = max(0, rows[0] - ACTION_ROWS + 1)
            span = [from_instant64(slot) for slot in block.grid[first : rows[-1] + 1]]
            news = news_readings(articles, symbols, span, waited, self.inputs.half_life)
            part = Judged(prices, readings, news, first, tuple(rows), waited)
            for strategy in self.strategies:
                made, lacking = signals_of(strategy, part)
                tables.append(made)
                for (row, column), reason in lacking.items():
                    skipped = computed.skipped[from_instant64(block.grid[row])]
                    skipped.setdefault(symbols[column], self._told(strategy, reason))
        return tables

    def _told(self, strategy: Strategy, reason: str) -> str:
        """The reason, and of which strategy it is true, where that is not plain."""
        plain = len(self.inputs.strategies) == 1 or reason in LACKS_BAR
        return reason if plain else f"{strategy.label}: {reason}"


def _tell_of_late_bars(
    computed: Computed, bars: pa.Table, judged_at: Sequence[datetime], interval: Interval
) -> None:
    """Says of symbols whose bar did not count, because it came too late, when it came."""
    late = [
        (slot, symbol)
        for slot in judged_at
        for symbol, reason in computed.skipped[slot].items()
        if reason in {NOTHING_STORED[interval], NOT_ARRIVED[interval]}
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
            of = "day" if interval is Interval.DAY else "half hour"
            reason = f"its bar of this {of} came only at {at:%Y-%m-%d %H:%MZ}"
            computed.skipped[slot][symbol] = reason


def _articles(
    inputs: SignalInputs, symbols: Sequence[str], window: Window
) -> dict[str, list[ScoredArticle]]:
    """The scored articles of the window, by symbol and known_at."""
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
