"""What became of alerts, as it is stored: read for people, changed by nothing here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.alerts.alert_shown import (
    AlertShown,
    EventShown,
    NoticeShown,
    StandingShown,
)
from fintech_pipeline.alerts.alert_store import among
from fintech_pipeline.alerts.past_alerts import alerts_at, as_it_stood
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.tables import (
    alert_events,
    alert_rules,
    alerts,
    contacts,
    deliveries,
    delivery_attempts,
    notices,
    standings,
)
from fintech_pipeline.market.instrument_store import instruments


def alerts_shown(
    connection: sa.Connection,
    *,
    alert_ids: Sequence[int] | None = None,
    rule: str | None = None,
    subject: str | None = None,
    ended_after: datetime | None = None,
) -> list[AlertShown]:
    """Alerts, the open ones first, then the newest first.

    Args:
        connection: The transaction.
        alert_ids: Only these, whether or not they have ended.
        rule: Only those of this rule.
        subject: Only those about this subject.
        ended_after: Also those that have ended since (UTC); None for open ones only.
    """
    query = _shown().order_by(
        alerts.c.resolved_at.is_not(None), alerts.c.started_at.desc(), alerts.c.id.desc()
    )
    wanted: sa.ColumnElement[bool] = alerts.c.resolved_at.is_(None)
    if alert_ids is not None:
        wanted = alerts.c.id.in_(alert_ids)
    elif ended_after is not None:
        wanted = sa.or_(wanted, alerts.c.resolved_at >= ended_after)
    return [
        _alert(row)
        for row in connection.execute(
            _about(query.where(wanted), alerts, rule, subject and {subject})
        )
    ]


def alerts_page(
    connection: sa.Connection,
    *,
    is_open: bool | None = None,
    rule: str | None = None,
    subjects: Collection[str] | None = None,
    severity: Severity | None = None,
    before: int | None = None,
    at: datetime | None = None,
    most: int,
) -> list[AlertShown]:
    """Alerts, the newest first.

    Args:
        connection: The transaction.
        is_open: Only those that are open, or only those that have ended; None for both.
        rule: Only those of this rule.
        subjects: Only those about one of these.
        severity: Only those of this severity.
        before: Only those with a smaller number.
        at: As they stood at this instant (UTC), whatever became of them since; None for now.
        most: How many at the most.
    """
    query = (_shown() if at is None else alerts_at(at)).order_by(alerts.c.id.desc()).limit(most)
    if is_open is not None:
        ended = alerts.c.resolved_at
        open_then = ended.is_(None) if at is None else sa.or_(ended.is_(None), ended > at)
        query = query.where(open_then if is_open else sa.not_(open_then))
    if rule is not None:
        # By number, as the index has it.
        number = sa.select(alert_rules.c.id).where(alert_rules.c.name == rule)
        query = query.where(alerts.c.rule_id == number.scalar_subquery())
    if subjects is not None:
        query = query.where(alerts.c.subject.in_(subjects))
    if severity is not None:
        query = query.where(alerts.c.severity == str(severity))
    if before is not None:
        query = query.where(alerts.c.id < before)
    found = [_alert(row) for row in connection.execute(query)]
    return found if at is None else [as_it_stood(one, at) for one in found]


def events_shown(
    connection: sa.Connection,
    *,
    alert_id: int | None = None,
    rule: str | None = None,
    subjects: Collection[str] | None = None,
    since: datetime | None = None,
    most: int | None = None,
) -> list[EventShown]:
    """Events with what was told of them, the oldest first.

    Args:
        connection: The transaction.
        alert_id: Only those of this alert.
        rule: Only those of this rule.
        subjects: Only those about one of these.
        since: Only those decided since (UTC).
        most: Only the newest so many; None for all.
    """
    query = (
        sa.select(alert_events, alert_rules.c.name)
        .join(alert_rules, alert_rules.c.id == alert_events.c.rule_id)
        .order_by(alert_events.c.decided_at.desc(), alert_events.c.id.desc())
        .limit(most)
    )
    if alert_id is not None:
        query = query.where(alert_events.c.alert_id == alert_id)
    if since is not None:
        query = query.where(alert_events.c.decided_at >= since)
    rows = connection.execute(_about(query, alert_events, rule, subjects)).all()
    told = _notices(connection, [row.id for row in rows])
    return [_event(row, told.get(row.id, ())) for row in reversed(rows)]


def standing_shown(connection: sa.Connection, rule: str, subject: str) -> StandingShown | None:
    """Where the rule stands with the subject; None where it is calm, or never looked."""
    query = (
        sa.select(standings)
        .join(alert_rules, alert_rules.c.id == standings.c.rule_id)
        .where(alert_rules.c.name == rule, standings.c.subject == subject)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _standing(row)


def standings_shown(
    connection: sa.Connection, rule: str, most: int
) -> list[tuple[str, StandingShown]]:
    """Where the rule stands with each subject that is not calm, by subject."""
    query = (
        sa.select(standings)
        .join(alert_rules, alert_rules.c.id == standings.c.rule_id)
        .where(alert_rules.c.name == rule, alert_rules.c.removed_at.is_(None))
        .order_by(standings.c.subject)
        .limit(most)
    )
    return [(row.subject, _standing(row)) for row in connection.execute(query)]


def _standing(row: sa.Row[Any]) -> StandingShown:
    return StandingShown(row.phase, row.active_since, row.looked_at, row.reason, row.alert_id)


def _shown() -> "sa.Select[Any]":
    """Alerts as they are shown."""
    return (
        sa.select(
            alerts,
            alert_rules.c.name,
            instruments.c.tags,
            standings.c.phase,
            standings.c.value,
            sa.func.coalesce(standings.c.reason, _last_reason()).label("reason"),
        )
        .join(alert_rules, alert_rules.c.id == alerts.c.rule_id)
        .outerjoin(instruments, instruments.c.symbol == alerts.c.subject)
        .outerjoin(
            standings,
            # By its key; an alert's number alone has no index.
            sa.and_(
                standings.c.rule_id == alerts.c.rule_id,
                standings.c.subject == alerts.c.subject,
                standings.c.alert_id == alerts.c.id,
            ),
        )
    )


def _last_reason() -> sa.ScalarSelect[str]:
    return (
        sa.select(alert_events.c.reason)
        .where(alert_events.c.alert_id == alerts.c.id)
        .order_by(alert_events.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _about(
    query: "sa.Select[Any]", table: sa.Table, rule: str | None, subjects: Collection[str] | None
) -> "sa.Select[Any]":
    if rule is not None:
        query = query.where(alert_rules.c.name == rule)
    if subjects is not None:
        query = query.where(table.c.subject.in_(subjects))
    return query


def _alert(row: sa.Row[Any]) -> AlertShown:
    return AlertShown(
        row.id,
        row.name,
        row.subject,
        tuple(row.tags or ()),
        row.severity,
        row.started_at,
        row.resolved_at,
        row.acknowledged_at,
        row.acknowledged_by,
        row.phase,
        row.value,
        row.reason or "",
    )


def _event(row: sa.Row[Any], told: Iterable[NoticeShown]) -> EventShown:
    return EventShown(
        row.id,
        row.alert_id,
        row.name,
        row.subject,
        row.event,
        row.at,
        row.decided_at,
        row.value,
        row.reason,
        tuple(told),
    )


def _notices(
    connection: sa.Connection, event_ids: Sequence[int]
) -> Mapping[int, list[NoticeShown]]:
    if not event_ids:
        return {}
    attempts = (
        sa.select(sa.func.count())
        .where(delivery_attempts.c.delivery_id == deliveries.c.id)
        .scalar_subquery()
    )
    query = (
        sa.select(
            notices.c.event_id,
            notices.c.delivery_id,
            notices.c.reason,
            contacts,
            deliveries.c.progress,
            deliveries.c.told,
            deliveries.c.due_at,
            deliveries.c.accepted_at,
            deliveries.c.ended_at,
            deliveries.c.cost_usd,
            deliveries.c.instead_of,
            deliveries.c.escalated_to,
            attempts.label("attempts"),
        )
        .join(contacts, contacts.c.id == notices.c.contact_id)
        .outerjoin(deliveries, deliveries.c.id == notices.c.delivery_id)
        .where(among(notices.c.event_id, event_ids))
        .order_by(contacts.c.person, contacts.c.id)
    )
    found: dict[int, list[NoticeShown]] = {}
    for row in connection.execute(query):
        found.setdefault(row.event_id, []).append(_notice(row))
    return found


def _notice(row: sa.Row[Any]) -> NoticeShown:
    contact = Contact(ChannelName(row.channel), row.address, row.id, row.disabled_because)
    return NoticeShown(
        row.person,
        contact,
        row.reason,
        row.delivery_id,
        row.progress,
        row.told or "",
        row.due_at,
        row.accepted_at,
        row.ended_at,
        row.attempts or 0,
        row.cost_usd,
        row.instead_of or "",
        row.escalated_to,
    )
