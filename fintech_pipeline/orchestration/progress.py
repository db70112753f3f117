"""The pipeline's progress for the API: the slots, and how fresh everything is."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from threading import Lock
from typing import Any

import sqlalchemy as sa
from prometheus_client.metrics_core import Metric

from fintech_pipeline.api.progress import (
    AssetFreshness,
    Freshness,
    Instead,
    InsteadUsed,
    Lacking,
    SlotsAsked,
    SlotShown,
)
from fintech_pipeline.clock import day_window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import ASSETS
from fintech_pipeline.orchestration.freshness import Status, read_status
from fintech_pipeline.orchestration.healing import missing_days
from fintech_pipeline.orchestration.measuring import run_families, slot_families
from fintech_pipeline.orchestration.slots import WITH_ROWS, newest_slots, slots

KEPT_SECONDS = 5.0
"""How long a reading is shown again: many look at once, and a slot changes twice an hour."""


@dataclass
class PipelineProgress:
    """How far a pipeline is; see `api.progress.Progress`.

    Attributes:
        pipeline: Whose progress.
    """

    pipeline: Pipeline
    _kept: tuple[float, Freshness] | None = field(default=None, init=False)
    _one_at_a_time: Lock = field(default_factory=Lock, init=False)

    def slots(self, connection: sa.Connection, asked: SlotsAsked) -> list[SlotShown]:
        """The slots that are recorded, the newest first; see `Progress.slots`."""
        key = sa.tuple_(slots.c.slot_at, slots.c.asset)
        wanted = [
            slots.c.asset == asked.asset if asked.asset is not None else None,
            slots.c.state == asked.state if asked.state is not None else None,
            slots.c.slot_at >= asked.since if asked.since is not None else None,
            slots.c.slot_at < asked.until if asked.until is not None else None,
            key < asked.after if asked.after is not None else None,
        ]
        query = (
            sa.select(slots)
            .where(*(one for one in wanted if one is not None))
            .order_by(slots.c.slot_at.desc(), slots.c.asset.desc())
            .limit(asked.limit)
        )
        return [_shown(row) for row in connection.execute(query).mappings()]

    def newest(self, connection: sa.Connection) -> Mapping[str, datetime]:
        """The newest slot of each asset; see `Progress.newest`."""
        newest = connection.execute(newest_slots(ASSETS, WITH_ROWS))
        return {row.asset: row.slot_at for row in newest}

    def families(self, connection: sa.Connection, now: datetime) -> list[Metric]:
        """What Prometheus is told; see `Progress.families`."""
        slots_measured = slot_families(connection, self.newest(connection), now)
        return [*slots_measured, *run_families(connection, now)]

    def freshness(self) -> Freshness:
        """How fresh everything is; see `Progress.freshness`."""
        with self._one_at_a_time:
            now = time.monotonic()
            if self._kept is None or now - self._kept[0] > KEPT_SECONDS:
                self._kept = now, _freshness(self.pipeline, read_status(self.pipeline))
            return self._kept[1]

    def missing_days(self, first_on: date, last_on: date) -> list[date]:
        """Which of the days lack a slot; see `Progress.missing_days`."""
        return missing_days(self.pipeline, day_window(first_on, last_on))


def _shown(row: sa.RowMapping) -> SlotShown:
    reasons: dict[str, Any] = row["reasons"]
    told = dict(row)
    told["reasons"] = {who: why for who, why in reasons.items() if isinstance(why, str)}
    told["fallbacks"] = {
        who: Instead(why["provider"], why["because"])
        for who, why in reasons.items()
        if not isinstance(why, str)
    }
    return SlotShown(**told)


def _freshness(pipeline: Pipeline, found: Status) -> Freshness:
    return Freshness(
        read_at=found.now,
        configuration=pipeline.settings.name,
        simulated=pipeline.settings.simulated,
        next_tick_at=found.next_tick_at,
        missing_days=tuple(found.missing_days),
        assets=tuple(
            AssetFreshness(
                asset=one.asset,
                newest_slot_at=one.newest_slot_at,
                age_seconds=_age(found.now, one.newest_slot_at),
                updated_at=one.updated_at,
                due=found.due[one.asset],
                done=one.slots - one.partial,
                partial=one.partial,
                missing=max(0, found.due[one.asset] - one.slots),
            )
            for one in found.assets
        ),
        lacking=tuple(Lacking(**asdict(one)) for one in found.lacking),
        fallbacks=tuple(InsteadUsed(**asdict(one)) for one in found.fallbacks),
    )


def _age(now: datetime, then: datetime | None) -> float | None:
    return None if then is None else max(0.0, (now - then).total_seconds())
