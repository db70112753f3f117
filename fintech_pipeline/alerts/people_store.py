"""People and their contacts in Postgres."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from fintech_pipeline.alerts.people import Contact, Person, QuietHours
from fintech_pipeline.alerts.reading import near
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.tables import contacts, people
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.events import Event, Topic, announce


def read_people(connection: sa.Connection) -> list[Person]:
    """Everybody who can be told, by name, with the contacts that are not removed.

    A contact that is disabled is among them, with the reason.
    """
    ways: dict[str, list[Contact]] = {}
    query = sa.select(contacts).where(contacts.c.removed_at.is_(None)).order_by(contacts.c.id)
    for row in connection.execute(query):
        contact = Contact(ChannelName(row.channel), row.address, row.id, row.disabled_because)
        ways.setdefault(row.person, []).append(contact)
    order = tuple(ChannelName)
    return [
        Person(
            row.name,
            tuple(sorted(ways.get(row.name, ()), key=lambda one: order.index(one.channel))),
            row.time_zone,
            None if row.quiet_begins is None else QuietHours(row.quiet_begins, row.quiet_ends),
            row.sms_per_day,
        )
        for row in connection.execute(
            sa.select(people).where(people.c.removed_at.is_(None)).order_by(people.c.name)
        )
    ]


def write_people(
    connection: sa.Connection,
    wanted: Sequence[Person],
    removed: Collection[str],
    at: datetime,
) -> None:
    """Makes these people as they are given, and removes others; nobody else changes.

    A contact that was there before comes back as it was, disabled where it was. The deliverer sends
    nothing to one that is removed.

    Args:
        connection: The transaction.
        wanted: Those that are added or changed.
        removed: The names of those that are removed.
        at: The present (UTC).
    """
    names = [*(person.name for person in wanted), *removed]
    if not names:
        return
    for person in wanted:
        _write_person(connection, person)
    connection.execute(sa.update(people).where(people.c.name.in_(removed)).values(removed_at=at))
    kept = [
        (person.name, str(contact.channel), contact.address)
        for person in wanted
        for contact in person.contacts
    ]
    key = sa.tuple_(contacts.c.person, contacts.c.channel, contacts.c.address)
    gone = sa.and_(contacts.c.person.in_(names), contacts.c.removed_at.is_(None))
    if kept:
        gone = sa.and_(gone, key.not_in(kept))
    connection.execute(sa.update(contacts).where(gone).values(removed_at=at))


def _write_person(connection: sa.Connection, person: Person) -> None:
    quiet = person.quiet
    row: dict[str, Any] = {
        "time_zone": person.time_zone,
        "quiet_begins": quiet and quiet.begins,
        "quiet_ends": quiet and quiet.ends,
        "sms_per_day": person.sms_per_day,
        "removed_at": None,
    }
    connection.execute(
        insert(people)
        .values(name=person.name, **row)
        .on_conflict_do_update(index_elements=["name"], set_=row)
    )
    for contact in person.contacts:
        connection.execute(
            insert(contacts)
            .values(person=person.name, channel=str(contact.channel), address=contact.address)
            .on_conflict_do_update(
                index_elements=["person", "channel", "address"], set_={"removed_at": None}
            )
        )


@dataclass(frozen=True, slots=True)
class PeopleStore:
    """Reads people, and enables their contacts again.

    Attributes:
        database: Where they are.
    """

    database: Database

    def people(self) -> list[Person]:
        """As `read_people`, in a transaction of its own."""
        with self.database.transaction() as connection:
            return read_people(connection)

    def enable(self, person: str, channel: ChannelName | None = None) -> list[Contact]:
        """Sends to the person's disabled contacts again.

        Args:
            person: The person's name.
            channel: Only those of this channel; None for all.

        Returns:
            Those that were disabled.

        Raises:
            ConfigurationError: There is no such person, or nothing of theirs is disabled.
        """
        with self.database.transaction() as connection:
            found = {one.name: one for one in read_people(connection)}
            if person not in found:
                told = (
                    near(person, list(found))
                    if found
                    else "`fintech alerts apply` brings people in"
                )
                raise ConfigurationError(f"There is no person {person}; {told}.")
            disabled = [
                contact
                for contact in found[person].contacts
                if contact.disabled_because is not None and channel in (None, contact.channel)
            ]
            if not disabled:
                by = f" by {channel}" if channel else ""
                raise ConfigurationError(f"No contact of {person}{by} is disabled.")
            ids = [contact.contact_id for contact in disabled]
            connection.execute(
                sa.update(contacts)
                .where(contacts.c.id.in_(ids))
                .values(disabled_at=None, disabled_because=None)
            )
            announce(connection, [Event(Topic.PEOPLE, {"names": [person], "count": 1})])
        return disabled
