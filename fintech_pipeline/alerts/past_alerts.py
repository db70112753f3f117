"""Alerts as they stood at a past instant, told by their events."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.alerts.alert_shown import AlertShown
from fintech_pipeline.alerts.lifecycle import Event, Phase
from fintech_pipeline.alerts.tables import alert_events, alert_rules, alerts
from fintech_pipeline.market.instrument_store import instruments


def alerts_at(at: datetime) -> "sa.Select[Any]":
    """Alerts that had begun by an instant, as its newest event tells of each."""
    told = (
        sa.select(alert_events.c.event, alert_events.c.value, alert_events.c.reason)
        .where(alert_events.c.alert_id == alerts.c.id, alert_events.c.at <= at)
        .order_by(alert_events.c.at.desc(), alert_events.c.id.desc())
        .limit(1)
        .lateral("told")
    )
    ended = alerts.c.resolved_at <= at
    phase = sa.case(
        (ended, None),
        (told.c.event.in_([Event.NO_DATA, Event.ERROR]), told.c.event),
        else_=str(Phase.FIRING),
    )
    return (
        sa.select(
            alerts,
            alert_rules.c.name,
            instruments.c.tags,
            phase.label("phase"),
            sa.case((ended, None), else_=told.c.value).label("value"),
            told.c.reason,
        )
        .join(alert_rules, alert_rules.c.id == alerts.c.rule_id)
        .outerjoin(instruments, instruments.c.symbol == alerts.c.subject)
        .outerjoin(told, sa.true())
        .where(alerts.c.started_at <= at)
    )


def as_it_stood(alert: AlertShown, at: datetime) -> AlertShown:
    """The alert without what became of it after the instant (UTC)."""
    if alert.resolved_at is not None and alert.resolved_at > at:
        alert = replace(alert, resolved_at=None)
    if alert.acknowledged_at is not None and alert.acknowledged_at > at:
        alert = replace(alert, acknowledged_at=None, acknowledged_by=None)
    return alert
