"""`heal_missing_slots`: asks for the days that lack slots, and at first for the first of all."""

from datetime import timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from fintech_pipeline.clock import slot_at_or_before
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.healing import first_days, missing_lately
from fintech_pipeline.orchestration.jobs import tick_request
from fintech_pipeline.orchestration.launch import months_of, range_tags
from fintech_pipeline.orchestration.runs import BACKFILL_TAG, backfill_under_way

EVERY = timedelta(minutes=10)
DONE = "Every slot of the last month has been done."


def heal_missing_slots(job: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """The sensor that asks for the days of the last month in which a slot is missing.

    Where nothing was ever done it asks for the newest slot, so that there are signals within a
    minute, and for the days before it.
    """

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
        first = pipeline.slots.oldest() is None
        missing = first_days(pipeline) if first else missing_lately(pipeline)
        if not missing:
            begins = pipeline.settings.pipeline.starts_on
            done = f"Nothing is due before {begins}." if first else DONE
            return dg.SkipReason(done)
        if backfill_under_way(context.instance):
            return dg.SkipReason("A backfill is under way; what it leaves is asked for after it.")
        now = pipeline.clock()
        requests = [tick_request(slot_at_or_before(now))] if first else []
        requests += [
            dg.RunRequest(
                run_key=f"{now:%Y-%m-%dT%H} {place}",
                tags={BACKFILL_TAG: "true", **range_tags(days)},
            )
            for place, days in enumerate(months_of(missing))
        ]
        return dg.SensorResult(run_requests=requests)

    return heal
