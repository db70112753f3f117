"""The slots table: which asset has done which slot, with how much of what was expected.

Dagster's green cell says that something ran; this says what came of it. It drives status, healing
and freshness.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from fintech_pipeline.clock import Window
from fintech_pipeline.storage.database import instant, metadata


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

WITH_ROWS = sa.or_(slots.c.state == SlotState.DONE, slots.c.rows > 0)
"""Slots that were done, at least in part."""


def newest_slots(
    assets: Sequence[str], *which: sa.ColumnElement[bool]
) -> sa.Select[tuple[Any, ...]]:
    """The newest slot of each asset among those that are so: one look into the index for each.

    Args:
        assets: Their names; one without such a slot has no row.
        which: What holds of the slots that are looked at; nothing looks at all.
    """
    names = sa.func.unnest(sa.cast(list(assets), ARRAY(sa.Text))).table_valued("name")
    look = (
        sa.select(slots)
        .where(slots.c.asset == names.c.name, *which)
        .order_by(slots.c.slot_at.desc())
        .limit(1)
        .lateral()
    )
    return sa.select(look).select_from(names.join(look, sa.true()))


def within(assets: Sequence[str], window: Window) -> sa.ColumnElement[bool]:
    """Whether a slot is one of these assets', in the window."""
    return sa.and_(
        slots.c.asset.in_(assets), slots.c.slot_at > window.start, slots.c.slot_at <= window.end
    )


def newest_told(value: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Of a group of slots, what the newest one says."""
    newest_first = aggregate_order_by(value, slots.c.slot_at.desc())
    told: sa.ColumnElement[str] = sa.func.array_agg(newest_first, type_=ARRAY(sa.Text))[1]
    return told


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
