"""`heal_missing_slots`: notices days with slots that no run has done, and asks for them once."""

from datetime import timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.healing import missing_stretch

HEAL_TAG = "fintech/backfill"
EVERY = timedelta(minutes=10)


def heal_missing_slots(job: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """The sensor that asks for the days of the last week in which a slot is missing."""

    @dg.sensor(
        name="heal_missing_slots",
        target=job,
        minimum_interval_seconds=int(EVERY.total_seconds()),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for the days of the last week that lack slots, at most once an hour.",
    )
    def heal(
        _context: dg.SensorEvaluationContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> dg.SensorResult | dg.SkipReason:
        now = pipeline.clock()
        stretch = missing_stretch(pipeline)
        if stretch is None:
            return dg.SkipReason("Every slot of the last week has been done.")
        first, last = stretch
        request = dg.RunRequest(
            run_key=f"{first}..{last} {now:%Y-%m-%dT%H}",
            tags={
                HEAL_TAG: "true",
                "dagster/asset_partition_range_start": first.isoformat(),
                "dagster/asset_partition_range_end": last.isoformat(),
            },
        )
        return dg.SensorResult(run_requests=[request], cursor=now.isoformat())

    return heal
