"""What signals are made of: stored bars and scored articles as the slots may see them, in blocks.

A slot sees bars that closed by it and rows with `known_at ≤ cutoff_at`, whatever else is stored.
One pass over a matrix serves all slots of a block that see the same rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np
import pyarrow as pa

from fintech_pipeline.clock import SLOT, Window, from_instant64
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.bars import Interval
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
from fintech_pipeline.signals.forecasting.features import features
from fintech_pipeline.signals.forecasting.forecaster import Forecaster, ForecastReadings, silent
from fintech_pipeline.signals.judging import Judged
from fintech_pipeline.signals.matrix import price_matrix
from fintech_pipeline.signals.news_readings import NEWS_HORIZON, NewsReadings, news_readings
from fintech_pipeline.signals.prices import PriceMatrix
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.signals.visibility import View, views

Cutoffs = Mapping[datetime, datetime]
"""The slots, each with the instant by which its inputs must have been known (UTC)."""
Articles = Mapping[str, Sequence[ScoredArticle]]
"""The scored articles of each symbol that has any, by known_at."""


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
        forecaster: The models that speak.
    """

    bars: BarStore
    actions: ActionStore
    scores: ScoreStore
    model_versions: tuple[str, ...]
    strategies: tuple[Strategy, ...]
    half_life: timedelta
    source_weights: Mapping[str, float] = field(default_factory=dict)
    readings: Callable[[PriceMatrix], PriceReadings] = price_readings
    forecaster: Forecaster = field(default_factory=Forecaster)


@dataclass(frozen=True, slots=True)
class Parts:
    """What signals of the symbols that share a calendar are made of, with bars of one interval.

    Attributes:
        inputs: Where it is.
        interval: Of the bars.
        calendar: That of all the symbols.
        group: The symbols.
        cutoffs: The slots, each with the instant its inputs may be known by (UTC).
    """

    inputs: SignalInputs
    interval: Interval
    calendar: SessionCalendar
    group: Sequence[Instrument]
    cutoffs: Cutoffs

    @property
    def symbols(self) -> tuple[str, ...]:
        """The columns."""
        # Sorted here: columns are found by binary search, and databases differ in collation.
        return tuple(sorted(instrument.symbol for instrument in self.group))

    def bars(self, slots: Sequence[datetime]) -> pa.Table:
        """The versions of bars that the blocks of the slots may need."""
        return self.inputs.bars.read(self.symbols, self.interval, self._window(slots))

    def of(self, slots: Sequence[datetime], bars: pa.Table) -> Iterator[Judged]:
        """What the signals at the slots are made of.

        Args:
            slots: Some of the slots, at least one.
            bars: What `bars` gives for them.

        Raises:
            StorageError: The inputs cannot be read.
        """
        actions = self.inputs.actions.read(self.symbols, self._window(slots))
        articles = _articles(self.inputs, self.symbols, self._news(slots))
        for view in views(bars, actions, slots, self.cutoffs):
            for block in blocks(self.calendar, self.interval, view.slots):
                yield from self._of_block(view, block, articles)

    def _window(self, slots: Sequence[datetime]) -> Window:
        return Window(reading_start(self.calendar, self.interval, slots), max(slots))

    def _news(self, slots: Sequence[datetime]) -> Window:
        """When articles must have been known to count at the slots, or at the rows before them."""
        start = action_start(self.calendar, self.interval, min(slots))
        return Window(start - NEWS_HORIZON, max(self.cutoffs[slot] for slot in slots))

    def _of_block(self, view: View, block: Block, articles: Articles) -> Iterator[Judged]:
        symbols = self.symbols
        prices = price_matrix(view, self.calendar, block, symbols)
        readings = self.inputs.readings(prices)
        row_of = {from_instant64(slot): row for row, slot in enumerate(block.grid)}
        lag = {slot: self.cutoffs[slot] - slot for slot in block.slots}
        # What was read as long after its slot saw the same news of the rows before it.
        for waited, group in groupby(sorted(block.slots, key=lag.__getitem__), lag.__getitem__):
            rows = sorted(row_of[slot] for slot in group)
            first = max(0, rows[0] - ACTION_ROWS + 1)
            span = slice(first, rows[-1] + 1)
            slots = [from_instant64(slot) for slot in block.grid[span]]
            news = news_readings(articles, symbols, slots, waited, self.inputs.half_life)
            forecast = self._forecast(prices, readings, news, span, waited)
            yield Judged(prices, readings, news, first, tuple(rows), waited, forecast)

    def _forecast(
        self,
        prices: PriceMatrix,
        readings: PriceReadings,
        news: NewsReadings,
        span: slice,
        waited: timedelta,
    ) -> ForecastReadings:
        forecaster, present = self.inputs.forecaster, readings.present[span]
        if not forecaster.speaks(self.interval):
            return silent(present.shape)
        seen = features(prices, readings, news, span)
        known_at = prices.slots[span] + np.timedelta64(waited)
        return forecaster.readings(self.interval, seen, known_at, present)


def judged_parts(
    inputs: SignalInputs, instruments: Sequence[Instrument], interval: Interval, cutoffs: Cutoffs
) -> Iterator[tuple[Judged, SessionCalendar]]:
    """What signals of these slots are made of, part by part, and nothing is made of it.

    Args:
        inputs: Where the inputs are; the strategies do not matter.
        instruments: Of whom.
        interval: Of the bars.
        cutoffs: The slots, each with the instant its inputs may be known by (UTC).
    """
    if not cutoffs:
        return
    for calendar, group in by_calendar(instruments):
        ends = judged_slots(calendar, interval, Window(min(cutoffs) - SLOT, max(cutoffs)))
        slots = [slot for slot in map(from_instant64, ends) if slot in cutoffs]
        if slots:
            one = Parts(inputs, interval, calendar, group, cutoffs)
            for part in one.of(slots, one.bars(slots)):
                yield part, calendar


def by_calendar(
    instruments: Sequence[Instrument],
) -> list[tuple[SessionCalendar, list[Instrument]]]:
    """The instruments by the exchange calendar they share."""
    found: dict[str, list[Instrument]] = {}
    for instrument in instruments:
        found.setdefault(calendar_of(instrument.mic).name, []).append(instrument)
    return [(calendar_of(group[0].mic), group) for group in found.values()]


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
