"""From readings to signals: what a strategy says of the judged rows of a block. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fintech_pipeline.clock import from_instant64
from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.bands import Micros
from fintech_pipeline.signals.components import PriceMatrix, PriceReadings
from fintech_pipeline.signals.composite import MICRO, Composite, composite, confidence, micros
from fintech_pipeline.signals.explanation import LACKS, MISSING
from fintech_pipeline.signals.news_readings import NewsReadings
from fintech_pipeline.signals.signal_rows import (
    ComponentColumn,
    articles_json,
    components_json,
    inputs_json,
    instants_json,
    missing_json,
    numbers_json,
    signal_table,
    texts_json,
)
from fintech_pipeline.signals.strategy import Strategy

RECENT_ROWS = 13
"""Freshness is the share of the last 13 rows that have a bar."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The rows of a block that are judged with inputs read equally long after their slots.

    Attributes:
        prices: The block's prices.
        readings: What they say.
        news: What the news says, from row `first` on.
        first: The first row whose score matters to an action.
        rows: The rows that are judged, rising.
        lag: How long after their slots their inputs were read.
    """

    prices: PriceMatrix
    readings: PriceReadings
    news: NewsReadings
    first: int
    rows: tuple[int, ...]
    lag: timedelta

    @property
    def span(self) -> slice:
        """The rows whose scores matter."""
        return slice(self.first, self.rows[-1] + 1)

    def known(self, strategy: Strategy | None = None) -> NDArray[np.bool_]:
        """Where the span has a signal: a bar, and a price component the strategy weighs.

        Args:
            strategy: None asks for any component.
        """
        values = self.readings.values
        names = [name for name in values if strategy is None or name in strategy.weights]
        some = np.zeros(self.readings.present[self.span].shape, dtype=np.bool_)
        for name in names:
            some |= ~np.isnan(values[name][self.span])
        known: NDArray[np.bool_] = some & self.readings.present[self.span]
        return known

    def lacking(self) -> Iterator[tuple[int, int]]:
        """The row and column of each judged cell without a signal."""
        known = self.known()
        for row in self.rows:
            for column in np.flatnonzero(~known[row - self.first]).tolist():
                yield row, column


def signals_of(strategy: Strategy, part: Judged) -> pa.Table:
    """The strategy's signals of the judged rows, with `signal_rows.COLUMNS`."""
    span, known = part.span, part.known(strategy)
    values = {name: matrix[span] for name, matrix in part.readings.values.items()}
    values |= {"news": part.news.news, "news_surprise": part.news.surprise}
    regimes = {name: matrix[span] for name, matrix in part.readings.regimes.items()}
    made = composite(strategy, values, regimes)
    suspected = ~np.isnan(part.readings.suspected[span])
    level, entered = made.actions(strategy, known, suspected)
    wanted = np.array(part.rows) - part.first
    place, column = np.nonzero(known[wanted])
    cells = (wanted[place], column)
    return _Cells(strategy, part, made, level, entered, cells).table()


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """The cells of the span that have a signal."""

    strategy: Strategy
    part: Judged
    made: Composite
    level: NDArray[np.int8]
    entered: NDArray[np.intp]
    cells: tuple[NDArray[np.intp], NDArray[np.intp]]

    def table(self) -> pa.Table:
        prices, readings = self.part.prices, self.part.readings
        price, last = self._of(prices.close), self._of(readings.previous_close)
        coverage, agreement = self.made.coverage[self.cells], self.made.agreement[self.cells]
        freshness = self._freshness()
        slots = prices.slots[self.part.span][self.cells[0]]
        numbers = {
            "price": price,
            "change_pct": np.round(100.0 * (price / last - 1.0), 6) + 0.0,
            "score": self.made.score[self.cells] / MICRO,
            "confidence": confidence(coverage, agreement, freshness) / MICRO,
        }
        components = [self._component(name) for name in self.strategy.weights]
        behind = self._behind()
        stories = np.zeros(len(slots), dtype=np.int64)
        for cell, news in behind.items():
            stories[cell] = news.stories
        regimes = np.array([*(one.name for one in self.strategy.regimes), None], dtype=object)
        inputs = inputs_json(
            missing=missing_json(components),
            articles=articles_json(len(slots), behind),
            stories=numbers_json(stories),
            coverage=numbers_json(coverage / MICRO),
            agreement=numbers_json(agreement / MICRO),
            freshness=numbers_json(freshness / MICRO),
            bars=numbers_json(self._of(readings.history)),
            since=instants_json(self._since()),
            regime=texts_json(regimes[self.made.regime[self.cells]]),
            split=numbers_json(self._of(readings.suspected)),
            last_close=numbers_json(last),
        )
        return signal_table(
            self.strategy.interval,
            self.strategy.label,
            np.array(prices.symbols)[self.cells[1]],
            slots,
            [from_instant64(slot) + self.part.lag for slot in slots],
            numbers,
            self.level[self.cells],
            components_json(components),
            inputs,
        )

    def _of(self, matrix: Any) -> Any:
        """The cells of a matrix of the whole block."""
        return matrix[self.part.span][self.cells]

    def _freshness(self) -> Micros:
        present = self.part.readings.present
        counts = np.cumsum(present, axis=0, dtype=np.int64)
        before = np.zeros_like(counts)
        before[RECENT_ROWS:] = counts[:-RECENT_ROWS]
        rows = np.minimum(np.arange(len(present)) + 1, RECENT_ROWS)[:, None]
        return micros(self._of((counts - before) / rows))

    def _since(self) -> NDArray[np.datetime64]:
        entered = self.entered[self.cells]
        slots = self.part.prices.slots[self.part.span][entered]
        return np.where(entered >= 0, slots, np.datetime64("NaT"))

    def _behind(self) -> dict[int, Any]:
        found = self.part.news.behind
        if not found:
            return {}
        cells = enumerate(zip(*(part.tolist() for part in self.cells), strict=True))
        return {place: found[cell] for place, cell in cells if cell in found}

    def _component(self, name: str) -> ComponentColumn:
        made = self.made
        if name in self.part.readings.values:
            figure: Floats = self._of(self.part.readings.figures[name])
            why = np.array(LACKS)[self._of(self.part.readings.lacks[name])]
        else:
            figure = self._news_figure(name)
            why = np.full(len(figure), MISSING[name])
        return ComponentColumn(
            name,
            made.present[name][self.cells],
            made.values[name][self.cells],
            made.weights[name][self.cells],
            made.contributions[name][self.cells],
            figure,
            why,
        )

    def _news_figure(self, name: str) -> Floats:
        news = self.part.news
        figures: Floats = (news.news if name == "news" else news.surprise)[self.cells]
        return figures
