"""The jobs, what executes their steps, and their schedules."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from fintech_pipeline.clock import slot_at_or_before, slot_day
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.settings.configuration import ResourceSettings

TICK_JOB = "tick"
TICK_PRIORITY = "10"
REVIEW_JOB = "review"
REVIEW_TAG = "fintech/review"
REVIEW_TAGS = {REVIEW_TAG: "true", "dagster/priority": "-10"}
"""A review waits for ticks, which never wait for it; `dagster.yaml` allows one at a time."""
REVIEW_CRON = "47 22 * * *"
"""After New York has closed, winter and summer, and between two ticks."""
BACKTEST_JOB = "backtest"
BACKTEST_CRON = "17 23 * * 6"
"""On Saturdays, when nobody trades but who never closes, and between two ticks."""
TRAINING_JOB = "training"
TRAINING_CRON = "17 4 * * 0"
"""On Sundays, the same way."""


def tick_job(
    assets: Sequence[dg.AssetsDefinition], review_checks: Sequence[dg.AssetChecksDefinition] = ()
) -> UnresolvedAssetJobDefinition:
    """The whole pipeline in one run: what the schedule starts and what a backfill repeats.

    Args:
        assets: The partitioned assets.
        review_checks: Checks of these assets that are left to the review.
    """
    return dg.define_asset_job(
        TICK_JOB,
        selection=dg.AssetSelection.assets(*assets) - _selected(review_checks),
        description="Bars, news, sentiment and signals: one slot, or whole days as a backfill.",
    )


def tick_request(slot_at: datetime) -> dg.RunRequest:
    """Asks for the tick of a slot (UTC), once by each schedule or sensor."""
    return dg.RunRequest(
        run_key=slot_at.isoformat(),
        partition_key=slot_day(slot_at).isoformat(),
        tags={SLOT_TAG: slot_at.isoformat(), "dagster/priority": TICK_PRIORITY},
    )


def tick_schedule(
    job: UnresolvedAssetJobDefinition, minutes_after_slot: int
) -> dg.ScheduleDefinition:
    """Starts the tick of each slot a few minutes after it, so that vendors have published."""

    @dg.schedule(
        name="half_hourly",
        job=job,
        cron_schedule=f"{minutes_after_slot},{minutes_after_slot + 30} * * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="One tick for every half hour, around the clock: news does not sleep.",
    )
    def half_hourly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return tick_request(slot_at_or_before(context.scheduled_execution_time))

    return half_hourly


def review_job(
    outcomes: dg.AssetsDefinition, review_checks: Sequence[dg.AssetChecksDefinition] = ()
) -> UnresolvedAssetJobDefinition:
    """What looks back: the outcomes, and the checks that are too slow for a tick."""
    return dg.define_asset_job(
        REVIEW_JOB,
        selection=dg.AssetSelection.assets(outcomes) | _selected(review_checks),
        tags=REVIEW_TAGS,
        description="Was it right? Settles the outcomes of live signals and reviews the past.",
    )


def backtest_job(backtests: dg.AssetsDefinition) -> UnresolvedAssetJobDefinition:
    """What would have been: each strategy traded on what is stored."""
    return dg.define_asset_job(
        BACKTEST_JOB,
        selection=dg.AssetSelection.assets(backtests),
        tags=REVIEW_TAGS,
        description="Trades each strategy's signals on stored history, with costs.",
    )


def training_job(
    models: dg.AssetsDefinition, resources: ResourceSettings
) -> UnresolvedAssetJobDefinition:
    """What learns: a model of each target, judged out of sample.

    Args:
        models: The asset.
        resources: What its Job asks for in the cluster, `requests` and `limits`.
    """
    return dg.define_asset_job(
        TRAINING_JOB,
        selection=dg.AssetSelection.assets(models),
        tags={**REVIEW_TAGS, **resources_tags(resources)},
        description="Learns what comes next of what is stored, and says whether it is of any use.",
    )


def schedules_beside_ticks(
    review: UnresolvedAssetJobDefinition,
    backtest: UnresolvedAssetJobDefinition,
    training: UnresolvedAssetJobDefinition,
) -> list[dg.ScheduleDefinition]:
    """What starts the review once a day, and the backtests and the training once a week."""
    return [
        _regularly(
            "daily_review",
            review,
            REVIEW_CRON,
            "Once a day: what became of the signals, and whether they can be replayed.",
        ),
        _regularly(
            "weekly_backtest",
            backtest,
            BACKTEST_CRON,
            "Once a week: what trading the signals would have brought.",
        ),
        _regularly(
            "weekly_training",
            training,
            TRAINING_CRON,
            "Once a week: models of what comes next, and whether they beat none.",
        ),
    ]


def _regularly(
    name: str, job: UnresolvedAssetJobDefinition, cron: str, description: str
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=name,
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=description,
    )
    def regularly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        # A run key, so that a schedule that catches up asks for no day twice.
        return dg.RunRequest(run_key=f"{job.name} {context.scheduled_execution_time:%Y-%m-%d}")

    return regularly


def resources_tags(resources: ResourceSettings) -> dict[str, Any]:
    """What a Kubernetes Job is told of the resources it may use; nothing where nothing is said."""
    told = {kind: dict(named) for kind, named in resources if named}
    return {"dagster-k8s/config": {"container_config": {"resources": told}}} if told else {}


def _selected(checks: Sequence[dg.AssetChecksDefinition]) -> dg.AssetSelection:
    return dg.AssetSelection.checks(*(key for check in checks for key in check.check_keys))


def executor_of(name: str) -> dg.ExecutorDefinition:
    """What executes the steps of a run.

    Args:
        name: `in_process` or `kubernetes_jobs`, as the setting `pipeline.executor`.
    """
    if name == "in_process":
        return dg.in_process_executor
    # It brings the Kubernetes client along, which costs half a second.
    from dagster_k8s import k8s_job_executor

    # The run's pod may start Jobs; those of its steps have its name in a mesh, and no token.
    without_token = {"automount_service_account_token": False}
    labelled = {"labels": {"app.kubernetes.io/component": "step"}}
    config = {"pod_spec_config": without_token, "pod_template_spec_metadata": labelled}
    step: dg.ExecutorDefinition = k8s_job_executor.configured({"step_k8s_config": config})
    return step
