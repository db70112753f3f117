"""One symbol's bars adjusted as signals see them, in the shares and money of the last bar. Pure.

Signals count forward from a first row in a unit of their own; a person who looks at a chart knows
today's price, so that all is brought to the last bar, which keeps its own.
"""

from collections.abc import Sequence

import numpy as np

from fintech_pipeline.clock import instant64
from fintech_pipeline.market.bars import ActionKind, CorporateAction, Floats, RawBars
from fintech_pipeline.signals.adjustment import adjusted
from fintech_pipeline.signals.prices import PriceMatrix

DECIMALS = 6
"""Of an adjusted price or volume; more is noise of the arithmetic."""


def adjusted_bars(
    bars: RawBars, actions: Sequence[CorporateAction], *, dividends: bool
) -> tuple[RawBars, bool]:
    """The bars as if the splits up to the last bar had always been, and whether one is suspected.

    A jump that looks like a split which nobody told of is taken for one, as signals take it.

    Args:
        bars: Raw, in strict order of time.
        actions: The symbol's; those outside the bars bend nothing.
        dividends: Whether what was paid out counts too, as it does for signals.
    """
    if not len(bars):
        return bars, False
    split, payout = _steps(bars, actions, dividends)
    matrix = PriceMatrix(
        bars.interval,
        bars.opened_at,
        (bars.symbol,),
        np.arange(len(bars)),
        np.zeros(len(bars), dtype=np.int64),
        bars.open[:, None],
        bars.close[:, None],
        bars.high[:, None],
        bars.low[:, None],
        bars.volume_shares[:, None],
        split[:, None],
        payout[:, None],
    )
    seen = adjusted(matrix, slice(0, 1))
    unit = bars.close[-1] / seen.close[0, -1]
    shares = 1.0 if seen.shares is None else seen.shares[0, -1]

    def told(prices: Floats) -> Floats:
        rounded: Floats = np.round(prices[0] * unit, DECIMALS)
        return rounded

    whole = RawBars(
        bars.symbol,
        bars.interval,
        bars.opened_at,
        told(seen.open),
        told(seen.high),
        told(seen.low),
        told(seen.close),
        np.round(seen.volume[0] * shares, DECIMALS),
    )
    return whole, seen.suspected is not None


def _steps(
    bars: RawBars, actions: Sequence[CorporateAction], dividends: bool
) -> tuple[Floats, Floats]:
    """New shares for old, and the share of the last close paid out, at the row each took effect."""
    split, payout = np.ones(len(bars)), np.zeros(len(bars))
    for action in actions:
        # It trades without it from this row on, and prices before the first row are not shown.
        row = int(np.searchsorted(bars.opened_at, instant64(action.ex_at)))
        if not 0 < row < len(bars):
            continue
        if action.kind is ActionKind.SPLIT:
            split[row] *= action.value
        elif dividends and action.value < bars.close[row - 1]:
            payout[row] = action.value / bars.close[row - 1]
    return split, payout
