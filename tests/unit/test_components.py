from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fintech_pipeline.signals.components import (
    PriceMatrix,
    mean_reversion,
    momentum,
    moves,
    previous_session_close,
    squash,
    trend,
    volume,
)

SLOTS_A_DAY = 13


def matrix(
    closes: np.ndarray, *, split: np.ndarray | None = None, payout: np.ndarray | None = None
) -> PriceMatrix:
    rows, columns = closes.shape
    days, places = np.divmod(np.arange(rows), SLOTS_A_DAY)
    start = np.datetime64("2025-03-03T14:00", "us")
    slots = start + days * np.timedelta64(1, "D") + places * np.timedelta64(30, "m")
    noise = 1 + 0.2 * np.sin(np.arange(rows * columns).reshape(rows, columns))
    return PriceMatrix(
        slots,
        tuple(f"S{i}" for i in range(columns)),
        days.astype(np.int64),
        places.astype(np.int64),
        closes,
        closes * 1.002,
        closes * 0.998,
        1e5 * noise,
        np.ones_like(closes) if split is None else split,
        np.zeros_like(closes) if payout is None else payout,
    )


def walk(rows: int = 300, columns: int = 3, seed: int = 5) -> np.ndarray:
    steps = np.random.default_rng(seed).normal(0, 0.004, (rows, columns))
    return 100 * np.cumprod(1 + steps, axis=0)


def components(prices: PriceMatrix) -> dict[str, np.ndarray]:
    m = moves(prices)
    return {
        "momentum": momentum(m)[0],
        "trend": trend(m)[0],
        "mean_reversion": mean_reversion(m)[0],
        "volume": volume(prices, m)[0],
    }


def rows_of(prices: PriceMatrix, rows: slice) -> PriceMatrix:
    return PriceMatrix(
        prices.slots[rows],
        prices.symbols,
        prices.session[rows],
        prices.place[rows],
        prices.close[rows],
        prices.high[rows],
        prices.low[rows],
        prices.volume_shares[rows],
        prices.split[rows],
        prices.payout[rows],
    )


def test_momentum_is_the_thirteen_bar_return_over_its_volatility() -> None:
    closes = walk()
    frame = pd.DataFrame(closes)
    returns = frame.pct_change()
    volatility = np.sqrt((returns**2).rolling(65).mean())
    expected = frame.pct_change(13) / (volatility * np.sqrt(13))
    value, figure = momentum(moves(matrix(closes)))
    z = expected.to_numpy()[-50:]
    assert value[-50:] == pytest.approx(z / np.sqrt(1 + z**2), rel=1e-9)
    assert figure[-50:] == pytest.approx(frame.pct_change(13).to_numpy()[-50:], rel=1e-9)


def test_mean_reversion_is_minus_half_the_distance_in_deviations() -> None:
    frame = pd.DataFrame(walk())
    distance = (frame - frame.rolling(20).mean()) / frame.rolling(20).std(ddof=0)
    value, figure = mean_reversion(moves(matrix(frame.to_numpy())))
    assert figure[-50:] == pytest.approx(distance.to_numpy()[-50:], rel=1e-6)
    assert (np.sign(value[-50:]) == -np.sign(distance.to_numpy()[-50:])).all()


def test_trend_points_up_in_a_rising_market_and_down_in_a_falling_one() -> None:
    rising = np.linspace(100, 130, 300)[:, None]
    value, _ = trend(moves(matrix(np.hstack([rising, rising[::-1]]))))
    assert value[-1, 0] > 0.5
    assert value[-1, 1] < -0.5


def test_volume_compares_with_the_same_slot_of_earlier_sessions_and_takes_the_sign_of_the_bar() -> (
    None
):
    prices = matrix(walk())
    loud = prices.volume_shares.copy()
    loud[-1] *= 3
    louder = replace(prices, volume_shares=loud)
    m = moves(louder)
    value, ratio = volume(louder, m)
    turnover = louder.close * louder.volume_shares
    usual = turnover[-1 - SLOTS_A_DAY : -1 - 10 * SLOTS_A_DAY - 1 : -SLOTS_A_DAY].mean(axis=0)
    assert ratio[-1] == pytest.approx(turnover[-1] / usual)
    assert (np.sign(value[-1]) == np.sign(m.returns[-1])).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), row=st.integers(220, 299), holes=st.integers(0, 60))
def test_a_slot_gets_the_same_bits_alone_as_in_a_full_pass(seed: int, row: int, holes: int) -> None:
    closes = walk(seed=seed)
    rng = np.random.default_rng(seed)
    closes[rng.integers(0, 300, holes), rng.integers(0, 3, holes)] = np.nan
    prices = matrix(closes)
    start = SLOTS_A_DAY * ((row - 180) // SLOTS_A_DAY)
    whole, alone = components(prices), components(rows_of(prices, slice(start, row + 1)))
    for name, values in whole.items():
        assert values[row].tobytes() == alone[name][-1].tobytes(), name
    before = previous_session_close(prices)[row]
    assert (
        before.tobytes()
        == previous_session_close(rows_of(prices, slice(start, row + 1)))[-1].tobytes()
    )


def test_a_split_changes_no_component_by_more_than_rounding() -> None:
    closes = walk()
    raw, split = closes.copy(), np.ones_like(closes)
    raw[200:] /= 4
    split[200] = 4
    plain, bent = matrix(closes), matrix(raw, split=split)
    shares = bent.volume_shares.copy()
    shares[200:] *= 4
    bent = replace(bent, volume_shares=shares)
    for name, values in components(plain).items():
        assert components(bent)[name] == pytest.approx(values, nan_ok=True, abs=1e-9), name


def test_a_dividend_changes_no_component_by_more_than_rounding() -> None:
    # The series a holder lives through, and what is quoted: from the ex-date on a dollar less.
    closes = walk(columns=1)
    paid = 1.0
    quoted, payout = closes.copy(), np.zeros_like(closes)
    # A holder's return of the ex-date's bar is (close + D) / close before - 1 in CRSP's words; the
    # factor form scales what follows, so that every later return is the same.
    factor = 1.0 - paid / closes[199]
    quoted[200:] *= factor
    payout[200] = paid / closes[199]
    plain, bent = matrix(closes), matrix(quoted, payout=payout)
    for name, values in components(plain).items():
        if name != "volume":  # money traded really is less by the factor
            np.testing.assert_allclose(components(bent)[name], values, atol=1e-9)
    without = components(matrix(quoted))
    assert abs(without["momentum"][205] - components(plain)["momentum"][205]).max() > 0.1


def test_a_price_that_falls_by_just_the_dividend_has_not_moved() -> None:
    closes = np.full((40, 1), 100.0)
    closes[20:] = 98.5
    payout = np.zeros_like(closes)
    payout[20] = 1.5 / 100.0
    returns = moves(matrix(closes, payout=payout)).returns
    np.testing.assert_allclose(returns[1:], 0.0, atol=1e-15)
    before = previous_session_close(matrix(closes, payout=payout))
    assert before[26] == 98.5, "the last close is shown as it was quoted"


def test_a_constant_price_has_no_momentum_trend_or_reversion() -> None:
    prices = matrix(np.full((300, 1), 50.0))
    for name in ("momentum", "mean_reversion"):
        assert np.isnan(components(prices)[name][-1, 0]), name


def test_zero_volume_for_weeks_leaves_the_volume_component_out() -> None:
    prices = matrix(walk(columns=1))
    silent = replace(prices, volume_shares=np.zeros_like(prices.close))
    value, _ = volume(silent, moves(silent))
    assert np.isnan(value[-1, 0])


def test_too_many_holes_leave_a_component_out_instead_of_bending_it() -> None:
    closes = walk(columns=1)
    closes[-10:-1:2] = np.nan
    assert np.isnan(momentum(moves(matrix(closes)))[0][-1, 0])


def test_the_first_bars_of_a_history_have_no_component() -> None:
    early = components(matrix(walk(rows=19)))
    assert all(np.isnan(values).all() for values in early.values())


@given(st.floats(-1e12, 1e12))
def test_the_squash_stays_inside_one(x: float) -> None:
    assert -1 <= squash(np.array([x]))[0] <= 1


def test_the_change_is_against_the_session_before_in_shares_of_today() -> None:
    closes = walk(rows=30, columns=1)
    split = np.ones_like(closes)
    split[13] = 2
    before = previous_session_close(matrix(closes, split=split))
    assert np.isnan(before[12, 0])
    assert before[13, 0] == closes[12, 0] / 2
    assert before[25, 0] == closes[12, 0] / 2
    assert before[26, 0] == closes[25, 0]
