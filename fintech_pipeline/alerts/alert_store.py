"""Alerts, standings and events in Postgres: read for a decision, and written by it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.lifecycle import Phase, Standing
from fintech_pipeline.alerts.planning import BEGINNINGS, Past
from fintech_pipeline.alerts.rules import Pair, Severity
from fintech_pipeline.alerts.tables import alert_events, alerts, deliveries, notices, standings
from fintech_pipeline.alerts.told import Telling, Told
from fintech_pipeline.storage.database import SCHEMA

_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(hashtext('fintech alerts'))")
_FORGET = sa.text(f"""
    DELETE FROM {SCHEMA}.alert_standings AS s
    USING unnest(CAST(:rule_ids AS bigint[]), CAST(:subjects AS text[])) AS calm(rule_id, subject)
    WHERE s.rule_id = calm.rule_id AND s.subject = calm.subject
""")  # noqa: S608  # the schema is a constant


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that has begun and not ended.

    Attributes:
        alert_id: Its number.
        acknowledged_by: Who has acknowledged it; None where nobody has.
        event_id: The event it began with.
    """

    alert_id: int
    acknowledged_by: str | None
    event_id: int


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What a decision writes of one change.

    Attributes:
        rule_id: The rule.
        subject: The subject.
        alert_id: The alert; None before it began, and where there is none.
        event: What changed: an `Event`, or what a person is told beside it.
        at: The slot, or the instant of the look (UTC).
        value: The value; None where there is none.
        reason: Why, a sentence.
        told: What a message tells of it; None where nobody is told.
    """

    rule_id: int
    subject: str
    alert_id: int | None
    event: str
    at: datetime
    value: float | None
    reason: str
    told: Told | None


def begin(connection: sa.Connection) -> None:
    """Waits for decisions and changes of rules under way; to be called before anything is read.

    Each then sees all of those before it.
    """
    connection.execute(_ONE_AT_A_TIME)


def among(column: sa.Column[Any], numbers: Iterable[int]) -> sa.ColumnElement[bool]:
    """Whether a number is one of these: one parameter, however many they are."""
    wanted = sa.literal(list(numbers), ARRAY(sa.BigInteger))
    return column == sa.any_(wanted)


def read_standings(connection: sa.Connection, rule_ids: Collection[int]) -> dict[Pair, Standing]:
    """Where the rules stand with the subjects that are not calm."""
    query = sa.select(standings).where(among(standings.c.rule_id, rule_ids))
    return {
        (row.rule_id, row.subject): Standing(
            Phase(row.phase), row.active_since, row.fired_at, row.clear_since, row.value
        )
        for row in connection.execute(query)
    }


def write_standings(
    connection: sa.Connection,
    after: Mapping[Pair, tuple[Standing, str]],
    alert_ids: Mapping[Pair, int],
    at: datetime,
) -> None:
    """Stores where rules stand after a look; what is calm again is forgotten.

    Args:
        connection: The transaction.
        after: The standing of each pair that was looked at, and its reason.
        alert_ids: The open alert of each pair that has one.
        at: The look (UTC).
    """
    calm = [pair for pair, (standing, _) in after.items() if standing.phase is Phase.INACTIVE]
    if calm:
        rule_ids, subjects = zip(*calm, strict=True)
        connection.execute(_FORGET, {"rule_ids": list(rule_ids), "subjects": list(subjects)})
    rows = [
        {
            "rule_id": pair[0],
            "subject": pair[1],
            "phase": str(standing.phase),
            "active_since": standing.active_since,
            "fired_at": standing.fired_at,
            "clear_since": standing.clear_since,
            "value": standing.value,
            "alert_id": alert_ids.get(pair) if standing.open else None,
            "looked_at": at,
            "reason": reason,
        }
        for pair, (standing, reason) in after.items()
        if standing.phase is not Phase.INACTIVE
    ]
    if rows:
        statement = insert(standings)
        changes = {name: statement.excluded[name] for name in rows[0]}
        keys = ["rule_id", "subject"]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)


def open_alerts(connection: sa.Connection, rule_ids: Collection[int]) -> dict[Pair, OpenAlert]:
    """The open alerts of the rules."""
    begun = alert_events.alias()
    query = (
        sa.select(alerts, begun.c.id.label("event_id"))
        .join(begun, sa.and_(begun.c.alert_id == alerts.c.id, begun.c.event == Telling.FIRED))
        .where(alerts.c.resolved_at.is_(None), among(alerts.c.rule_id, rule_ids))
    )
    return {
        (row.rule_id, row.subject): OpenAlert(row.id, row.acknowledged_by, row.event_id)
        for row in connection.execute(query)
    }


def begin_alerts(
    connection: sa.Connection,
    begun: Sequence[tuple[Pair, Severity, datetime]],
    signal_ids: Mapping[str, int],
) -> dict[Pair, int]:
    """Stores alerts that begin; gives their numbers."""
    rows = [
        {
            "rule_id": rule_id,
            "subject": subject,
            "severity": str(severity),
            "started_at": at,
            "signal_id": signal_ids.get(subject),
        }
        for (rule_id, subject), severity, at in begun
    ]
    if not rows:
        return {}
    statement = sa.insert(alerts).returning(alerts.c.id, sort_by_parameter_order=True)
    numbers = connection.execute(statement, rows).scalars()
    return {pair: number for (pair, _, _), number in zip(begun, numbers, strict=True)}


def end_alerts(connection: sa.Connection, alert_ids: Collection[int], at: datetime) -> None:
    """Stores that alerts have ended (UTC)."""
    if alert_ids:
        ended = sa.func.greatest(alerts.c.started_at, at)  # a clock may have been set back
        connection.execute(
            sa.update(alerts).where(among(alerts.c.id, alert_ids)).values(resolved_at=ended)
        )


def write_events(
    connection: sa.Connection, events: Sequence[NewEvent], decided_at: datetime
) -> list[int]:
    """Stores events; gives their numbers in the given order."""
    rows = [
        {
            "rule_id": one.rule_id,
            "subject": one.subject,
            "alert_id": one.alert_id,
            "event": one.event,
            "at": one.at,
            "decided_at": decided_at,
            "value": one.value,
            "reason": one.reason,
            "told": one.told.stored() if one.told else None,
        }
        for one in events
    ]
    if not rows:
        return []
    statement = sa.insert(alert_events).returning(alert_events.c.id, sort_by_parameter_order=True)
    return list(connection.execute(statement, rows).scalars())


def told_so_far(
    connection: sa.Connection, alert_ids: Collection[int]
) -> dict[tuple[int, int], Past]:
    """What each contact was told of the alerts' beginnings, by alert and contact."""
    left_at = sa.func.coalesce(deliveries.c.accepted_at, deliveries.c.due_at)
    query = (
        sa.select(
            alert_events.c.alert_id,
            notices.c.contact_id,
            sa.func.min(deliveries.c.id),
            sa.func.max(left_at),
            sa.func.bool_or(deliveries.c.progress == str(Progress.PLANNED)),
            sa.func.bool_and(deliveries.c.progress == str(Progress.FAILED)),
        )
        .select_from(alert_events)
        .join(notices, notices.c.event_id == alert_events.c.id)
        .join(deliveries, deliveries.c.id == notices.c.delivery_id)
        .where(
            among(alert_events.c.alert_id, alert_ids),
            alert_events.c.event.in_([str(one) for one in BEGINNINGS]),
        )
        .group_by(alert_events.c.alert_id, notices.c.contact_id)
    )
    return {(row[0], row[1]): Past(*row[2:]) for row in connection.execute(query)}


def messages_since(
    connection: sa.Connection, rule_ids: Collection[int], since: Mapping[int, datetime]
) -> dict[tuple[int, int], int]:
    """How many messages about each rule each contact got since an instant of its own (UTC).

    Args:
        connection: The transaction.
        rule_ids: The rules with a daily cap.
        since: By contact.
    """
    if not since or not rule_ids:
        return {}
    starts = (
        sa.values(
            sa.column("contact_id", sa.BigInteger), sa.column("since", sa.DateTime(timezone=True))
        )
        .data(list(since.items()))
        .alias("starts")
    )
    query = (
        sa.select(
            alert_events.c.rule_id,
            notices.c.contact_id,
            sa.func.count(notices.c.delivery_id.distinct()),
        )
        .select_from(alert_events)
        .join(notices, notices.c.event_id == alert_events.c.id)
        .join(deliveries, deliveries.c.id == notices.c.delivery_id)
        .join(starts, starts.c.contact_id == deliveries.c.contact_id)
        .where(
            among(alert_events.c.rule_id, rule_ids),
            # Not when the event was decided: it may be told days after, when a silence has ended.
            deliveries.c.created_at >= starts.c.since,
            deliveries.c.created_at >= min(since.values()),
        )
        .group_by(alert_events.c.rule_id, notices.c.contact_id)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def write_notices(connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Stores which message tells an event to a contact, or why none does.

    What was not told before may be told later; what was told stays told.
    """
    found = list(rows)
    if not found:
        return
    statement = insert(notices)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["event_id", "contact_id"],
            set_={
                "delivery_id": statement.excluded.delivery_id,
                "reason": statement.excluded.reason,
            },
            where=notices.c.delivery_id.is_(None),
        ),
        found,
    )
