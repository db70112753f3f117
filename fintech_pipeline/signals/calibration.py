"""Was the sentiment right? Scores of articles against what the price did afterwards. Pure.

A score s in [-1, 1] is read as the probability (1 + s) / 2 that the price rises. Nobody promised
that it is one; whether it may be read so is what this finds out.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.outcomes import Rate, rate_of

EDGES = (-0.6, -0.2, 0.2, 0.6)
"""Where a reliability table parts the scores."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """Scores of articles, each for one symbol, and what came after them; columns.

    Attributes:
        group: Whose scores they are: an outlet's, or a model version's.
        score: In [-1, 1].
        return_pct: The symbol's total return from the first open after the article was known.
        window: The span of time of each outcome, as `windows_of` parts it.
    """

    group: NDArray[np.object_]
    score: Floats
    return_pct: Floats
    window: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """The scores between two edges: what they said, and what came.

    Attributes:
        low: The lower edge of the scores.
        high: The upper edge.
        mean_probability: What they said on average.
        rose: How often the price rose.
    """

    low: float
    high: float
    mean_probability: float
    rose: Rate


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the scores of one outlet or model did.

    Attributes:
        group: Whose they are.
        rose: How often the price rose at all, of the scores whose outcome is known and not 0.
        hit_rate: How often the price went the way of a score that is not 0.
        brier: The mean squared error of the probabilities (Brier 1950): 0 is perfect.
        brier_of_base: That of always saying the share of rises, which needs no article.
        reliability: By how positive they were.
    """

    group: str
    rose: Rate
    hit_rate: Rate
    brier: float
    brier_of_base: float
    reliability: Sequence[ReliabilityRow]


def windows_of(entered_at: Instants, left_at: Instants) -> NDArray[np.intp]:
    """A number for each outcome, equal for those whose time is counted as one.

    A window begins with the first outcome that is in none yet, and ends when that one is known.

    Args:
        entered_at: From when each outcome counts (UTC); NaT is in window -1.
        left_at: When it is known (UTC).
    """
    order = np.argsort(entered_at, kind="stable")
    found = np.full(len(order), -1, dtype=np.intp)
    number, end = -1, np.datetime64("NaT", "us")
    for place in order:
        if np.isnat(entered_at[place]) or np.isnat(left_at[place]):
            continue
        if not entered_at[place] < end:
            number, end = number + 1, left_at[place]
        found[place] = number
    return found


def calibrate(verdicts: Verdicts) -> list[Calibration]:
    """The calibration of each group, that with the most scores first."""
    # A price that has not moved has neither risen nor fallen.
    moved = np.isfinite(verdicts.return_pct) & (verdicts.return_pct != 0)
    names, counts = np.unique(verdicts.group[moved].astype(str), return_counts=True)
    order = np.lexsort((names, -counts))
    return [_of(str(names[place]), verdicts, moved) for place in order]


def _of(group: str, verdicts: Verdicts, moved: NDArray[np.bool_]) -> Calibration:
    mine = moved & (verdicts.group == group)
    score, window = verdicts.score[mine], verdicts.window[mine]
    rose = verdicts.return_pct[mine] > 0
    said = (1.0 + score) / 2.0
    told = score != 0
    base = float(rose.mean())
    return Calibration(
        group,
        rate_of(rose, window, reaching=True),
        rate_of((rose == (score > 0))[told], window[told], reaching=True),
        float(np.mean((said - rose) ** 2)),
        base * (1.0 - base),
        _reliability(score, said, rose, window),
    )


def _reliability(
    score: Floats, said: Floats, rose: NDArray[np.bool_], window: NDArray[np.intp]
) -> list[ReliabilityRow]:
    place = np.searchsorted(EDGES, score, side="right")
    ends = (-1.0, *EDGES, 1.0)
    return [
        ReliabilityRow(
            ends[n],
            ends[n + 1],
            float(said[place == n].mean()) if (place == n).any() else math.nan,
            rate_of(rose[place == n], window[place == n], reaching=True),
        )
        for n in range(len(ends) - 1)
    ]
