"""`heal_missing_slots`: notices days with slots that no run has done, and asks for them once."""

from datetime import timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.healing import missing_lately
from fintech_pipeline.orchestration.launch import months_of, range_tags
from fintech_pipeline.orchestration.runs import BACKFILL_TAG, backfill_under_way

EVERY = timedelta(minutes=10)


def heal_missing_slots(job: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """The sensor that asks for the days of the last month in which a slot is missing."""

    @dg.sensor(
        name="heal_missing_slots",
        target=job,
        minimum_interval_seconds=int(EVERY.total_seconds()),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for the days of the last month that lack slots, at most once an hour.",
    )
    def heal(
        context: dg.SensorEvaluationContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> dg.SensorResult | dg.SkipReason:
        missing = missing_lately(pipeline)
        if not missing:
            return dg.SkipReason("Every slot of the last month has been done.")
        if backfill_under_way(context.instance):
            return dg.SkipReason("A backfill is under way; what it leaves is asked for after it.")
        hour = pipeline.clock().strftime("%Y-%m-%dT%H")
        requests = [
            dg.RunRequest(
                run_key=f"{hour} {place}",
                tags={BACKFILL_TAG: "true", **range_tags(days)},
            )
            for place, days in enumerate(months_of(missing))
        ]
        return dg.SensorResult(run_requests=requests)

    return heal
