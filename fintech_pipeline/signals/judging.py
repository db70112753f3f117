"""From readings to signals: what a strategy says of the judged rows of a block. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fintech_pipeline.clock import from_instant64
from fintech_pipeline.market.bars import Floats
from fintech_pipeline.sentiment.aggregation import NewsSentiment
from fintech_pipeline.signals.bands import Micros, held_actions
from fintech_pipeline.signals.components import PriceReadings
from fintech_pipeline.signals.composite import MICRO, Composite, composite, confidence, micros
from fintech_pipeline.signals.explanation import LACKS, MISSING, why_none
from fintech_pipeline.signals.forecasting.forecaster import SILENCES, ForecastReadings
from fintech_pipeline.signals.news_readings import NewsReadings
from fintech_pipeline.signals.prices import PriceMatrix
from fintech_pipeline.signals.signal_rows import (
    ComponentColumn,
    Texts,
    articles_json,
    chosen_json,
    components_json,
    inputs_json,
    missing_json,
    numbers_json,
    signal_table,
)
from fintech_pipeline.signals.strategy import FORECAST, Strategy

_ISO = "%Y-%m-%dT%H:%M:%SZ"
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
        forecast: What models say, from row `first` on.
    """

    prices: PriceMatrix
    readings: PriceReadings
    news: NewsReadings
    first: int
    rows: tuple[int, ...]
    lag: timedelta
    forecast: ForecastReadings

    @property
    def span(self) -> slice:
        """The rows whose scores matter."""
        return slice(self.first, self.rows[-1] + 1)

    def known(self, strategy: Strategy) -> NDArray[np.bool_]:
        """Where the span has a signal: a bar, and one of the strategy's price components.

        News alone makes none, unless the strategy looks at nothing else.
        """
        values = self.readings.values
        prices = [values[name][self.span] for name in strategy.weights if name in values]
        others = [self.beside(name)[0] for name in strategy.weights if name not in values]
        some = reduce(np.logical_or, [~np.isnan(matrix) for matrix in prices or others])
        known: NDArray[np.bool_] = some & self.readings.present[self.span]
        return known

    def beside(self, name: str) -> tuple[Floats, Floats]:
        """The values and figures of a component that is none of prices, in the span."""
        if name == FORECAST:
            return self.forecast.value, self.forecast.figure
        return self.news.of(name)


def signals_of(strategy: Strategy, part: Judged) -> tuple[pa.Table, dict[tuple[int, int], str]]:
    """The strategy's signals of the judged rows, with `signal_rows.COLUMNS`.

    Returns:
        The signals, and why other cells of these rows, by row and column, have none.
    """
    span, known = part.span, part.known(strategy)
    values = {name: matrix[span] for name, matrix in part.readings.values.items()}
    values |= {name: part.beside(name)[0] for name in (*MISSING, FORECAST)}
    regimes = {name: matrix[span] for name, matrix in part.readings.regimes.items()}
    made = composite(strategy, values, regimes)
    known &= made.coverage > 0
    suspected = ~np.isnan(part.readings.suspected[span])
    level, since = held_actions(made.score, known, strategy.bands, suspected)
    wanted = np.array(part.rows) - part.first
    place, column = np.nonzero(known[wanted])
    lacking = {
        (part.rows[row], symbol): _why_none(strategy, part, part.rows[row], symbol)
        for row, symbol in np.argwhere(~known[wanted]).tolist()
    }
    return _Cells(strategy, part, made, level, since, (wanted[place], column)).table(), lacking


def _why_none(strategy: Strategy, part: Judged, row: int, column: int) -> str:
    readings = part.readings
    lacks = [
        LACKS[int(readings.lacks[name][row, column])]
        for name in strategy.weights
        if name in readings.lacks
    ]
    return why_none(readings.present[: row + 1, column], strategy.interval, lacks)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """The cells of the span that have a signal."""

    strategy: Strategy
    part: Judged
    made: Composite
    level: NDArray[np.int8]
    since: NDArray[np.intp]
    cells: tuple[NDArray[np.intp], NDArray[np.intp]]

    def table(self) -> pa.Table:
        prices, made = self.part.prices, self.made
        price, last = self._of(prices.close), self._of(self.part.readings.previous_close)
        freshness = self._freshness()
        coverage, agreement = made.coverage[self.cells], made.agreement[self.cells]
        numbers = {
            "price": price,
            "change_pct": np.round(100.0 * (price / last - 1.0), 6) + 0.0,
            "score": made.score[self.cells] / MICRO,
            "confidence": confidence(coverage, agreement, freshness) / MICRO,
        }
        components = [self._component(name) for name in self.strategy.weights]
        slots = prices.slots[self.part.span][self.cells[0]]
        return signal_table(
            self.strategy.interval,
            self.strategy.label,
            pa.array(prices.symbols, pa.string()).take(self.cells[1]),
            slots,
            slots + np.timedelta64(self.part.lag),
            numbers,
            self.level[self.cells],
            components_json(components),
            self._inputs(components, freshness),
        )

    def _inputs(self, components: Sequence[ComponentColumn], freshness: Micros) -> Texts:
        readings, made = self.part.readings, self.made
        behind = self._behind()
        stories = np.zeros(len(self.cells[0]), dtype=np.int64)
        for cell, news in behind.items():
            stories[cell] = news.stories
        slots = [f"{from_instant64(s):{_ISO}}" for s in self.part.prices.slots[self.part.span]]
        regimes = [regime.name for regime in self.strategy.regimes]
        return inputs_json(
            missing=missing_json(components),
            articles=articles_json(len(stories), behind),
            stories=numbers_json(stories),
            coverage=numbers_json(made.coverage[self.cells] / MICRO),
            agreement=numbers_json(made.agreement[self.cells] / MICRO),
            freshness=numbers_json(freshness / MICRO),
            bars=numbers_json(self._of(readings.history)),
            since=chosen_json([*slots, None], self.since[self.cells]),
            regime=chosen_json([*regimes, None], made.regime[self.cells]),
            split=numbers_json(self._of(readings.suspected)),
            last_close=numbers_json(self._of(readings.previous_close)),
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

    def _behind(self) -> dict[int, NewsSentiment]:
        """The news behind each signal that rests on some."""
        found = self.part.news.behind
        if not found or MISSING.keys().isdisjoint(self.strategy.weights):
            return {}
        cells = enumerate(zip(*(part.tolist() for part in self.cells), strict=True))
        return {place: found[cell] for place, cell in cells if cell in found}

    def _component(self, name: str) -> ComponentColumn:
        made, readings = self.made, self.part.readings
        phrases: Sequence[str]
        present = made.present[name][self.cells]
        if name in readings.values:
            figure = self._of(readings.figures[name])
            lack, phrases = self._of(readings.lacks[name]).astype(np.int8), LACKS
        elif name == FORECAST:
            figure = self.part.forecast.figure[self.cells]
            lack, phrases = self.part.forecast.silence[self.cells], SILENCES
        else:
            figure = self.part.news.of(name)[1][self.cells]
            lack, phrases = np.zeros(len(present), dtype=np.int8), (MISSING[name],)
        return ComponentColumn(
            name,
            present,
            made.values[name][self.cells],
            made.weights[name][self.cells],
            made.contributions[name][self.cells],
            figure,
            lack,
            phrases,
        )
