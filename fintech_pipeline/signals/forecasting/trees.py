"""Gradient-boosted trees, learnt by scikit-learn and kept as plain arrays. Pure.

Histogram-based boosting (Friedman 2001; Ke et al. 2017) of small trees, strongly held back: there
is little to find in prices, and much to mistake for it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.forecasting.model import Arrays, Model
from fintech_pipeline.signals.forecasting.targets import Kind

PARAMETERS: dict[str, Any] = {
    "max_iter": 80,
    "learning_rate": 0.05,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 100,
    "l2_regularization": 5.0,
    "early_stopping": False,
}
_TOGETHER = 20_000
"""Samples that are run through all trees at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """All trees one after the other.

    Attributes:
        kind: What is foretold.
        start: What is told before the first tree.
        roots: The place of each tree's first node.
        feature: What each node looks at; -1 where it is a leaf.
        threshold: Whoever is not above it goes to the left.
        left: The place of the node to the left.
        right: That to the right.
        lost_left: Whether an unknown value goes to the left.
        value: What a leaf adds.
    """

    kind: Kind
    start: float
    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: Floats
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    lost_left: NDArray[np.bool_]
    value: Floats

    def told(self, features: Floats) -> Floats:
        """The chance of a rise, or the logarithm of a range, of each sample."""
        parts = [
            self._sum(features[first : first + _TOGETHER])
            for first in range(0, len(features), _TOGETHER)
        ]
        raw = np.concatenate([np.zeros(0), *parts])
        if self.kind is Kind.VOLATILITY:
            return raw
        chance: Floats = 1.0 / (1.0 + np.exp(-raw))
        return chance

    def _sum(self, features: Floats) -> Floats:
        sample = np.arange(len(features))[:, None]
        node = np.broadcast_to(self.roots, (len(features), len(self.roots))).copy()
        while (inner := self.feature[node] >= 0).any():
            seen = features[sample, np.maximum(self.feature[node], 0)]
            goes_left = np.where(np.isnan(seen), self.lost_left[node], seen <= self.threshold[node])
            node = np.where(inner, np.where(goes_left, self.left[node], self.right[node]), node)
        total: Floats = self.start + self.value[node].sum(axis=1)
        return total

    def arrays(self) -> Arrays:
        """All that it is."""
        return {
            "kind": np.array(str(self.kind)),
            "start": np.array(self.start),
            "roots": self.roots,
            "feature": self.feature,
            "threshold": self.threshold,
            "left": self.left,
            "right": self.right,
            "lost_left": self.lost_left,
            "value": self.value,
        }


class TreeLearner:
    """Learns trees."""

    name = "trees"

    def learnt(self, kind: Kind, features: Floats, came: Floats, seed: int) -> Model:
        """The trees of some samples."""
        # It takes a second to import, and only who trains needs it.
        from sklearn import ensemble

        many = (
            ensemble.HistGradientBoostingClassifier
            if kind is Kind.DIRECTION
            else ensemble.HistGradientBoostingRegressor
        )
        made = many(**PARAMETERS, random_state=seed)
        # What is known of no sample tells nothing; scikit-learn cannot cut such a column up.
        nowhere = ~np.isfinite(features).any(axis=0)
        # Threads wait for each other, on a machine that does other things for ten times as long.
        with threadpool_limits(1, user_api="openmp"):
            made.fit(np.where(nowhere, 0.0, features), came)
        return trees_of(kind, made)

    def restored(self, arrays: Arrays) -> Model:
        """The trees that were kept."""
        told = dict(arrays)
        return Trees(Kind(str(told.pop("kind"))), float(told.pop("start")), **told)


def trees_of(kind: Kind, made: Any) -> Trees:
    """scikit-learn's own nodes as arrays.

    Args:
        kind: What is foretold.
        made: One of its histogram-based estimators, fitted. It tells its nodes to nobody, so this
            reads what it keeps for itself; a test holds both against each other.
    """
    nodes = [predictors[0].nodes for predictors in made._predictors]  # see above
    sizes = np.array([len(one) for one in nodes])
    roots = (np.cumsum(sizes) - sizes).astype(np.int32)
    offset = np.repeat(roots, sizes)
    joined = np.concatenate(nodes)
    leaf = joined["is_leaf"].astype(np.bool_)
    return Trees(
        kind,
        float(np.ravel(made._baseline_prediction)[0]),  # see above
        roots,
        np.where(leaf, -1, joined["feature_idx"]).astype(np.int32),
        joined["num_threshold"].astype(np.float64),
        (joined["left"].astype(np.int32) + offset).astype(np.int32),
        (joined["right"].astype(np.int32) + offset).astype(np.int32),
        joined["missing_go_to_left"].astype(np.bool_),
        joined["value"].astype(np.float64),
    )
