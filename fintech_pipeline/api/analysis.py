"""One text, one symbol, one verdict: what is asked, which model answers, and what is told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.errors import (
    Paused,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    StorageError,
    Unavailable,
    together,
)
from fintech_pipeline.market.watchlist import SYMBOL, symbol_of
from fintech_pipeline.quota.money import exact
from fintech_pipeline.sentiment.model import SentimentModel
from fintech_pipeline.sentiment.scores import NotAsked, SentimentScore, Text, Unscored, Verdict
from fintech_pipeline.sentiment.scoring import NOT_STORED, Judged, judged_alone

RETRY_SECONDS = 30.0
"""Where nothing says when a model can be asked again."""
Names = Mapping[str, tuple[str, ...]]
"""What a text may call each followed symbol: symbol, name, aliases."""


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text


def _symbol(typed: str) -> str:
    symbol = symbol_of(typed)
    if not SYMBOL.fullmatch(symbol):
        raise ValueError("it is no symbol (capitals, digits, dot; 15 at most)")
    return symbol


class Question(BaseModel):
    """A text to be judged for a symbol."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        json_schema_extra={
            "examples": [
                {"text": "Intel falls as AMD soars", "symbol": "AMD", "names": ["AMD"]},
                {"text": "Apple beats estimates", "summary": "Sales rose 9%.", "symbol": "AAPL"},
            ]
        },
    )

    text: Annotated[str, Field(max_length=1000), AfterValidator(_said)] = Field(
        description="A headline, or a few sentences."
    )
    symbol: Annotated[str, Field(max_length=40), AfterValidator(_symbol)] = Field(
        description="For whom it is good or bad."
    )
    summary: Annotated[str, Field(max_length=4000)] = Field(
        default="", description="What follows the headline."
    )
    names: Annotated[
        list[Annotated[str, Field(max_length=100), AfterValidator(_said)]], Field(max_length=20)
    ] = Field(
        default_factory=list,
        description="What the text may call the symbol; needed where it is not on the watchlist.",
    )


class StoodIn(BaseModel):
    """A model that was to be asked first, and could not be."""

    version: str
    because: str


class Answered(BaseModel):
    """Who gave the verdict.

    Attributes:
        version: The model's, as it stands on every stored score.
        answered_by: What the vendor says answered.
        stood_in_for: The models before it in the configured chain, each with why it was not asked.
    """

    version: str
    answered_by: str
    stood_in_for: list[StoodIn]


Money = Annotated[Decimal, PlainSerializer(exact, return_type=str)]


class Analysis(BaseModel):
    """A verdict; or none, and then `unscored` says why and nothing stands in its place."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "symbol": "AMD",
                    "label": "positive",
                    "score": 0.61,
                    "confidence": 0.55,
                    "reasons": ['"soars" is good'],
                    "unscored": None,
                    "model": {"version": "local-1", "answered_by": "local-1", "stood_in_for": []},
                    "tokens": 0,
                    "cost_usd": "0",
                }
            ]
        }
    )

    symbol: str
    label: Literal["positive", "neutral", "negative"] | None
    score: float | None = Field(description="In [-1, 1]; 0 is a verdict, null the lack of one.")
    confidence: float | None = Field(description="In [0, 1].")
    reasons: list[str]
    unscored: str | None = Field(description="Why there is no verdict.")
    model: Answered
    tokens: int | None = Field(description="What was paid for; null where there is no verdict.")
    cost_usd: Money | None = Field(description="In US dollars; null where there is no verdict.")


@dataclass(frozen=True, slots=True)
class NobodyAsked(Exception):
    """No model of the chain could be asked.

    Attributes:
        errors: Why not, one a model.
    """

    errors: tuple[ProviderError, ...]

    def refusal(self, now: datetime) -> Refusal:
        """The answer that says so, and when asking again may help."""
        seconds = min(_seconds_until(error, now) for error in self.errors)
        return Refusal(503, str(together(self.errors)), max(1.0, seconds))


def text_of(question: Question, names: Names) -> Text:
    """What the models are given.

    Raises:
        Refusal: The symbol is neither on the watchlist nor named.
    """
    known = names.get(question.symbol, ())
    if not known and not question.names:
        raise Refusal(
            422,
            f"{question.symbol} is not on the watchlist, so give the names by which the text may"
            ' call it: "names": ["…"].',
        )
    called = dict.fromkeys((question.symbol, *known, *question.names))
    return Text(NOT_STORED, question.symbol, tuple(called), question.text, question.summary)


def analyze(models: Sequence[SentimentModel], text: Text, at: datetime) -> Analysis:
    """The verdict of the chain.

    Args:
        models: The chain, the preferred first.
        text: What is judged.
        at: Now (UTC).

    Raises:
        NobodyAsked: No model can be asked.
    """
    chain = [_Sheltered(model) for model in models]
    judged = judged_alone(chain, text, at)
    if isinstance(judged.verdict, NotAsked):
        raise NobodyAsked(tuple(one.error for one in judged.passed))
    return _told(judged, judged.verdict)


@dataclass(frozen=True, slots=True)
class _Sheltered:
    """A model that cannot be asked, in place of one that raises: a client waits for an answer."""

    model: SentimentModel

    @property
    def version(self) -> str:
        return self.model.version

    @property
    def costs(self) -> bool:
        return self.model.costs

    def score(self, texts: Sequence[Text]) -> list[Verdict]:
        try:
            return self.model.score(texts)
        except ProviderError as error:
            return [NotAsked(error) for _ in texts]
        except StorageError:
            # Its sentence names the database's address, which concerns no client.
            away = Unavailable("The ledger of calls can't be reached.")
            return [NotAsked(away) for _ in texts]


def _told(judged: Judged, verdict: SentimentScore | Unscored) -> Analysis:
    score = verdict if isinstance(verdict, SentimentScore) else None
    version = judged.model_version
    answered_by = (score.answered_by if score else "") or version
    stood_in = [StoodIn(version=p.model_version, because=str(p.error)) for p in judged.passed]
    return Analysis(
        symbol=judged.pending.text.symbol,
        label=score.label.value if score else None,
        score=score.value if score else None,
        confidence=score.confidence if score else None,
        reasons=[score.reason] if score else [],
        unscored=verdict.reason if isinstance(verdict, Unscored) else None,
        model=Answered(version=version, answered_by=answered_by, stood_in_for=stood_in),
        tokens=score.tokens if score else None,
        cost_usd=score.cost_usd if score else None,
    )


def _seconds_until(error: ProviderError, now: datetime) -> float:
    match error:
        case QuotaExhausted():
            return (error.resets_at - now).total_seconds()
        case RateLimited():
            return error.retry_after.total_seconds()
        case Paused():
            return (error.until - now).total_seconds()
        case _:
            return RETRY_SECONDS
