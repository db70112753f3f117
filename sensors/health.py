"""The pipeline's own health: what lacks is asked for, what goes wrong is told.

`heal_missing_slots` asks for the slots that lack, and at first for the first of all;
`watch_pipeline` decides the rules about failed runs, slots that stop coming, and quotas.
"""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from fintech_pipeline.alerts.rules import Metric
from fintech_pipeline.clock import slot_at_or_before
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import ASSETS
from fintech_pipeline.orchestration.healing import Repair, first_days, repairs
from fintech_pipeline.orchestration.health import Health
from fintech_pipeline.orchestration.jobs import tick_request
from fintech_pipeline.orchestration.launch import months_of, range_tags
from fintech_pipeline.orchestration.runs import (
    BACKFILL_TAG,
    backfill_under_way,
    failed_in_a_row,
)

EVERY = timedelta(minutes=10)
WATCHED_EVERY = timedelta(minutes=1)
DONE = "Every slot of the last month has been done."


def heal_missing_slots(job: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """The sensor that asks for the assets that lack a slot of the last month, on those days.

    Where nothing was ever done it asks for the newest slot, so that there are signals within a
    minute, and for the days before it.
    """

    @dg.sensor(
        name="heal_missing_slots",
        target=job,
        minimum_interval_seconds=int(EVERY.total_seconds()),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for what the last month lacks, on its days, at most once an hour.",
    )
    def heal(
        context: dg.SensorEvaluationContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> dg.SensorResult | dg.SkipReason:
        first = pipeline.slots.oldest() is None
        found = _first(pipeline) if first else repairs(pipeline)
        if not found:
            begins = pipeline.settings.pipeline.starts_on
            done = f"Nothing is due before {begins}." if first else DONE
            return dg.SkipReason(done)
        now = pipeline.clock()
        hour = f"{now:%Y-%m-%dT%H}"
        if context.cursor == hour:
            return dg.SkipReason("This hour has asked; what it leaves is for the next.")
        if backfill_under_way(context.instance):
            return dg.SkipReason("A backfill is under way; what it leaves is asked for after it.")
        newest = slot_at_or_before(now - pipeline.settings.market.delay)
        requests = [tick_request(newest)] if first else []
        requests += [request for repair in found for request in _requests(repair, hour)]
        return dg.SensorResult(run_requests=requests, cursor=hour)

    return heal


def watch_pipeline() -> dg.SensorDefinition:
    """The sensor that decides the rules about the pipeline itself; it starts no run."""

    @dg.sensor(
        name="watch_pipeline",
        minimum_interval_seconds=int(WATCHED_EVERY.total_seconds()),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Decides the alert rules about failed runs, missing slots and quotas.",
    )
    def watch(
        context: dg.SensorEvaluationContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> dg.SkipReason:
        health = Health(pipeline.settings, pipeline.database, pipeline.clock)
        failed = {Metric.FAILED_RUNS: failed_in_a_row(context.instance)}
        return dg.SkipReason(health.look(failed))

    return watch


def _first(pipeline: Pipeline) -> list[Repair]:
    days = first_days(pipeline)
    return [Repair(days, frozenset(ASSETS))] if days else []


def _requests(repair: Repair, hour: str) -> Iterator[dg.RunRequest]:
    """A run for each stretch of days within a month, once an hour."""
    assets = [asset for asset in ASSETS if asset in repair.assets]
    for days in months_of(repair.days):
        yield dg.RunRequest(
            run_key=f"{hour} {days[0]} {'+'.join(assets)}",
            asset_selection=[dg.AssetKey(asset) for asset in assets],
            tags={BACKFILL_TAG: "true", **range_tags(days)},
        )
