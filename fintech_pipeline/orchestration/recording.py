"""Which slots a step answers for, and telling what came of them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import due_slots
from fintech_pipeline.orchestration.slots import SlotRecord
from fintech_pipeline.orchestration.work import Work


def slots_answered_for(pipeline: Pipeline, asset: str, work: Work) -> list[datetime]:
    """The slots that a step of this work answers for."""
    if work.slot_at is not None:
        return [work.slot_at]
    return due_slots(asset, pipeline.instruments.watched(), work.window)


def record_slots(
    pipeline: Pipeline,
    connection: sa.Connection,
    asset: str,
    records: Sequence[SlotRecord],
    work: Work,
    cutoff_at: datetime | None = None,
) -> None:
    """Writes what the asset did for the slots, in the transaction that did it.

    Args:
        pipeline: Whose slots.
        connection: The transaction.
        asset: The asset's name.
        records: One a slot.
        work: What was done.
        cutoff_at: When its inputs were read (UTC); None: of a live tick now, else the usual delay
            after each slot.
    """
    seen_at = cutoff_at or (pipeline.clock() if work.live else None)
    pipeline.slots.record(
        connection,
        asset,
        records,
        live=work.live,
        cutoff_at=seen_at,
        run_id=work.run_id,
        at=pipeline.clock(),
        delay=pipeline.settings.market.delay,
    )
