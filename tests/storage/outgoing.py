"""Messages in the outbox as a decision leaves them, and channels that remember what they sent."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.tables import (
    alert_events,
    alert_rules,
    contacts,
    deliveries,
    delivery_attempts,
    notices,
    people,
)
from fintech_pipeline.alerts.told import Message, Telling, Told
from fintech_pipeline.errors import DeliveryError
from fintech_pipeline.storage.database import Database

NOW = datetime(2026, 3, 2, 15, 2, 30, tzinfo=UTC)
Answer = Receipt | DeliveryError


@dataclass
class Outgoing:
    """A database with people, and messages to them.

    Attributes:
        database: The database.
        now: The present, as `clock` tells it.
        count: How many events were made.
    """

    database: Database
    now: datetime = NOW
    count: int = 0

    def clock(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)

    def person(self, name: str = "anna", **values: Any) -> dict[ChannelName, int]:
        """A person with one contact for each channel; the contacts' numbers."""
        addresses = {
            ChannelName.EMAIL: f"{name}@example.com",
            ChannelName.SMS: "+4915112345678",
            ChannelName.APPRISE: "json://localhost",
            ChannelName.CONSOLE: "",
        }
        with self.database.transaction() as connection:
            connection.execute(
                sa.insert(people).values(name=name, **{"time_zone": "Europe/Berlin", **values})
            )
            return {
                channel: connection.execute(
                    sa.insert(contacts)
                    .values(person=name, channel=str(channel), address=address)
                    .returning(contacts.c.id)
                ).scalar_one()
                for channel, address in addresses.items()
            }

    def plan(
        self,
        *contact_ids: int,
        severity: Severity = Severity.WARNING,
        due_at: datetime | None = None,
        events: int = 1,
    ) -> list[int]:
        """A message to each contact about the same new events; their numbers."""
        with self.database.transaction() as connection:
            event_ids = [self._event(connection, severity) for _ in range(events)]
            return [
                self._delivery(connection, contact_id, severity, due_at, event_ids)
                for contact_id in contact_ids
            ]

    def _event(self, connection: sa.Connection, severity: Severity) -> int:
        self.count += 1
        rule = connection.execute(sa.select(alert_rules.c.id)).scalar()
        if rule is None:
            rule = connection.execute(
                sa.insert(alert_rules)
                .values(name="crash", definition={}, changed_at=self.now)
                .returning(alert_rules.c.id)
            ).scalar_one()
        told = Told(
            self.count, Telling.FIRED, "crash", severity, f"S{self.count}", "", "It fell.",
            self.now, self.now, "score", -0.7,
        )  # fmt: skip
        number: int = connection.execute(
            sa.insert(alert_events)
            .values(
                rule_id=rule,
                subject=told.subject,
                event="fired",
                at=self.now,
                decided_at=self.now,
                reason="It fell.",
                told=told.stored(),
            )
            .returning(alert_events.c.id)
        ).scalar_one()
        return number

    def _delivery(
        self,
        connection: sa.Connection,
        contact_id: int,
        severity: Severity,
        due_at: datetime | None,
        event_ids: Sequence[int],
    ) -> int:
        number: int = connection.execute(
            sa.insert(deliveries)
            .values(
                contact_id=contact_id,
                progress="planned",
                severity=str(severity),
                created_at=self.now,
                due_at=due_at or self.now,
                told="It leaves in a moment.",
            )
            .returning(deliveries.c.id)
        ).scalar_one()
        rows = [
            {"event_id": one, "contact_id": contact_id, "delivery_id": number, "reason": "Told."}
            for one in event_ids
        ]
        connection.execute(sa.insert(notices), rows)
        return number

    def row(self, delivery_id: int) -> sa.Row[Any]:
        with self.database.transaction() as connection:
            query = sa.select(deliveries).where(deliveries.c.id == delivery_id)
            return connection.execute(query).one()

    def progress(self, delivery_id: int) -> Progress:
        return Progress(self.row(delivery_id).progress)

    def attempts(self, delivery_id: int) -> list[tuple[datetime | None, str | None]]:
        """The end of each attempt and what is told of it."""
        table = delivery_attempts.c
        query = (
            sa.select(table.ended_at, table.told)
            .where(table.delivery_id == delivery_id)
            .order_by(table.number)
        )
        with self.database.transaction() as connection:
            return [(row.ended_at, row.told) for row in connection.execute(query)]

    def begun(self, delivery_id: int, number: int = 1) -> None:
        """An attempt without an end, as whoever was killed leaves it."""
        with self.database.transaction() as connection:
            connection.execute(
                sa.insert(delivery_attempts).values(
                    delivery_id=delivery_id, number=number, begun_at=self.now
                )
            )


@dataclass
class Recording:
    """A channel that remembers what it sent and answers as it is told.

    Attributes:
        name: Which.
        repeatable: Whether it may send a message again.
        together: How many it is given at once.
        answer: What is said of a message; by default that it was sent.
        sent: Every message it was given.
    """

    name: ChannelName = ChannelName.EMAIL
    repeatable: bool = True
    together: int = 50
    answer: Callable[[Message], Answer] = lambda _: Receipt(Progress.SENT, "It was taken.")
    sent: list[Message] = field(default_factory=list)

    def send(self, messages: Sequence[Message]) -> Iterator[tuple[Message, Answer]]:
        for message in messages:
            self.sent.append(message)
            yield message, self.answer(message)

    @property
    def ids(self) -> list[int]:
        return [message.delivery_id for message in self.sent]


@dataclass
class Tracking(Recording):
    """One whose other side can be asked, as the SMS vendor can.

    Attributes:
        statuses: What it says of a message it took, by the vendor's number.
        found: What its list shows, by our number.
        asked: What it was asked, in order.
    """

    name: ChannelName = ChannelName.SMS
    repeatable: bool = False
    together: int = 1
    answer: Callable[[Message], Answer] = lambda m: Receipt(
        Progress.ACCEPTED, "The vendor took it.", vendor_id=f"SM{m.delivery_id}", segments=1
    )
    statuses: dict[str, Answer] = field(default_factory=dict)
    found: dict[int, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def status(self, vendor_id: str) -> Receipt:
        self.asked.append(vendor_id)
        return _given(self.statuses.get(vendor_id, Receipt(Progress.ACCEPTED, "It is queued.")))

    def find(self, contact: Contact, delivery_id: int, since: datetime) -> Receipt | None:  # noqa: ARG002  # as the Protocol names them
        self.asked.append(f"[d{delivery_id}]")
        answer = self.found.get(delivery_id)
        return None if answer is None else _given(answer)


def _given(answer: Answer) -> Receipt:
    if isinstance(answer, DeliveryError):
        raise answer
    return answer
