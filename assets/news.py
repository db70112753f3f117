"""`news_articles`: headlines."""

import dagster as dg

from assets.checks import NEWS_CHECKS, news_check_results
from assets.metadata import news_metadata
from assets.quota import QuotaWatch
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import GROUP, NEWS_ARTICLES
from fintech_pipeline.orchestration.partitions import works_of
from fintech_pipeline.orchestration.steps import collect_articles
from fintech_pipeline.settings import Settings


def news_articles_asset(
    partitions: dg.DailyPartitionsDefinition, settings: Settings
) -> dg.AssetsDefinition:
    """The asset of the news, for this configuration's chain of providers."""

    @dg.asset(
        name=NEWS_ARTICLES,
        group_name=GROUP,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=NEWS_CHECKS,
        kinds={*settings.news.providers, "postgres"},
    )
    def news_articles(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # with checks, Dagster knows the bare class only
        """Articles about the watchlist: matched by name, grouped into stories, stored once.

        Each remembers when it was published, when it was observed and from when it may be used.
        """
        quota = QuotaWatch.begin(pipeline, settings.news.providers)
        steps = [collect_articles(pipeline, work) for work in works_of(context, pipeline.clock)]
        return dg.MaterializeResult(
            metadata={**news_metadata(steps, pipeline.settings), **quota.metadata()},
            check_results=news_check_results(steps),
        )

    return news_articles
