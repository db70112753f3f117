"""Which symbols were served by another provider than the preferred one, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.clock import Window
from fintech_pipeline.orchestration.slots import newest_told, slots, within
from fintech_pipeline.storage.database import Database


@dataclass(frozen=True, slots=True)
class FallbackUse:
    """How often a symbol was served by a fallback over a window.

    Attributes:
        asset: Its name.
        symbol: Whose rows.
        provider: Who gave them.
        slots: In how many slots.
        newest_slot_at: The newest of them (UTC).
        because: Why no provider before it was used for that one.
    """

    asset: str
    symbol: str
    provider: str
    slots: int
    newest_slot_at: datetime
    because: str


def fallbacks_used(database: Database, assets: Sequence[str], window: Window) -> list[FallbackUse]:
    """The fallbacks of the assets' slots in the window, the most frequent first.

    Raises:
        StorageError: The database is away.
    """
    each = sa.func.jsonb_each(slots.c.reasons).table_valued("key", "value")
    provider, because = (each.c.value.op("->>")(name) for name in ("provider", "because"))
    query = (
        sa.select(
            slots.c.asset,
            each.c.key,
            provider.label("provider"),
            sa.func.count().label("number"),
            sa.func.max(slots.c.slot_at),
            newest_told(because),
        )
        .select_from(slots.join(each, sa.true()))
        .where(
            within(assets, window),
            sa.func.jsonb_typeof(each.c.value) == "object",
        )
        .group_by(slots.c.asset, each.c.key, provider)
        .order_by(sa.desc("number"), slots.c.asset, each.c.key)
    )
    with database.transaction() as connection:
        return [FallbackUse(*row) for row in connection.execute(query)]
