"""The network of the optional extra: the same each time, kept as arrays, and it learns."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the optional extra [torch] is not installed")

from fintech_pipeline.signals.forecasting.features import FEATURES  # noqa: E402  # after the skip
from fintech_pipeline.signals.forecasting.learners import learner_named  # noqa: E402  # likewise
from fintech_pipeline.signals.forecasting.model import digest, packed, unpacked  # noqa: E402
from fintech_pipeline.signals.forecasting.targets import Kind  # noqa: E402  # likewise


@pytest.mark.parametrize("kind", Kind)
def test_it_learns_the_same_each_time_and_says_the_same_when_it_is_read_back(kind: Kind) -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(3_000, len(FEATURES)))
    features[rng.random(features.shape) < 0.2] = np.nan
    # Of something of now, and of the last two bars.
    planted = [0, FEATURES.index("move_0"), FEATURES.index("move_1")]
    moved = 2.0 * np.nan_to_num(features[:, planted]).sum(axis=1) + rng.normal(size=3_000)
    came = (moved > 0).astype(float) if kind is Kind.DIRECTION else moved
    learner = learner_named("sequence")
    first, second = (learner.learnt(kind, features, came, 7) for _ in range(2))
    assert digest(first.arrays()) == digest(second.arrays())
    kept = learner.restored(unpacked(packed(first.arrays())))
    told = first.told(features)
    assert kept.told(features).tolist() == told.tolist()
    assert np.corrcoef(told, moved)[0, 1] > 0.5
    if kind is Kind.DIRECTION:
        assert 0.0 <= told.min() <= told.max() <= 1.0
