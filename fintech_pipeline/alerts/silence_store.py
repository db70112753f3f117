"""Silences in Postgres."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.alerts.alert_shown import AlertShown
from fintech_pipeline.alerts.announcing import announce_silence
from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.alerts.tables import alerts, silences
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.storage.database import Database


def read_silences(connection: sa.Connection, after: datetime | None = None) -> list[Silence]:
    """The silences, those of an alert only while it is open; the oldest first.

    Args:
        connection: The transaction.
        after: Those that have ended by then (UTC) are left out; None leaves none out, and
            `Silence.covers` knows the present.
    """
    query = (
        sa.select(silences)
        .outerjoin(alerts, alerts.c.id == silences.c.alert_id)
        .where(sa.or_(silences.c.alert_id.is_(None), alerts.c.resolved_at.is_(None)))
        .order_by(silences.c.id)
    )
    if after is not None:
        lasting = sa.or_(silences.c.ends_at.is_(None), silences.c.ends_at > after)
        query = query.where(lasting)
    return [_silence(row) for row in connection.execute(query)]


def silences_at(connection: sa.Connection, at: datetime) -> list[Silence]:
    """The silences that lasted at a past instant (UTC), whatever ended since; the oldest first."""
    of = silences.c
    query = (
        sa.select(silences)
        .outerjoin(alerts, alerts.c.id == of.alert_id)
        .where(
            of.starts_at <= at,
            sa.or_(of.ends_at.is_(None), of.ends_at > at),
            sa.or_(alerts.c.resolved_at.is_(None), alerts.c.resolved_at > at),
        )
        .order_by(of.id)
    )
    return [_silence(row) for row in connection.execute(query)]


def silences_page(
    connection: sa.Connection,
    now: datetime,
    *,
    lasting: bool | None,
    before: int | None = None,
    most: int,
) -> list[Silence]:
    """Silences, the newest first.

    Args:
        connection: The transaction.
        now: The present (UTC).
        lasting: Only those that last or will, or only those that have ended; None for both.
        before: Only those with a smaller number.
        most: How many at the most.
    """
    query = (
        sa.select(silences)
        .outerjoin(alerts, alerts.c.id == silences.c.alert_id)
        .order_by(silences.c.id.desc())
        .limit(most)
    )
    over = sa.or_(
        sa.func.coalesce(silences.c.ends_at <= now, sa.false()), alerts.c.resolved_at.is_not(None)
    )
    if lasting is not None:
        query = query.where(sa.not_(over) if lasting else over)
    if before is not None:
        query = query.where(silences.c.id < before)
    return [_silence(row) for row in connection.execute(query)]


def read_silence(connection: sa.Connection, silence_id: int) -> Silence | None:
    """The silence of that number; None where there is none."""
    row = connection.execute(sa.select(silences).where(silences.c.id == silence_id)).one_or_none()
    return None if row is None else _silence(row)


def silences_of(connection: sa.Connection, alert: AlertShown, now: datetime) -> list[Silence]:
    """Every silence that has covered the alert at some time, the oldest first.

    Args:
        connection: The transaction.
        alert: The alert; its subject's tags are those of now.
        now: The present (UTC).
    """
    of = silences.c
    until = alert.resolved_at or now
    query = sa.select(silences).where(
        sa.or_(of.rule.is_(None), of.rule == alert.rule),
        sa.or_(of.subject.is_(None), of.subject == alert.subject),
        sa.or_(of.tag.is_(None), of.tag.in_(alert.tags)),
        sa.or_(of.severity.is_(None), of.severity == alert.severity),
        sa.or_(of.alert_id.is_(None), of.alert_id == alert.alert_id),
        of.starts_at <= until,
        sa.or_(of.ends_at.is_(None), of.ends_at > alert.started_at),
    )
    return [_silence(row) for row in connection.execute(query.order_by(of.id))]


@dataclass(frozen=True, slots=True)
class SilenceStore:
    """Makes silences and ends them.

    Attributes:
        database: Where they are.
    """

    database: Database

    def add(self, silence: Silence) -> Silence:
        """Stores a new one; its number is given to it.

        Raises:
            ConfigurationError: It is about an alert that there is not, or that has ended.
        """
        with self.database.transaction() as connection:
            if silence.alert_id is not None:
                _require_open(connection, silence.alert_id)
            row = connection.execute(
                sa.insert(silences)
                .values(
                    rule=silence.rule,
                    subject=silence.subject,
                    tag=silence.tag,
                    severity=silence.severity and str(silence.severity),
                    starts_at=silence.starts_at,
                    ends_at=silence.ends_at,
                    alert_id=silence.alert_id,
                    author=silence.author,
                    comment=silence.comment,
                )
                .returning(silences)
            ).one()
            announce_silence(connection, row.id, ended=False)
        return _silence(row)

    def end(self, silence_id: int, at: datetime) -> Silence:
        """Ends one now.

        Args:
            silence_id: Its number.
            at: The present (UTC).

        Raises:
            ConfigurationError: There is none of that number, or it has ended.
        """
        with self.database.transaction() as connection:
            row = connection.execute(
                sa.select(silences).where(silences.c.id == silence_id).with_for_update()
            ).one_or_none()
            if row is None:
                raise ConfigurationError(
                    f"There is no silence {silence_id}; `fintech alerts silences` shows them."
                )
            found = _silence(row)
            if found.ends_at is not None and found.ends_at <= at:
                raise ConfigurationError(
                    f"The silence {silence_id} ended at {found.ends_at:%Y-%m-%d %H:%MZ} already."
                )
            ended = connection.execute(
                sa.update(silences)
                .where(silences.c.id == silence_id)
                # One that has not begun never does.
                .values(ends_at=sa.func.greatest(silences.c.starts_at, at))
                .returning(silences)
            ).one()
            announce_silence(connection, silence_id, ended=True)
        return _silence(ended)

    def lasting(self, at: datetime) -> list[Silence]:
        """Those that last or will (UTC), the oldest first."""
        with self.database.transaction() as connection:
            return read_silences(connection, at)


def _require_open(connection: sa.Connection, alert_id: int) -> None:
    row = connection.execute(
        sa.select(alerts.c.resolved_at).where(alerts.c.id == alert_id)
    ).one_or_none()
    if row is None:
        raise ConfigurationError(f"There is no alert {alert_id}; `fintech alerts list` shows them.")
    if row.resolved_at is not None:
        raise ConfigurationError(
            f"The alert {alert_id} ended at {row.resolved_at:%Y-%m-%d %H:%MZ}; there is nothing to"
            " silence. Silence its rule or its symbol with --for instead."
        )


def _silence(row: sa.Row[Any]) -> Silence:
    return Silence(
        row.id,
        row.author,
        row.comment,
        row.starts_at,
        row.ends_at,
        row.rule,
        row.subject,
        row.tag,
        Severity(row.severity) if row.severity else None,
        row.alert_id,
    )
