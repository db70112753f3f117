"""The statistics of a review: golden values from elsewhere, and what they must never say."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.outcomes import (
    FOUND,
    NOTHING,
    PERHAPS,
    TOO_FEW,
    Estimate,
    corrected,
    estimate_of,
    looks_of,
    newey_west,
    over_symbols,
    overlap_of,
    rank_correlation,
    rank_products,
    rate_of,
)


def noise(*shape: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("lags", [0, 1, 5, 12])
def test_the_t_statistic_is_that_of_statsmodels(lags: int) -> None:
    series = np.convolve(noise(400), np.ones(4) / 4)[:400] + 0.05
    model = sm.OLS(series, np.ones(400))
    fitted = model.fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    mean, t = newey_west(series, lags)
    assert mean == pytest.approx(fitted.params[0], rel=1e-12)
    assert t == pytest.approx(fitted.tvalues[0], rel=1e-9)


def test_a_series_that_never_varies_has_no_t_statistic() -> None:
    assert math.isnan(newey_west(np.full(50, 0.1), 3)[1])
    assert math.isnan(newey_west(np.array([0.1]), 0)[1])
    assert math.isnan(newey_west(np.array([]), 0)[0])


def test_the_interval_of_a_rate_is_wilsons() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I, method 3: 81 of 263, and 15 of 148.
    hit = np.arange(263) < 81
    rate = rate_of(hit, np.arange(263), reaching=False)
    assert [rate.low, rate.high] == pytest.approx([0.2553, 0.3662], abs=5e-5)
    rate = rate_of(np.arange(148) < 15, np.arange(148), reaching=False)
    assert [rate.low, rate.high] == pytest.approx([0.0624, 0.1605], abs=5e-5)


def test_symbols_that_move_as_one_count_as_one() -> None:
    window = np.repeat(np.arange(60), 10)
    as_one = rate_of(np.repeat(noise(60) > 0, 10), window, reaching=False)
    assert (as_one.count, as_one.windows) == (600, 60)
    assert as_one.effective == pytest.approx(60, abs=2)
    apart = rate_of(noise(600) > 0, window, reaching=False)
    assert apart.effective > 400


def test_wilsons_interval_is_that_of_the_effective_observations() -> None:
    rate = rate_of(np.repeat(noise(60) > 0, 10), np.repeat(np.arange(60), 10), reaching=False)
    hits = round(rate.share * rate.effective)
    expected = stats.binomtest(hits, rate.effective).proportion_ci(method="wilson")
    assert (rate.low, rate.high) == (expected.low, expected.high)


def test_hits_without_a_miss_are_as_many_as_there_are_windows() -> None:
    assert (
        rate_of(np.ones(400, dtype=np.bool_), np.arange(400) // 10, reaching=False).effective == 40
    )


def test_the_interval_covers_the_truth_though_symbols_move_together_and_windows_overlap() -> None:
    generator = np.random.default_rng(5)
    covered = 0
    for _ in range(400):
        # 16 symbols with a common market; each return spans five slots.
        steps = generator.standard_normal((405, 16)) + generator.standard_normal((405, 1))
        sums = np.cumsum(steps, axis=0)
        hit, window = sums[5:] - sums[:-5] > 0, np.repeat(np.arange(400) // 5, 16)
        rate = rate_of(hit.ravel(), window, reaching=True)
        covered += rate.low <= 0.5 <= rate.high
    # 380 are expected, and 366 or fewer come once in a hundred times; were the windows taken as
    # independent, it would be about 360, were all 6,400 observations, about 120.
    assert 366 < covered < 394


def test_no_observation_is_no_rate() -> None:
    rate = rate_of(np.array([], dtype=np.bool_), np.array([], dtype=np.intp), reaching=True)
    assert math.isnan(rate.share)
    assert not rate.enough


def test_the_information_coefficient_is_spearmans_of_each_slot() -> None:
    scores, returns = np.round(noise(20, 8), 1), noise(20, 8, seed=2)
    scores[3, 2] = returns[4, 5] = np.nan
    scores[7, :4] = np.nan  # four are left
    scores[9] = 0.25
    found = rank_correlation(scores, returns)
    for row in range(20):
        both = np.isfinite(scores[row]) & np.isfinite(returns[row])
        if row in {7, 9}:
            assert math.isnan(found[row])
            continue
        expected = stats.spearmanr(scores[row, both], returns[row, both]).statistic
        assert found[row] == pytest.approx(expected, abs=1e-12)


def test_the_mean_of_a_symbols_products_is_its_own_rank_correlation() -> None:
    scores, returns = np.round(noise(60, 3), 1), noise(60, 3, seed=2)
    scores[5:9, 1] = np.nan
    scores[:, 2] = 0.5
    found = rank_products(scores, returns)
    for column in (0, 1):
        both = np.isfinite(scores[:, column])
        expected = stats.spearmanr(scores[both, column], returns[both, column]).statistic
        assert np.nanmean(found[:, column]) == pytest.approx(expected, abs=1e-12)
        assert (np.isfinite(found[:, column]) == both).all()
    assert np.isnan(found[:, 2]).all()


def test_a_mean_over_symbols_is_of_those_that_are_there() -> None:
    found = over_symbols(np.array([[1.0, 3.0, np.nan], [np.nan] * 3]))
    assert found[0] == 2.0
    assert math.isnan(found[1])


def slots(*minutes: int) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return np.array(
        [np.datetime64("2025-07-01T13:30", "us") + np.timedelta64(m, "m") for m in minutes]
    )


def test_slots_overlap_while_another_ones_outcome_is_open() -> None:
    every = np.array([0, 30, 60, 90, 120, 150])
    assert overlap_of(slots(*every), slots(*(every + 30))) == 0
    assert overlap_of(slots(*every), slots(*(every + 90))) == 2
    # Over a night nothing comes between.
    assert overlap_of(slots(0, 30, 1440), slots(30, 1470, 1470)) == 1
    assert overlap_of(slots(*every), np.full(6, "NaT", dtype="datetime64[us]")) == 0


def test_too_few_independent_observations_give_no_verdict() -> None:
    series = noise(290) + 5.0
    assert estimate_of(series, 9).verdict == TOO_FEW
    assert estimate_of(np.append(series, series[:10]), 9).verdict == PERHAPS
    assert estimate_of(np.full(10, np.nan), 0).verdict == TOO_FEW


def estimate(p: float, verdict: str = PERHAPS) -> Estimate:
    return Estimate(0.1, 2.0, p, 100, 100, 0, verdict if p <= 0.05 else NOTHING)


def test_only_what_withstands_the_number_of_looks_is_called_an_effect() -> None:
    # Holm's own procedure: 0.01 ≤ 5 %/4, 0.015 ≤ 5 %/3, 0.03 > 5 %/2.
    looks = [estimate(0.03), estimate(0.01), estimate(0.4), estimate(0.015)]
    unread = Estimate(0.5, 9.0, math.nan, 4, 4, 0, TOO_FEW)
    found = [one.verdict for one in corrected([*looks, unread])]
    assert found == [PERHAPS, FOUND, NOTHING, FOUND, TOO_FEW]
    assert looks_of([*looks, unread]) == 4


@pytest.mark.parametrize(("overlap", "memory"), [(0, 0.0), (7, 0.9), (12, 0.95)])
def test_where_there_is_no_effect_about_one_look_in_twenty_seems_to_find_one(
    overlap: int, memory: float
) -> None:
    generator = np.random.default_rng(7)
    looks = 120
    false = 0
    for _ in range(looks):
        scores = generator.standard_normal((500, 10))
        for row in range(1, 500):  # scores that change slowly
            scores[row] = memory * scores[row - 1] + scores[row]
        moves = np.cumsum(generator.standard_normal((501 + overlap, 10)), axis=0)
        returns = moves[1 + overlap :] - moves[:500]
        estimate = estimate_of(rank_correlation(scores, returns), overlap)
        assert estimate.enough
        false += estimate.verdict != NOTHING
    # 6 of 120 are expected; more than 14 come once in a thousand times.
    assert false <= 14


@given(
    st.lists(st.floats(-1, 1), min_size=0, max_size=60),
    st.integers(0, 20),
)
def test_an_estimate_is_a_number_or_says_why_not(series: list[float], overlap: int) -> None:
    found = estimate_of(np.array(series, dtype=np.float64), overlap)
    assert found.enough == (math.isfinite(found.t) and found.independent >= 30)
    assert found.count == len(series)
    assert not found.enough or 0 <= found.p <= 1


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=1, max_size=80))
def test_an_interval_holds_about_the_share_and_lies_in_zero_to_one(
    told: list[tuple[bool, int]],
) -> None:
    hit = np.array([one for one, _ in told], dtype=np.bool_)
    rate = rate_of(hit, np.array([window for _, window in told], dtype=np.intp), reaching=True)
    assert 0 <= rate.low <= rate.high <= 1
    assert 1 <= rate.effective <= rate.count
    half = 0.5 / rate.effective
    assert rate.low - half <= rate.share <= rate.high + half
