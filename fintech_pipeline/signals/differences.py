"""In which fields two versions of a signal differ, to the last bit. Pure.

Numbers are compared by what they are: 1 and 1.0 are the same, 0.3 and the next double above it
are not, and of a number in JSON every digit counts.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

CONTENT = ("price", "change_pct", "score", "action", "confidence", "components", "inputs")
"""What a signal says, as columns."""
JSON_COLUMNS = frozenset({"components", "inputs"})
_NAMES = {"components": "name", "articles": "article_id"}
"""What the entries of a list are called by, so that one more or less does not shift the others."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that came out otherwise.

    Attributes:
        field: Its path, such as `score` or `components.momentum.value`.
        stored: What it was; None where it was not there.
        again: What it is now; None where it is not there.
    """

    field: str
    stored: Any
    again: Any


@dataclass(frozen=True, slots=True)
class Differing:
    """A signal that came out otherwise.

    Attributes:
        symbol: Our symbol.
        slot_at: The slot it judges (UTC).
        strategy: The strategy's label.
        revision: Of the stored signal; None where none was looked at.
        differences: Its fields that differ.
        because: What it is likely to come from, as a sentence; None where nothing is seen.
    """

    symbol: str
    slot_at: datetime
    strategy: str
    revision: int | None
    differences: tuple[Difference, ...]
    because: str | None = None


def differences(
    stored: Mapping[str, object], again: Mapping[str, object]
) -> tuple[Difference, ...]:
    """The fields that differ between two rows with the columns of `CONTENT`; JSON comes as text."""
    found: list[Difference] = []
    for column in CONTENT:
        one, two = stored[column], again[column]
        if column in JSON_COLUMNS:
            one, two = _parsed(one), _parsed(two)
        found += _between(column, one, two)
    return tuple(found)


def _parsed(text: object) -> object:
    return json.loads(str(text), parse_float=Decimal, parse_int=Decimal)


def _between(field: str, one: object, two: object) -> Iterator[Difference]:
    if isinstance(one, list) and isinstance(two, list):
        name = _NAMES.get(field.rpartition(".")[2])
        if name is not None:
            one, two = _by(name, one), _by(name, two)
        else:
            one, two = dict(enumerate(one)), dict(enumerate(two))
    if isinstance(one, dict) and isinstance(two, dict):
        for key in dict.fromkeys((*one, *two)):
            yield from _between(f"{field}.{key}", one.get(key), two.get(key))
        shared = [key for key in one if key in two], [key for key in two if key in one]
        if _ordered(field) and shared[0] != shared[1]:
            yield Difference(f"{field} (order)", *(list(map(str, keys)) for keys in shared))
    elif isinstance(one, bool) != isinstance(two, bool) or one != two:
        yield Difference(field, _plain(one), _plain(two))


def _ordered(field: str) -> bool:
    """Whether the field is a list, whose order is part of what it says."""
    return field.rpartition(".")[2] in _NAMES


def _by(name: str, entries: Sequence[Any]) -> dict[str, Any]:
    return {str(entry.get(name, place)): entry for place, entry in enumerate(entries)}


def _plain(value: object) -> object:
    """As JSON and Python have it; a number that no double can hold stays its digits."""
    if isinstance(value, Decimal):
        number = float(value)
        return number if Decimal(repr(number)) == value else str(value)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value


def told(differing: Sequence[Differing], most: int) -> list[tuple[str, ...]]:
    """The first differences as texts: symbol, slot, strategy, field, stored, again."""
    rows: list[tuple[str, ...]] = [
        (
            one.symbol,
            f"{one.slot_at:%Y-%m-%d %H:%MZ}",
            one.strategy,
            difference.field.removeprefix("components.").removeprefix("inputs."),
            _text(difference.stored),
            _text(difference.again),
        )
        for one in differing[:most]
        for difference in one.differences
    ]
    return rows[:most]


def _text(value: object) -> str:
    if value is None:
        return "none"
    # In all their digits: two numbers may differ in the last one.
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
