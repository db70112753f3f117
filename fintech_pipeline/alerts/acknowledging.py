"""Acknowledging an alert: somebody looks after it, and nobody is told of it again."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.alerts.announcing import announce_alerts
from fintech_pipeline.alerts.tables import alert_events, alert_rules, alerts
from fintech_pipeline.errors import ConfigurationError

ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An alert that somebody has acknowledged.

    Attributes:
        alert_id: Its number.
        rule: Its rule's name.
        subject: Its subject.
        by: Who acknowledged it first.
        at: When (UTC).
        now: Whether that is new.
    """

    alert_id: int
    rule: str
    subject: str
    by: str
    at: datetime
    now: bool

    def told(self) -> str:
        """That it is acknowledged, a sentence."""
        what = f"The alert {self.alert_id} ({self.rule}, {self.subject})"
        if self.now:
            return (
                f"{what} is acknowledged by {self.by}; nobody is told of it again, only of its end."
            )
        return f"{what} was acknowledged by {self.by} at {self.at:%Y-%m-%d %H:%MZ} already."


def acknowledge(
    connection: sa.Connection, alert_id: int, by: str, at: datetime, comment: str = ""
) -> Acknowledged:
    """Acknowledges an open alert; whoever was first stays.

    Args:
        connection: The transaction.
        alert_id: Its number.
        by: Who looks after it.
        at: The present (UTC).
        comment: What they want to say of it.

    Raises:
        ConfigurationError: There is no such alert, or it has ended.
    """
    row = connection.execute(
        sa.select(alerts, alert_rules.c.name)
        .join(alert_rules, alert_rules.c.id == alerts.c.rule_id)
        .where(alerts.c.id == alert_id)
        .with_for_update(of=alerts)
    ).one_or_none()
    if row is None:
        raise ConfigurationError(f"There is no alert {alert_id}; `fintech alerts list` shows them.")
    if row.acknowledged_by is not None:
        by, at = row.acknowledged_by, row.acknowledged_at
        return Acknowledged(alert_id, row.name, row.subject, by, at, now=False)
    if row.resolved_at is not None:
        raise ConfigurationError(
            f"The alert {alert_id} ended at {row.resolved_at:%Y-%m-%d %H:%MZ}; there is nothing to"
            " acknowledge."
        )
    connection.execute(
        sa.update(alerts)
        .where(alerts.c.id == alert_id)
        .values(acknowledged_by=by, acknowledged_at=at)
    )
    why = f": {comment.rstrip('.')}" if comment else ""
    reason = f"{by} has acknowledged it{why}."
    connection.execute(
        sa.insert(alert_events).values(
            rule_id=row.rule_id,
            subject=row.subject,
            alert_id=alert_id,
            event=ACKNOWLEDGED,
            at=at,
            decided_at=at,
            reason=reason,
        )
    )
    told = {"id": alert_id, "rule": row.name, "subject": row.subject, "event": ACKNOWLEDGED}
    told |= {"severity": row.severity, "by": by, "at": at.isoformat()}
    told |= {"value": None, "reason": reason}
    announce_alerts(connection, [told])
    return Acknowledged(alert_id, row.name, row.subject, by, at, now=True)
