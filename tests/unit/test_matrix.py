"""From a view to the price matrix: which bar stands in which row."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from fintech_pipeline.clock import SLOT, Window
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.signals.blocks import Block
from fintech_pipeline.signals.matrix import price_matrix
from fintech_pipeline.signals.visibility import View

OPEN = datetime(2025, 5, 20, 13, 30, tzinfo=UTC)
WHEN = pa.timestamp("us", "UTC")


def view_of(*closed_at: datetime) -> View:
    count = len(closed_at)
    price = pa.array([float(n + 1) for n in range(count)])
    bars = pa.table(
        {
            "symbol": ["AAPL"] * count,
            "closed_at": pa.array(closed_at, WHEN),
            **dict.fromkeys(("open", "close", "high", "low", "volume_shares"), price),
        }
    )
    return View(bars, pa.table({"symbol": pa.array([], pa.string())}), [])


def test_a_bar_stands_in_the_slot_it_closes_in_and_one_of_other_hours_in_none() -> None:
    calendar = calendar_of("XNYS")
    grid = calendar.slots(Window(OPEN, OPEN + 3 * SLOT))
    sydney, off_the_grid = OPEN - timedelta(hours=8, minutes=30), OPEN + timedelta(minutes=42)
    view = view_of(sydney, off_the_grid, OPEN + 3 * SLOT)
    close = price_matrix(view, calendar, Block(Interval.HALF_HOUR, grid, ()), ("AAPL",)).close[:, 0]
    np.testing.assert_array_equal(close, [np.nan, 2.0, 3.0])
