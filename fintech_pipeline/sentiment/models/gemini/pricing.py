"""What a request costs, at most and in fact, and how that is shared by its texts. Pure.

Tokens are the vendor's own count. The model's thoughts are sold as output.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal

from fintech_pipeline.quota.calls import Usage
from fintech_pipeline.sentiment.models.gemini.answers import Tokens
from fintech_pipeline.sentiment.scores import SentimentScore

MILLION = 1_000_000
TOKENS_A_VERDICT = 120
"""Twice what a verdict of the longest reason that is asked for takes."""
TOKENS_OF_THOUGHT = 8_192
"""What a thinking model may think before it answers; the vendor counts it as output."""
_SMALLEST = Decimal("0.000000000001")
"""A share is a multiple of this, in US dollars."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What the vendor asks, in US dollars for a million tokens."""

    tokens_in: Decimal
    tokens_out: Decimal

    def cost(self, tokens_in: int, tokens_out: int) -> Decimal:
        """What so many tokens cost, in US dollars."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / MILLION

    def usage(self, tokens: Tokens) -> Usage:
        """What an answer used that took so many tokens."""
        cost = self.cost(tokens.came_in, tokens.went_out)
        return Usage(tokens.came_in, tokens.went_out, cost)

    def most(self, question: str, texts: int) -> Decimal:
        """What a request costs at most: no tokenizer makes more tokens of a text than its bytes.

        Args:
            question: All that is sent: instruction, schema and document.
            texts: How many verdicts are asked for.
        """
        return self.cost(len(question.encode()), most_tokens_out(texts))


def most_tokens_out(texts: int) -> int:
    """How long an answer of so many verdicts may be, thoughts included."""
    return TOKENS_OF_THOUGHT + TOKENS_A_VERDICT * texts


def shared(scores: Sequence[SentimentScore], usage: Usage) -> list[SentimentScore]:
    """The scores with their parts of what their request used, which add up to it exactly."""
    if not scores:
        return []
    whole, over = divmod(usage.tokens_in + usage.tokens_out, len(scores))
    part = (usage.cost_usd / len(scores)).quantize(_SMALLEST, ROUND_DOWN)
    rest = usage.cost_usd - part * len(scores)
    return [
        replace(
            score,
            tokens=whole + (place < over),
            cost_usd=part + (rest if place == 0 else 0),
        )
        for place, score in enumerate(scores)
    ]
