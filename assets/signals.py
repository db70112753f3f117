"""`trading_signals`: the dated, explained composite."""

import dagster as dg

from assets.checks import SIGNAL_CHECKS, signal_check_results
from assets.metadata import signals_metadata
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import (
    ARTICLE_SENTIMENT,
    GROUP,
    MARKET_BARS,
    TRADING_SIGNALS,
)
from fintech_pipeline.orchestration.partitions import works_of
from fintech_pipeline.orchestration.steps import compute
from fintech_pipeline.settings import Settings


def trading_signals_asset(
    partitions: dg.DailyPartitionsDefinition, settings: Settings
) -> dg.AssetsDefinition:
    """The asset of the signals, for this configuration's strategies."""

    @dg.asset(
        name=TRADING_SIGNALS,
        group_name=GROUP,
        deps=[MARKET_BARS, ARTICLE_SENTIMENT],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=SIGNAL_CHECKS,
        kinds={"numpy", "postgres"},
        metadata={"strategies": [str(one) for one in settings.signals.strategies]},
    )
    def trading_signals(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # with checks, Dagster knows the bare class only
        """A score in [-1, 1] for each symbol and open slot, with the components that make it.

        Only what was known at the cutoff counts. A live signal is written once; computing it again
        with another result makes a numbered revision beside it.
        """
        steps = [compute(pipeline, work) for work in works_of(context, pipeline.clock)]
        return dg.MaterializeResult(
            metadata=signals_metadata(steps, pipeline.settings),
            check_results=signal_check_results(steps),
        )

    return trading_signals
