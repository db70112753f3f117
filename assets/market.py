"""`market_bars`: prices."""

import dagster as dg

from assets.checks import MARKET_CHECKS, market_check_results
from assets.metadata import bars_metadata
from assets.quota import QuotaWatch
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import GROUP, MARKET_BARS
from fintech_pipeline.orchestration.partitions import works_of
from fintech_pipeline.orchestration.steps import collect_market, require_bars
from fintech_pipeline.settings import Settings


def market_bars_asset(
    partitions: dg.DailyPartitionsDefinition, settings: Settings
) -> dg.AssetsDefinition:
    """The asset of the bars, for this configuration's chain of providers."""

    @dg.asset(
        name=MARKET_BARS,
        group_name=GROUP,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=MARKET_CHECKS,
        kinds={*settings.market.providers, "postgres"},
    )
    def market_bars(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # with checks, Dagster knows the bare class only
        """Half-hour and daily bars of the watchlist, along each exchange's sessions.

        A bar is labelled by its start and usable only after its close. Providers are asked in the
        configured order; what one replaces becomes a revision. That no bar at all is there where
        bars were due fails the step and leaves what is stored.
        """
        quota = QuotaWatch.begin(pipeline, settings.market.providers)
        steps = [collect_market(pipeline, work) for work in works_of(context, pipeline.clock)]
        require_bars(steps)
        return dg.MaterializeResult(
            metadata={**bars_metadata(steps, pipeline.settings), **quota.metadata()},
            check_results=market_check_results(steps),
        )

    return market_bars
