"""Computing signals: stored bars and scored articles in, explained signals out, as columns.

A slot sees bars that closed by it and rows with `known_at ≤ cutoff_at`, whatever else is stored.
One pass over a matrix serves all slots of a block that see the same rows, and all strategies that
judge bars of the same interval.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from fintech_pipeline.clock import SLOT, Window, from_instant64
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.resampling import slots_ending
from fintech_pipeline.market.sessions import SessionCalendar
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.signals.blocks import (
    judged_slots,
)
from fintech_pipeline.signals.explanation import LACKS_BAR, NOT_ARRIVED, NOTHING_STORED
from fintech_pipeline.signals.judging import Judged, signals_of
from fintech_pipeline.signals.parts import Cutoffs, Parts, SignalInputs, by_calendar
from fintech_pipeline.signals.signal_rows import no_signals
from fintech_pipeline.signals.strategy import Strategy

NO_FORECASTS = pa.table(
    {
        "model_id": pa.array([], pa.int64()),
        "symbol": pa.array([], pa.string()),
        "slot_at": pa.array([], pa.timestamp("us", "UTC")),
        "value": pa.array([], pa.float64()),
    }
)
"""What no model says."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The signals of some slots, and why others have none.

    Attributes:
        table: The signals, with `signal_rows.COLUMNS`, by slot, symbol and strategy.
        skipped: For each slot, the symbols without a signal, each with its reason.
        expected: For each slot, how many symbols were to be judged.
        forecasts: What each model foretells, `model_id, symbol, slot_at, value`.
    """

    table: pa.Table
    skipped: dict[datetime, dict[str, str]]
    expected: dict[datetime, int]
    forecasts: pa.Table = field(default_factory=lambda: NO_FORECASTS)

    def judged(self) -> Counter[datetime]:
        """How many symbols of each slot have the signals of all strategies that were due."""
        slots: list[Any] = self.table["slot_at"].to_pylist()
        symbols: list[Any] = self.table["symbol"].to_pylist()
        whole = set(zip(slots, symbols, strict=True))
        return Counter(slot for slot, symbol in whole if symbol not in self.skipped[slot])


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
    tables, foretold = [], [NO_FORECASTS]
    # Half hours first: what lacks of them is said before what lacks of days.
    in_order = sorted(inputs.strategies, key=lambda one: one.interval is Interval.DAY)
    for calendar, group in by_calendar(instruments):
        due: set[datetime] = set()
        for interval, strategies in groupby(in_order, key=lambda strategy: strategy.interval):
            ends = judged_slots(calendar, interval, Window(min(cutoffs) - SLOT, max(cutoffs)))
            slots = [slot for slot in map(from_instant64, ends) if slot in cutoffs]
            due.update(slots)
            one = _Pass(Parts(inputs, interval, calendar, group, cutoffs), tuple(strategies))
            tables += one.tables(slots, computed, foretold)
        for slot in cutoffs:
            if slot in due:
                computed.expected[slot] += len(group)
            else:
                reason = _why_closed(calendar, slot)
                computed.skipped[slot].update({one.symbol: reason for one in group})
    forecasts = pa.concat_tables(foretold)
    return Computed(_in_order(tables), computed.skipped, computed.expected, forecasts)


def merged_signals(parts: Sequence[Computed], slots: Sequence[datetime]) -> Computed:
    """What was computed for several groups of symbols, as one."""
    return Computed(
        _in_order([part.table for part in parts]),
        {slot: {k: v for part in parts for k, v in part.skipped[slot].items()} for slot in slots},
        {slot: sum(part.expected[slot] for part in parts) for slot in slots},
        pa.concat_tables([NO_FORECASTS, *(part.forecasts for part in parts)]),
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
    """What some strategies of one interval say of one calendar's symbols."""

    parts: Parts
    strategies: tuple[Strategy, ...]

    def tables(
        self, slots: Sequence[datetime], computed: Computed, foretold: list[pa.Table]
    ) -> list[pa.Table]:
        """The signals at the slots.

        Args:
            slots: The slots.
            computed: It is added why symbols have none.
            foretold: What models say is added.
        """
        if not slots:
            return []
        bars = self.parts.bars(slots)
        tables = []
        for part in self.parts.of(slots, bars):
            foretold.append(_foretold(part))
            for strategy in self.strategies:
                made, lacking = signals_of(strategy, part)
                tables.append(made)
                for (row, column), reason in lacking.items():
                    skipped = computed.skipped[from_instant64(part.prices.slots[row])]
                    skipped.setdefault(part.prices.symbols[column], self._told(strategy, reason))
        _tell_of_late_bars(computed, bars, slots, self.parts.interval)
        return tables

    def _told(self, strategy: Strategy, reason: str) -> str:
        """The reason, and of which strategy it is true, where that is not plain."""
        plain = len(self.parts.inputs.strategies) == 1 or reason in LACKS_BAR
        return reason if plain else f"{strategy.label}: {reason}"


def _foretold(part: Judged) -> pa.Table:
    """What each model says of the judged rows."""
    prices, rows = part.prices, np.array(part.rows) - part.first
    tables = [NO_FORECASTS]
    for one in part.forecast.foretold:
        wanted = np.isin(one.rows, rows)
        slots = prices.slots[part.span][one.rows[wanted]]
        columns = [
            pa.array(np.full(len(slots), one.number)),
            pa.array(prices.symbols, pa.string()).take(one.columns[wanted]),
            pa.array(slots).cast(NO_FORECASTS.schema.field("slot_at").type),
            pa.array(one.value[wanted]),
        ]
        tables.append(pa.table(columns, schema=NO_FORECASTS.schema))
    return pa.concat_tables(tables)


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
