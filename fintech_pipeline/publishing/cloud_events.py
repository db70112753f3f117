"""From an event of the table to CloudEvents 1.0, one a symbol; asks nobody.

An event's `id` comes of its row, by number and instant, and of the place in it: published again,
and also from a copy or a backup of the database, it is the same. After a restore numbers are given
again, to rows of other instants.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from cloudevents.core.v1.event import CloudEvent

from fintech_pipeline.publishing.contents import AlertChanged, OutcomeSettled, SignalMade, Told
from fintech_pipeline.storage.event_reading import StoredEvent

VERSION = 1
"""Of the data's forms; raised where a field changes its meaning or goes."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """What is published; the first word of a routing key."""

    SIGNAL = "signal"
    ALERT = "alert"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Source:
    """Who publishes.

    Attributes:
        name: The configuration's.
        simulated: Whether everything it makes is made up.
    """

    name: str
    simulated: bool

    @property
    def uri(self) -> str:
        """Its name as a URI."""
        return f"urn:fintech:{self.name}"


@dataclass(frozen=True, slots=True)
class Published:
    """A CloudEvent and where it goes.

    Attributes:
        kind: What it is about.
        subject: Whom it concerns; of one subject the order is kept.
        event: The CloudEvent.
    """

    kind: Kind
    subject: str
    event: CloudEvent


def signals_made(
    source: Source, event: StoredEvent, rows: Sequence[Mapping[str, Any]]
) -> list[Published]:
    """Each signal of a live slot.

    Args:
        source: Who publishes.
        event: That they were made.
        rows: The stored signals, in the event's order.
    """
    return [
        _published(source, event, place, Kind.SIGNAL, "made", row["symbol"], SignalMade(**row))
        for place, row in enumerate(rows)
    ]


def alerts_changed(
    source: Source, event: StoredEvent, changes: Sequence[Mapping[str, Any]]
) -> list[Published]:
    """Each change of an alert.

    Args:
        source: Who publishes.
        event: That alerts have changed.
        changes: As the event tells them.
    """
    return [
        _published(
            source, event, place, Kind.ALERT, change["event"], change["subject"], _changed(change)
        )
        for place, change in enumerate(changes)
    ]


def outcomes_settled(
    source: Source, event: StoredEvent, first: int, rows: Sequence[Mapping[str, Any]]
) -> list[Published]:
    """Some of the outcomes that were settled.

    Args:
        source: Who publishes.
        event: That outcomes were settled.
        first: How many of the event's came before these.
        rows: The stored outcomes, in order.
    """
    return [
        _published(
            source, event, place, Kind.OUTCOME, "settled", row["symbol"], OutcomeSettled(**row)
        )
        for place, row in enumerate(rows, first)
    ]


def _changed(change: Mapping[str, Any]) -> AlertChanged:
    return AlertChanged(
        alert_id=change["id"],
        rule=change["rule"],
        subject=change["subject"],
        change=change["event"],
        severity=change["severity"],
        at=change["at"],
        # An event of an older version has neither.
        value=change.get("value"),
        reason=change.get("reason"),
    )


def _published(
    source: Source,
    event: StoredEvent,
    place: int,
    kind: Kind,
    what: str,
    subject: str,
    data: Told,
) -> Published:
    attributes = {
        "id": f"{event.id}-{(event.at - _EPOCH) // timedelta(microseconds=1)}-{place}",
        "source": source.uri,
        "type": f"fintech.{kind}.{what}",
        "subject": subject,
        "time": event.at.astimezone(UTC),
        "datacontenttype": "application/json",
        "dataschema": f"urn:fintech:schema:{kind}:{VERSION}",
        "simulated": source.simulated,
    }
    return Published(kind, subject, CloudEvent(attributes, data.model_dump(mode="json")))
