"""What of the pipeline is late, seen from outside Dagster: its daemon, its slots, the outbox."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from fintech_pipeline.clock import SLOT

DAEMON, SLOTS, OUTBOX = "daemon", "slots", "outbox"
HEARTBEAT = timedelta(seconds=30)
"""Each part of Dagster's daemon writes its heartbeat at least so often while it lives."""
GRACE = timedelta(minutes=10)
"""How long a tick may take: a slot is late so long after its tick was due to start."""
_MINUTE = timedelta(minutes=1)
_HAS_HEARTBEATS = sa.text("SELECT to_regclass('dagster.daemon_heartbeats') IS NOT NULL")
# Without a zone, and always UTC; only these parts are always there (`orchestration/heartbeat.py`).
_OLDEST_HEARTBEAT = sa.text("""
    SELECT min(timestamp) AT TIME ZONE 'UTC' FROM dagster.daemon_heartbeats
    WHERE daemon_type IN ('SCHEDULER', 'SENSOR', 'QUEUED_RUN_COORDINATOR', 'MONITORING')
""")
# One look into the index for each asset. News are due in every half hour, whatever is closed.
_NEWEST_SLOT = sa.text("""
    SELECT max(newest.slot_at)
    FROM (VALUES ('trading_signals'), ('news_articles')) AS assets (name)
    CROSS JOIN LATERAL (
        SELECT slot_at FROM fintech.slots WHERE asset = assets.name
        ORDER BY slot_at DESC LIMIT 1
    ) AS newest
""")
# What was tried has waited since it was tried first: a refusal puts it off again and again.
_LONGEST_WAITING = sa.text("""
    SELECT min(coalesce(
        (SELECT min(a.begun_at) FROM fintech.delivery_attempts a WHERE a.delivery_id = d.id),
        d.due_at
    ))
    FROM fintech.deliveries d WHERE d.progress = 'planned'
""")


def lateness(connection: sa.Connection, now: datetime, minutes_after_slot: int) -> dict[str, float]:
    """How late each part is, in minutes; 0 where it is in time.

    - `daemon`: since the part of Dagster's daemon that was silent longest should have been heard.
    - `slots`: since the first slot that nothing was done for should have been done.
    - `outbox`: since the message that has waited longest could have left.

    A part of which nothing was ever heard is left out: it was never started here.

    Args:
        connection: A transaction.
        now: The present (UTC).
        minutes_after_slot: When a tick starts.
    """
    found: dict[str, float] = {}
    if connection.execute(_HAS_HEARTBEATS).scalar():
        heard_at: datetime | None = connection.execute(_OLDEST_HEARTBEAT).scalar()
        if heard_at is not None:
            found[DAEMON] = _late(heard_at + HEARTBEAT, now)
    newest: datetime | None = connection.execute(_NEWEST_SLOT).scalar()
    if newest is not None:
        found[SLOTS] = _late(newest + SLOT + timedelta(minutes=minutes_after_slot) + GRACE, now)
    waiting_since: datetime | None = connection.execute(_LONGEST_WAITING).scalar()
    found[OUTBOX] = 0.0 if waiting_since is None else _late(waiting_since, now)
    return found


def _late(due_at: datetime, now: datetime) -> float:
    return max((now - due_at) / _MINUTE, 0.0)
