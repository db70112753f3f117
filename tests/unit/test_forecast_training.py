"""Models: learnt the same each time, kept as arrays, and silent where there is nothing to find."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.signals.forecasting.features import FEATURES
from fintech_pipeline.signals.forecasting.gate import FEWEST_SLOTS, judged, losses
from fintech_pipeline.signals.forecasting.model import digest, packed, unpacked
from fintech_pipeline.signals.forecasting.targets import TARGETS, Kind, Target
from fintech_pipeline.signals.forecasting.training import Samples, Trained, train
from fintech_pipeline.signals.forecasting.trees import PARAMETERS, TreeLearner, trees_of
from fintech_pipeline.signals.forecasting.validation import walk_forward

HALF_HOUR = np.timedelta64(30, "m")
AT = np.datetime64("2026-01-05T00:00", "us") + np.arange(4_000) * HALF_HOUR
DIRECTION, VOLATILITY = (
    next(one for one in TARGETS[Interval.HALF_HOUR] if one.kind is kind) for kind in Kind
)


def world(seed: int, effect: float, slots: int = 700, symbols: int = 6) -> tuple[Samples, Target]:
    """Slots of symbols with features of noise; the first one tells of the direction, or not."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(slots * symbols, len(FEATURES)))
    # Symbols move together, so that a slot's samples are not independent.
    market = np.repeat(rng.normal(size=slots), symbols)
    moved = effect * features[:, 0] + market + rng.normal(size=slots * symbols)
    at = np.datetime64("2026-01-05T00:00", "us") + np.repeat(np.arange(slots), symbols) * HALF_HOUR
    return Samples(features, (moved > 0).astype(float), at, at + HALF_HOUR, 1), DIRECTION


def trained(seed: int, effect: float) -> Trained:
    samples, target = world(seed, effect)
    return train(target, samples, TreeLearner(), 7, HALF_HOUR)


def test_the_same_samples_and_seed_give_the_same_model_to_the_last_bit() -> None:
    first, second = trained(1, 0.5), trained(1, 0.5)
    assert first.model
    assert second.model
    assert digest(first.model.arrays()) == digest(second.model.arrays())
    assert first.verdict == second.verdict
    other = trained(2, 0.5)
    assert other.model
    assert digest(other.model.arrays()) != digest(first.model.arrays())


def test_on_a_planted_effect_the_gate_opens() -> None:
    verdict = trained(3, 1.0).verdict
    assert verdict.has_edge
    assert verdict.sentence.startswith("Edge: +")
    assert verdict.t is not None
    assert verdict.t > 3


def test_on_noise_the_gate_stays_shut() -> None:
    found = [trained(seed, 0.0).verdict for seed in range(20)]
    assert not any(verdict.has_edge for verdict in found)
    assert all(verdict.sentence.startswith("No edge: ") for verdict in found)


@pytest.mark.slow
def test_on_sixty_worlds_of_noise_the_gate_stays_shut() -> None:
    assert not any(trained(seed, 0.0).verdict.has_edge for seed in range(100, 160))


def test_an_edge_that_is_real_and_too_small_to_be_of_use_opens_nothing() -> None:
    rng = np.random.default_rng(0)
    naive = rng.uniform(0.6, 0.8, 4_000)
    verdict = judged(Kind.DIRECTION, naive - 0.001, naive, AT[:4_000], 1)
    assert verdict.t is not None
    assert verdict.t == 0.0 or verdict.t > 3
    assert not verdict.has_edge


def test_too_few_slots_say_nothing() -> None:
    own = np.zeros(99)
    verdict = judged(Kind.DIRECTION, own, own + 1.0, AT[:99], 1)
    assert (verdict.has_edge, verdict.skill) == (False, None)
    assert verdict.sentence == f"No edge: too few slots were tried, 99 of {FEWEST_SLOTS}."


def test_of_few_samples_no_model_is_made() -> None:
    samples, target = world(1, 1.0, slots=40)
    found = train(target, samples, TreeLearner(), 7, HALF_HOUR)
    assert found.model is None
    assert not found.verdict.has_edge


def test_neighbouring_futures_that_overlap_are_no_more_than_one_look() -> None:
    rng = np.random.default_rng(4)
    steps = rng.normal(0.05, 1.0, 3_000)
    overlapping = np.convolve(steps, np.ones(13), "valid")
    naive = np.full(len(overlapping), 20.0)
    alone = judged(Kind.VOLATILITY, naive - overlapping, naive, AT[: len(naive)], 0)
    aware = judged(Kind.VOLATILITY, naive - overlapping, naive, AT[: len(naive)], 13)
    assert alone.t is not None
    assert aware.t is not None
    assert aware.t < alone.t / 2


@pytest.mark.parametrize("kind", Kind)
def test_the_arrays_say_what_scikit_learn_says(kind: Kind) -> None:
    rng = np.random.default_rng(2)
    features = rng.normal(size=(4_000, 5))
    features[rng.random((4_000, 5)) < 0.1] = np.nan
    moved = np.nan_to_num(features[:, 0]) * 2 + rng.normal(size=4_000)
    if kind is Kind.DIRECTION:
        peer = HistGradientBoostingClassifier(**PARAMETERS, random_state=7)
        theirs = peer.fit(features, moved > 0).predict_proba(features)[:, 1]
    else:
        regressor = HistGradientBoostingRegressor(**PARAMETERS, random_state=7)
        peer, theirs = regressor, regressor.fit(features, moved).predict(features)
    kept = TreeLearner().restored(unpacked(packed(trees_of(kind, peer).arrays())))
    np.testing.assert_allclose(kept.told(features), theirs, rtol=0, atol=1e-12)
    assert len(kept.told(features[:0])) == 0


def test_a_direction_is_judged_by_its_likelihood_and_a_volatility_by_its_square() -> None:
    chance, came = np.array([0.5, 1.0, 0.2]), np.array([1.0, 1.0, 0.0])
    assert losses(Kind.DIRECTION, chance, came) == pytest.approx(
        [np.log(2), 0.0, -np.log(0.8)], abs=2e-6
    )
    assert losses(Kind.VOLATILITY, chance, came).tolist() == pytest.approx([0.25, 0.0, 0.04])


def test_nothing_that_is_trained_on_reaches_into_what_is_tried() -> None:
    at = np.datetime64("2026-01-05", "us") + np.repeat(np.arange(240), 3) * HALF_HOUR
    ended = at + 13 * HALF_HOUR
    embargo = np.timedelta64(2, "h")
    folds = list(walk_forward(at, ended, embargo))
    assert len(folds) == 5
    for trained_on, tried in folds:
        assert ended[trained_on].max() < at[tried].min() - embargo
    tried_all = np.concatenate([tried for _, tried in folds])
    assert len(np.unique(tried_all)) == len(tried_all) == 3 * 200


def test_a_range_is_foretold_better_where_something_tells_of_it() -> None:
    rng = np.random.default_rng(5)
    features: Floats = rng.normal(size=(6_000, len(FEATURES)))
    came = 0.5 * features[:, FEATURES.index("recent_range")] + 0.5 * features[:, 0]
    at = np.datetime64("2026-01-05", "us") + np.repeat(np.arange(1_000), 6) * HALF_HOUR
    samples = Samples(features, came + rng.normal(0, 0.2, 6_000), at, at + HALF_HOUR, 1)
    found = train(VOLATILITY, samples, TreeLearner(), 7, HALF_HOUR)
    assert found.verdict.has_edge
    assert len(found.folds) == 5
    assert min(found.folds) > 0
