"""How many alerts fire, and what waits in the outbox: what is measured all the time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.tables import alerts, deliveries, delivery_attempts


@dataclass(frozen=True, slots=True)
class AlertsCounted:
    """What there is of alerts at an instant.

    Attributes:
        open_by_severity: How many alerts fire, each severity named.
        messages_due: How many messages could have left and have not.
        oldest_seconds: How long the one that waits longest has; 0 where none does.
    """

    open_by_severity: Mapping[str, int]
    messages_due: int
    oldest_seconds: float


def alerts_counted(connection: sa.Connection, now: datetime) -> AlertsCounted:
    """Counts what fires and what waits; what was tried has waited since it was tried first.

    Args:
        connection: Reads.
        now: The present (UTC).
    """
    fires = sa.select(alerts.c.severity, sa.func.count()).where(alerts.c.resolved_at.is_(None))
    counted = {row[0]: row[1] for row in connection.execute(fires.group_by(alerts.c.severity))}
    tried_at = (
        sa.select(sa.func.min(delivery_attempts.c.begun_at))
        .where(delivery_attempts.c.delivery_id == deliveries.c.id)
        .scalar_subquery()
    )
    since = sa.func.coalesce(tried_at, deliveries.c.due_at)
    waits = sa.select(sa.func.count(), sa.func.min(since)).where(
        deliveries.c.progress == str(Progress.PLANNED), since <= now
    )
    messages, oldest_at = connection.execute(waits).one()
    return AlertsCounted(
        {str(severity): counted.get(str(severity), 0) for severity in Severity},
        messages,
        (now - oldest_at).total_seconds() if oldest_at is not None else 0.0,
    )
