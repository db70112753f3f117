"""Merged bars tell what the stored ones told."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.market.bars import Interval, RawBars
from fintech_pipeline.market.downsampling import downsampled

PRICES = st.floats(0.01, 1e6)
ROWS = st.lists(st.tuples(PRICES, PRICES, PRICES, PRICES, st.integers(0, 10**9)), max_size=200)


def bars_of(rows: list[tuple[float, float, float, float, int]]) -> RawBars:
    columns = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    prices = columns[:4]
    opened_at = np.datetime64("2026-01-01", "us") + np.arange(len(rows)) * np.timedelta64(30, "m")
    high: np.ndarray[tuple[int], np.dtype[np.float64]] = prices.max(axis=0, initial=0.01)
    low: np.ndarray[tuple[int], np.dtype[np.float64]] = prices.min(axis=0, initial=1e6)
    return RawBars(
        "AAPL", Interval.HALF_HOUR, opened_at, columns[0], high, low, columns[3], columns[4]
    )


@given(ROWS, st.integers(1, 60))
def test_what_a_chart_must_not_lose_is_kept(
    rows: list[tuple[float, float, float, float, int]], points: int
) -> None:
    bars = bars_of(rows)
    closed_at = bars.opened_at + np.timedelta64(30, "m")
    found = downsampled(bars, closed_at, points)
    made = found.bars
    assert len(made) <= points
    assert found.held.sum() == len(bars)
    if not rows:
        return
    assert (made.open[0], made.close[-1]) == (bars.open[0], bars.close[-1])
    assert (made.high.max(), made.low.min()) == (bars.high.max(), bars.low.min())
    assert made.volume_shares.sum() == bars.volume_shares.sum()
    assert (np.diff(made.opened_at) > np.timedelta64(0)).all()
    assert (made.opened_at[0], found.closed_at[-1]) == (bars.opened_at[0], closed_at[-1])
    assert (made.low <= np.minimum(made.open, made.close)).all()
    assert (made.high >= np.maximum(made.open, made.close)).all()
    assert (found.held[:-1] == found.size).all()
    assert 0 < found.held[-1] <= found.size


@given(ROWS)
def test_what_fits_is_shown_bar_by_bar(
    rows: list[tuple[float, float, float, float, int]],
) -> None:
    bars = bars_of(rows)
    found = downsampled(bars, bars.opened_at + np.timedelta64(30, "m"), 200)
    assert found.size == 1
    assert found.bars is bars
