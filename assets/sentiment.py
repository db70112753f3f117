"""`article_sentiment`: what a model makes of each article for each symbol."""

from typing import Any

import dagster as dg

from assets.metadata import sentiment_metadata
from assets.quota import QuotaWatch
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import ARTICLE_SENTIMENT, GROUP, NEWS_ARTICLES
from fintech_pipeline.orchestration.partitions import works_of
from fintech_pipeline.orchestration.scoring_step import require_scores, score_articles
from fintech_pipeline.settings import Settings


def article_sentiment_asset(
    partitions: dg.DailyPartitionsDefinition, settings: Settings
) -> dg.AssetsDefinition:
    """The asset of the scores, for this configuration's chain of models."""

    @dg.asset(
        name=ARTICLE_SENTIMENT,
        group_name=GROUP,
        deps=[NEWS_ARTICLES],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        kinds={"python", "postgres"},
    )
    def article_sentiment(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> dg.MaterializeResult[Any]:
        """One score in [-1, 1] for each article and symbol, once for each model version.

        A text the model cannot judge stands as unscored with its reason; it is never a zero. Where
        the preferred model cannot be asked, the next one stands in for it, and that is said.
        """
        quota = QuotaWatch.begin(pipeline, settings.sentiment.models)
        steps = [score_articles(pipeline, work) for work in works_of(context, pipeline.clock)]
        require_scores(steps)
        return dg.MaterializeResult(metadata={**sentiment_metadata(steps), **quota.metadata()})

    return article_sentiment
