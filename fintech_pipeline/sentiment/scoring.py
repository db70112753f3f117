"""Scoring: every text that has no verdict yet gets one, once for each model version."""

from collections.abc import Sequence
from dataclasses import dataclass

from fintech_pipeline.errors import ProviderError
from fintech_pipeline.sentiment.model import SentimentModel
from fintech_pipeline.sentiment.scores import Text, Unscored, Verdict


@dataclass(frozen=True, slots=True)
class Scored:
    """What one pass over the texts brought.

    Attributes:
        model_version: Who scored.
        texts: What was asked.
        verdicts: One a text, in the same order.
    """

    model_version: str
    texts: list[Text]
    verdicts: list[Verdict]

    @property
    def unscored(self) -> int:
        """How many texts got no verdict."""
        return sum(isinstance(verdict, Unscored) for verdict in self.verdicts)


def score_texts(model: SentimentModel, texts: Sequence[Text]) -> Scored:
    """Asks the model for a verdict on each text.

    Raises:
        ProviderError: The model cannot be reached, or answered for another number of texts.
    """
    verdicts = model.score(texts) if texts else []
    if len(verdicts) != len(texts):
        raise ProviderError(
            f"{model.version} gave {len(verdicts)} verdicts for {len(texts)} texts; none was kept."
        )
    return Scored(model.version, list(texts), verdicts)
