"""The chain of sentiment models as a command asks it, outside of any run."""

import contextlib
from collections.abc import Iterator, Sequence

from fintech_pipeline.sentiment.model import SentimentModel
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.settings import Settings


@contextlib.contextmanager
def opened_models(
    settings: Settings, only: str | None = None
) -> Iterator[Sequence[SentimentModel]]:
    """The configured chain, or only the model of that name; the local one needs no database.

    Raises:
        NotConfigured: That model has no key.
        StorageError: The ledger's database cannot be reached or started.
    """
    names = settings.sentiment.models if only is None else (only,)
    if names == ("local",):
        yield [LocalModel()]
        return
    # It brings every provider along, and with them three times the memory.
    from fintech_pipeline.cli.session import opened_pipeline
    from fintech_pipeline.composition import sentiment_model

    with opened_pipeline() as pipeline:
        yield [sentiment_model(name, settings, pipeline.ledger, pipeline.clock) for name in names]


def workers_for(settings: Settings) -> int:
    """How many texts are judged at once: as many as a vendor is asked at once, else one.

    A model that computes gains nothing by more: Python does one thing at a time.
    """
    gemini = settings.sentiment.gemini
    asked = gemini is not None and "gemini" in settings.sentiment.models
    return gemini.concurrency if gemini and asked else 1
