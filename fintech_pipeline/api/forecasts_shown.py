"""Models as the API shows them; null where a figure says nothing."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import Field

from fintech_pipeline.api.examples import shown
from fintech_pipeline.api.signals_shown import Shown
from fintech_pipeline.signals.forecasting.scoring import Score


class VerdictShown(Shown):
    """How models like it did out of sample."""

    slots: int
    samples: int
    loss: float | None
    naive_loss: float | None = Field(description="The same of what needs no model.")
    skill: float | None = Field(description="By how much of the naive loss the model's is less.")
    t: float | None = Field(description="Diebold and Mariano's; 3 is asked for.")
    sentence: str


class ScoreShown(Shown):
    """How what it foretold turned out."""

    foretold: int
    known: int = Field(description="Of how many it is known what came.")
    loss: float | None
    hits: float | None = Field(description="Of a direction: how often it was right.")


class ModelShown(Shown):
    """A model that was learnt."""

    id: int
    interval: str
    target: str = Field(description="What it foretells, and how far ahead.")
    learner: str
    trained_at: datetime = Field(description="It speaks from an hour later on.")
    first_slot_at: datetime
    last_slot_at: datetime
    samples: int
    symbols: list[str]
    features: list[str]
    seed: int
    verdict: VerdictShown
    folds: list[float] = Field(description="The skill of each fold, in order of time.")
    has_edge: bool = Field(description="Whether it weighs in signals.")
    digest: str | None = Field(description="SHA-256; null where there was too little to learn.")
    score: ScoreShown


class ModelsShown(Shown):
    """The newest models."""

    simulated: bool
    items: list[ModelShown]


def model_shown(model: Mapping[str, Any], score: Score) -> ModelShown:
    """A model as `newest_models` gives it, with how it did since."""
    return ModelShown.model_validate({**model, "score": asdict(score)})


MODELS = shown(
    {
        "simulated": False,
        "items": [
            {
                "id": 31,
                "interval": "30m",
                "target": "volatility, 1 bar",
                "learner": "trees",
                "trained_at": "2026-11-29T04:17:20Z",
                "first_slot_at": "2025-03-03T15:00:00Z",
                "last_slot_at": "2025-07-03T17:00:00Z",
                "samples": 16624,
                "symbols": ["AAPL", "KO"],
                "features": ["momentum", "news", "range"],
                "seed": 7,
                "verdict": {
                    "slots": 865,
                    "samples": 13840,
                    "loss": 0.151,
                    "naive_loss": 0.16,
                    "skill": 0.055,
                    "t": 1.8,
                    "sentence": "No edge: +5.50% against the naive forecast out of sample, t +1.8, "
                    "where 1.00% and 3 are asked for.",
                },
                "folds": [-0.216, 0.092, 0.117, 0.087, 0.129],
                "has_edge": False,
                "digest": "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
                "score": {"foretold": 96, "known": 80, "loss": 0.16, "hits": None},
            }
        ],
    }
)
