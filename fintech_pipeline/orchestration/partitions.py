"""The partitions: UTC days, today included, and how Dagster's context names the work to do."""

from datetime import date, datetime

import dagster as dg

from fintech_pipeline.clock import Clock
from fintech_pipeline.orchestration.work import Work, backfill_work, tick_work

SLOT_TAG = "fintech/slot"
"""A run with this tag is a tick for that slot; without it, a backfill of its partitions."""


def daily_partitions(starts_on: date) -> dg.DailyPartitionsDefinition:
    """UTC days from the first that can be backfilled to today."""
    return dg.DailyPartitionsDefinition(start_date=starts_on.isoformat(), end_offset=1)


def works_of(context: dg.AssetExecutionContext, clock: Clock) -> list[Work]:
    """The pieces of work of a run: one for a tick, chunks of days for a backfill."""
    run = context.run
    slot = run.tags.get(SLOT_TAG)
    if slot is not None:
        return [tick_work(datetime.fromisoformat(slot), clock(), run.run_id)]
    days = [date.fromisoformat(key) for key in context.partition_keys]
    return list(backfill_work(days, clock(), run.run_id))
