"""The slots table: which asset has done which slot, with how much of what was expected.

Dagster's green cell says that something ran; this says what came of it. It drives status, healing
and freshness.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by, insert

from fintech_pipeline.clock import SETTLED, Looks, Window, instant64
from fintech_pipeline.storage.database import Database, instant, metadata
from fintech_pipeline.storage.events import Event, Topic, announce


class SlotState(StrEnum):
    """What came of a slot."""

    DONE = "done"
    PARTIAL = "partial"
    CLOSED = "closed"


slots = sa.Table(
    "slots",
    metadata,
    sa.Column("slot_at", instant, primary_key=True),
    sa.Column("asset", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("expected", sa.Integer),
    sa.Column("reasons", JSONB, nullable=False),
    sa.Column("live", sa.Boolean, nullable=False),
    sa.Column("cutoff_at", instant, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("updated_at", instant, nullable=False),
    sa.Index("ix_slots_asset_slot_at", "asset", "slot_at"),
)

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
class Fallback:
    """Why a row is not the preferred provider's.

    Attributes:
        provider: Who gave it.
        because: Why no provider before it in the chain was used, in their words.
    """

    provider: str
    because: str


@dataclass(frozen=True, slots=True)
class SlotRecord:
    """What one asset did for one slot.

    Attributes:
        slot_at: The slot (UTC).
        rows: How many rows the asset has for it now.
        expected: How many there should be; None where nobody can know (news).
        reasons: For each symbol without a row, or provider that failed in all or in part, why.
        fallbacks: For each symbol with a row of another provider than the preferred one, why. They
            stand in the same column as the reasons: there a lack is a text, a fallback an object.
    """

    slot_at: datetime
    rows: int
    expected: int | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    fallbacks: dict[str, Fallback] = field(default_factory=dict)

    @property
    def state(self) -> SlotState:
        """Closed where nothing was expected, partial where something is missing, else done."""
        if self.expected == 0 and self.rows == 0:
            return SlotState.CLOSED
        short = bool(self.reasons) if self.expected is None else self.rows < self.expected
        return SlotState.PARTIAL if short else SlotState.DONE


@dataclass(frozen=True, slots=True)
class AssetStatus:
    """How an asset stands.

    Attributes:
        asset: Its name.
        newest_slot_at: The newest slot that was done, at least in part; None where there is none.
        updated_at: When that slot was last written (UTC).
        slots: How many slots of the window are recorded that were not closed.
        partial: How many of them lack something.
    """

    asset: str
    newest_slot_at: datetime | None
    updated_at: datetime | None
    slots: int
    partial: int


@dataclass(frozen=True, slots=True)
class Lack:
    """What an asset lacks of one symbol, or through one provider, over a window.

    Attributes:
        asset: Its name.
        who: The symbol or the provider.
        slots: In how many slots.
        newest_slot_at: The newest of them (UTC).
        reason: What was said of that one.
    """

    asset: str
    who: str
    slots: int
    newest_slot_at: datetime
    reason: str


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
                slots.c.asset.in_(assets),
                slots.c.slot_at > window.start,
                slots.c.slot_at <= window.end,
                slots.c.state != SlotState.CLOSED,
            )
        )
        if since is not None:
            query = query.where(slots.c.updated_at >= since)
        with self.database.transaction() as connection:
            return connection.execute(query).scalar_one()

    def status(self, assets: Sequence[str], window: Window) -> list[AssetStatus]:
        """How each asset stands over the window, in the given order."""
        names = sa.func.unnest(sa.cast(list(assets), ARRAY(sa.Text))).table_valued("name")
        # One look into the index for each asset.
        look = (
            sa.select(slots.c.asset, slots.c.slot_at, slots.c.updated_at)
            .where(
                slots.c.asset == names.c.name,
                sa.or_(slots.c.state == SlotState.DONE, slots.c.rows > 0),
            )
            .order_by(slots.c.slot_at.desc())
            .limit(1)
            .lateral()
        )
        newest = sa.select(look).select_from(names.join(look, sa.true()))
        counts = (
            sa.select(
                slots.c.asset,
                sa.func.count(),
                sa.func.count().filter(slots.c.state == SlotState.PARTIAL),
            )
            .where(
                slots.c.asset.in_(assets),
                slots.c.slot_at > window.start,
                slots.c.slot_at <= window.end,
                slots.c.state != SlotState.CLOSED,
            )
            .group_by(slots.c.asset)
        )
        with self.database.transaction() as connection:
            last = {row[0]: (row[1], row[2]) for row in connection.execute(newest)}
            done = {row[0]: (row[1], row[2]) for row in connection.execute(counts)}
        return [
            AssetStatus(asset, *last.get(asset, (None, None)), *done.get(asset, (0, 0)))
            for asset in assets
        ]

    def lacking(self, assets: Sequence[str], window: Window) -> list[Lack]:
        """What the assets' slots of the window lack, what is lacking most often first."""
        each = sa.func.jsonb_each_text(slots.c.reasons).table_valued("key", "value")
        newest_first = aggregate_order_by(each.c.value, slots.c.slot_at.desc())
        query = (
            sa.select(
                slots.c.asset,
                each.c.key,
                sa.func.count().label("number"),
                sa.func.max(slots.c.slot_at),
                sa.func.array_agg(newest_first, type_=ARRAY(sa.Text))[1],
            )
            .select_from(slots.join(each, sa.true()))
            .where(
                slots.c.asset.in_(assets),
                slots.c.slot_at > window.start,
                slots.c.slot_at <= window.end,
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
