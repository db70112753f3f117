"""What rules about the pipeline itself look at: runs that fail, parts that are late, quotas."""

from collections.abc import Mapping

import dagster as dg

from fintech_pipeline.alerts.rules import Metric
from fintech_pipeline.alerts.watchdog import lateness
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.jobs import REVIEW_JOB, TICK_JOB
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.quota.allowances import PLANS
from fintech_pipeline.quota.spending import spendings

LOOKED_BACK = 20
"""More failures in a row are as bad as so many."""
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]


def failed_in_a_row(instance: dg.DagsterInstance) -> dict[str, float]:
    """How many of the newest runs that have ended failed, by job; a backfill never counts.

    Args:
        instance: Whose runs.
    """
    found = {}
    for job in (TICK_JOB, REVIEW_JOB):
        runs = instance.get_runs(dg.RunsFilter(job_name=job, statuses=_ENDED), limit=LOOKED_BACK)
        counted = [run for run in runs if job != TICK_JOB or SLOT_TAG in run.tags]
        failures = 0
        for run in counted:
            if run.status is not dg.DagsterRunStatus.FAILURE:
                break
            failures += 1
        if counted:
            found[job] = float(failures)
    return found


def late_parts(pipeline: Pipeline) -> dict[str, float]:
    """How many minutes each part of the pipeline is late.

    Raises:
        StorageError: The database is away.
    """
    with pipeline.database.transaction() as connection:
        return lateness(connection, pipeline.clock(), pipeline.settings.minutes_after_slot)


def quotas_left(pipeline: Pipeline) -> dict[str, float]:
    """How much of its day is left to each provider that has a limit a day, in per cent.

    Raises:
        StorageError: The database is away.
    """
    settings = pipeline.settings
    asked: set[str] = {
        *settings.market.providers,
        *settings.news.providers,
        *settings.sentiment.models,
    }
    allowances = {name: settings.allowance(name) for name in PLANS if name in asked}
    return {
        one.provider: 100.0 * one.left / one.allowance.per_day
        for one in spendings(pipeline.ledger, allowances)
        if one.left is not None and one.allowance.per_day
    }


def pipeline_readings(
    pipeline: Pipeline, instance: dg.DagsterInstance
) -> Mapping[Metric, Mapping[str, float]]:
    """All that rules about the pipeline look at.

    Raises:
        StorageError: The database is away.
    """
    return {
        Metric.FAILED_RUNS: failed_in_a_row(instance),
        Metric.LATENESS_MINUTES: late_parts(pipeline),
        Metric.QUOTA_LEFT_PCT: quotas_left(pipeline),
    }
