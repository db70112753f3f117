"""Stored signals for whoever looks at many or at one: lists, what stood, all revisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.signal_store import StoredSignal, stored_signal
from fintech_pipeline.signals.strategy import Action
from fintech_pipeline.storage.database import SCHEMA

STANDS_FOR = timedelta(days=7)
"""An older signal no longer tells how a symbol stands: it is not judged any more."""
# None is higher. Asked with =, Postgres expects that next to no row is the newest, and reads all.
_NEWEST = f"""
    one.revision >= (
        SELECT max(later.revision) FROM {SCHEMA}.signals AS later
        WHERE (later.symbol, later.interval, later.slot_at, later.strategy)
            = (one.symbol, one.interval, one.slot_at, one.strategy)
    )
"""  # noqa: S608  # the schema is a constant
# Each action in the order of the index, so that a rare one is found as fast as any.
_LISTED = sa.text(f"""
    SELECT found.* FROM unnest(CAST(:actions AS text[])) AS wanted(action)
    CROSS JOIN LATERAL (
        SELECT one.* FROM {SCHEMA}.signals AS one
        WHERE one.strategy = :strategy AND one.action = wanted.action
            AND one.slot_at >= :start AND one.slot_at <= :end
            AND (one.slot_at < :end OR one.symbol > :after) AND {_NEWEST}
        ORDER BY one.slot_at DESC, one.symbol LIMIT :count
    ) AS found
    ORDER BY found.slot_at DESC, found.symbol LIMIT :count
""")  # noqa: S608  # constants
_LISTED_OF = sa.text(f"""
    SELECT * FROM (
        SELECT DISTINCT ON (slot_at) * FROM {SCHEMA}.signals
        WHERE symbol = :symbol AND interval = :interval AND strategy = :strategy
            AND slot_at >= :start AND slot_at <= :end
            AND (slot_at < :end OR symbol > :after)
        ORDER BY slot_at DESC, revision DESC
    ) AS found
    WHERE action = ANY(:actions) ORDER BY slot_at DESC LIMIT :count
""")  # noqa: S608  # the schema is a constant
_STANDING = sa.text(f"""
    SELECT found.* FROM {SCHEMA}.instruments AS i
    CROSS JOIN LATERAL (
        SELECT * FROM {SCHEMA}.signals AS one
        WHERE one.symbol = i.symbol AND one.interval = :interval AND one.strategy = :strategy
            AND one.slot_at >= :start AND one.slot_at <= :end
        ORDER BY one.slot_at DESC, one.revision DESC LIMIT 1
    ) AS found
    WHERE i.symbol > :after AND (CAST(:symbol AS text) IS NULL OR i.symbol = :symbol)
        AND found.action = ANY(:actions)
    ORDER BY i.symbol LIMIT :count
""")  # noqa: S608  # the schema is a constant
_AT = sa.text(f"""
    SELECT * FROM {SCHEMA}.signals
    WHERE symbol = :symbol AND interval = :interval AND strategy = :strategy
        AND slot_at = :slot_at
    ORDER BY revision
""")  # noqa: S608  # the schema is a constant
_BESIDE = sa.text(f"""
    SELECT
        (SELECT max(slot_at) FROM {SCHEMA}.signals WHERE symbol = :symbol
            AND interval = :interval AND strategy = :strategy AND slot_at < :slot_at) AS before,
        (SELECT min(slot_at) FROM {SCHEMA}.signals WHERE symbol = :symbol
            AND interval = :interval AND strategy = :strategy AND slot_at > :slot_at) AS after
""")  # noqa: S608  # the schema is a constant
_OUTCOMES = sa.text(f"""
    SELECT horizon, entered_at, left_at, return_pct, reason, settled_at
    FROM {SCHEMA}.signal_outcomes WHERE signal_id = :signal_id ORDER BY left_at, horizon
""")  # noqa: S608  # the schema is a constant
_INTERVAL = sa.text(f"""
    SELECT interval FROM {SCHEMA}.signals WHERE strategy = :strategy LIMIT 1
""")  # noqa: S608  # the schema is a constant
# One step of the index for each label, however many signals each has.
_LABELS = sa.text(f"""
    WITH RECURSIVE known AS (
        SELECT min(strategy) AS label FROM {SCHEMA}.signals
        UNION ALL
        SELECT (SELECT min(strategy) FROM {SCHEMA}.signals WHERE strategy > known.label)
        FROM known WHERE known.label IS NOT NULL
    )
    SELECT label FROM known WHERE label IS NOT NULL
""")  # noqa: S608  # the schema is a constant


@dataclass(frozen=True, slots=True)
class Judge:
    """The strategy whose signals are looked at.

    Attributes:
        label: Its label.
        interval: Of the bars that it judges.
    """

    label: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class ListedSignals:
    """Which signals a list has; each slot's newest revision.

    Attributes:
        judge: Whose.
        start: The first slot (UTC), included.
        end: The last slot (UTC), included.
        symbol: Of which symbol; None of all.
        actions: Those with one of these.
        after: Of the last slot, those of later symbols alone; empty for all.
        count: How many at the most.
    """

    judge: Judge
    start: datetime
    end: datetime
    symbol: str | None = None
    actions: Sequence[Action] = tuple(Action)
    after: str = ""
    count: int = 100

    def values(self) -> dict[str, Any]:
        """What the queries are given."""
        return {
            "strategy": self.judge.label,
            "interval": str(self.judge.interval),
            "start": self.start,
            "end": self.end,
            "symbol": self.symbol,
            "actions": [str(action) for action in self.actions],
            "after": self.after,
            "count": self.count,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came after a signal at one horizon.

    Attributes:
        horizon: Its name.
        entered_at: When it is bought (UTC); None where the exchange has no such time.
        left_at: When it is sold (UTC); None the same way.
        return_pct: The total return, per cent; None where there is none.
        reason: Why there is none.
        settled_at: When it was written (UTC).
    """

    horizon: str
    entered_at: datetime | None
    left_at: datetime | None
    return_pct: float | None
    reason: str | None
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class FoundSignal:
    """A signal of one slot with all that was ever written of it.

    Attributes:
        revisions: All, by number; the first is what people were shown.
        previous_slot_at: The slot before that has one (UTC); None where none has.
        next_slot_at: The slot after it; the same.
        outcomes: What came after the first revision, the nearest horizon first.
        signal_id: The id of the first revision, to which alerts refer.
    """

    revisions: tuple[StoredSignal, ...]
    previous_slot_at: datetime | None
    next_slot_at: datetime | None
    outcomes: tuple[Outcome, ...]
    signal_id: int


def judge_of(connection: sa.Connection, label: str) -> Judge | None:
    """The strategy of that label, as far as its signals tell; None where it has none."""
    interval = connection.scalar(_INTERVAL, {"strategy": label})
    return None if interval is None else Judge(label, Interval(interval))


def known_labels(connection: sa.Connection) -> list[str]:
    """The labels of the strategies that have signals, sorted."""
    return list(connection.scalars(_LABELS))


def listed(connection: sa.Connection, wanted: ListedSignals) -> list[StoredSignal]:
    """The signals, the newest slot first, and of a slot by symbol."""
    query = _LISTED if wanted.symbol is None else _LISTED_OF
    return [stored_signal(row) for row in connection.execute(query, wanted.values())]


def standing(connection: sa.Connection, wanted: ListedSignals) -> list[StoredSignal]:
    """The newest signal of each symbol up to the last slot, by symbol; `after` is of all slots."""
    return [stored_signal(row) for row in connection.execute(_STANDING, wanted.values())]


def found_signal(
    connection: sa.Connection, judge: Judge, symbol: str, slot_at: datetime
) -> FoundSignal | None:
    """The signal of that slot; None where there is none.

    Args:
        connection: Reads.
        judge: Whose.
        symbol: Of which symbol.
        slot_at: The slot (UTC).
    """
    key = {"symbol": symbol, "strategy": judge.label, "interval": str(judge.interval)}
    rows = connection.execute(_AT, {**key, "slot_at": slot_at}).all()
    if not rows:
        return None
    beside = connection.execute(_BESIDE, {**key, "slot_at": slot_at}).one()
    outcomes = connection.execute(_OUTCOMES, {"signal_id": rows[0].id})
    return FoundSignal(
        tuple(stored_signal(row) for row in rows),
        beside.before,
        beside.after,
        tuple(Outcome(*row) for row in outcomes),
        rows[0].id,
    )
