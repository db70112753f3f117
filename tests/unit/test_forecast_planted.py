"""On the simulated exchange the gate opens where prices follow the news, and stays shut elsewhere.

The prices are the simulation's, the news what its events would be told as, and what is learnt and
judged is what the weekly training learns and judges.
"""

import numpy as np
import pytest

from fintech_pipeline.clock import SLOT, instant64
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.forecasting.features import FEATURES
from fintech_pipeline.signals.forecasting.gate import Verdict
from fintech_pipeline.signals.forecasting.targets import Future, outcomes, target_named
from fintech_pipeline.signals.forecasting.training import Samples, train
from fintech_pipeline.signals.forecasting.trees import TreeLearner
from fintech_pipeline.signals.horizons import prices_of
from tests.unit.test_planted_effect import FIRST, SYMBOLS, news, prices, rows_of

NEXT = target_named(Interval.HALF_HOUR, "direction, 1 bar")


def verdict(seed: int, effect: float) -> Verdict:
    """Of the direction of the next half hour, learnt of the news alone."""
    rows, value = rows_of(), np.stack([news(seed, symbol) for symbol in SYMBOLS], axis=1)
    slots = instant64(FIRST) + np.arange(1, len(value) + 1) * np.timedelta64(SLOT)
    traded = prices_of(*prices(seed, effect), rows, SYMBOLS)
    future = Future(rows, traded, traded.open, traded.close)
    row, column = (place.ravel() for place in np.indices(value.shape))
    before = rows.last_before(slots[row])
    came, leave = outcomes(NEXT, future, before, column)
    known = np.isfinite(came)
    seen = np.full((len(came), len(FEATURES)), np.nan)
    seen[:, FEATURES.index("news")] = value.ravel()
    samples = Samples(
        seen[known], came[known], slots[row][known], rows.closed_at[leave[known]], overlap=1
    )
    return train(NEXT, samples, TreeLearner(), 7, np.timedelta64(1, "D")).verdict


@pytest.mark.parametrize("seed", [0, 1])
def test_the_planted_effect_opens_the_gate(seed: int) -> None:
    # Three times as strong as the demo's: twenty days are few to learn of.
    found = verdict(seed, effect=3.0)
    assert found.has_edge, found.sentence


@pytest.mark.parametrize("seed", [0, 1])
def test_where_prices_know_no_news_it_stays_shut(seed: int) -> None:
    found = verdict(seed, effect=0.0)
    assert not found.has_edge, found.sentence
