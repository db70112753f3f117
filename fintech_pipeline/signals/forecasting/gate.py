"""The gate: whether a model beats what needs no model, out of sample. Pure.

The losses of the model and of the naive forecast are compared slot by slot (Diebold, Mariano
1995), with the variance of Newey and West (1987) over as many rows as neighbouring futures share.
Six targets are tried a week, 312 a year; with t ≥ 3 one of seven hundred without any skill passes
by chance, so about one look in two years, and a least skill keeps out what is real and useless.
"""

import math
from dataclasses import dataclass

import numpy as np

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.forecasting.targets import Kind

LEAST_T = 3.0
LEAST_SKILL = {Kind.DIRECTION: 0.0025, Kind.VOLATILITY: 0.01}
"""Of a direction as much as being right 53 times of a hundred instead of 50 is worth, since the
likelihood grows by 2 (p - ½)² / ln 2 of itself; of a volatility a hundredth of the squared
error."""
FEWEST_SLOTS = 100
"""With fewer slots tried nothing is said."""
LEAST_P = 1e-6


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a model did out of sample.

    Attributes:
        slots: How many slots were tried.
        samples: How many samples.
        loss: The model's mean loss: minus the log-likelihood of a direction, the squared error of
            the logarithm of a range.
        naive_loss: The same of the naive forecast.
        skill: By how much of the naive loss the model's is smaller.
        t: The Diebold-Mariano statistic; above 0 where the model is better.
        has_edge: Whether the gate is open.
        sentence: The same for a person.
    """

    slots: int
    samples: int
    loss: float | None
    naive_loss: float | None
    skill: float | None
    t: float | None
    has_edge: bool
    sentence: str


def losses(kind: Kind, told: Floats, came: Floats) -> Floats:
    """The loss of each forecast."""
    if kind is Kind.VOLATILITY:
        return (told - came) ** 2
    chance = np.clip(told, LEAST_P, 1.0 - LEAST_P)
    found: Floats = -(came * np.log(chance) + (1.0 - came) * np.log(1.0 - chance))
    return found


def judged(kind: Kind, own: Floats, naive: Floats, slots: Instants, overlap: int) -> Verdict:
    """Whether the gate opens.

    Args:
        kind: What is foretold.
        own: The model's losses.
        naive: Those of the naive forecast, of the same samples.
        slots: The slot of each sample.
        overlap: How many rows ahead the target looks.
    """
    distinct, place = np.unique(slots, return_inverse=True)
    if len(distinct) < FEWEST_SLOTS:
        told = f"No edge: too few slots were tried, {len(distinct)} of {FEWEST_SLOTS}."
        return Verdict(len(distinct), len(own), None, None, None, None, False, told)
    count = np.bincount(place)
    better = np.bincount(place, naive - own) / count
    t = _t(better, lags=2 * overlap)
    loss, naive_loss = float(own.mean()), float(naive.mean())
    skill = 1.0 - loss / naive_loss
    least = LEAST_SKILL[kind]
    has_edge = t >= LEAST_T and skill >= least
    word = "Edge" if has_edge else "No edge"
    told = (
        f"{word}: {skill:+.2%} against the naive forecast out of sample, t {t:+.1f}, where "
        f"{least:.2%} and {LEAST_T:g} are asked for."
    )
    return Verdict(len(distinct), len(own), loss, naive_loss, skill, t, has_edge, told)


def _t(differences: Floats, lags: int) -> float:
    """The mean over its Newey-West standard error."""
    count = len(differences)
    centred = differences - differences.mean()
    variance = float(centred @ centred) / count
    for lag in range(1, min(lags, count - 1) + 1):
        weight = 1.0 - lag / (lags + 1.0)
        variance += 2.0 * weight * float(centred[lag:] @ centred[:-lag]) / count
    if variance <= 0.0:
        return 0.0
    return float(differences.mean()) / math.sqrt(variance / count)
