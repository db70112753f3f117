"""The table `events`: what has changed, told in the transaction that changed it.

It is the outbox of the live stream and of whoever else follows. Ids are given when a row is
written and become visible when its transaction commits, so the order of ids is not the order of
commits. Who announces therefore shows for as long as its transaction lasts from where on its ids
may be, and who follows reads only up to there; the proof stands in `storage/event_reading`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from fintech_pipeline.storage.database import SCHEMA, instant, metadata

NOTIFIED = "fintech_events"
"""What a follower listens to on the primary server; a transaction that tells something notifies."""

LAST_ID = f"coalesce(pg_sequence_last_value('{SCHEMA}.events_id_seq'), 0)"
"""SQL: the highest id that was given yet, to whomever; 0 before the first.

It is asked of this function because it reads under the lock under which ids are given. A plain
`SELECT last_value` does not: `nextval` writes there for a moment, of each 32nd id, the number that
it would have after a crash, which is up to 32 ids ahead.
"""
ANNOUNCING = 0x6576
"""The first sixteen bits of the advisory locks of those who announce; the others are the id."""
# The arguments of a function are known before it is called, so that the id is read first.
_SHOW = sa.text(
    f"SELECT pg_advisory_xact_lock_shared((CAST({ANNOUNCING} AS bigint) << 48) | {LAST_ID})"
)


class Topic(StrEnum):
    """What an event is about."""

    WATCHLIST = "watchlist"
    BARS = "bars"
    NEWS = "news"
    SENTIMENT = "sentiment"
    SIGNALS = "signals"
    OUTCOMES = "outcomes"
    SLOTS = "slots"
    PEOPLE = "people"
    RULES = "rules"
    SILENCES = "silences"
    ALERTS = "alerts"
    DELIVERIES = "deliveries"


events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("at", instant, nullable=False, server_default=sa.text("clock_timestamp()")),
    sa.Column("payload", JSONB, nullable=False),
    sa.Index("ix_events_at", "at"),
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has changed.

    Attributes:
        topic: What it is about.
        payload: What follows it needs to know, small and without a secret; JSON.
    """

    topic: Topic
    payload: Mapping[str, Any]


def announce(connection: sa.Connection, told: Sequence[Event]) -> None:
    """Tells what the connection's transaction changed; with its commit it becomes known.

    Args:
        connection: The transaction.
        told: The events; none is fine.
    """
    if not told:
        return
    connection.execute(_SHOW)  # before the first id is given
    rows = [{"topic": str(event.topic), "payload": dict(event.payload)} for event in told]
    connection.execute(sa.insert(events), rows)
    connection.execute(sa.text(f"NOTIFY {NOTIFIED}"))
