"""Alerts, events and messages as a decision writes them, for tests of what reads them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.alerts.tables import (
    alert_events,
    alert_rules,
    alerts,
    contacts,
    deliveries,
    notices,
    standings,
)


def rule_id(connection: sa.Connection, name: str) -> int:
    return int(
        connection.execute(
            sa.select(alert_rules.c.id).where(alert_rules.c.name == name)
        ).scalar_one()
    )


def contact_id(connection: sa.Connection, person: str, channel: str) -> int:
    query = sa.select(contacts.c.id).where(
        contacts.c.person == person, contacts.c.channel == channel
    )
    return int(connection.execute(query.limit(1)).scalar_one())


def open_alert(
    connection: sa.Connection,
    rule: str,
    subject: str,
    at: datetime,
    severity: str = "warning",
    value: float = 0.72,
    reason: str = "Score +0.72 is above +0.60.",
) -> int:
    """An alert that fires; gives its number."""
    number = rule_id(connection, rule)
    alert = connection.execute(
        sa.insert(alerts)
        .values(rule_id=number, subject=subject, severity=severity, started_at=at)
        .returning(alerts.c.id)
    ).scalar_one()
    row: dict[str, Any] = {"rule_id": number, "subject": subject, "alert_id": alert, "value": value}
    connection.execute(
        sa.insert(standings).values(
            **row, phase="firing", active_since=at, fired_at=at, looked_at=at, reason=reason
        )
    )
    event(connection, alert, "fired", at, value=value, reason=reason)
    return int(alert)


def pending(connection: sa.Connection, rule: str, subject: str, at: datetime) -> None:
    connection.execute(
        sa.insert(standings).values(
            rule_id=rule_id(connection, rule),
            subject=subject,
            phase="pending",
            active_since=at,
            value=0.65,
            looked_at=at,
            reason="Score +0.65 is above +0.60, for 0m of the 1h it takes.",
        )
    )


def event(connection: sa.Connection, alert: int, name: str, at: datetime, **more: Any) -> int:
    """One more event of an alert; gives its number."""
    of = connection.execute(sa.select(alerts).where(alerts.c.id == alert)).one()
    values = {"reason": f"It is {name}.", **more}
    return int(
        connection.execute(
            sa.insert(alert_events)
            .values(
                rule_id=of.rule_id,
                subject=of.subject,
                alert_id=alert,
                event=name,
                at=at,
                decided_at=at,
                **values,
            )
            .returning(alert_events.c.id)
        ).scalar_one()
    )


def message(
    connection: sa.Connection,
    event_id: int,
    contact: int,
    at: datetime,
    progress: str = "sent",
    told: str = "The mail server accepted it.",
) -> int:
    """A message that tells the event; gives its number."""
    delivery = connection.execute(
        sa.insert(deliveries)
        .values(
            contact_id=contact,
            progress=progress,
            severity="warning",
            created_at=at,
            due_at=at,
            told=told,
            accepted_at=None if progress in {"planned", "failed"} else at,
        )
        .returning(deliveries.c.id)
    ).scalar_one()
    connection.execute(
        sa.insert(notices).values(
            event_id=event_id,
            contact_id=contact,
            delivery_id=delivery,
            reason="It began, and the rule names this contact.",
        )
    )
    return int(delivery)


def untold(connection: sa.Connection, event_id: int, contact: int, reason: str) -> None:
    connection.execute(
        sa.insert(notices).values(event_id=event_id, contact_id=contact, reason=reason)
    )
