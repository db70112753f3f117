"""The Dagster code location: `build_definitions(...)`, and `defs` for Dagster to find.

Loading it reads the configuration and contacts nothing.
"""

import warnings

import dagster as dg

from assets.backtests import strategy_backtests_asset
from assets.forecasts import forecast_models_asset
from assets.market import market_bars_asset
from assets.news import news_articles_asset
from assets.outcomes import signal_outcomes_asset
from assets.review_checks import REVIEW_CHECKS
from assets.sentiment import article_sentiment_asset
from assets.signals import trading_signals_asset
from fintech_pipeline.clock import Clock, utc_now
from fintech_pipeline.orchestration.jobs import (
    backtest_job,
    executor_of,
    review_job,
    schedules_beside_ticks,
    tick_job,
    tick_schedule,
    training_job,
)
from fintech_pipeline.orchestration.partitions import daily_partitions
from fintech_pipeline.orchestration.resources import pipeline_resource
from fintech_pipeline.orchestration.run_log import console_logger, log_runs_by
from fintech_pipeline.settings import Settings, load_settings
from sensors.alerts import alert_on_signals
from sensors.health import heal_missing_slots, watch_pipeline


def build_definitions(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    pipeline: dg.ResourceDefinition | None = None,
) -> dg.Definitions:
    """Puts the code location together.

    Args:
        settings: The configuration.
        clock: The present.
        pipeline: The resource that gives the pipeline; None opens the configured database.
    """
    partitions = daily_partitions(settings.pipeline.starts_on)
    assets = [
        market_bars_asset(partitions, settings),
        news_articles_asset(partitions, settings),
        article_sentiment_asset(partitions, settings),
        trading_signals_asset(partitions, settings),
    ]
    job = tick_job(assets, REVIEW_CHECKS)
    outcomes = signal_outcomes_asset()
    review = review_job(outcomes, REVIEW_CHECKS)
    backtests = strategy_backtests_asset()
    backtest = backtest_job(backtests)
    models = forecast_models_asset(settings)
    training = training_job(models, settings.forecast.resources)
    console = console_logger(settings)
    log_runs_by(console)
    return dg.Definitions(
        assets=[*assets, outcomes, backtests, models],
        asset_checks=REVIEW_CHECKS,
        jobs=[job, review, backtest, training],
        schedules=[
            tick_schedule(job, settings.minutes_after_slot),
            *schedules_beside_ticks(review, backtest, training),
        ],
        sensors=[heal_missing_slots(job), alert_on_signals(), watch_pipeline()],
        resources={"pipeline": pipeline or pipeline_resource(settings, clock)},
        executor=executor_of(settings.pipeline.executor),
        loggers={"console": console},
    )


# Told anew at the start of each run, on a log that is read by machines; the version is pinned.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
defs = build_definitions(load_settings())
