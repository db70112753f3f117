"""Outcomes: what became of the signals, as `fintech signals outcomes` tells it."""

from datetime import timedelta
from typing import Annotated, Literal

import numpy as np
import sqlalchemy as sa
from fastapi import APIRouter, Query

from fintech_pipeline.api.parameters import (
    ALWAYS,
    EVER,
    STRATEGY,
    Between,
    instrument_named,
    judge_named,
)
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.reviewing import GivenReviews
from fintech_pipeline.api.reviews_shown import ReviewShown
from fintech_pipeline.api.services import Given, Services
from fintech_pipeline.api.signal_examples import OUTCOMES
from fintech_pipeline.clock import Window
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.signals.hindsight import COIN, Asked, Review, review_of
from fintech_pipeline.signals.outcome_store import OutcomeStore
from fintech_pipeline.signals.review_document import plain
from fintech_pipeline.signals.settling import SettlingStores
from fintech_pipeline.signals.signal_reading import known_labels

router = APIRouter(tags=["outcomes"])
REVIEWED = timedelta(days=365)
"""How far back a review looks where nobody says from when on; the daily one does, too."""
LONGEST = timedelta(days=366)
TOO_LONG = "A review looks at 366 days at the most; let `from` and `to` be nearer to each other."
OneStrategy = Annotated[
    str | None,
    Query(
        max_length=60,
        pattern=STRATEGY,
        description="One strategy's name or label; all without it.",
        examples=["balanced-2"],
    ),
]
HorizonNamed = Annotated[
    Literal["1 bar", "1 session", "5 sessions", "21 sessions"] | None,
    Query(description="This horizon alone."),
]


@router.get("/outcomes", responses=OUTCOMES | documented(404))
async def read_outcomes(
    given: Given,
    reviews: GivenReviews,
    between: Between,
    strategy: OneStrategy = None,
    symbol: Annotated[
        str | None, Query(max_length=40, description="One symbol; all without it.")
    ] = None,
    horizon: HorizonNamed = None,
    backfilled: Annotated[
        bool, Query(description="The backfilled history in place of the live signals.")
    ] = False,
) -> ReviewShown:
    """Hits, correlations, returns and calibration of the last year, or of a span up to a year.

    It settles nothing: live signals count as far as the daily review has settled them.
    """
    now = given.clock()
    end = now if between.end == ALWAYS else between.end
    start = max(EVER + LONGEST, end) - REVIEWED if between.start == EVER else between.start
    if end - start > LONGEST:
        raise Refusal(422, TOO_LONG)

    def named(connection: sa.Connection) -> tuple[list[str], list[str] | None]:
        symbols = None if symbol is None else [instrument_named(connection, symbol).symbol]
        if strategy is None:
            return known_labels(connection), symbols
        return [judge_named(connection, given.strategies, strategy).label], symbols

    labels, symbols = await given.reads.of(named)
    # A slot at the very start is included here, and a window is open at its start.
    window = Window(start - timedelta(microseconds=1), max(start, end))
    asked = Asked(not backfilled, window, labels, symbols)
    span = (between.start, between.end)
    key = (backfilled, span, tuple(labels), None if symbols is None else tuple(symbols))
    found = await reviews.of(key, now, lambda: _made(given, asked))
    return found if horizon is None else _at(found, horizon)


def _made(given: Services, asked: Asked) -> ReviewShown:
    chain = given.settings.market.providers
    stores = SettlingStores(
        BarStore(given.database, chain),
        ActionStore(given.database, chain),
        OutcomeStore(given.database),
    )
    found: Review = review_of(stores, asked, given.clock(), np.random.default_rng(COIN))
    return ReviewShown.model_validate(
        {"simulated": given.settings.simulated, **dict(plain(found))}  # type: ignore[call-overload]  # a dataclass becomes a dict
    )


def _at(found: ReviewShown, horizon: str) -> ReviewShown:
    return found.model_copy(
        update={
            "strategies": [
                one.model_copy(
                    update={"horizons": [h for h in one.horizons if h.horizon == horizon]}
                )
                for one in found.strategies
            ],
            "sentiment": [one for one in found.sentiment if one.horizon == horizon],
        }
    )
