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
        block: Equal for scores of one symbol whose outcomes share their time.
    """

    group: NDArray[np.object_]
    score: Floats
    return_pct: Floats
    block: NDArray[np.intp]


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


def blocks_of(
    symbol: NDArray[np.object_], entered_at: Instants, left_at: Instants
) -> NDArray[np.intp]:
    """A number for each row, equal for rows of one symbol whose outcomes share their time.

    Args:
        symbol: The symbols; rows of one symbol stand together, by `entered_at`.
        entered_at: From when each row's outcome counts (UTC).
        left_at: When it is known (UTC).
    """
    found = np.zeros(len(symbol), dtype=np.intp)
    number, first = -1, 0
    for place in range(len(symbol)):
        if number < 0 or symbol[place] != symbol[first] or not entered_at[place] < left_at[first]:
            number, first = number + 1, place
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
    score, block = verdicts.score[mine], verdicts.block[mine]
    rose = verdicts.return_pct[mine] > 0
    said = (1.0 + score) / 2.0
    told = score != 0
    base = float(rose.mean())
    return Calibration(
        group,
        rate_of(rose, block),
        rate_of((rose == (score > 0))[told], block[told]),
        float(np.mean((said - rose) ** 2)),
        base * (1.0 - base),
        _reliability(score, said, rose, block),
    )


def _reliability(
    score: Floats, said: Floats, rose: NDArray[np.bool_], block: NDArray[np.intp]
) -> list[ReliabilityRow]:
    place = np.searchsorted(EDGES, score, side="right")
    ends = (-1.0, *EDGES, 1.0)
    return [
        ReliabilityRow(
            ends[n],
            ends[n + 1],
            float(said[place == n].mean()) if (place == n).any() else math.nan,
            rate_of(rose[place == n], block[place == n]),
        )
        for n in range(len(ends) - 1)
    ]
