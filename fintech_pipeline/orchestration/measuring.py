"""What ticks, runs and Dagster's daemon leave in the database, for Prometheus."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from prometheus_client.metrics_core import Metric

from fintech_pipeline.orchestration.due import ASSETS
from fintech_pipeline.orchestration.jobs import TICK_JOB
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.orchestration.runs import UNDER_WAY
from fintech_pipeline.orchestration.slots import SlotState, newest_slots, slots
from fintech_pipeline.storage.database import DAGSTER_SCHEMA, SCHEMA
from fintech_pipeline.telemetry.families import counter, gauge, histogram, midnight

DURATIONS = (5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 3_600.0)
"""Upper bounds of how long a tick takes, in seconds."""
_DAY = timedelta(days=1)
_ENDED = ("SUCCESS", "FAILURE", "CANCELED")
_THERE = sa.text(f"SELECT to_regclass('{DAGSTER_SCHEMA}.daemon_heartbeats') IS NOT NULL")
# Without a zone, and always UTC.
_HEARTBEATS = sa.text(
    f"SELECT daemon_type, timestamp AT TIME ZONE 'UTC' FROM {DAGSTER_SCHEMA}.daemon_heartbeats"  # noqa: S608
)
# A run that is tagged is updated, long after it has ended.
_RUNS = sa.text(f"""
    SELECT r.pipeline_name AS job, r.status, r.end_time - r.start_time AS seconds,
        CASE WHEN EXISTS (
            SELECT FROM {DAGSTER_SCHEMA}.run_tags AS t WHERE t.run_id = r.run_id AND t.key = :slot
        ) THEN 'live' ELSE 'other' END AS kind,
        r.end_time >= :midnight AS today
    FROM {DAGSTER_SCHEMA}.runs AS r
    WHERE r.status = ANY(:ended) AND r.update_timestamp >= :since
""")  # noqa: S608  # the schema is a constant
_WAITING = sa.text(f"""
    SELECT status, count(*) FROM {DAGSTER_SCHEMA}.runs WHERE status = ANY(:under_way)
    GROUP BY status
""")  # noqa: S608  # the schema is a constant
_STATES = sa.text(f"""
    SELECT asset, state, count(*) FROM {SCHEMA}.slots
    WHERE slot_at > :since AND slot_at <= :now GROUP BY asset, state
""")  # noqa: S608  # the schema is a constant


def slot_families(
    connection: sa.Connection, newest: Mapping[str, datetime], now: datetime
) -> list[Metric]:
    """What is measured of the slots.

    Args:
        connection: Reads.
        newest: The newest slot of each asset with something in it (UTC).
        now: The present (UTC).
    """
    # While all exchanges are closed nothing is told: what lacked on Friday lacks no more on Sunday.
    live = [
        row
        for row in connection.execute(newest_slots(ASSETS, slots.c.live))
        if row.state != SlotState.CLOSED
    ]
    counted = {
        (asset, state): count
        for asset, state, count in connection.execute(_STATES, {"since": now - _DAY, "now": now})
    }
    tried_at = max((row.slot_at for row in connection.execute(newest_slots(ASSETS))), default=None)
    by = ("asset",)
    return [
        gauge(
            "tried_slot_age_seconds",
            "Age of the newest slot that anything was recorded for, be it in vain.",
            (),
            [] if tried_at is None else [((), max(0.0, (now - tried_at).total_seconds()))],
        ),
        gauge(
            "newest_slot_age_seconds",
            "Age of the newest slot of an asset.",
            by,
            (((asset,), max(0.0, (now - at).total_seconds())) for asset, at in newest.items()),
        ),
        gauge(
            "slot_rows",
            "Rows of an asset's newest live slot; none while all exchanges are closed.",
            by,
            (((row.asset,), row.rows) for row in live),
        ),
        gauge(
            "slot_rows_expected",
            "Rows that an asset's newest live slot should have.",
            by,
            (((row.asset,), row.expected) for row in live if row.expected is not None),
        ),
        gauge(
            "slot_lag_seconds",
            "How long after its end an asset's newest live slot was written.",
            by,
            (((row.asset,), (row.updated_at - row.slot_at).total_seconds()) for row in live),
        ),
        gauge(
            "slots",
            "Slots of the last 24 hours that are recorded, by what came of them.",
            ("asset", "state"),
            (
                ((asset, str(state)), counted.get((asset, str(state)), 0))
                for asset in ASSETS
                for state in SlotState
            ),
        ),
    ]


def run_families(connection: sa.Connection, now: datetime) -> list[Metric]:
    """What is measured of Dagster's runs and daemon; nothing where it has never run here.

    Args:
        connection: Reads.
        now: The present (UTC).
    """
    if not connection.execute(_THERE).scalar_one():
        return []
    today = midnight(now)
    runs = connection.execute(
        _RUNS,
        {
            "slot": SLOT_TAG,
            "ended": list(_ENDED),
            "midnight": today.timestamp(),
            "since": (today - _DAY).replace(tzinfo=None),
        },
    ).all()
    under_way = [one.value for one in UNDER_WAY]
    waiting = dict(row._tuple() for row in connection.execute(_WAITING, {"under_way": under_way}))
    heard = dict(row._tuple() for row in connection.execute(_HEARTBEATS))
    # A part that the daemon no longer has, as after a change of its configuration, leaves its last
    # beat behind for ever; what was heard a day before all others is not there any more. One that
    # stands still brings all of the daemon to its end, and no other is heard either.
    beats = [(kind, at) for kind, at in heard.items() if at > max(heard.values()) - _DAY]
    tick = (TICK_JOB, "live")
    kinds = {tick, *((run.job, run.kind) for run in runs)}
    todays = [run for run in runs if run.today]
    ended = [(run.job, run.kind, run.status) for run in todays]
    took = [
        run.seconds for run in todays if (run.job, run.kind) == tick and run.seconds is not None
    ]
    return [
        counter(
            "runs",
            "Runs that have ended; live ones are of a slot, others of a backfill or a review",
            ("name", "kind", "status"),
            (
                ((job, kind, status.lower()), ended.count((job, kind, status)))
                for job, kind in sorted(kinds)
                for status in _ENDED
            ),
        ),
        histogram(
            "tick_duration_seconds",
            "How long runs of a slot took",
            "name",
            DURATIONS,
            {TICK_JOB: took},
        ),
        gauge(
            "runs_under_way",
            "Runs that have not ended.",
            ("status",),
            (((status.lower(),), waiting.get(status, 0)) for status in under_way),
        ),
        gauge(
            "dagster_heartbeat_age_seconds",
            "How long ago a part of Dagster's daemon was heard.",
            ("daemon",),
            (((kind.lower(),), max(0.0, (now - at).total_seconds())) for kind, at in beats),
        ),
    ]
