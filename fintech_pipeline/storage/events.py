"""The table `events`: what has changed, told in the transaction that changed it.

It is the outbox of the live stream and of whoever else follows. Ids are given when a row is
written and become visible when its transaction commits, so the order of ids is not the order of
commits. Who follows therefore reads in the order of transactions, and only behind a horizon that
no transaction still under way can come before; see `api/stream`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from fintech_pipeline.storage.database import instant, metadata

NOTIFIED = "fintech_events"
"""What a follower listens to on the primary server; a transaction that tells something notifies."""


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
    # The transaction: PostgreSQL's `xid8`, which never wraps, as a number.
    sa.Column(
        "xid",
        sa.BigInteger,
        nullable=False,
        server_default=sa.text("CAST(CAST(pg_current_xact_id() AS text) AS bigint)"),
    ),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("at", instant, nullable=False, server_default=sa.text("clock_timestamp()")),
    sa.Column("payload", JSONB, nullable=False),
    sa.Index("ix_events_xid_id", "xid", "id"),
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
    rows = [{"topic": str(event.topic), "payload": dict(event.payload)} for event in told]
    connection.execute(sa.insert(events), rows)
    connection.execute(sa.text(f"NOTIFY {NOTIFIED}"))
