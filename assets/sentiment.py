"""`article_sentiment`: what a model makes of each article for each symbol."""

from typing import Any

import dagster as dg

from assets.metadata import sentiment_metadata
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import ARTICLE_SENTIMENT, GROUP, NEWS_ARTICLES
from fintech_pipeline.orchestration.partitions import works_of
from fintech_pipeline.orchestration.steps import score_articles


def article_sentiment_asset(partitions: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """The asset of the scores."""

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

        A text the model cannot judge stands as unscored with its reason; it is never a zero.
        """
        steps = [score_articles(pipeline, work) for work in works_of(context, pipeline.clock)]
        return dg.MaterializeResult(metadata=sentiment_metadata(steps))

    return article_sentiment
