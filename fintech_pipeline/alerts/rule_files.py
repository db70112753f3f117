"""Files of people and rules: TOML, checked as a whole; every mistake is told at once."""

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fintech_pipeline.alerts.addressing import read_recipients
from fintech_pipeline.alerts.people import Person
from fintech_pipeline.alerts.person_definition import read_person
from fintech_pipeline.alerts.reading import Table, near, short
from fintech_pipeline.alerts.rule_definition import read_rule
from fintech_pipeline.alerts.rules import Recipient, Rule
from fintech_pipeline.errors import ConfigurationError

T = TypeVar("T")

MOST_BYTES = 20_000_000
"""Ten thousand rules take a fifth of it."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """What a file says.

    Attributes:
        people: Everybody who can be told, in the file's order.
        rules: Every rule, in the file's order; whom they tell is among the people.
    """

    people: tuple[Person, ...]
    rules: tuple[Rule, ...]


def read_rule_file(path: Path) -> RuleFile:
    """The people and rules in a TOML file, which may begin with a byte order mark.

    Raises:
        ConfigurationError: A sentence, on a line of its own, for each mistake: file, rule or
            person, key, and what to write instead.
    """
    return rule_file_of(path.name, _tree(path))


def rule_file_of(name: str, tree: Mapping[str, Any]) -> RuleFile:
    """The people and rules in what a TOML file holds.

    Args:
        name: The file's, for sentences.
        tree: Its tables.

    Raises:
        ConfigurationError: As of `read_rule_file`.
    """
    if not tree:
        raise ConfigurationError(
            f"{name} is empty; write a person, [people.NAME], and a rule, [rules.NAME]."
        )
    top = Table(name, tree)
    top.only(("people", "rules"))
    mistakes = top.mistakes
    people = _all(name, tree, "people", "person", read_person, mistakes)
    rules = _all(name, tree, "rules", "rule", read_rule, mistakes)
    named = _tables(tree, "people")
    for rule, definition in _tables(tree, "rules").items():
        where = f"{name}, rule {rule}"
        # Also of a rule with other mistakes, which are told already.
        table = Table(where, definition if isinstance(definition, dict) else {})
        for recipient in read_recipients(table):
            mistakes += unreachable(where, recipient, people, named)
    if mistakes:
        raise ConfigurationError("\n".join(mistakes))
    return RuleFile(tuple(people), tuple(rules))


def _tables(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = tree.get(key)
    return found if isinstance(found, dict) else {}


def _all(
    file: str,
    tree: Mapping[str, Any],
    key: str,
    word: str,
    read: Callable[[str, str, Mapping[str, Any]], tuple[T | None, list[str]]],
    mistakes: list[str],
) -> list[T]:
    """Everything under one of the two tables that can be read; the rest are mistakes."""
    if not isinstance(tree.get(key, {}), dict):
        mistakes.append(f"{file}: {key} must be tables like [{key}.NAME].")
    found = []
    for name, definition in _tables(tree, key).items():
        where = f"{file}, {word} {name}"
        if not isinstance(definition, dict):
            mistakes.append(f"{where}: it must be a table, which begins with [{key}.{name}].")
            continue
        one, wrong = read(where, name, definition)
        mistakes += wrong
        if one is not None:
            found.append(one)
    return found


def unreachable(
    where: str, recipient: Recipient, people: Sequence[Person], named: Collection[str]
) -> list[str]:
    """Why the recipient can't be told; a person that could not be read is told of already.

    Args:
        where: How a sentence about it begins.
        recipient: Whom a rule names.
        people: Everybody who can be told.
        named: The names of all that there are, read or not.
    """
    if recipient.person not in named:
        known = list(named)
        told = near(recipient.person, known) if known else "write [people.NAME] first"
        return [f"{where}: notify names {short(recipient.person)}, who is not there; {told}."]
    person = next((one for one in people if one.name == recipient.person), None)
    if person is None:
        return []
    ways = sorted({str(contact.channel) for contact in person.contacts})
    return [
        f"{where}: notify names {person.name} by {channel}, but {person.name} has only"
        f" {', '.join(ways)}; write {channel} = … under [people.{person.name}]."
        for channel in recipient.channels
        if channel not in ways
    ]


def _tree(path: Path) -> dict[str, Any]:
    try:
        # A pipe or a device would be read for ever.
        if path.exists() and not path.is_file():
            raise ConfigurationError(f"{path} is not a file; name a TOML file of rules.")
        if path.stat().st_size > MOST_BYTES:
            raise ConfigurationError(f"{path} is too large for a file of rules (20 MB at most).")
        # Some editors begin a file with a mark, which TOML does not know.
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigurationError(f"There is no file {path}.") from None
    except OSError as error:
        raise ConfigurationError(f"{path} can't be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not UTF-8 text; save it as UTF-8.") from None
    # Also a number of so many digits that Python reads none such.
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path.name} is not valid TOML: {error}.") from None
