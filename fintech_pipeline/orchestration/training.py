"""Training from what is stored. Without Dagster."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from fintech_pipeline.clock import day_window, days_of, from_instant64
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.market.sessions import SessionCalendar
from fintech_pipeline.orchestration.cutoffs import by_cutoffs
from fintech_pipeline.orchestration.rejudging import in_parts, judged_at
from fintech_pipeline.orchestration.steps import signal_inputs
from fintech_pipeline.signals.forecasting.features import features
from fintech_pipeline.signals.forecasting.forecast_store import Learnt, newest_models
from fintech_pipeline.signals.forecasting.forecaster import Forecaster
from fintech_pipeline.signals.forecasting.history import History, Seen
from fintech_pipeline.signals.forecasting.learners import learner_named
from fintech_pipeline.signals.forecasting.scoring import Score, scored
from fintech_pipeline.signals.forecasting.targets import TARGETS, Target
from fintech_pipeline.signals.forecasting.training import Samples, Trained, train
from fintech_pipeline.signals.judging import Judged
from fintech_pipeline.signals.parts import judged_parts

FORECAST_MODELS = "forecast_models"
EMBARGO = np.timedelta64(1, "D")
"""Between what is trained on and what is tried."""
Sights = Sequence[tuple[Seen, Floats]]
"""What was seen, a calendar at a time, each with its features: (sample, feature)."""


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """What one training did.

    Attributes:
        models: By id, what was learnt.
        without: By interval, why nothing was.
    """

    models: Mapping[int, tuple[Interval, Trained]]
    without: Mapping[Interval, str]


def train_all(pipeline: Pipeline, learner_name: str | None = None) -> TrainingStep:
    """Learns a model of each target from what is stored, judges it, and registers it.

    Args:
        pipeline: Where everything is.
        learner_name: The way to learn; the configured one without it.

    Raises:
        ConfigurationError: The way to learn needs a library that is not installed.
        StorageError: The database refused; the models registered before are kept.
    """
    settings = pipeline.settings.forecast
    learner = learner_named(learner_name or settings.learner)
    models, without = {}, {}
    for interval in TARGETS:
        sights = list(_sights(pipeline, interval, timedelta(days=settings.days)))
        if not sights:
            without[interval] = f"no bar of {interval} is stored in the last {settings.days} days"
            continue
        slots = np.concatenate([seen.slot for seen, _ in sights])
        symbols = sorted({str(symbol) for seen, _ in sights for symbol in np.unique(seen.symbol)})
        for target in TARGETS[interval]:
            samples = _samples(pipeline, interval, target, sights)
            trained = train(target, samples, learner, settings.seed, EMBARGO)
            learnt = Learnt(
                interval,
                pipeline.clock(),
                from_instant64(slots.min()),
                from_instant64(slots.max()),
                len(samples),
                symbols,
                settings.seed,
            )
            models[pipeline.forecasts.register(trained, learnt)] = interval, trained
    return TrainingStep(models, without)


def models_and_scores(pipeline: Pipeline, count: int) -> list[tuple[Mapping[str, object], Score]]:
    """The newest models, the newest first, each with how what it foretold turned out."""
    with pipeline.database.transaction() as connection:
        models = newest_models(connection, count)
    history = History(pipeline.bars, pipeline.actions)
    scores = scored(pipeline.forecasts, history, models, pipeline.clock())
    return [(model, scores[model["id"]]) for model in models]


def _sights(
    pipeline: Pipeline, interval: Interval, span: timedelta
) -> Iterator[tuple[Seen, Floats]]:
    """What was seen at all slots of the last time."""
    instruments = pipeline.instruments.watched()
    with pipeline.database.transaction() as connection:
        symbols = [one.symbol for one in instruments]
        newest = pipeline.bars.newest(connection, symbols, interval, pipeline.clock())
    if not newest:
        return
    last = max(newest.values()).date()
    first = min(max(last - span, pipeline.settings.pipeline.starts_on), last)
    found: defaultdict[str, list[tuple[Judged, SessionCalendar]]] = defaultdict(list)
    # Nothing is to be said of what is learnt from, neither by strategies nor by earlier models.
    inputs = replace(signal_inputs(pipeline), strategies=(), forecaster=Forecaster())
    for days in in_parts(interval, days_of(day_window(first, last)), date.max):
        slots = judged_at(interval, day_window(days[0], days[-1]), instruments)
        for group, cutoffs in by_cutoffs(pipeline, instruments, slots, None):
            for part, calendar in judged_parts(inputs, group, interval, cutoffs):
                found[calendar.name].append((part, calendar))
    for parts in found.values():
        seen, matrix = _joined([part for part, _ in parts], parts[0][1])
        if len(seen):
            yield seen, matrix


def _joined(parts: Sequence[Judged], calendar: SessionCalendar) -> tuple[Seen, Floats]:
    symbol, slot, known_at, seen = [], [], [], []
    for part in parts:
        rows = np.array(part.rows)
        all_of = features(part.prices, part.readings, part.news, part.span)[rows - part.first]
        row, column = np.nonzero(part.readings.present[rows])
        symbol.append(np.array(part.prices.symbols, dtype=object)[column])
        slot.append(part.prices.slots[rows][row])
        known_at.append(part.prices.slots[rows][row] + np.timedelta64(part.lag))
        seen.append(all_of[row, column])
    columns = [np.concatenate(column) for column in (symbol, slot, known_at)]
    return Seen(calendar, columns[0], columns[1], columns[2]), np.concatenate(seen)


def _samples(pipeline: Pipeline, interval: Interval, target: Target, sights: Sights) -> Samples:
    """What is seen together with what came of it, where that is known by now, in order of time."""
    history = History(pipeline.bars, pipeline.actions)
    seen_of, came_of, at, ended, overlap = [], [], [], [], 1
    for seen, matrix in sights:
        came = history.came(interval, target, seen, pipeline.clock())
        seen_of.append(matrix[came.known])
        came_of.append(came.value[came.known])
        at.append(seen.slot[came.known])
        ended.append(came.ended_at[came.known])
        if came.known.any():
            overlap = max(overlap, int(np.median(came.ahead[came.known])))
    order = np.argsort(np.concatenate(at), kind="stable")
    return Samples(
        np.concatenate(seen_of)[order],
        np.concatenate(came_of)[order],
        np.concatenate(at)[order],
        np.concatenate(ended)[order],
        overlap,
    )
