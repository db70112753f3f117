"""A text judged for a symbol, on demand; nothing is stored."""

from fastapi import APIRouter

from fintech_pipeline.api.analysis import Analysis, Question
from fintech_pipeline.api.problems import documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.market.instrument_store import known_instrument
from fintech_pipeline.market.watchlist import Instrument

router = APIRouter(tags=["analysis"])
MOST_NAMES, LONGEST_NAME = 20, 100
"""As a question has them."""


@router.post("/analyze", responses=documented(400, 502))
async def analyze_text(question: Question, given: Given) -> Analysis:
    """Judge a text for a symbol, by the analyzer where there is one; nothing is stored.

    What is stored of the symbol's names is added to those given. A text that cannot be judged gets
    no number: `unscored` says why.
    """
    known = await given.reads.of(lambda connection: known_instrument(connection, question.symbol))
    return await given.analyzer.judge(question if known is None else _named(question, known))


def _named(question: Question, known: Instrument) -> Question:
    """The question with what a text may call the symbol."""
    called = dict.fromkeys((*question.names, known.name, *known.aliases))
    fitting = [name for name in called if name.strip() and len(name) <= LONGEST_NAME]
    return question.model_copy(update={"names": fitting[:MOST_NAMES]})
