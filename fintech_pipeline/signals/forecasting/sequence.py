"""A small recurrent network over the last bars, learnt by PyTorch; an optional extra.

It reads the moves of the last bars one after the other, the oldest first, and tells one number of
what it remembers and of the other features.

Its weights are kept as plain arrays like the trees of the other learner. It runs on the processor,
on one thread, so that the same samples and seed give the same bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.forecasting.features import FEATURES, STEPS
from fintech_pipeline.signals.forecasting.model import Arrays, Model
from fintech_pipeline.signals.forecasting.targets import Kind

HIDDEN, EPOCHS, BATCH, RATE, DECAY = 8, 12, 256, 5e-3, 1e-2
"""Small and short: there is little to find in prices, and much to mistake for it."""


class _Network(torch.nn.Module):  # type: ignore[misc]  # it is not there in every environment
    """Of each feature it is given its value, and whether it is known; (sample, feature, 2)."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = torch.nn.GRU(2, HIDDEN, batch_first=True)
        self.tells = torch.nn.Linear(HIDDEN + 2 * (len(FEATURES) - STEPS), 1)

    def forward(self, seen: Any) -> Any:
        """One number a sample."""
        _, last = self.reads(seen[:, -STEPS:].flip(1))
        others = seen[:, :-STEPS].flatten(1)
        return self.tells(torch.cat([last[-1], others], 1))[:, 0]


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """A network that was learnt.

    Attributes:
        kind: What is foretold.
        middle: The mean of each feature.
        spread: Its standard deviation.
        start: What is told where the network tells nothing.
        weights: The network's.
    """

    kind: Kind
    middle: Floats
    spread: Floats
    start: float
    weights: Mapping[str, NDArray[np.float32]]

    def told(self, features: Floats) -> Floats:
        """The chance of a rise, or the logarithm of a range, of each sample."""
        network = _Network()
        network.load_state_dict(
            {name: torch.from_numpy(held.copy()) for name, held in self.weights.items()}
        )
        with torch.no_grad():
            seen = torch.from_numpy(_seen(features, self.middle, self.spread))
            raw = self.start + network(seen).numpy().astype(np.float64)
        if self.kind is Kind.VOLATILITY:
            return np.asarray(raw, np.float64)
        return np.asarray(expit(raw), np.float64)

    def arrays(self) -> Arrays:
        """All that it is."""
        held = {f"weight {name}": weight for name, weight in self.weights.items()}
        return {
            "kind": np.array(str(self.kind)),
            "middle": self.middle,
            "spread": self.spread,
            "start": np.array(self.start),
            **held,
        }


class SequenceLearner:
    """Learns networks."""

    name = "sequence"

    def learnt(self, kind: Kind, features: Floats, came: Floats, seed: int) -> Model:
        """The network of some samples."""
        torch.set_num_threads(1)
        drawn = torch.Generator().manual_seed(seed)
        torch.manual_seed(seed)
        network = _Network()
        known = np.isfinite(features)
        filled = np.where(known, features, 0.0)
        count = np.maximum(known.sum(axis=0), 1)
        middle = filled.sum(axis=0) / count
        spread = np.sqrt((np.where(known, features - middle, 0.0) ** 2).sum(axis=0) / count)
        spread = np.where(spread > 0.0, spread, 1.0)
        mean = float(came.mean())
        start = mean if kind is Kind.VOLATILITY else float(np.log(mean / (1.0 - mean)))
        seen = torch.from_numpy(_seen(features, middle, spread))
        wanted = torch.from_numpy(came.astype(np.float32))
        loss = torch.nn.MSELoss() if kind is Kind.VOLATILITY else torch.nn.BCEWithLogitsLoss()
        steps = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
        for _ in range(EPOCHS):
            order = torch.randperm(len(wanted), generator=drawn)
            for first in range(0, len(wanted), BATCH):
                batch = order[first : first + BATCH]
                steps.zero_grad()
                loss(start + network(seen[batch]), wanted[batch]).backward()
                steps.step()
        weights = {name: held.numpy().copy() for name, held in network.state_dict().items()}
        return Sequence(kind, middle, spread, start, weights)

    def restored(self, arrays: Arrays) -> Model:
        """The network that was kept."""
        weights = {
            name.removeprefix("weight "): held
            for name, held in arrays.items()
            if name.startswith("weight ")
        }
        return Sequence(
            Kind(str(arrays["kind"])),
            arrays["middle"],
            arrays["spread"],
            float(arrays["start"]),
            weights,
        )


def _seen(features: Floats, middle: Floats, spread: Floats) -> NDArray[np.float32]:
    """Each feature in its usual deviations, and whether it is known; (sample, feature, 2)."""
    known = np.isfinite(features)
    scaled = np.clip((np.where(known, features, middle) - middle) / spread, -5.0, 5.0)
    found: NDArray[np.float32] = np.stack([scaled, known.astype(np.float64)], 2).astype(np.float32)
    return found
