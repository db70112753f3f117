"""From a view to the price matrix: which bar stands in which row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from fintech_pipeline.clock import SLOT, Window, from_instant64
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.signals.blocks import Block, blocks
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


def test_a_days_bar_stands_in_the_slot_in_which_its_session_closes() -> None:
    calendar = calendar_of("XNYS")
    close = datetime(2025, 5, 20, 20, tzinfo=UTC)
    [block] = blocks(calendar, Interval.DAY, [close])
    prices = price_matrix(view_of(close - timedelta(days=1), close), calendar, block, ("AAPL",))
    np.testing.assert_array_equal(prices.close[-3:, 0], [np.nan, 1.0, 2.0])
    assert prices.interval is Interval.DAY
    assert (prices.place == 0).all()
    assert (np.diff(prices.session) == 1).all()


def test_an_action_stands_in_the_first_row_after_its_ex_date_a_dividend_as_a_share() -> None:
    calendar = calendar_of("XNYS")
    close = datetime(2025, 5, 20, 20, tzinfo=UTC)
    [block] = blocks(calendar, Interval.DAY, [close])
    view = view_of(close - timedelta(days=1), close)
    prices_paid = pa.array([2.0, 3.0])
    view = replace(
        view,
        bars=view.bars.set_column(view.bars.column_names.index("close"), "close", prices_paid),
    )
    actions = pa.table(
        {
            "symbol": ["AAPL", "AAPL", "AAPL"],
            "kind": ["split", "dividend", "split"],
            "ex_at": pa.array([OPEN, OPEN, close], WHEN),
            "value": [4.0, 0.5, 2.0],
        }
    )
    prices = price_matrix(replace(view, actions=actions), calendar, block, ("AAPL",))
    assert prices.split[-1, 0] == 4.0
    assert prices.payout[-1, 0] == 0.25
    assert (prices.split[:-1] == 1.0).all()
    assert (prices.payout[:-1] == 0.0).all()


def test_a_split_from_before_the_block_changes_no_bit_of_it() -> None:
    calendar = calendar_of("XNYS")
    close = datetime(2025, 5, 20, 20, tzinfo=UTC)
    [block] = blocks(calendar, Interval.DAY, [close])
    first = from_instant64(block.grid[0])
    actions = pa.table(
        {
            "symbol": ["AAPL"],
            "kind": ["split"],
            "ex_at": pa.array([first - timedelta(days=30)], WHEN),
            "value": [3.0],
        }
    )
    view = replace(view_of(close - timedelta(days=1), close), actions=actions)
    prices = price_matrix(view, calendar, block, ("AAPL",))
    assert (prices.split == 1.0).all()
