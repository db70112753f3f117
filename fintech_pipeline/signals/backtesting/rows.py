"""The rows of a backtest, and what a strategy says at them. Pure."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from fintech_pipeline.clock import Window
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.market.sessions import SessionCalendar
from fintech_pipeline.signals.horizons import NOWHERE, TradingRows
from fintech_pipeline.signals.panel import SIDES

_SIDE = {str(action): side for action, side in SIDES.items()}


def rows_of(calendar: SessionCalendar, interval: Interval, window: Window) -> TradingRows:
    """The exchange's rows of the window, as far as the calendar is known; none beyond.

    Args:
        calendar: The exchange's.
        interval: Of the bars.
        window: Sessions that open in it count.
    """
    start = min(max(window.start, calendar.known.start), calendar.known.end)
    within = Window(start, max(start, min(window.end, calendar.known.end)))
    return TradingRows.of(calendar.sessions(within), interval)


def sides_of(signals: pa.Table, rows: TradingRows, symbols: Sequence[str]) -> Floats:
    """What is said of each symbol by each row's close: 1, -1 or 0; NaN where nothing new is.

    A signal that was known only after the next bar had opened counts from that bar's row on: it
    can be traded no earlier than at the open after.

    Args:
        signals: `symbol, slot_at, action, cutoff_at`, by slot; of symbols of the columns.
        rows: The rows.
        symbols: The columns, sorted.
    """
    sides = np.full((len(rows), len(symbols)), np.nan)
    known_at = signals["cutoff_at"].to_numpy().astype("datetime64[us]")
    row = rows.last_before(known_at)
    names = np.array(symbols, dtype=object)
    column = np.searchsorted(names, signals["symbol"].to_numpy(zero_copy_only=False))
    said = signals["action"].to_numpy(zero_copy_only=False)
    side = np.array([_SIDE[one] for one in said], dtype=np.float64)
    there = row != NOWHERE
    # Of two that fall on one row the later slot's is written last, and stays.
    sides[row[there], column[there]] = side[there]
    return sides


NOTHING_SAID = pa.table(
    {
        "symbol": pa.array([], pa.string()),
        "slot_at": pa.array([], pa.timestamp("us", "UTC")),
        "action": pa.array([], pa.string()),
        "cutoff_at": pa.array([], pa.timestamp("us", "UTC")),
    }
)
