"""Sentiment scores: what a model says of one article for one symbol. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fintech_pipeline.errors import ProviderError


class Label(StrEnum):
    """The classes of the score."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Text:
    """One thing to score: an article seen from one symbol.

    Attributes:
        article_id: The stored article.
        symbol: For whom it is good or bad.
        names: What the text may call the instrument: symbol, name, aliases.
        headline: Untrusted text.
        summary: Untrusted text, may be empty.
    """

    article_id: int
    symbol: str
    names: tuple[str, ...]
    headline: str
    summary: str


@dataclass(frozen=True, slots=True)
class SentimentScore:
    """A model's verdict.

    Attributes:
        value: In [-1, 1]; 0 is a verdict ("neutral"), not the lack of one.
        label: The class of the value.
        confidence: In [0, 1].
        reason: A short phrase for a person.
        answered_by: What the vendor says answered, such as a dated name of the model; the version
            itself where nobody else is asked.
        tokens: This text's part of the tokens that were paid for.
        cost_usd: Its part of what they cost.

    Raises:
        ValueError: Value or confidence lies outside its bounds, or the label contradicts the sign.
    """

    value: float
    label: Label
    confidence: float
    reason: str
    answered_by: str = ""
    tokens: int = 0
    cost_usd: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not -1.0 <= self.value <= 1.0:
            raise ValueError(f"a sentiment score of {self.value} lies outside [-1, 1]")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"a confidence of {self.confidence} lies outside [0, 1]")
        signs = {Label.POSITIVE: self.value > 0, Label.NEGATIVE: self.value < 0}
        if not signs.get(self.label, True):
            raise ValueError(f"a score of {self.value} is not {self.label}")


@dataclass(frozen=True, slots=True)
class Unscored:
    """A text that got no verdict, and why. Never the same as a neutral score."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A text on which the model gave no verdict because it could not be asked: it may be later.

    Attributes:
        error: What stood in the way: the budget, the quota, the key, an outage.
    """

    error: ProviderError


Verdict = SentimentScore | Unscored | NotAsked
