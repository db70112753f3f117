"""Reads and writes the slots table."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from fintech_pipeline.clock import SETTLED, Looks, Window, instant64
from fintech_pipeline.orchestration.slots import (
    WITH_ROWS,
    AssetStatus,
    Lack,
    SlotRecord,
    SlotState,
    newest_slots,
    newest_told,
    slots,
    within,
)
from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.events import Event, Topic, announce

# Not closed: a slot that was, before a symbol of another exchange was followed, is due now.
_SETTLED = sa.or_(
    slots.c.state == SlotState.DONE,
    sa.and_(
        slots.c.state == SlotState.PARTIAL,
        # Of news nobody knows what lacks, and the next collection asks for it (`unanswered.py`).
        sa.or_(slots.c.expected.is_(None), slots.c.updated_at >= slots.c.slot_at + SETTLED),
    ),
)


@dataclass(frozen=True, slots=True)
class SlotStore:
    """Reads and writes the slots table."""

    database: Database

    def record(
        self,
        connection: sa.Connection,
        asset: str,
        records: Sequence[SlotRecord],
        *,
        live: bool,
        cutoff_at: datetime | None,
        run_id: str,
        at: datetime,
        delay: timedelta = timedelta(0),
    ) -> None:
        """Writes what an asset did, in the transaction that did it; doing it again updates it.

        Args:
            connection: The transaction.
            asset: The asset's name.
            records: One record a slot.
            live: Whether a live tick did it; a slot once live stays live.
            cutoff_at: When its inputs were read (UTC); None means the delay after each slot.
            run_id: The Dagster run.
            at: Now.
            delay: See `cutoff_at`.
        """
        if not records:
            return
        statement = insert(slots)
        new = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=["slot_at", "asset"],
            set_={
                "state": new.state,
                "rows": new.rows,
                "expected": new.expected,
                "reasons": new.reasons,
                "live": sa.or_(slots.c.live, new.live),
                "cutoff_at": sa.case(
                    (sa.and_(slots.c.live, ~new.live), slots.c.cutoff_at),
                    (slots.c.live, sa.func.greatest(slots.c.cutoff_at, new.cutoff_at)),
                    else_=new.cutoff_at,
                ),
                "run_id": new.run_id,
                "updated_at": new.updated_at,
            },
        )
        shared = {"asset": asset, "live": live, "run_id": run_id, "updated_at": at}
        rows = [
            {
                **shared,
                "slot_at": record.slot_at,
                "state": str(record.state),
                "rows": record.rows,
                "expected": record.expected,
                "reasons": record.reasons | {s: asdict(f) for s, f in record.fallbacks.items()},
                "cutoff_at": cutoff_at or record.slot_at + delay,
            }
            for record in records
        ]
        connection.execute(statement, rows)
        announce(connection, [Event(Topic.SLOTS, _told(asset, records, live))])

    def looks(self, asset: str, since: datetime, before: datetime) -> Looks:
        """The asset's live collections for slots from `since` on, before an instant (UTC)."""
        query = (
            sa.select(slots.c.slot_at, slots.c.cutoff_at)
            .where(
                slots.c.asset == asset,
                slots.c.live,
                slots.c.slot_at >= since,
                slots.c.cutoff_at < before,
            )
            .order_by(slots.c.slot_at)
        )
        with self.database.transaction() as connection:
            found = [(instant64(row[0]), instant64(row[1])) for row in connection.execute(query)]
        columns = np.array(found, dtype="datetime64[us]").reshape(-1, 2)
        return Looks(columns[:, 0], columns[:, 1])

    def live_cutoffs(self, of: Sequence[datetime]) -> dict[datetime, datetime]:
        """When live inputs of each slot were read last, for the slots that have any (UTC)."""
        if not of:
            return {}
        query = (
            sa.select(slots.c.slot_at, sa.func.max(slots.c.cutoff_at))
            .where(slots.c.slot_at.between(min(of), max(of)), slots.c.live)
            .group_by(slots.c.slot_at)
        )
        with self.database.transaction() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def newest(self, asset: str, before: datetime) -> datetime | None:
        """The newest slot before this instant that the asset need not do again."""
        query = sa.select(sa.func.max(slots.c.slot_at)).where(
            slots.c.asset == asset, slots.c.slot_at < before, _SETTLED
        )
        with self.database.transaction() as connection:
            slot_at: datetime | None = connection.scalar(query)
            return slot_at

    def oldest(self) -> datetime | None:
        """The first slot ever recorded."""
        with self.database.transaction() as connection:
            slot_at: datetime | None = connection.scalar(sa.select(sa.func.min(slots.c.slot_at)))
            return slot_at

    def reasons(self, asset: str, slot_at: datetime) -> dict[str, str]:
        """Why the asset has no row at this slot, by symbol."""
        query = sa.select(slots.c.reasons).where(slots.c.asset == asset, slots.c.slot_at == slot_at)
        with self.database.transaction() as connection:
            return _lacks(connection.scalar(query) or {})

    def reasons_between(self, asset: str, window: Window) -> dict[datetime, dict[str, str]]:
        """The same for every slot of the window that lacks something."""
        query = sa.select(slots.c.slot_at, slots.c.reasons).where(
            slots.c.asset == asset,
            slots.c.slot_at > window.start,
            slots.c.slot_at <= window.end,
            slots.c.state == SlotState.PARTIAL,
        )
        with self.database.transaction() as connection:
            return {row.slot_at: _lacks(row.reasons) for row in connection.execute(query)}

    def recorded(self, asset: str, window: Window) -> set[datetime]:
        """The slots of the window that the asset need not do again.

        A slot that lacked something counts once it was tried long enough after it.
        """
        return self._slots(asset, window, _SETTLED)

    def barren(self, asset: str, window: Window) -> set[datetime]:
        """The slots of the window for which the asset found nothing of what was due."""
        return self._slots(asset, window, slots.c.expected > 0, slots.c.rows == 0)

    def _slots(
        self, asset: str, window: Window, *conditions: sa.ColumnElement[bool]
    ) -> set[datetime]:
        query = sa.select(slots.c.slot_at).where(
            slots.c.asset == asset,
            slots.c.slot_at > window.start,
            slots.c.slot_at <= window.end,
            *conditions,
        )
        with self.database.transaction() as connection:
            return set(connection.scalars(query))

    def count(self, assets: Sequence[str], window: Window, since: datetime | None) -> int:
        """How many steps of the window are recorded that were not closed.

        Args:
            assets: Which assets count.
            window: The slots that end in it.
            since: Only what was written at or after this instant (UTC); None counts all.
        """
        query = (
            sa.select(sa.func.count())
            .select_from(slots)
            .where(
                within(assets, window),
                slots.c.state != SlotState.CLOSED,
            )
        )
        if since is not None:
            query = query.where(slots.c.updated_at >= since)
        with self.database.transaction() as connection:
            return connection.execute(query).scalar_one()

    def status(self, assets: Sequence[str], window: Window) -> list[AssetStatus]:
        """How each asset stands over the window, in the given order."""
        counts = (
            sa.select(
                slots.c.asset,
                sa.func.count(),
                sa.func.count().filter(slots.c.state == SlotState.PARTIAL),
            )
            .where(
                within(assets, window),
                slots.c.state != SlotState.CLOSED,
            )
            .group_by(slots.c.asset)
        )
        with self.database.transaction() as connection:
            newest = connection.execute(newest_slots(assets, WITH_ROWS))
            last = {row.asset: (row.slot_at, row.updated_at) for row in newest}
            done = {row[0]: (row[1], row[2]) for row in connection.execute(counts)}
        return [
            AssetStatus(asset, *last.get(asset, (None, None)), *done.get(asset, (0, 0)))
            for asset in assets
        ]

    def lacking(self, assets: Sequence[str], window: Window) -> list[Lack]:
        """What the assets' slots of the window lack, what is lacking most often first."""
        each = sa.func.jsonb_each_text(slots.c.reasons).table_valued("key", "value")
        query = (
            sa.select(
                slots.c.asset,
                each.c.key,
                sa.func.count().label("number"),
                sa.func.max(slots.c.slot_at),
                newest_told(each.c.value),
            )
            .select_from(slots.join(each, sa.true()))
            .where(
                within(assets, window),
                slots.c.state == SlotState.PARTIAL,
                sa.func.jsonb_typeof(slots.c.reasons[each.c.key]) == "string",
            )
            .group_by(slots.c.asset, each.c.key)
            .order_by(sa.desc("number"), slots.c.asset, each.c.key)
        )
        with self.database.transaction() as connection:
            return [Lack(*row) for row in connection.execute(query)]


def _told(asset: str, records: Sequence[SlotRecord], live: bool) -> dict[str, Any]:
    """What those who follow live are told: of one slot all, of many how they are in all."""
    shared = {"asset": asset, "live": live, "rows": sum(record.rows for record in records)}
    if len(records) == 1:
        (record,) = records
        slot_at = record.slot_at.isoformat()
        return {**shared, "slot_at": slot_at, "state": record.state, "expected": record.expected}
    partial = sum(record.state is SlotState.PARTIAL for record in records)
    return {
        **shared,
        "slots": len(records),
        "partial": partial,
        "from_at": min(record.slot_at for record in records).isoformat(),
        "to_at": max(record.slot_at for record in records).isoformat(),
    }


def _lacks(reasons: Mapping[str, Any]) -> dict[str, str]:
    """What a slot lacks; its fallbacks are no lack."""
    return {who: reason for who, reason in reasons.items() if isinstance(reason, str)}
