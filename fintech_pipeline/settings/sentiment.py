"""Sentiment: which models are asked, what they need, and how long a verdict counts."""

from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import Field, PositiveInt, model_validator

from fintech_pipeline.settings.section import Key, Section, Url

Price = Annotated[Decimal, Field(ge=0)]
SourceWeight = Annotated[float, Field(ge=0, le=1)]
Model = Literal["gemini", "local", "hugging_face"]
MODELS: tuple[str, ...] = get_args(Model)


class GeminiSettings(Section):
    """Google Gemini: a key, and the model by its vendor's name, which changes within months.

    The prices are the vendor's for a million tokens of that model; the day's budget in
    `quota.gemini.usd_per_day` is counted with them.
    """

    key: Key
    model: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.\-]*$")] = "gemini-3.5-flash-lite"
    base_url: Url = "https://generativelanguage.googleapis.com"
    texts_per_request: Annotated[int, Field(ge=1, le=100)] = 25
    concurrency: Annotated[int, Field(ge=1, le=32)] = 4
    timeout_seconds: PositiveInt = 60
    batch_backfills: bool = False
    usd_per_million_tokens_in: Price = Decimal("0.30")
    usd_per_million_tokens_out: Price = Decimal("2.50")


class HuggingFaceSettings(Section):
    """A text classifier of Hugging Face, by its name there or a folder; it runs on this machine.

    The revision is best a commit: a branch may change under the same name.
    """

    model: Annotated[str, Field(min_length=1)] = "ProsusAI/finbert"
    revision: Annotated[str, Field(min_length=1)] = "main"


class SentimentSettings(Section):
    """Sentiment: the models in the order in which they are asked, and what a verdict counts.

    A source is an outlet by the name that articles have; it weighs 1 where none is given, 0 mutes.
    """

    models: tuple[Model, ...] = Field(default=("local",), min_length=1)
    half_life_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 12.0
    source_weights: dict[str, SourceWeight] = Field(default_factory=dict)
    gemini: GeminiSettings | None = None
    hugging_face: HuggingFaceSettings = HuggingFaceSettings()

    @model_validator(mode="after")
    def _configured(self) -> "SentimentSettings":
        if len(set(self.models)) < len(self.models):
            raise ValueError("a model stands twice in sentiment.models")
        if "gemini" in self.models and self.gemini is None:
            raise ValueError(
                'the model "gemini" needs sentiment.gemini.key: export GEMINI_API_KEY, and put'
                ' key = "${GEMINI_API_KEY}" there'
            )
        return self
