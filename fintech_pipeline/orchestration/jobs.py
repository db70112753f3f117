"""The job, what executes its steps, and its half-hourly schedule."""

from collections.abc import Sequence
from datetime import datetime

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from fintech_pipeline.clock import slot_at_or_before, slot_day
from fintech_pipeline.orchestration.partitions import SLOT_TAG

TICK_JOB = "tick"
TICK_PRIORITY = "10"


def tick_job(assets: Sequence[dg.AssetsDefinition]) -> UnresolvedAssetJobDefinition:
    """The whole pipeline in one run: what the schedule starts and what a backfill repeats."""
    return dg.define_asset_job(
        TICK_JOB,
        selection=dg.AssetSelection.assets(*assets),
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


def executor_of(name: str) -> dg.ExecutorDefinition:
    """What executes the steps of a run.

    Args:
        name: `in_process` or `kubernetes_jobs`, as the setting `pipeline.executor`.
    """
    if name == "in_process":
        return dg.in_process_executor
    # It brings the Kubernetes client along, which costs half a second.
    from dagster_k8s import k8s_job_executor

    # The run's pod may start Jobs; those of its steps need no identity at all.
    without_identity = {"service_account_name": "default", "automount_service_account_token": False}
    labelled = {"labels": {"app.kubernetes.io/component": "step"}}
    config = {"pod_spec_config": without_identity, "pod_template_spec_metadata": labelled}
    step: dg.ExecutorDefinition = k8s_job_executor.configured({"step_k8s_config": config})
    return step
