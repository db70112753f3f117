"""One rule or one person changed at a time, as bringing in a file would change it.

Whoever changes something says which state of it they know. That is compared in the transaction of
the change, which waits for all others: of two who change the same state one wins, and the other is
told.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.alerts.addressing import read_recipients
from fintech_pipeline.alerts.alert_store import begin
from fintech_pipeline.alerts.changes import Changes
from fintech_pipeline.alerts.channels.apprise.address import NAME, shown
from fintech_pipeline.alerts.masking import LEFT_OUT
from fintech_pipeline.alerts.people import Person
from fintech_pipeline.alerts.people_store import read_people, read_versions
from fintech_pipeline.alerts.person_definition import read_person
from fintech_pipeline.alerts.reading import Table
from fintech_pipeline.alerts.rule_definition import read_rule
from fintech_pipeline.alerts.rule_files import RuleFile, unreachable
from fintech_pipeline.alerts.rule_reading import rule_version
from fintech_pipeline.alerts.rule_store import Before, bring_in, read_definitions, read_rules
from fintech_pipeline.alerts.rules import ChannelName, Recipient
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.storage.database import Database

Agreed = Callable[[int | None], None]
"""Is given the version that is stored, None where nothing is, and raises where the editor knows
another state."""


def write_rule(
    database: Database,
    name: str,
    definition: Mapping[str, Any],
    by: str,
    at: datetime,
    agreed: Agreed,
) -> Changes:
    """Makes a rule what the definition says; it need not be there before.

    Args:
        database: Where it is.
        name: Its name.
        definition: Its keys, as in a file of rules.
        by: Who wants it so.
        at: The present (UTC).
        agreed: Whether the state that is stored is the one that is meant to change.

    Raises:
        ConfigurationError: A sentence, on a line of its own, for each mistake.
        StorageError: The database refused or is away; nothing was changed.
    """
    with database.transaction() as connection:
        begin(connection)
        agreed(rule_version(connection, name))
        rule, mistakes = read_rule(f"Rule {name}", name, definition)
        mistakes += _unreachable(f"Rule {name}", definition, read_people(connection))
        if rule is None or mistakes:
            raise ConfigurationError("\n".join(mistakes))
        before = Before(definitions=read_definitions(connection, name))
        return bring_in(connection, before, RuleFile((), (rule,)), by, at)


def remove_rule(database: Database, name: str, by: str, at: datetime, agreed: Agreed) -> Changes:
    """Removes a rule; its open alerts end. Nothing changes where it is not there.

    Args:
        database: Where it is.
        name: Its name.
        by: Who wants it so.
        at: The present (UTC).
        agreed: As of `write_rule`.

    Raises:
        StorageError: The database refused or is away; nothing was changed.
    """
    with database.transaction() as connection:
        begin(connection)
        agreed(rule_version(connection, name))
        before = Before(definitions=read_definitions(connection, name))
        return bring_in(connection, before, RuleFile((), ()), by, at)


def write_person(
    database: Database,
    name: str,
    definition: Mapping[str, Any],
    by: str,
    at: datetime,
    agreed: Agreed,
) -> Changes:
    """Makes a person what the definition says; they need not be there before.

    An Apprise address that is written as it is shown, `ntfy://…`, means the one that is stored. One
    that names a variable is only kept, never new: it would have the deliverer send what its
    environment holds, the database's password too, to wherever the address says.

    Args:
        database: Where they are.
        name: Their name.
        definition: Their keys, as in a file of people.
        by: Who wants it so.
        at: The present (UTC).
        agreed: As of `write_rule`.

    Raises:
        ConfigurationError: A sentence, on a line of its own, for each mistake; also that a rule
            tells them by a way that they would not have any more.
        StorageError: The database refused or is away; nothing was changed.
    """
    with database.transaction() as connection:
        begin(connection)
        agreed(read_versions(connection).get(name))
        stored = _person(connection, name)
        whole, hidden = _unmasked(f"Person {name}", definition, stored.get(name))
        person, mistakes = read_person(f"Person {name}", name, whole)
        mistakes += hidden
        if person is not None:
            mistakes += _left_alone(connection, name, [person])
            mistakes += _borrowed(f"Person {name}", person, stored.get(name))
        if person is None or mistakes:
            raise ConfigurationError("\n".join(mistakes))
        return bring_in(connection, Before(stored), RuleFile((person,), ()), by, at)


def remove_person(database: Database, name: str, by: str, at: datetime, agreed: Agreed) -> Changes:
    """Removes a person whom no rule tells. Nothing changes where they are not there.

    Args:
        database: Where they are.
        name: Their name.
        by: Who wants it so.
        at: The present (UTC).
        agreed: As of `write_rule`.

    Raises:
        ConfigurationError: Rules tell them, a sentence for each.
        StorageError: The database refused or is away; nothing was changed.
    """
    with database.transaction() as connection:
        begin(connection)
        agreed(read_versions(connection).get(name))
        if named := sorted(rule for rule, _ in _telling(connection, name)):
            raise ConfigurationError(
                f"{name} is told by {', '.join(named[:5])}{' and others' if named[5:] else ''};"
                " take them out of notify there first."
            )
        return bring_in(connection, Before(_person(connection, name)), RuleFile((), ()), by, at)


def _person(connection: sa.Connection, name: str) -> dict[str, Person]:
    return {one.name: one for one in read_people(connection) if one.name == name}


def _unreachable(where: str, definition: Mapping[str, Any], people: Sequence[Person]) -> list[str]:
    names = [one.name for one in people]
    return [
        told
        # Its own mistakes are told by whoever reads the rule.
        for recipient in read_recipients(Table(where, definition))
        for told in unreachable(where, recipient, people, names)
    ]


def _telling(connection: sa.Connection, person: str) -> list[tuple[str, Recipient]]:
    """The rules that tell the person, and how."""
    return [
        (one.rule.name, recipient)
        for one in read_rules(connection)
        for recipient in one.rule.recipients
        if recipient.person == person
    ]


def _left_alone(connection: sa.Connection, name: str, people: Sequence[Person]) -> list[str]:
    """Which rules tell the person by a way that there is not any more."""
    return [
        told
        for rule, recipient in _telling(connection, name)
        for told in unreachable(f"Rule {rule}", recipient, people, [name])
    ]


def _unmasked(
    where: str, definition: Mapping[str, Any], stored: Person | None
) -> tuple[dict[str, Any], list[str]]:
    """The definition with the Apprise addresses that are written as they are shown."""
    key = str(ChannelName.APPRISE)
    written = definition.get(key)
    texts = [written] if isinstance(written, str) else written
    if not isinstance(texts, list) or not any(_is_masked(one) for one in texts):
        return dict(definition), []
    known = [
        one.address
        for one in (stored.contacts if stored else ())
        if one.channel is ChannelName.APPRISE and one.address not in texts
    ]
    found, mistakes = [], []
    counts = Counter(one for one in texts if _is_masked(one))
    for mask, count in counts.items():
        meant = [one for one in known if shown(one) == mask]
        if len(meant) != count:
            mistakes.append(
                f"{where}: apprise: {mask} stands {count} times and {len(meant)} such addresses are"
                " stored; write the address whole, or leave it out."
            )
        found += meant
    rest = [one for one in texts if not _is_masked(one)]
    return {**definition, key: [*rest, *found] or texts}, mistakes


def _borrowed(where: str, person: Person, stored: Person | None) -> list[str]:
    """The variables that new Apprise addresses name."""
    known = {one.address for one in stored.contacts} if stored else set()
    return [
        f"{where}: apprise names the variable {named.group()}; write such an address in a file for"
        " `fintech alerts apply`, as only whoever sets variables may say where they are sent."
        for one in person.contacts
        if one.channel is ChannelName.APPRISE and one.address not in known
        for named in NAME.finditer(one.address)
    ]


def _is_masked(text: object) -> bool:
    return isinstance(text, str) and text.endswith(LEFT_OUT)
