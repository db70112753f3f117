"""The bars that exist, one after the other, as TA-Lib wants them; and the way back. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.adjustment import Adjusted
from fintech_pipeline.signals.explanation import Lack

PRESENT_SHARE = 0.8
"""The share of a look-back's rows that must have a bar for its component to exist."""


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """What one component says of some symbols; (symbol, time) or (symbol, bar).

    Attributes:
        value: In [-1, 1]; NaN where it lacks something.
        figure: What a person reads; NaN there as well.
        lack: A `Lack`; 0 where nothing lacks.
    """

    value: Floats
    figure: Floats
    lack: NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class ExistingBars:
    """Adjusted bars without the rows between that have none; (symbol, bar), NaN behind the last.

    Attributes:
        open: Adjusted, like the others.
        high: …
        low: …
        close: …
        volume: …
        before: The close before each.
        count: How many each symbol has; (symbol,).
        present: Which rows have a bar; (symbol, time). None: all have one.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    before: Floats
    count: NDArray[np.int64]
    present: NDArray[np.bool_] | None

    def span(self, bars: int) -> NDArray[np.int64] | None:
        """Over how many rows the last bars up to each stretch; None: as many as they are."""
        if self.present is None:
            return None
        rows: NDArray[np.int64] = np.zeros(self.close.shape, dtype=np.int64)
        rows[self._filled()] = np.nonzero(self.present)[1]
        span: NDArray[np.int64] = np.zeros(self.close.shape, dtype=np.int64)
        span[:, bars - 1 :] = rows[:, bars - 1 :] - rows[:, : max(0, rows.shape[1] - bars + 1)] + 1
        return span

    def judged(
        self, value: Floats, figure: Floats, bars: int, why: NDArray[np.int8] | Lack
    ) -> Component:
        """The component in rows, and what it lacks.

        Args:
            value: NaN where it does not exist; changed in place, like the figure.
            figure: The figure behind it.
            bars: The component's look-back, the bar itself included.
            why: What it lacks where it has its look-back and does not exist.
        """
        lack = np.full(value.shape, why, dtype=np.int8)
        lack[:, : bars - 1] = Lack.TOO_FEW_BARS
        span = self.span(bars)
        if span is None:
            return completed(value, figure, lack)
        holes = span > bars / PRESENT_SHARE
        value[holes] = np.nan
        lack[holes] = Lack.HOLES
        found = completed(value, figure, lack)
        return Component(
            self.in_rows(found.value), self.in_rows(found.figure), self._lack_in_rows(found.lack)
        )

    def in_rows(self, matrix: Floats) -> Floats:
        """The matrix with a row for each slot, NaN where there is no bar."""
        if self.present is None:
            return matrix
        rows = np.full(matrix.shape, np.nan)
        rows[self.present] = matrix[self._filled()]
        return rows

    def _lack_in_rows(self, lack: NDArray[np.int8]) -> NDArray[np.int8]:
        if self.present is None:
            return lack
        rows = np.full(lack.shape, Lack.NO_BAR, dtype=np.int8)
        rows[self.present] = lack[self._filled()]
        return rows

    def _filled(self) -> NDArray[np.bool_]:
        filled: NDArray[np.bool_] = np.arange(self.close.shape[1]) < self.count[:, None]
        return filled


def completed(value: Floats, figure: Floats, lack: NDArray[np.int8]) -> Component:
    """The component: nothing lacks where the value is a number, elsewhere its figure is none.

    Args:
        value: Changed in place, like the others.
        figure: What a person reads.
        lack: What lacks wherever the value is no number.
    """
    exists = np.isfinite(value)
    gaps = np.flatnonzero(~exists.all(axis=0))
    last = int(gaps[-1]) + 1 if len(gaps) else 0  # behind it all is well, mostly a short way in
    lack[:, last:] = Lack.NOTHING
    lack[:, :last][exists[:, :last]] = Lack.NOTHING
    missing = ~exists[:, :last]
    value[:, :last][missing] = np.nan
    figure[:, :last][missing] = np.nan
    return Component(value, figure, lack)


def existing_bars(bars: Adjusted) -> ExistingBars:
    """The bars that exist, each symbol's first ones first."""
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume, bars.before)
    count = bars.present.sum(axis=1)
    if bars.age is None:
        return ExistingBars(*columns, count, None)
    filled = np.arange(bars.close.shape[1]) < count[:, None]

    def packed(column: Floats) -> Floats:
        full = np.full(column.shape, np.nan)
        full[filled] = column[bars.present]
        return full

    opening, high, low, close, volume, before = map(packed, columns)
    return ExistingBars(opening, high, low, close, volume, before, count, bars.present)
