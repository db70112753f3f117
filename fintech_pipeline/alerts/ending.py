"""Alerts that end because a rule is taken away or turned into another one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.alerts.alert_store import among
from fintech_pipeline.alerts.announcing import announce_alerts
from fintech_pipeline.alerts.changes import EndedAlert
from fintech_pipeline.alerts.lifecycle import Event
from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.tables import alert_events, alert_rules, alerts, standings
from fintech_pipeline.market.instrument_store import instruments


@dataclass(frozen=True, slots=True)
class Turn:
    """A rule before and after.

    Attributes:
        before: As it was; None where it can't be read.
        after: As it becomes; None where it is removed.
    """

    before: Rule | None
    after: Rule | None

    def ends_all(self) -> str | None:
        """How every alert of the rule ends, `{by}` for by whom; None where they go on."""
        if self.after is None:
            return "was removed by {by}"
        if not self.after.enabled:
            return "was switched off by {by}"
        if self.before is None or _condition(self.before) != _condition(self.after):
            return "was changed by {by} and looks at something else now"
        return None


def _condition(rule: Rule) -> tuple[object, ...]:
    """What makes another rule of it; a threshold that moved is judged at the next look."""
    return rule.key, rule.above, rule.to


def ending_alerts(
    connection: sa.Connection, turns: Mapping[str, Turn], by: str
) -> list[EndedAlert]:
    """The open alerts that end with what becomes of their rules.

    Args:
        connection: The transaction.
        turns: The rules that change or go, by name.
        by: Who changes them.
    """
    query = (
        sa.select(alerts.c.id, alerts.c.subject, alert_rules.c.name, instruments.c.tags)
        .join(alert_rules, alert_rules.c.id == alerts.c.rule_id)
        .outerjoin(instruments, instruments.c.symbol == alerts.c.subject)
        .where(alerts.c.resolved_at.is_(None))
        .order_by(alerts.c.id)
    )
    found = []
    for row in connection.execute(query):
        turn = turns.get(row.name)
        if turn is not None and (why := _why(turn, row.subject, frozenset(row.tags or ()))):
            reason = f"Its rule {why.format(by=by)}."
            found.append(EndedAlert(row.id, row.name, row.subject, reason))
    return found


def _why(turn: Turn, subject: str, tags: frozenset[str]) -> str | None:
    after = turn.after
    if (why := turn.ends_all()) or after is None:
        return why
    outside = after.metric.of_symbols and not after.scope.covers(subject, tags)
    return "was changed by {by} and is not about it any more" if outside else None


def end_alerts_of_rules(
    connection: sa.Connection,
    ended: Sequence[EndedAlert],
    rules: Sequence[str],
    at: datetime,
) -> None:
    """Ends the alerts, each with an event that says why, and forgets where their rules stand.

    Args:
        connection: The transaction, in which no decision is made meanwhile.
        ended: What `ending_alerts` found.
        rules: The names of the rules that begin anew or are gone, pending subjects included.
        at: The present (UTC).
    """
    ids = [one.alert_id for one in ended]
    reasons = {one.alert_id: one.reason for one in ended}
    number = sa.select(alert_rules.c.id).where(alert_rules.c.name.in_(rules))
    connection.execute(
        sa.delete(standings).where(
            sa.or_(standings.c.rule_id.in_(number), among(standings.c.alert_id, ids))
        )
    )
    if not ids:
        return
    rows = connection.execute(
        sa.update(alerts)
        .where(among(alerts.c.id, ids))
        # An alert of a slot that lies ahead of this clock ends when it began.
        .values(resolved_at=sa.func.greatest(alerts.c.started_at, at))
        .returning(alerts.c.id, alerts.c.rule_id, alerts.c.subject, alerts.c.severity)
    ).all()
    events = [
        {
            "rule_id": row.rule_id,
            "subject": row.subject,
            "alert_id": row.id,
            "event": str(Event.RESOLVED),
            "at": at,
            "decided_at": at,
            "reason": reasons[row.id],
        }
        for row in rows
    ]
    connection.execute(sa.insert(alert_events), events)
    names = {one.alert_id: one.rule for one in ended}
    announce_alerts(
        connection,
        [
            {
                "id": row.id,
                "rule": names[row.id],
                "subject": row.subject,
                "event": str(Event.RESOLVED),
                "severity": row.severity,
                "at": at.isoformat(),
                "value": None,
                "reason": reasons[row.id],
            }
            for row in rows
        ],
    )
