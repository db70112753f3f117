"""From signals to the sizes that are wished for, as shares of the capital. Pure."""

import numpy as np

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.backtesting.tape import Tape
from fintech_pipeline.signals.backtesting.terms import Sizing, Terms

MEMORY = 0.94
"""The λ of RiskMetrics (1996): what a row's squared return keeps of the variance before it."""
LARGEST = 2.0
"""A quiet symbol's place is at most so much larger than an equal one."""


def wished_sizes(sides: Floats, tape: Tape, terms: Terms) -> Floats:
    """The share of the capital that each symbol should hold after each row, known at its close.

    Args:
        sides: 1 to be long, -1 to be short, 0 for neither, NaN where nothing new is said, which
            leaves what was; (row, symbol).
        tape: The prices, of the same shape.
        terms: How large positions are.

    Returns:
        Matrix (row, symbol); the sizes of a row add up to at most 1 without their signs.
    """
    kept = _kept(sides)
    side = kept if terms.long_short else np.maximum(kept, 0.0)
    wished = side / len(tape.symbols)
    if terms.sizing is Sizing.VOLATILITY:
        wished = wished * _calmness(tape)
        gross = np.abs(wished).sum(axis=1, keepdims=True)
        wished = wished / np.maximum(gross, 1.0)
    return _ended(wished, tape)


def _kept(sides: Floats) -> Floats:
    """The newest side so far; 0 before the first."""
    rows = np.where(np.isnan(sides), -1, np.arange(len(sides))[:, None])
    newest = np.maximum.accumulate(rows, axis=0)
    found = np.take_along_axis(sides, np.maximum(newest, 0), axis=0)
    return np.where(newest >= 0, found, 0.0)


def _calmness(tape: Tape) -> Floats:
    """By how much each symbol is calmer than the middle one, at most `LARGEST`; 1 where unknown."""
    close = tape.close
    filled = _kept(np.where(np.isfinite(close), close, np.nan))
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.diff(np.log(filled), axis=0, prepend=np.nan)
    # A bar that lacks is no calm one.
    moved = np.where(np.isfinite(close), moved, np.nan)
    variance = np.empty_like(close)
    latest = np.full(close.shape[1], np.nan)
    for row, squared in enumerate(np.where(np.isfinite(moved), moved * moved, np.nan)):
        blended = MEMORY * latest + (1.0 - MEMORY) * squared
        latest = np.where(np.isnan(latest), squared, np.where(np.isnan(squared), latest, blended))
        variance[row] = latest
    usable = np.where(variance > 0.0, np.sqrt(variance), np.nan)
    known = np.isfinite(usable)
    middle = np.full(len(close), np.nan)
    some = known.any(axis=1)
    middle[some] = np.nanmedian(usable[some], axis=1)
    return np.where(known, np.minimum(middle[:, None] / usable, LARGEST), 1.0)


def _ended(wished: Floats, tape: Tape) -> Floats:
    """Nothing is wished for of who has gone, once his last bar has closed."""
    last = np.where(tape.gone(), tape.last_bars(), len(tape))
    sized: Floats = np.where(np.arange(len(tape))[:, None] >= last, 0.0, wished)
    return sized
