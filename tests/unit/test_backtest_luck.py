"""How much of a Sharpe ratio may be luck, against the papers and an independent library."""

import math

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap, optimal_block_length

from fintech_pipeline.signals.backtesting.luck import (
    block_length,
    bootstrapped,
    expected_best,
    luck_of,
    probability,
    sharpe,
)


def test_the_best_of_a_hundred_trials_without_skill_is_the_papers() -> None:
    # Bailey, López de Prado (2014): V = ½ a year of 250 days, 100 trials.
    assert expected_best(0.5 / 250, 100) == pytest.approx(0.1132, abs=5e-5)


def test_the_deflated_sharpe_ratio_is_the_papers() -> None:
    found = 2.5 / math.sqrt(250)
    deflated = probability(found, expected_best(0.5 / 250, 100), 1250, -3.0, 10.0)
    assert deflated == pytest.approx(0.9004, abs=5e-5)
    fewer = probability(found, expected_best(0.5 / 250, 46), 1250, -3.0, 10.0)
    assert fewer == pytest.approx(0.9505, abs=5e-5)


@pytest.mark.parametrize("memory", [0.0, 0.3, 0.6])
def test_blocks_are_about_as_long_as_an_independent_library_makes_them(memory: float) -> None:
    rng = np.random.default_rng(5)
    made = np.zeros(2_500)
    for day, shock in enumerate(rng.normal(0, 1, len(made))):
        made[day] = memory * made[day - 1] + shock
    theirs = float(optimal_block_length(made)["stationary"].iloc[0])
    assert block_length(made) == pytest.approx(theirs, rel=0.35, abs=1.0)


def test_the_interval_is_that_of_an_independent_library() -> None:
    returns = np.random.default_rng(8).standard_t(5, 1_000) * 0.01 + 0.0006
    low, high = bootstrapped(returns, np.random.default_rng(1), 4_000)
    blocks = StationaryBootstrap(max(1.0, block_length(returns)), returns, seed=2)  # type: ignore[arg-type]  # a mean length is seldom whole
    theirs = np.quantile(
        [sharpe(np.asarray(drawn[0][0])) for drawn in blocks.bootstrap(4_000)], [0.025, 0.975]
    )
    assert [low, high] == pytest.approx(theirs, abs=0.006)


def test_the_interval_holds_the_true_sharpe_ratio_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        low, high = bootstrapped(rng.normal(0.0005, 0.01, 500), rng, 300)
        held += low <= 0.05 <= high
    # Of 200 at 95 %, fewer than 180 would be a chance of 1 in 200.
    assert held >= 180


def test_more_trials_leave_less_to_believe() -> None:
    returns = np.random.default_rng(2).normal(0.001, 0.01, 750)
    own = sharpe(returns)
    rng = np.random.default_rng(0)
    one = luck_of(returns, np.array([own]), 252.0, rng)
    many = luck_of(returns, np.array([own, 0.0, -0.03, 0.04, 0.01]), 252.0, rng)
    assert one
    assert many
    assert one.deflated == one.probabilistic == many.probabilistic
    assert many.deflated < one.deflated
    assert (one.trials, many.trials) == (1, 5)
    assert many.expected_best > 0.0 == one.expected_best


def test_of_few_days_and_of_days_that_never_differ_nothing_is_said() -> None:
    rng = np.random.default_rng(0)
    assert luck_of(rng.normal(0, 1, 19), np.array([0.1]), 252.0, rng) is None
    assert luck_of(np.full(100, 0.001), np.array([0.1]), 252.0, rng) is None
    one_lucky_day = np.zeros(300)
    one_lucky_day[40] = 0.01
    assert luck_of(one_lucky_day, np.array([0.1]), 252.0, rng) is None
    assert luck_of(np.zeros(100), np.array([]), 252.0, rng) is None


def test_days_without_a_position_make_nobody_lucky() -> None:
    rng = np.random.default_rng(6)
    found = []
    for _ in range(40):
        returns = np.zeros(300)
        returns[rng.choice(300, 25, replace=False)] = rng.normal(0.0, 0.01, 25)
        found.append(bootstrapped(returns, rng, 300))
    # At 95 % two of forty lie beside 0; more than six would come once in a hundred times.
    assert sum(not low <= 0.0 <= high for low, high in found) <= 6


def test_the_same_chance_gives_the_same_interval() -> None:
    returns = np.random.default_rng(2).normal(0.001, 0.01, 100)
    first, second = (bootstrapped(returns, np.random.default_rng(7)) for _ in range(2))
    assert first == second
