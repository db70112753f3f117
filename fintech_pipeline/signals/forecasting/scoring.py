"""How what models foretold turned out, as signals are judged: at the next open, at the horizon."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.signals.forecasting.forecast_store import ForecastStore
from fintech_pipeline.signals.forecasting.gate import losses
from fintech_pipeline.signals.forecasting.history import History, Seen
from fintech_pipeline.signals.forecasting.targets import Kind, Target, target_named


@dataclass(frozen=True, slots=True)
class Score:
    """How what a model foretold turned out, of what is known by now.

    Attributes:
        foretold: How many slots of symbols it foretold.
        known: Of how many it is known what came.
        loss: The mean loss of these; None where there is none.
        hits: Of a direction, how often it was right; None of a volatility, and where none is known.
    """

    foretold: int
    known: int
    loss: float | None
    hits: float | None


def scored(
    forecasts: ForecastStore, history: History, models: Sequence[Mapping[str, Any]], now: datetime
) -> dict[int, Score]:
    """How what these models foretold turned out, by their ids.

    Args:
        forecasts: Where it is kept.
        history: What came.
        models: As `newest_models` gives them.
        now: The present (UTC).

    Raises:
        StorageError: The database cannot be read.
    """
    told = forecasts.told([model["id"] for model in models])
    ids = told["model_id"].to_numpy()
    found = {}
    for model in models:
        mine = told.filter(pa.array(ids == model["id"]))
        interval = Interval(model["interval"])
        target = target_named(interval, model["target"])
        value, came = _known(history, interval, target, mine, now)
        loss = hits = None
        if len(came):
            loss = float(losses(target.kind, value, came).mean())
            if target.kind is Kind.DIRECTION:
                hits = float(((value > 0.5) == (came > 0.5)).mean())
        found[model["id"]] = Score(len(mine), len(came), loss, hits)
    return found


def _known(
    history: History, interval: Interval, target: Target, told: pa.Table, now: datetime
) -> tuple[Floats, Floats]:
    """What was foretold and what came, where that is known by now."""
    values, came = [np.zeros(0)], [np.zeros(0)]
    calendars = {str(mic): calendar_of(str(mic)) for mic in told["mic"].unique().to_pylist()}
    names = np.array([calendars[str(mic)].name for mic in told["mic"].to_pylist()], dtype=object)
    for calendar in {one.name: one for one in calendars.values()}.values():
        part = told.filter(pa.array(names == calendar.name))
        seen = Seen(
            calendar,
            part["symbol"].to_numpy(zero_copy_only=False),
            part["slot_at"].to_numpy().astype("datetime64[us]"),
            part["cutoff_at"].to_numpy().astype("datetime64[us]"),
        )
        found = history.came(interval, target, seen, now)
        values.append(part["value"].to_numpy()[found.known])
        came.append(found.value[found.known])
    return np.concatenate(values), np.concatenate(came)
