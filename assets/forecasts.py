"""`forecast_models`: what comes next, learnt anew each week."""

from typing import Any

import dagster as dg

from assets.metadata import Metadata, simulated, table
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import GROUP, TRADING_SIGNALS
from fintech_pipeline.orchestration.jobs import resources_tags
from fintech_pipeline.orchestration.training import FORECAST_MODELS, TrainingStep, train_all
from fintech_pipeline.settings import Settings


def forecast_models_asset(settings: Settings) -> dg.AssetsDefinition:
    """The asset of the models, which belongs to no day.

    Args:
        settings: What resources its step has, where a step is a Job.
    """

    @dg.asset(
        name=FORECAST_MODELS,
        group_name=GROUP,
        deps=[TRADING_SIGNALS],
        kinds={"scikitlearn", "postgres"},
        op_tags=resources_tags(settings.forecast.resources),
    )
    def forecast_models(
        pipeline: dg.ResourceParam[Pipeline],
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # as for the other assets
        """A model of each target, learnt of what is stored and judged by what came after it.

        One weighs in signals only while it beats the naive forecast out of sample.
        """
        return dg.MaterializeResult(
            metadata=models_metadata(train_all(pipeline), pipeline.settings)
        )

    return forecast_models


def models_metadata(step: TrainingStep, settings: Settings) -> Metadata:
    """The verdict on each model."""
    rows = [
        (str(number), str(interval), one.target.name, one.verdict.sentence)
        for number, (interval, one) in step.models.items()
    ]
    shown: dict[str, Any] = {
        "dagster/row_count": len(rows),
        "with an edge": sum(one.verdict.has_edge for _, one in step.models.values()),
        "verdicts": table(("model", "bars", "target", "verdict"), rows),
    }
    shown |= {f"{interval}: nothing learnt": why for interval, why in step.without.items()}
    return {**shown, **simulated(settings)}
