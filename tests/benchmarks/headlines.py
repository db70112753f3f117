"""Headlines scored: by Gemini against the ideal schedule, by the local model beside VADER."""

import math
import statistics
from collections.abc import Iterator, Sequence

from fintech_pipeline.clock import utc_now
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.sentiment.judging import speed, speed_examples
from fintech_pipeline.sentiment.models.gemini.model import GeminiModel
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.sentiment.scores import SentimentScore, Text
from fintech_pipeline.settings import load_settings
from fintech_pipeline.settings.quota import QuotaSettings
from fintech_pipeline.settings.sentiment import SentimentSettings
from fintech_pipeline.vendors import gemini_model
from tests.benchmarks.measuring import ROUNDS, SHARED, SYMBOLS, Figure, database, timed
from tests.vendors.gemini_standin import GeminiStandIn
from tests.vendors.standin import KEY, standing_in

THOUSAND = 1_000
LATENCY = 0.4
"""What the stand-in of a vendor takes for a request, in seconds."""


def thousand_headlines() -> Iterator[Figure]:
    """A thousand new headlines through Gemini's stand-in, granted by a ledger that forgets nothing.

    The ideal is as many rounds of 400 ms as the requests take at the configured concurrency. The
    library's import and its first connection, once a process, come before.
    """
    vendor = GeminiStandIn(seconds=LATENCY)
    with database() as opened, standing_in(vendor) as url:
        key = {"key": KEY, "base_url": url}
        settings = load_settings().model_copy(
            update={
                "sentiment": SentimentSettings.model_validate({"gemini": key}),
                "quota": QuotaSettings.model_validate(
                    {"gemini": {"per_minute": 0, "per_day": 0, "usd_per_day": 1000}}
                ),
            }
        )
        model = gemini_model(settings, Ledger(opened), utc_now)
        model.probe()
        texts = [
            Text(n, f"S{n % SYMBOLS}", (f"Symbol {n % SYMBOLS}",), f"Symbol beats, news {n}", "")
            for n in range(THOUSAND)
        ]
        ratios, requests = [], 0
        for _ in range(ROUNDS - 2):
            before = len(vendor.requests)
            seconds = timed(lambda: scored_all(model, texts))
            requests = len(vendor.requests) - before
            ratios.append(seconds / (math.ceil(requests / model.concurrency) * LATENCY))
    value = statistics.median(ratios)
    yield Figure(
        "a thousand headlines by Gemini", value, "× the ideal schedule", "≤ 1.2", value <= 1.2
    )
    yield Figure("their requests", requests, "requests", "≤ 60", requests <= 60)


def scored_all(model: GeminiModel, texts: Sequence[Text]) -> None:
    assert all(isinstance(one, SentimentScore) for one in model.score(texts))


def scoring_headlines() -> Figure:
    """The local model over SEntFiN's headlines on one core, VADER in turns with it."""
    fast = speed(LocalModel(), speed_examples(SHARED / "labelled"))
    unit = f"headlines/s (VADER {fast.vader:,.0f})"
    return Figure("local sentiment", fast.ours, unit, "≥ 5,000", fast.ours >= 5_000)
