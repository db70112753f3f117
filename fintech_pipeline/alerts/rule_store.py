"""Rules in Postgres, and files of rules brought in."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from fintech_pipeline.alerts import person_definition, rule_definition
from fintech_pipeline.alerts.alert_store import begin
from fintech_pipeline.alerts.changes import Change, Changes, difference
from fintech_pipeline.alerts.ending import Turn, end_alerts_of_rules, ending_alerts
from fintech_pipeline.alerts.people import Person
from fintech_pipeline.alerts.people_store import read_people, write_people
from fintech_pipeline.alerts.person_definition import definition_of_person
from fintech_pipeline.alerts.rule_definition import definition_of, read_rule
from fintech_pipeline.alerts.rule_files import RuleFile
from fintech_pipeline.alerts.rules import Rule, StoredRule
from fintech_pipeline.alerts.tables import alert_rules, contacts
from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.events import Event, Topic, announce

MOST_NAMED = 100
"""Where more change at once, those who follow live are told how many."""
_logger = logging.getLogger(__name__)


def read_rules(connection: sa.Connection) -> list[StoredRule]:
    """The rules that there are, also those that are switched off, the oldest first.

    One that can't be read, as after a downgrade, is left out and logged; the others go on.
    """
    found, unreadable = stored_rules(connection)
    for told in unreadable.values():
        _logger.warning("%s It is not looked at.", told)
    return found


def stored_rules(connection: sa.Connection) -> tuple[list[StoredRule], dict[str, str]]:
    """The rules that can be read, the oldest first; and why others can't be, by name."""
    query = (
        sa.select(
            alert_rules.c.id,
            alert_rules.c.name,
            alert_rules.c.version,
            sa.cast(alert_rules.c.definition, sa.Text).label("text"),
        )
        .where(alert_rules.c.removed_at.is_(None))
        .order_by(alert_rules.c.id)
    )
    found, unreadable = [], {}
    for row in connection.execute(query):
        rule, mistakes = _read(row.name, row.text)
        if rule is None:
            unreadable[row.name] = " ".join(mistakes)
        else:
            found.append(StoredRule(row.id, row.version, rule))
    return found, unreadable


# Ten thousand rules are read again with every decision, and hardly ever change.
@lru_cache(maxsize=20_000)
def _read(name: str, text: str) -> tuple[Rule | None, tuple[str, ...]]:
    rule, mistakes = read_rule(f"The stored rule {name}", name, json.loads(text))
    return rule, tuple(mistakes)


@dataclass(frozen=True, slots=True)
class RuleStore:
    """Brings files of people and rules in.

    Attributes:
        database: Where they are.
    """

    database: Database

    def rules(self) -> list[StoredRule]:
        """As `read_rules`, in a transaction of its own."""
        with self.database.transaction() as connection:
            return read_rules(connection)

    def apply(self, file: RuleFile, by: str, at: datetime, *, dry_run: bool = False) -> Changes:
        """Makes what is stored what the file says, all of it or nothing.

        What the file does not name is removed, and its open alerts end; a name that comes back is
        the same rule or person again. Applying a file twice changes nothing the second time.

        Args:
            file: The people and rules.
            by: Who wants it so.
            at: The present (UTC).
            dry_run: Only tells what would change.

        Raises:
            StorageError: The database refused or is away; nothing was changed.
        """
        with self.database.transaction() as connection:
            begin(connection)
            people = {one.name: one for one in read_people(connection)}
            before = Before(people, read_definitions(connection))
            return bring_in(connection, before, file, by, at, dry_run=dry_run)


@dataclass(frozen=True, slots=True)
class Before:
    """What is stored of the people and rules that a change is about; others stay as they are.

    Attributes:
        people: The people, by name.
        definitions: The definitions of the rules, by name.
    """

    people: Mapping[str, Person] = field(default_factory=dict)
    definitions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def bring_in(
    connection: sa.Connection,
    before: Before,
    file: RuleFile,
    by: str,
    at: datetime,
    *,
    dry_run: bool = False,
) -> Changes:
    """Makes what was there before what the file says, and announces it.

    Args:
        connection: The transaction, which has begun (`alert_store.begin`).
        before: What the file is the whole truth about.
        file: The people and rules.
        by: Who wants it so.
        at: The present (UTC).
        dry_run: Only tells what would change.
    """
    plan = _plan(connection, before, file, by)
    if plan.changes and not dry_run:
        _carry_out(connection, plan, file, at)
    return plan.changes


def read_definitions(
    connection: sa.Connection, name: str | None = None
) -> dict[str, Mapping[str, Any]]:
    """The definitions of the rules that there are, by name, also of those that can't be read.

    Args:
        connection: The transaction.
        name: Only that of this rule; None for all.
    """
    query = sa.select(alert_rules.c.name, alert_rules.c.definition).where(
        alert_rules.c.removed_at.is_(None)
    )
    if name is not None:
        query = query.where(alert_rules.c.name == name)
    return {row.name: row.definition for row in connection.execute(query.order_by("name"))}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a file changes, and the rules that begin anew or are gone."""

    changes: Changes
    anew: tuple[str, ...]


def _plan(connection: sa.Connection, before: Before, file: RuleFile, by: str) -> _Plan:
    definitions = before.definitions
    of_people = difference(
        "person",
        person_definition.KEYS,
        {name: _comparable(one) for name, one in before.people.items()},
        {one.name: _comparable(one) for one in file.people},
    )
    of_rules = difference(
        "rule",
        rule_definition.KEYS,
        definitions,
        {rule.name: definition_of(rule) for rule in file.rules},
    )
    turns = _turns(of_rules, definitions, file.rules)
    ended = tuple(ending_alerts(connection, turns, by))
    anew = tuple(name for name, turn in turns.items() if turn.ends_all())
    return _Plan(Changes((*of_people, *of_rules), ended, _hints(connection, file.people)), anew)


def _carry_out(connection: sa.Connection, plan: _Plan, file: RuleFile, at: datetime) -> None:
    of_people = {one.name: one.did for one in plan.changes.changes if one.kind == "person"}
    gone = [name for name, did in of_people.items() if did == "removed"]
    write_people(connection, [one for one in file.people if one.name in of_people], gone, at)
    of_rules = {one.name: one.did for one in plan.changes.changes if one.kind == "rule"}
    gone = [name for name, did in of_rules.items() if did == "removed"]
    _write_rules(connection, [one for one in file.rules if one.name in of_rules], gone, at)
    end_alerts_of_rules(connection, plan.changes.ended, plan.anew, at)
    # By kind: a file of ten thousand rules is one event of them all.
    for topic, kind in ((Topic.PEOPLE, "person"), (Topic.RULES, "rule")):
        names = sorted(one.name for one in plan.changes.changes if one.kind == kind)
        if names:
            told = {"names": names if len(names) <= MOST_NAMED else None, "count": len(names)}
            announce(connection, [Event(topic, told)])


def _comparable(person: Person) -> dict[str, Any]:
    """The definition, whose addresses have no order."""
    return {
        key: sorted(value) if isinstance(value, list) else value
        for key, value in definition_of_person(person).items()
    }


def _turns(
    changes: Sequence[Change], definitions: Mapping[str, Mapping[str, Any]], rules: Sequence[Rule]
) -> dict[str, Turn]:
    """What becomes of each rule that was there and changes or goes."""
    after = {rule.name: rule for rule in rules}
    return {
        one.name: Turn(read_rule("", one.name, definitions[one.name])[0], after.get(one.name))
        for one in changes
        if one.name in definitions
    }


def _write_rules(
    connection: sa.Connection, wanted: Sequence[Rule], removed: Sequence[str], at: datetime
) -> None:
    statement = insert(alert_rules)
    changed = {
        "definition": statement.excluded.definition,
        "changed_at": at,
        "version": alert_rules.c.version + 1,
        "removed_at": None,
    }
    rows = [
        {"name": rule.name, "definition": definition_of(rule), "changed_at": at} for rule in wanted
    ]
    if rows:
        connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_=changed), rows
        )
    connection.execute(
        sa.update(alert_rules)
        .where(alert_rules.c.name.in_(removed))
        .values(removed_at=at, version=alert_rules.c.version + 1)
    )


def _hints(connection: sa.Connection, wanted: Sequence[Person]) -> tuple[str, ...]:
    """That a contact is and stays disabled, and how to enable it."""
    kept = {
        (person.name, str(contact.channel), contact.address)
        for person in wanted
        for contact in person.contacts
    }
    query = sa.select(contacts).where(contacts.c.disabled_because.is_not(None))
    return tuple(
        f"{row.person} gets nothing by {row.channel}: {row.disabled_because.rstrip('.')}."
        f" `fintech alerts enable {row.person} --channel {row.channel}` sends there again."
        for row in connection.execute(query.order_by(contacts.c.id))
        if (row.person, row.channel, row.address) in kept
    )
