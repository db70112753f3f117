"""Which model speaks at a slot, and what it says: the component `forecast`. Pure.

Only a model that was trained before a slot's inputs were read speaks of that slot, so a history
before the first model has none, and what is trained later changes nothing earlier. Models without
an edge foretell too, which is stored and scored; in a signal they weigh nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants, instant64
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.signals.forecasting.model import Model
from fintech_pipeline.signals.forecasting.targets import Kind, Target

SPEAKS_AFTER = timedelta(hours=1)
"""So long after it was trained a model is surely stored where every slot's judge finds it: what is
judged now and what is replayed later hear the same models."""


class Silence(IntEnum):
    """Why no forecast speaks: its place in `SILENCES`."""

    NOTHING = 0
    NO_MODEL = 1
    NO_EDGE = 2


SILENCES = (
    "",
    "no model was trained by then",
    "no edge: no model of the direction beats the naive forecast out of sample",
)
"""The phrases for a person, in the order of `Silence`."""


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """A model that is kept.

    Attributes:
        number: Its id.
        interval: Of the bars whose slots it speaks of.
        target: What it foretells.
        trained_at: When it was (UTC); it speaks from `SPEAKS_AFTER` on.
        has_edge: Whether its gate is open.
        model: The model.
    """

    number: int
    interval: Interval
    target: Target
    trained_at: datetime
    has_edge: bool
    model: Model


@dataclass(frozen=True, slots=True, eq=False)
class Foretold:
    """What one model says of some cells.

    Attributes:
        number: The model's id.
        rows: The cells' rows.
        columns: Their columns.
        value: The chance of a rise, or the logarithm of a range.
    """

    number: int
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    value: Floats


@dataclass(frozen=True, slots=True, eq=False)
class ForecastReadings:
    """The component `forecast` of some rows; matrices (row, symbol).

    Attributes:
        value: Twice the chance of a rise, less one; NaN where no forecast speaks.
        figure: The chance of a rise; the same.
        silence: Why none speaks, a place in `SILENCES`.
        foretold: What every model says, also those without an edge.
    """

    value: Floats
    figure: Floats
    silence: NDArray[np.int8]
    foretold: tuple[Foretold, ...] = ()


def silent(shape: tuple[int, ...]) -> ForecastReadings:
    """What is said of so many rows and symbols where there is no model."""
    unknown = np.full(shape, np.nan)
    return ForecastReadings(unknown, unknown, np.full(shape, Silence.NO_MODEL, dtype=np.int8))


@dataclass(frozen=True, slots=True)
class Forecaster:
    """The models there are.

    Attributes:
        models: In any order.
    """

    models: Sequence[Registered] = field(default=())

    def speaks(self, interval: Interval) -> bool:
        """Whether there is any model for the bars of an interval."""
        return any(one.interval is interval for one in self.models)

    def readings(
        self, interval: Interval, seen: Floats, known_at: Instants, present: NDArray[np.bool_]
    ) -> ForecastReadings:
        """What the models say of some rows.

        Args:
            interval: Of their bars.
            seen: (row, symbol, feature).
            known_at: When each row's inputs were read (UTC).
            present: Whether there is a bar; (row, symbol).
        """
        shape = present.shape
        total, count = np.zeros(shape), np.zeros(shape)
        some = np.zeros(shape[0], dtype=np.bool_)
        foretold = []
        for one, rows in self._speaking(interval, known_at):
            row, column = np.nonzero(present[rows])
            told = one.model.told(seen[rows[row], column])
            foretold.append(Foretold(one.number, rows[row], column, told))
            if one.target.kind is Kind.DIRECTION:
                some[rows] = True
                if one.has_edge:
                    total[rows[row], column] += told
                    count[rows[row], column] += 1.0
        with np.errstate(invalid="ignore"):
            figure = np.where(count > 0, total / count, np.nan)
        silence = np.where(some[:, None], Silence.NO_EDGE, Silence.NO_MODEL)
        silence = np.where(count > 0, Silence.NOTHING, np.broadcast_to(silence, shape))
        return ForecastReadings(
            2.0 * figure - 1.0, figure, silence.astype(np.int8), tuple(foretold)
        )

    def _speaking(
        self, interval: Interval, known_at: Instants
    ) -> Iterator[tuple[Registered, NDArray[np.intp]]]:
        """The newest model of each target at each row, with the rows at which it is."""
        by_target: defaultdict[str, list[Registered]] = defaultdict(list)
        for one in self.models:
            if one.interval is interval:
                by_target[one.target.name].append(one)
        for _, models in sorted(by_target.items()):
            models.sort(key=lambda one: (one.trained_at, one.number))
            begins = np.array([instant64(one.trained_at + SPEAKS_AFTER) for one in models])
            newest = np.searchsorted(begins, known_at, side="right") - 1
            for place in np.unique(newest[newest >= 0]):
                yield models[int(place)], np.flatnonzero(newest == place)
