"""Signals as matrices, and what came after them. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.strategy import Action

SIDES: Mapping[Action, int] = {
    Action.STRONG_SELL: -1,
    Action.SELL: -1,
    Action.HOLD: 0,
    Action.BUY: 1,
    Action.STRONG_BUY: 1,
}


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The signals of one strategy as matrices (slot, symbol), NaN or -1 where there is none.

    Attributes:
        slots: The slots with a signal, rising (UTC).
        symbols: The symbols with one, sorted.
        score: The scores.
        action: The place of each action in `Action`.
        change: The price's last change in per cent, against the session before.
        components: The values of each component.
    """

    slots: NDArray[np.datetime64]
    symbols: tuple[str, ...]
    score: Floats
    action: NDArray[np.int8]
    change: Floats
    components: Mapping[str, Floats]

    @property
    def side(self) -> Floats:
        """1 for a buy, -1 for a sell, 0 for a hold; NaN where there is no signal."""
        sides = np.array([*(SIDES[action] for action in Action), np.nan])
        return sides[self.action]


@dataclass(frozen=True, slots=True, eq=False)
class Aftermath:
    """What came after the signals of a panel at one horizon.

    Attributes:
        horizon: Its name.
        return_pct: The total return, matrix (slot, symbol); NaN where there is none.
        left_at: When the last outcome of each slot was known; NaT where none is.
        without: Why outcomes lack that should be there, each reason with its number.
        waiting: Of how many the time has not come.
    """

    horizon: str
    return_pct: Floats
    left_at: NDArray[np.datetime64]
    without: Mapping[str, int]
    waiting: int


def turnover(side: Floats) -> float:
    """The mean share of a position that is traded from a symbol's signal to its next.

    From hold to buy is half of one, from sell to buy all of it.
    """
    traded = count = 0.0
    for column in side.T:
        held = column[np.isfinite(column)]
        traded += float(np.abs(np.diff(held)).sum()) / 2.0
        count += max(0, len(held) - 1)
    return traded / count if count else math.nan
