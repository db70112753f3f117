"""The price components against published formulas, worked bar by bar elsewhere."""

import math
import statistics
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fintech_pipeline.signals.bar_components import squash
from fintech_pipeline.signals.components import price_readings
from fintech_pipeline.signals.explanation import LACKS, Lack
from fintech_pipeline.signals.prices import PriceMatrix
from fintech_pipeline.signals.volatility import log_ratio
from tests.unit import published
from tests.unit.made_prices import NEW_YORK, changed, constant, part, scaled, walk, without

DAYS = walk(rows=320, columns=1)
HALF_HOURS = walk(rows=17 * NEW_YORK, columns=1, per_session=NEW_YORK, seed=8)
OPEN, HIGH, LOW, CLOSE, VOLUME = (
    getattr(DAYS, name)[:, 0].tolist() for name in ("open", "high", "low", "close", "volume_shares")
)


def test_trend_is_the_spread_of_two_exponential_averages_over_wilders_true_range() -> None:
    found = price_readings(DAYS)
    fast = published.exponential_average(CLOSE, 12)[-1]
    slow = published.exponential_average(CLOSE, 26)[-1]
    true_range = published.wilder(published.true_ranges(HIGH, LOW, CLOSE), 14)[-1]
    spread = (fast - slow) / true_range
    assert found.figures["trend"][-1, 0] == pytest.approx(spread, rel=1e-9)
    assert found.values["trend"][-1, 0] == pytest.approx(spread / math.hypot(1, spread), rel=1e-9)


def test_trend_begins_with_the_simple_mean_of_the_first_bars_as_pandas_does_when_seeded() -> None:
    series = pd.Series(CLOSE)
    seeded = series.copy()
    seeded.iloc[:25], seeded.iloc[25] = np.nan, series.iloc[:26].mean()
    slow = seeded.ewm(span=26, adjust=False).mean()
    quick = series.copy()
    quick.iloc[:11], quick.iloc[11] = np.nan, series.iloc[:12].mean()
    fast = quick.ewm(span=12, adjust=False).mean()
    before = series.shift()
    ranges = np.maximum(HIGH, before) - np.minimum(LOW, before)
    ranges.iloc[14], ranges.iloc[:14] = ranges.iloc[1:15].mean(), np.nan
    wilder = ranges.ewm(alpha=1 / 14, adjust=False).mean()
    expected = ((fast - slow) / wilder).to_numpy()
    found = price_readings(DAYS).figures["trend"][:, 0]
    np.testing.assert_allclose(found[25:], expected[25:], rtol=1e-8, atol=1e-12)


def test_relative_strength_is_wilders_and_contrary() -> None:
    found = price_readings(DAYS)
    expected = published.relative_strength(CLOSE, 14)
    figure, value = found.figures["rsi"][14:, 0], found.values["rsi"][14:, 0]
    np.testing.assert_allclose(figure, expected, rtol=1e-9)
    np.testing.assert_allclose(value, (50 - np.array(expected)) / 50, atol=1e-10)


def test_mean_reversion_is_minus_half_the_distance_in_deviations() -> None:
    found = price_readings(DAYS)
    last = CLOSE[-20:]
    distance = (last[-1] - statistics.fmean(last)) / statistics.pstdev(last)
    assert found.figures["mean_reversion"][-1, 0] == pytest.approx(distance, rel=1e-7)
    half = -distance / 2
    assert found.values["mean_reversion"][-1, 0] == pytest.approx(half / math.hypot(1, half))


def test_the_directional_index_is_wilders_once_its_seed_has_faded() -> None:
    found = price_readings(DAYS).regimes["adx"][:, 0]
    expected = published.directional_index(HIGH, LOW, CLOSE, 14)
    assert np.isnan(found[:27]).all()
    assert not np.isnan(found[27:]).any()
    assert found[-1] == pytest.approx(expected[-1], abs=1e-4)


def test_money_flow_is_the_share_of_money_that_rose() -> None:
    found = price_readings(DAYS)
    for row in (40, 200, 319):
        until = slice(0, row + 1)
        expected = published.money_flow(HIGH[until], LOW[until], CLOSE[until], VOLUME[until], 14)
        assert found.figures["money_flow"][row, 0] == pytest.approx(expected, rel=1e-9)
        assert found.values["money_flow"][row, 0] == pytest.approx(expected / 50 - 1, abs=1e-9)


@pytest.mark.parametrize(
    ("prices", "month", "week"), [(DAYS, 20, 5), (HALF_HOURS, 13, 65)], ids=["1d", "30m"]
)
def test_momentum_and_reversal_are_returns_in_yang_and_zhangs_volatility(
    prices: PriceMatrix, month: int, week: int
) -> None:
    found = price_readings(prices)
    opening, high, low, close = (
        getattr(prices, name)[:, 0].tolist() for name in ("open", "high", "low", "close")
    )
    sigma = published.yang_zhang(opening, high, low, close, 65)
    past = close[-1] / close[-1 - month] - 1
    z = past / (sigma * math.sqrt(month))
    assert found.figures["momentum"][-1, 0] == pytest.approx(past, rel=1e-9)
    assert found.values["momentum"][-1, 0] == pytest.approx(z / math.hypot(1, z), rel=1e-7)
    past = close[-1] / close[-1 - week] - 1
    z = -past / (sigma * math.sqrt(week))
    assert found.figures["reversal"][-1, 0] == pytest.approx(past, rel=1e-9)
    assert found.values["reversal"][-1, 0] == pytest.approx(z / math.hypot(1, z), rel=1e-7)
    short = published.yang_zhang(opening, high, low, close, 13)
    assert found.regimes["volatility_ratio"][-1, 0] == pytest.approx(short / sigma, rel=1e-7)


def test_volume_compares_with_the_same_place_of_ten_sessions_and_takes_the_bars_sign() -> None:
    shares = HALF_HOURS.volume_shares.copy()
    shares[-1] *= 3
    loud = replace(HALF_HOURS, volume_shares=shares)
    found = price_readings(loud)
    money = (loud.close * shares)[:, 0].tolist()
    usual = statistics.fmean(money[-1 - NEW_YORK * back] for back in range(1, 11))
    ratio = money[-1] / usual
    sign = 1 if loud.close[-1, 0] > loud.close[-2, 0] else -1
    assert found.figures["volume"][-1, 0] == pytest.approx(ratio)
    expected = sign * (ratio - 1) / math.hypot(1, ratio - 1)
    assert found.values["volume"][-1, 0] == pytest.approx(expected)


def test_a_days_volume_compares_with_twenty_sessions_and_a_quiet_day_says_nothing() -> None:
    shares = DAYS.volume_shares.copy()
    shares[-1] /= 100
    found = price_readings(replace(DAYS, volume_shares=shares))
    money = [price * volume for price, volume in zip(CLOSE, VOLUME, strict=True)]
    expected = money[-1] / 100 / statistics.fmean(money[-21:-1])
    assert found.figures["volume"][-1, 0] == pytest.approx(expected)
    assert found.values["volume"][-1, 0] == 0.0


def test_the_gap_is_in_units_of_the_gaps_before_it_and_holds_all_session() -> None:
    found = price_readings(HALF_HOURS)
    opens = HALF_HOURS.open[::NEW_YORK, 0].tolist()
    closes = HALF_HOURS.close[NEW_YORK - 1 :: NEW_YORK, 0].tolist()
    gaps = [after / before - 1 for before, after in zip(closes, opens[1:], strict=False)]
    usual = math.sqrt(statistics.fmean(gap * gap for gap in gaps[-11:-1]))
    z = gaps[-1] / usual
    np.testing.assert_allclose(found.figures["gap"][-NEW_YORK:, 0], gaps[-1], rtol=1e-9)
    np.testing.assert_allclose(found.values["gap"][-NEW_YORK:, 0], z / math.hypot(1, z), rtol=1e-9)


def test_a_gap_worked_by_hand() -> None:
    # Six sessions of two rows close at 100 and open, in turn, 1 % up and 1 % down; the seventh
    # opens 2 % up: two usual gaps, 2 / √5.
    rows = 14
    prices = walk(rows, 1, per_session=2)
    closes = np.full((rows, 1), 100.0)
    opens = closes.copy()
    opens[2::4], opens[4::4], opens[12] = 101.0, 99.0, 102.0
    made = replace(
        prices,
        open=opens,
        close=closes,
        high=np.maximum(opens, closes),
        low=np.minimum(opens, closes),
    )
    found = price_readings(made)
    np.testing.assert_allclose(found.figures["gap"][12:, 0], 0.02)
    np.testing.assert_allclose(found.values["gap"][12:, 0], 2 / math.sqrt(5))
    assert LACKS[found.lacks["gap"][9, 0]] == "too few sessions to know what is usual"


def test_a_constant_price_has_no_component_of_its_movement() -> None:
    for prices in (constant(), constant(per_session=NEW_YORK)):
        found = price_readings(prices)
        for name in ("momentum", "trend", "mean_reversion", "rsi", "reversal", "money_flow", "gap"):
            assert np.isnan(found.values[name]).all(), name
            assert found.lacks[name][-1, 0] == Lack.STILL, name
        assert np.isnan(found.regimes["adx"][-1, 0])
        assert np.isnan(found.regimes["volatility_ratio"][-1, 0])
        assert found.values["volume"][-1, 0] == 0.0, "traded, but in no direction"


def test_a_price_that_stops_moving_loses_its_components_one_by_one() -> None:
    moving, stopped = walk(rows=320, columns=1), 150
    prices = changed(
        moving,
        {
            name: np.vstack(
                [
                    getattr(moving, name)[:stopped],
                    np.repeat(moving.close[stopped - 1 : stopped], 320 - stopped, axis=0),
                ]
            )
            for name in ("open", "high", "low", "close")
        },
    )
    found = price_readings(prices)
    for name, closes in (
        ("rsi", 15),
        ("mean_reversion", 20),
        ("trend", 26),
        ("momentum", 66),
        ("reversal", 66),
    ):
        last = stopped + closes - 3  # one of the closes of its look-back still differs
        assert np.isfinite(found.values[name][last, 0]), name
        assert np.isnan(found.values[name][last + 1 :, 0]).all(), name
        assert (found.lacks[name][last + 1 :, 0] == Lack.STILL).all(), name


def test_without_trade_there_is_neither_volume_nor_money_flow() -> None:
    found = price_readings(replace(DAYS, volume_shares=np.zeros_like(DAYS.close)))
    assert LACKS[found.lacks["volume"][-1, 0]] == "nothing was traded"
    assert LACKS[found.lacks["money_flow"][-1, 0]] == "nothing was traded"
    assert np.isfinite(found.values["momentum"][-1, 0])


def test_a_fraction_of_a_cheap_coin_has_a_money_flow_all_the_same() -> None:
    cheap = scaled(DAYS, np.array(1e-4), np.array(1e-9))
    expected = price_readings(DAYS).values["money_flow"]
    np.testing.assert_allclose(price_readings(cheap).values["money_flow"], expected, atol=1e-9)


def test_no_component_depends_on_the_unit_of_the_price() -> None:
    found, dear = price_readings(DAYS), price_readings(scaled(DAYS, np.array(1000.0), np.array(1)))
    for name, values in found.values.items():
        np.testing.assert_allclose(dear.values[name], values, atol=1e-8, err_msg=name)


def test_one_bar_that_is_missing_is_left_out_and_shifts_the_rest() -> None:
    missing = np.zeros_like(DAYS.close, dtype=np.bool_)
    missing[150] = True
    holed = price_readings(without(DAYS, missing))
    rows = np.delete(np.arange(320), 150)
    made = part(DAYS, slice(0, 319))
    closed_up = changed(
        made,
        {
            name: getattr(DAYS, name)[rows]
            for name in ("open", "high", "low", "close", "volume_shares")
        },
    )
    dense = price_readings(closed_up)
    for name in ("momentum", "trend", "mean_reversion", "rsi", "reversal", "money_flow"):
        assert holed.values[name][rows].tobytes() == dense.values[name].tobytes(), name
    assert {LACKS[codes[150, 0]] for codes in holed.lacks.values()} == {"its bar is missing"}


def test_too_many_holes_leave_a_component_out_instead_of_bending_it() -> None:
    missing = np.zeros_like(DAYS.close, dtype=np.bool_)
    missing[-12:-1:2] = True
    found = price_readings(without(DAYS, missing))
    assert LACKS[found.lacks["rsi"][-1, 0]] == "too many bars are missing in its look-back"
    assert np.isfinite(found.values["momentum"][-1, 0]), "65 bars bear six holes"


@pytest.mark.parametrize("bars", [1, 2, 14, 15, 19, 20, 25, 26, 65, 66])
def test_a_short_history_has_the_components_whose_look_back_it_fills(bars: int) -> None:
    found = price_readings(walk(rows=bars, columns=2))
    needed = {"rsi": 15, "money_flow": 15, "mean_reversion": 20, "trend": 26, "momentum": 66}
    for name, least in needed.items():
        assert np.isfinite(found.values[name][-1]).all() == (bars >= least), name
        assert (found.lacks[name][-1] == (0 if bars >= least else Lack.TOO_FEW_BARS)).all(), name


def test_no_rows_or_no_symbols_are_no_readings() -> None:
    for prices in (part(DAYS, slice(0, 0)), part(DAYS, columns=slice(0, 0))):
        found = price_readings(prices)
        assert found.values["trend"].shape == prices.close.shape == found.suspected.shape


def test_a_split_that_is_told_changes_no_component_by_more_than_rounding() -> None:
    for plain in (walk(), walk(per_session=NEW_YORK)):
        factor, split = np.ones((300, 1)), np.ones_like(plain.close)
        factor[200:], split[200] = 0.25, 4.0
        bent = replace(scaled(plain, factor, 1 / factor), split=split)
        found, expected = price_readings(bent), price_readings(plain)
        for name, values in expected.values.items():
            np.testing.assert_allclose(found.values[name], values, atol=1e-9, err_msg=name)
        assert np.isnan(found.suspected).all()
        assert found.previous_close[-1] == pytest.approx(expected.previous_close[-1] / 4)


def test_a_split_nobody_told_of_is_found_and_bends_nothing() -> None:
    for plain in (walk(), walk(per_session=NEW_YORK)):
        factor = np.ones((300, 1))
        factor[200:] = 0.25
        found, expected = price_readings(scaled(plain, factor, 1 / factor)), price_readings(plain)
        assert (found.suspected[200:226] == 4.0).all()
        assert np.isnan(found.suspected[:200]).all()
        assert np.isnan(found.suspected[226:]).all()
        for name, values in expected.values.items():
            np.testing.assert_allclose(found.values[name], values, atol=1e-9, err_msg=name)
        assert found.previous_close[200] == pytest.approx(expected.previous_close[200] / 4)


def test_a_split_that_was_told_of_an_adjusted_price_is_suspected_as_well() -> None:
    plain = walk()
    split = np.ones_like(plain.close)
    split[200] = 4.0
    found, expected = price_readings(replace(plain, split=split)), price_readings(plain)
    assert (found.suspected[200:226] == 0.25).all()
    for name, values in expected.values.items():
        np.testing.assert_allclose(found.values[name], values, atol=1e-9, err_msg=name)


def test_a_price_that_halves_within_a_day_after_a_quiet_open_is_suspected() -> None:
    plain = walk(columns=1)
    close, low = plain.close.copy(), plain.low.copy()
    close[250], low[250] = plain.close[249] / 2, plain.close[249] / 2
    assert price_readings(replace(plain, close=close, low=low)).suspected[250, 0] == 2.0


def test_a_dividend_changes_no_component_by_more_than_rounding() -> None:
    # What a holder lived through, and what was quoted: from the ex-date on less by D / C.
    plain = walk(columns=1)
    share = 0.02
    factor, payout = np.ones((300, 1)), np.zeros((300, 1))
    factor[200:], payout[200] = 1 - share, share
    quoted = scaled(plain, factor, np.array(1.0))
    found, expected = price_readings(replace(quoted, payout=payout)), price_readings(plain)
    for name in expected.values:
        np.testing.assert_allclose(
            found.values[name], expected.values[name], atol=1e-9, err_msg=name
        )
    untold = price_readings(quoted).values["momentum"]
    assert np.abs(untold[205] - expected.values["momentum"][205]).max() > 0.1
    assert found.previous_close[200, 0] == quoted.close[199, 0], "shown as it was quoted"


def test_the_change_is_against_the_session_before_in_shares_of_today() -> None:
    prices = walk(30, 1, per_session=NEW_YORK)
    split = np.ones_like(prices.close)
    split[13] = 2.0
    halved = np.ones((30, 1))
    halved[13:] = 0.5
    before = price_readings(replace(scaled(prices, halved, 1 / halved), split=split)).previous_close
    assert np.isnan(before[12, 0])
    assert before[13, 0] == before[25, 0] == prices.close[12, 0] / 2
    assert before[26, 0] == prices.close[25, 0] / 2


def test_the_last_close_is_that_of_the_last_bar_the_session_before_had() -> None:
    prices = walk(4 * NEW_YORK, 1, per_session=NEW_YORK)
    missing = np.zeros_like(prices.close, dtype=np.bool_)
    missing[NEW_YORK - 3 : NEW_YORK] = True
    missing[2 * NEW_YORK : 3 * NEW_YORK] = True
    before = price_readings(without(prices, missing)).previous_close[:, 0]
    assert before[NEW_YORK] == prices.close[NEW_YORK - 4, 0]
    assert np.isnan(before[3 * NEW_YORK]), "the session before had no bar"


def test_the_squash_bends_one_to_the_root_of_a_half() -> None:
    np.testing.assert_allclose(squash(np.array([-1.0, 0.0, 1.0])), [-(0.5**0.5), 0, 0.5**0.5])


@pytest.mark.parametrize(("ratio", "off"), [(1.0001, 1e-12), (0.95, 2e-7), (1.5, 4e-4)])
def test_the_logarithm_is_as_near_as_it_says(ratio: float, off: float) -> None:
    [found] = log_ratio(np.array([100.0 * ratio]), np.array([100.0]))
    assert found == pytest.approx(math.log(ratio), rel=off)
