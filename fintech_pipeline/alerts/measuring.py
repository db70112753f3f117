"""What fires, what waits in the outbox, and how messages fare, for Prometheus."""

from datetime import datetime, timedelta
from math import inf

import sqlalchemy as sa
from prometheus_client.metrics_core import Metric

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.lifecycle import Event, Phase
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.tables import (
    alert_events,
    alerts,
    contacts,
    deliveries,
    delivery_attempts,
    notices,
    standings,
)
from fintech_pipeline.telemetry.families import counter, gauge, histogram, midnight, value

PROMISED = timedelta(minutes=1)
"""A message that may leave leaves within this time."""
LATENCIES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3_600.0)
"""Upper bounds in seconds; one of them is `PROMISED`."""
REPLACED = "replaced"
"""How a message ends that another one tells in its place, before anybody tried to send it."""
_ENDS = (*map(str, (Progress.SENT, Progress.DELIVERED, Progress.FAILED)), REPLACED)


def alert_families(connection: sa.Connection, now: datetime) -> list[Metric]:
    """What is measured of alerts and messages.

    Args:
        connection: Reads.
        now: The present (UTC).
    """
    return [
        *_states(connection),
        _events(connection, now),
        *_outbox(connection, now),
        _latency(connection, now),
        _outcomes(connection, now),
    ]


def _states(connection: sa.Connection) -> list[Metric]:
    fires = (
        sa.select(alerts.c.severity, sa.func.count())
        .where(alerts.c.resolved_at.is_(None))
        .group_by(alerts.c.severity)
    )
    stands = sa.select(standings.c.phase, sa.func.count()).group_by(standings.c.phase)
    by_severity = {row[0]: row[1] for row in connection.execute(fires)}
    by_phase = {row[0]: row[1] for row in connection.execute(stands)}
    return [
        gauge(
            "alerts_open",
            "Alerts that fire.",
            ("severity",),
            (((str(one),), by_severity.get(str(one), 0)) for one in Severity),
        ),
        gauge(
            "alert_standings",
            "Where the rules stand with what they look at.",
            ("phase",),
            (((str(one),), by_phase.get(str(one), 0)) for one in Phase),
        ),
    ]


def _events(connection: sa.Connection, now: datetime) -> Metric:
    query = (
        sa.select(alert_events.c.event, sa.func.count())
        .where(alert_events.c.decided_at >= midnight(now))
        .group_by(alert_events.c.event)
    )
    counted = {row[0]: row[1] for row in connection.execute(query)}
    return counter(
        "alert_events",
        "What looks changed",
        ("event",),
        (((str(one),), counted.get(str(one), 0)) for one in Event),
    )


def _tried_at() -> sa.ScalarSelect[datetime]:
    return (
        sa.select(sa.func.min(delivery_attempts.c.begun_at))
        .where(delivery_attempts.c.delivery_id == deliveries.c.id)
        .scalar_subquery()
    )


def _replaced() -> sa.ColumnElement[bool]:
    """Whether another message tells it: an SMS beyond the day's, or what a digest took in."""
    return sa.and_(
        deliveries.c.progress == str(Progress.FAILED),
        _tried_at().is_(None),
        sa.or_(
            deliveries.c.escalated_to.is_not(None),
            ~sa.exists().where(notices.c.delivery_id == deliveries.c.id),
        ),
    )


def _outbox(connection: sa.Connection, now: datetime) -> list[Metric]:
    # A refusal puts a message off again and again; it has waited since it was tried first.
    since = sa.func.coalesce(_tried_at(), deliveries.c.due_at)
    waits = sa.select(sa.func.count(), sa.func.min(since)).where(
        deliveries.c.progress == str(Progress.PLANNED), since <= now
    )
    messages, oldest_at = connection.execute(waits).one()
    return [
        value("outbox_messages", "Due messages that have not left.", messages),
        value(
            "outbox_oldest_age_seconds",
            "How long the oldest due message has waited.",
            (now - oldest_at).total_seconds() if oldest_at is not None else 0.0,
        ),
    ]


def _latency(connection: sa.Connection, now: datetime) -> Metric:
    """From when messages might leave to when the other side took them.

    A message counts from when it is known whether it kept the promise: when it was taken, or a
    minute after it might leave; so none is ever taken back.
    """
    # Whoever waits on purpose, for its siblings, for the morning, is not late.
    since = sa.func.least(deliveries.c.due_at, sa.func.coalesce(_tried_at(), deliveries.c.due_at))
    settled_at = sa.func.least(
        sa.func.coalesce(deliveries.c.accepted_at, sa.literal(now)), since + PROMISED
    )
    query = (
        sa.select(
            contacts.c.channel, sa.extract("epoch", deliveries.c.accepted_at - since).label("took")
        )
        .join(contacts, contacts.c.id == deliveries.c.contact_id)
        .where(
            # Nothing else can have been settled today; the index needs it said.
            deliveries.c.due_at >= midnight(now) - PROMISED,
            settled_at >= midnight(now),
            # One that waited for too long before another took its place was late, and stays so.
            sa.not_(sa.and_(_replaced(), deliveries.c.ended_at < since + PROMISED)),
            sa.or_(
                deliveries.c.accepted_at.is_not(None),
                since + PROMISED <= now,
                deliveries.c.progress == str(Progress.FAILED),
            ),
        )
    )
    seen: dict[str, list[float]] = {str(channel): [] for channel in ChannelName}
    for channel, took in connection.execute(query):
        seen[channel].append(inf if took is None else max(0.0, float(took)))
    return histogram(
        "delivery_latency_seconds",
        "From when messages might leave to when the other side took them",
        "channel",
        LATENCIES,
        seen,
    )


def _outcomes(connection: sa.Connection, now: datetime) -> Metric:
    end = sa.case((_replaced(), REPLACED), else_=deliveries.c.progress).label("outcome")
    query = (
        sa.select(contacts.c.channel, end, sa.func.count())
        .join(contacts, contacts.c.id == deliveries.c.contact_id)
        .where(deliveries.c.ended_at >= midnight(now))
        .group_by(contacts.c.channel, end)
    )
    counted = {(row[0], row[1]): row[2] for row in connection.execute(query)}
    return counter(
        "deliveries",
        "Messages that came to their end, by how",
        ("channel", "outcome"),
        (
            ((str(channel), outcome), counted.get((str(channel), outcome), 0))
            for channel in ChannelName
            for outcome in _ENDS
        ),
    )
