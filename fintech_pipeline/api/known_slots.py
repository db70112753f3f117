"""Which past slots have signals, for whoever goes back to them: counts alone, from indexes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from fintech_pipeline.storage.database import SCHEMA

BEFORE = timedelta(days=7)
"""How far before the span the action of a signal before may be; an older one stands no more."""

_KNOWN = sa.text(f"""
    WITH followed AS (
        SELECT symbol FROM {SCHEMA}.watchlist WHERE removed_at IS NULL
    ), first AS (
        SELECT one.* FROM followed CROSS JOIN LATERAL (
            -- In the order of the index: nothing is sorted.
            SELECT slot_at, action, lag(action) OVER (ORDER BY slot_at) AS before
            FROM {SCHEMA}.signals
            WHERE strategy = :strategy AND symbol = followed.symbol AND revision = 1
                AND slot_at >= :before AND slot_at <= :end
        ) AS one
    ), fired AS (
        SELECT started_at AS slot_at, count(*) AS alerts FROM {SCHEMA}.alerts
        WHERE started_at >= :start AND started_at <= :end
            AND subject IN (SELECT symbol FROM followed)
        GROUP BY started_at
    ), judged AS (
        SELECT slot_at, count(*) AS symbols, count(*) FILTER (WHERE before <> action) AS changes
        FROM first WHERE slot_at >= :start GROUP BY slot_at
    )
    SELECT slot_at, symbols, changes, coalesce(alerts, 0) AS alerts
    FROM judged LEFT JOIN fired USING (slot_at) ORDER BY slot_at DESC
""")  # noqa: S608  # the schema is a constant
_OLDEST = sa.text(f"""
    SELECT min(oldest.slot_at) FROM {SCHEMA}.watchlist AS followed
    CROSS JOIN LATERAL (
        SELECT slot_at FROM {SCHEMA}.signals
        WHERE strategy = :strategy AND symbol = followed.symbol AND revision = 1
        ORDER BY slot_at LIMIT 1
    ) AS oldest
    WHERE followed.removed_at IS NULL
""")  # noqa: S608  # the schema is a constant


@dataclass(frozen=True, slots=True)
class KnownSlots:
    """Slots with signals of the primary strategy, as columns of one length, the newest first.

    Attributes:
        strategy: The primary strategy's label.
        oldest_at: The oldest slot that has a signal of what is followed now (UTC); null where
            none has.
        slot_at: The slots of the span (UTC).
        symbols: How many of the symbols followed now have a signal.
        actions_changed: How many of them another action than before.
        alerts_fired: How many alerts about them began with the slot.
    """

    strategy: str
    oldest_at: datetime | None
    slot_at: list[datetime]
    symbols: list[int]
    actions_changed: list[int]
    alerts_fired: list[int]


def known_slots(
    connection: sa.Connection, strategy: str, start: datetime, end: datetime
) -> KnownSlots:
    """The slots of a span; of signals the first revisions, which people were shown.

    Args:
        connection: Reads.
        strategy: The primary one's label.
        start: The first slot (UTC), included.
        end: The last (UTC), included.
    """
    values = {"strategy": strategy, "start": start, "end": end, "before": start - BEFORE}
    rows = connection.execute(_KNOWN, values).all()
    return KnownSlots(
        strategy,
        connection.scalar(_OLDEST, {"strategy": strategy}),
        [row.slot_at for row in rows],
        [row.symbols for row in rows],
        [row.changes for row in rows],
        [row.alerts for row in rows],
    )
