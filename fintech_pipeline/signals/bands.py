"""From scores to actions: bands with two thresholds, and no memory of what was said. Pure.

An action holds at a row when its `enter` was reached there or at one of the twelve rows before, and
its `leave` was not passed since. So a score at the edge does not flip the action every slot, one
that was not confirmed for a session lapses, and the action still follows from the scores of a fixed
number of rows: a signal can be computed again by itself.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.signals.strategy import Action, Band

ACTION_ROWS = 13
"""For so many rows an action holds without a score that enters it again."""
LEVELS = (Action.STRONG_SELL, Action.SELL, Action.HOLD, Action.BUY, Action.STRONG_BUY)
"""The actions by their level, from 0."""
HOLD = LEVELS.index(Action.HOLD)
Micros = NDArray[np.int64]
"""Millionths."""


def held_actions(
    scores: Micros,
    known: NDArray[np.bool_],
    bands: Mapping[Action, Band],
    barred: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int8], NDArray[np.intp]]:
    """The action that holds at each row, and the row that started it.

    Args:
        scores: In millionths; (time, symbol).
        known: Where there is a score; other rows neither enter nor leave anything, and count as
            time that passes.
        bands: The strategy's.
        barred: Where no action may hold or begin, whatever the score.

    Returns:
        The actions' places in `LEVELS`, and the rows' numbers, -1 for hold: the first of the last
        `ACTION_ROWS` rows from which on the action has held.
    """
    level = np.full(scores.shape, HOLD, dtype=np.int8)
    since = np.full(scores.shape, -1, dtype=np.intp)
    row = np.broadcast_to(np.arange(len(scores))[:, None], scores.shape)
    may_begin = known if barred is None else known & ~barred
    for action in (Action.BUY, Action.STRONG_BUY, Action.SELL, Action.STRONG_SELL):
        band, side = bands[action], 1 if bands[action].enter > 0 else -1
        upward = scores * side
        enters = may_begin & (upward >= round(band.enter * side * 1e6))
        leaves = known & (upward < round(band.leave * side * 1e6))
        left = np.maximum.accumulate(np.where(leaves, row, -1), axis=0)
        start = np.maximum(left + 1, row - ACTION_ROWS + 1)
        # The first row at or after each that enters.
        after = np.minimum.accumulate(np.where(enters, row, len(row))[::-1], axis=0)[::-1]
        first = np.take_along_axis(after, np.minimum(start, row), axis=0)
        holds = (start <= row) & (first <= row)
        level[holds] = LEVELS.index(action)
        since[holds] = first[holds]
    if barred is not None:
        level[barred], since[barred] = HOLD, -1
    return level, since
