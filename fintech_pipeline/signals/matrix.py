"""From what a slot may see to the (time × symbol) matrix that the components read."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fintech_pipeline.clock import SLOT, Instants, instant64
from fintech_pipeline.market.bars import ActionKind, Floats, Interval
from fintech_pipeline.market.sessions import SessionCalendar
from fintech_pipeline.signals.blocks import Block
from fintech_pipeline.signals.prices import STALE_ROWS, PriceMatrix
from fintech_pipeline.signals.visibility import View


def price_matrix(
    view: View, calendar: SessionCalendar, block: Block, symbols: tuple[str, ...]
) -> PriceMatrix:
    """The view's bars and actions on the block's rows.

    Args:
        view: What may be seen: one version a bar and action, bars of the block's interval.
        calendar: That of all the symbols.
        block: The rows. A day's bar stands in the slot in which its session closes.
        symbols: The matrix's columns, sorted.
    """
    rows, grid = view.bars, block.grid
    session, place = calendar.places(grid)
    if block.interval is Interval.DAY:
        place = np.zeros_like(place)
    # A symbol's bars lie side by side in memory: it is read so, and an indicator runs along them.
    shape = (len(symbols), len(grid))
    closed = rows["closed_at"].to_numpy().astype("datetime64[us]")
    # A session that closes off the half-hour grid ends in the slot after its close.
    row = np.searchsorted(grid, closed)
    column = pc.index_in(rows["symbol"], pa.array(symbols, pa.string())).to_numpy()
    # A bar of another exchange, from before the instrument's was changed, closes in none.
    inside = row < len(grid)
    inside[inside] = grid[row[inside]] - closed[inside] < np.timedelta64(SLOT)

    def filled(name: str) -> Floats:
        values = np.full(shape, np.nan)
        values[column[inside], row[inside]] = rows[name].to_numpy()[inside]
        return values.T

    close = filled("close")
    split, payout = _adjustments(view.actions, grid, symbols, close)
    return PriceMatrix(
        block.interval,
        grid,
        symbols,
        session,
        place,
        filled("open"),
        close,
        filled("high"),
        filled("low"),
        filled("volume_shares"),
        split,
        payout,
    )


def _adjustments(
    actions: pa.Table, grid: Instants, symbols: tuple[str, ...], close: Floats
) -> tuple[Floats, Floats]:
    """By what each row's prices differ from those before: new shares for old, and what was paid."""
    split, payout = np.ones_like(close), np.zeros_like(close)
    columns = {symbol: column for column, symbol in enumerate(symbols)}
    for action in actions.to_pylist():
        first = int(np.searchsorted(grid, instant64(action["ex_at"]), side="right"))
        # One from before the block bends nothing in it, and a pass of this block alone reads none.
        if not 0 < first < len(grid):
            continue
        column = columns[action["symbol"]]
        before = close[max(0, first - STALE_ROWS) : first, column]
        before = before[np.isfinite(before)]
        if action["kind"] == ActionKind.SPLIT:
            split[first, column] *= action["value"]
        elif len(before) and action["value"] < before[-1]:
            # Money for an old share, over what that share cost last.
            payout[first, column] = action["value"] / before[-1]
    return split, payout
