"""What the sentiment slice asks of a model."""

from collections.abc import Sequence
from typing import Protocol

from fintech_pipeline.sentiment.scores import Text, Verdict


class SentimentModel(Protocol):
    """Something that scores texts.

    Attributes:
        version: Names the model and everything that changes its answers; stored with every score.
        costs: Whether asking costs money or quota, so that a story is asked for once.
    """

    @property
    def version(self) -> str: ...

    @property
    def costs(self) -> bool: ...

    def score(self, texts: Sequence[Text]) -> list[Verdict]:
        """One verdict a text, in the same order; no fault of the model's is raised."""
        ...
