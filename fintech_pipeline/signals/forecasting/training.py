"""Training: from samples to a model and the verdict on it. Pure but for its learner's library."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.forecasting.features import FEATURES, RANGES
from fintech_pipeline.signals.forecasting.gate import Verdict, judged, losses
from fintech_pipeline.signals.forecasting.model import Learner, Model
from fintech_pipeline.signals.forecasting.targets import Kind, Target
from fintech_pipeline.signals.forecasting.validation import walk_forward

FEWEST_SAMPLES = 500
"""To train on; with fewer nothing is learnt."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Slots of symbols whose future is known; columns of one length, in order of time.

    Attributes:
        features: (sample, feature).
        came: What came of each.
        known_at: When each was known (UTC).
        ended_at: When what came of it was.
        overlap: How many slots ahead the target looks.
    """

    features: Floats
    came: Floats
    known_at: Instants
    ended_at: Instants
    overlap: int

    def __len__(self) -> int:
        return len(self.came)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A model and how it did.

    Attributes:
        target: What it foretells.
        learner: What it was learnt by.
        model: The model, learnt of all samples; None where they are too few.
        verdict: How models like it did out of sample.
        folds: The skill of each fold, in order of time.
    """

    target: Target
    learner: str
    model: Model | None
    verdict: Verdict
    folds: tuple[float, ...]


def train(
    target: Target, samples: Samples, learner: Learner, seed: int, embargo: np.timedelta64
) -> Trained:
    """Learns a model, and judges models like it by what came after they were learnt.

    Args:
        target: What is foretold.
        samples: What is learnt from.
        learner: The way to learn.
        seed: Of its chance.
        embargo: How much time lies between what is trained on and what is tried.
    """
    own, naive, at, folds = [], [], [], []
    for trained, tried in walk_forward(samples.known_at, samples.ended_at, embargo):
        if not _enough(target.kind, samples.came[trained]):
            continue
        model = learner.learnt(target.kind, samples.features[trained], samples.came[trained], seed)
        came = samples.came[tried]
        told = losses(target.kind, model.told(samples.features[tried]), came)
        plain = losses(target.kind, _naive(target.kind, samples, trained, tried), came)
        own.append(told)
        naive.append(plain)
        at.append(samples.known_at[tried])
        folds.append(1.0 - float(told.mean()) / float(plain.mean()))
    nothing = np.zeros(0)
    verdict = judged(
        target.kind,
        np.concatenate([nothing, *own]),
        np.concatenate([nothing, *naive]),
        np.concatenate([samples.known_at[:0], *at]),
        samples.overlap,
    )
    whole = (
        learner.learnt(target.kind, samples.features, samples.came, seed)
        if _enough(target.kind, samples.came)
        else None
    )
    return Trained(target, learner.name, whole, verdict, tuple(folds))


def _enough(kind: Kind, came: Floats) -> bool:
    """Whether there is enough to learn from, and of both directions."""
    if len(came) < FEWEST_SAMPLES:
        return False
    return kind is Kind.VOLATILITY or 0.0 < float(came.mean()) < 1.0


def _naive(
    kind: Kind, samples: Samples, trained: NDArray[np.intp], tried: NDArray[np.intp]
) -> Floats:
    """What needs no model: how often it rose, or the range of before.

    Of a volatility, whichever of `RANGES` does best on what is tried, moved by its mean error on
    what is trained on: a model must beat the one that hindsight would choose.
    """
    came = samples.came[trained]
    if kind is Kind.DIRECTION:
        return np.full(len(tried), came.mean())
    guesses = []
    for column in map(FEATURES.index, RANGES):
        before = samples.features[trained, column]
        known = np.isfinite(before)
        error = float((came - before)[known].mean()) if known.any() else 0.0
        told = samples.features[tried, column] + error
        # Where nothing was known before, the mean of all.
        guesses.append(np.where(np.isfinite(told), told, came.mean()))
    return min(guesses, key=lambda told: float(((told - samples.came[tried]) ** 2).mean()))
