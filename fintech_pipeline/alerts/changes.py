"""What a file of rules changes of what is stored. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LACKING = None
"""The value of a key that is not written."""


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One key that changes.

    Attributes:
        key: Its name.
        old: What it was; None where it was not written.
        new: What it becomes; None where it is not written any more.
    """

    key: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One person or rule that changes.

    Attributes:
        kind: `person` or `rule`.
        name: Its name.
        did: `added`, `changed` or `removed`.
        keys: Those that differ; all that are written where it is added, none where it is removed.
    """

    kind: str
    name: str
    did: str
    keys: tuple[KeyChange, ...] = ()


@dataclass(frozen=True, slots=True)
class EndedAlert:
    """An open alert that ends because its rule does, or is about something else.

    Attributes:
        alert_id: Its number.
        rule: Its rule's name.
        subject: Its subject.
        reason: Why, a sentence.
    """

    alert_id: int
    rule: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Changes:
    """All that a file changes.

    Attributes:
        changes: People first, in the order of the file; what is removed comes last.
        ended: The alerts that end with it.
        hints: What a person may want to do, a sentence each.
    """

    changes: tuple[Change, ...]
    ended: tuple[EndedAlert, ...] = ()
    hints: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    def count(self, kind: str, did: str) -> int:
        """How many people or rules were added, changed or removed."""
        return sum(one.kind == kind and one.did == did for one in self.changes)

    def sentence(self) -> str:
        """How much changes, a sentence."""
        if not self.changes:
            return "Nothing changes; what is stored is what the file says."
        parts = [
            f"{count} {one if count == 1 else many} {did}"
            for one, many in (("person", "people"), ("rule", "rules"))
            for did in ("added", "changed", "removed")
            if (count := self.count(one, did))
        ]
        if self.ended:
            parts.append(f"{len(self.ended)} open alert{'' if len(self.ended) == 1 else 's'} ended")
        return f"{', '.join(parts)}."


def difference(
    kind: str,
    order: Sequence[str],
    stored: Mapping[str, Mapping[str, Any]],
    wanted: Mapping[str, Mapping[str, Any]],
) -> list[Change]:
    """What it takes to get from one to the other.

    Args:
        kind: `person` or `rule`.
        order: The keys in the order in which they are told; others come last.
        stored: The definition of each by its name, as it is.
        wanted: The same as it shall be.
    """
    found = []
    for name, new in wanted.items():
        old = stored.get(name)
        keys = _keys(order, old or {}, new)
        if old is None:
            found.append(Change(kind, name, "added", keys))
        elif keys:
            found.append(Change(kind, name, "changed", keys))
    found += [Change(kind, name, "removed") for name in stored if name not in wanted]
    return found


def _keys(
    order: Sequence[str], old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[KeyChange, ...]:
    others = [key for key in (*old, *new) if key not in order]
    return tuple(
        KeyChange(key, old.get(key, LACKING), new.get(key, LACKING))
        for key in (*order, *dict.fromkeys(others))
        if old.get(key, LACKING) != new.get(key, LACKING)
    )
