"""The review: outcomes of live signals are settled, then the past is looked at. Without Dagster."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from fintech_pipeline.clock import Window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.signals.hindsight import COIN, Asked, Review, review_of
from fintech_pipeline.signals.settling import Settled, SettlingStores, settle

SIGNAL_OUTCOMES = "signal_outcomes"
REVIEWED = timedelta(days=365)
"""How far back the daily review looks; `fintech signals outcomes` looks at all there is."""


@dataclass(frozen=True, slots=True)
class ReviewStep:
    """What `signal_outcomes` did and found.

    Attributes:
        settled: What was settled.
        live: The review of live signals.
        backfilled: That of a backfilled history, which nobody acted on.
    """

    settled: Settled
    live: Review
    backfilled: Review


def stores_of(pipeline: Pipeline) -> SettlingStores:
    """Where what is settled and reviewed is."""
    return SettlingStores(pipeline.bars, pipeline.actions, pipeline.outcomes)


def look_back(pipeline: Pipeline, asked: Asked) -> Review:
    """The review of a part of the past.

    Raises:
        StorageError: The database cannot be read.
    """
    coin = np.random.default_rng(COIN)
    return review_of(stores_of(pipeline), asked, pipeline.clock(), coin)


def review(pipeline: Pipeline) -> ReviewStep:
    """Settles what can be settled, and reviews the last year.

    It holds no lock of a tick's: an outcome is written once, whoever comes first.

    Raises:
        StorageError: The database refused; the batches settled before are kept.
    """
    now = pipeline.clock()
    settled = settle(stores_of(pipeline), now)
    window = Window(now - REVIEWED, now)
    live, backfilled = (look_back(pipeline, Asked(live, window)) for live in (True, False))
    return ReviewStep(settled, live, backfilled)
