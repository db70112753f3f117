"""Answering what is asked of an analyzer in this very process."""

from collections.abc import Sequence
from functools import partial

from fintech_pipeline.api.analysis import Analysis, Names, NobodyAsked, Question, analyze, text_of
from fintech_pipeline.api.limits import Limits
from fintech_pipeline.api.workers import Workers
from fintech_pipeline.clock import Clock
from fintech_pipeline.sentiment.model import SentimentModel


class OwnAnalyzer:
    """Judges texts by the models it has, beside the event loop.

    Args:
        models: The chain; the first that can be asked answers.
        names: What texts call the followed symbols, beside what a question says.
        limits: How much is scored at once, and how much may wait.
        clock: The present.
    """

    def __init__(
        self,
        models: Sequence[SentimentModel],
        names: Names,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._models, self._names, self._clock = models, names, clock
        self._workers = Workers(limits)

    async def judge(self, question: Question) -> Analysis:
        """The verdict.

        Raises:
            Refusal: The symbol is unknown, nobody can be asked, or too many wait.
        """
        text = text_of(question, self._names)
        try:
            return await self._workers.do(partial(analyze, self._models, text, self._clock()))
        except NobodyAsked as nobody:
            raise nobody.refusal(self._clock()) from None

    async def close(self) -> None:
        """Holds nothing open."""
