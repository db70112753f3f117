"""Scores of articles against what the price did afterwards."""

import math

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.calibration import Verdicts, calibrate, windows_of


def verdicts(score: Floats, return_pct: Floats, group: list[str] | None = None) -> Verdicts:
    names = np.array(group or ["local-1"] * len(score), dtype=object)
    return Verdicts(names, score, return_pct, np.arange(len(score)))


def test_the_brier_score_is_that_of_scikit_learn_on_the_scores_as_probabilities() -> None:
    generator = np.random.default_rng(3)
    score, after = generator.uniform(-1, 1, 200), generator.standard_normal(200)
    (found,) = calibrate(verdicts(score, after))
    assert found.brier == pytest.approx(brier_score_loss(after > 0, (1 + score) / 2), abs=1e-12)
    base = np.full(200, (after > 0).mean())
    assert found.brier_of_base == pytest.approx(brier_score_loss(after > 0, base), abs=1e-12)


def test_a_score_that_always_knows_is_perfect() -> None:
    after = np.array([1.0, -2.0, 0.5, -0.1] * 20)
    (found,) = calibrate(verdicts(np.sign(after), after))
    assert found.brier == 0.0
    assert found.hit_rate.share == 1.0
    lowest, *_, highest = found.reliability
    assert (lowest.mean_probability, lowest.rose.share) == (0.0, 0.0)
    assert (highest.mean_probability, highest.rose.share) == (1.0, 1.0)


def test_a_reliability_table_has_every_score_once() -> None:
    score = np.array([-1.0, -0.6, -0.2, 0.0, 0.2, 0.6, 1.0])
    (found,) = calibrate(verdicts(score, np.ones(7)))
    assert [row.rose.count for row in found.reliability] == [1, 1, 2, 1, 2]
    assert [row.low for row in found.reliability] == [-1.0, -0.6, -0.2, 0.2, 0.6]


def test_a_neutral_score_and_a_price_that_stands_still_are_no_hit_and_no_miss() -> None:
    (found,) = calibrate(verdicts(np.array([0.5, 0.0, 0.5, 0.5]), np.array([1, 1, 0, np.nan])))
    assert (found.rose.count, found.hit_rate.count) == (2, 1)


def test_groups_stand_apart_the_largest_first() -> None:
    names = ["b", "a", "b", "c", "c"]
    after = np.array([1.0, 1.0, -1.0, np.nan, np.nan])
    found = calibrate(verdicts(np.full(5, 0.5), after, names))
    assert [(one.group, one.rose.count) for one in found] == [("b", 2), ("a", 1)]


def test_outcomes_share_their_time_until_the_first_of_them_is_known() -> None:
    minutes = np.array([30, 0, 10, 45, 29, 75])
    entered = np.datetime64("2025-07-01T14:00", "us") + minutes.astype("timedelta64[m]")
    left = entered + np.timedelta64(30, "m")
    entered[3] = np.datetime64("NaT")
    assert windows_of(entered, left).tolist() == [1, 0, 0, -1, 0, 2]


def test_without_a_single_outcome_there_is_nothing_to_say() -> None:
    assert calibrate(verdicts(np.array([0.5]), np.array([math.nan]))) == []
