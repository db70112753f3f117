"""Forecasts: the models that were learnt, and how they did."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter

from fintech_pipeline.api.forecasts_shown import MODELS, ModelsShown, model_shown
from fintech_pipeline.api.services import Given, Services
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.signals.forecasting.forecast_store import ForecastStore, newest_models
from fintech_pipeline.signals.forecasting.history import History
from fintech_pipeline.signals.forecasting.scoring import Score, scored

router = APIRouter(tags=["forecasts"])
MOST = 24
"""Of six targets, a month of weeks."""


@router.get("/forecasts/models", responses=MODELS)
async def list_models(given: Given) -> ModelsShown:
    """The newest models, the newest first: what each foretells, and whether it is of any use."""
    models = await given.reads.of(lambda connection: newest_models(connection, MOST))
    scores = await asyncio.to_thread(_scores, given, models)
    items = [model_shown(one, scores[one["id"]]) for one in models]
    return ModelsShown(simulated=given.settings.simulated, items=items)


def _scores(given: Services, models: Sequence[Mapping[str, Any]]) -> dict[int, Score]:
    chain = given.settings.market.providers
    history = History(BarStore(given.database, chain), ActionStore(given.database, chain))
    return scored(ForecastStore(given.database), history, models, given.clock())
