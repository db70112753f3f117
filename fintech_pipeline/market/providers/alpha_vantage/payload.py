"""What an Alpha Vantage answer is made of: an object, a table, numbers and dates. Pure.

The vendor writes every number as a text and every missing one as "None", "-" or nothing. A single
value that cannot be read becomes NaN or NaT: what is screened afterwards tells of it, and the rest
of the answer is kept. What has not the documented shape at all is `Malformed`. The texts of these
errors are predicates; whoever catches them puts the vendor and the symbol before them.
"""

import csv
import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from fintech_pipeline.errors import Malformed

LARGEST = 20_000_000
"""Bytes of an answer that are read; a month of half hours has some 40 kB."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)
_LONGEST_NUMBER = 40

Object = Mapping[str, Any]


def text_of(payload: bytes) -> str:
    """The payload as text.

    Raises:
        Malformed: It is empty, far too large, no UTF-8, or a web page.
    """
    if len(payload) > LARGEST:
        raise Malformed(f"is {len(payload):,} bytes long, far more than such an answer has")
    try:
        text = payload.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise Malformed("is not UTF-8 text") from None
    if not text:
        raise Malformed("is empty")
    if text.startswith("<"):
        raise Malformed("is a web page")
    return text


def is_json(payload: bytes) -> bool:
    """Whether the payload is meant to be JSON rather than CSV.

    Raises:
        Malformed: It is neither.
    """
    return text_of(payload).startswith(("{", "["))


def json_object(payload: bytes) -> Object:
    """The payload as a JSON object. NaN and numbers beyond all bounds become what they are.

    Raises:
        Malformed: It is no JSON, cut, nested too deeply, or no object.
    """
    text = text_of(payload)
    try:
        # Python refuses integers of thousands of digits with a long text of its own.
        tree = json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        raise Malformed("is not intact JSON") from None
    if not isinstance(tree, dict):
        raise Malformed("is no JSON object")
    return tree


def object_in(tree: Object, key: str) -> Object:
    """The object under a key.

    Raises:
        Malformed: There is none.
    """
    found = tree.get(key)
    if not isinstance(found, dict):
        raise Malformed(f"has no {key!r}")
    return found


def rows_in(tree: Object, key: str) -> Sequence[Object]:
    """The objects in the list under a key; an entry that is no object counts as an empty one.

    Raises:
        Malformed: There is no list.
    """
    found = tree.get(key)
    if not isinstance(found, list):
        raise Malformed(f"has no list {key!r}")
    return [row if isinstance(row, dict) else {} for row in found]


def csv_rows(payload: bytes, columns: Sequence[str]) -> list[list[str]]:
    """The cells of a CSV under these columns, in this order; a row that is too short has blanks.

    Raises:
        Malformed: It is no table, or a column is missing or there twice.
    """
    try:
        lines = list(csv.reader(text_of(payload).splitlines()))
    except csv.Error:
        raise Malformed("is no table") from None
    header = [name.strip().casefold() for name in lines[0]]
    lacking = [name for name in columns if header.count(name) != 1]
    if lacking:
        raise Malformed(f"lacks a column {', '.join(lacking)}")
    places = [header.index(name) for name in columns]
    return [
        [cells[place] if place < len(cells) else "" for place in places]
        for cells in lines[1:]
        if cells
    ]


def number(value: object) -> float:
    """The value as a number; NaN where it is none."""
    if isinstance(value, str):
        text = value.strip()
        legible = len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text)
        return float(text) if legible else math.nan
    # JSON's true is no number, though Python's is.
    return value if isinstance(value, float) else math.nan


def day(value: object) -> date | None:
    """The value as a date `YYYY-MM-DD`; None where it is none."""
    if not isinstance(value, str) or not _DATE.fullmatch(value.strip()):
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None


def wall_clock(value: object) -> datetime | None:
    """The value `YYYY-MM-DD HH:MM:SS` as a time of day without a zone; None where it is none."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value.strip()):
        return None
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        return None
