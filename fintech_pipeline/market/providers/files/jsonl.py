"""Bars as JSON Lines: an object a bar. Pure."""

import io
import json
from typing import Any

import pyarrow as pa
from pyarrow import json as arrow_json

from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.providers.files.rows import (
    NUMBERS,
    SYMBOL,
    TIME,
    FileRows,
    column_names,
    rows_of,
)

_QUOTED = 60


def first_object(payload: bytes) -> dict[str, Any] | None:
    """The object of the first line that holds one among the first hundred; None if none does."""
    for line in payload.split(b"\n", 100)[:100]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None


def parse_jsonl(payload: bytes, named: Interval | None = None) -> FileRows:
    """The rows of a file of objects; fields of other names are ignored.

    Args:
        payload: Valid UTF-8.
        named: The interval the file's name tells, if any.

    Raises:
        Malformed: A field is missing, no line is an object, times lack their offset, or the rows
            are of no interval we know.
    """
    first = first_object(payload)
    if first is None:
        raise Malformed("is no table of bars: write one JSON object a line")
    names = column_names(first)
    skipped: list[str] = []
    table = _typed(payload, names, first)
    return rows_of(_texts(payload, names, skipped) if table is None else table, skipped, named)


def _typed(payload: bytes, names: dict[str, str], first: dict[str, Any]) -> pa.Table | None:
    """The fields as columns; None where a line is broken or a field changes its type."""
    # Never a timestamp: Arrow's JSON reader would take a time without an offset for UTC.
    number = isinstance(first[names[TIME]], int | float)
    kinds = {TIME: pa.float64() if number else pa.string(), SYMBOL: pa.string()}
    kinds.update(dict.fromkeys(NUMBERS, pa.float64()))
    schema = pa.schema([(theirs, kinds[ours]) for ours, theirs in names.items()])
    try:
        table = arrow_json.read_json(
            io.BytesIO(payload),
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(payload) + 1),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowInvalid:
        return None
    return table.select(list(names.values())).rename_columns(list(names))


def _texts(payload: bytes, names: dict[str, str], skipped: list[str]) -> pa.Table:
    """The fields as text, line by line: no vectorised reader passes over a broken line."""
    columns: dict[str, list[str]] = {ours: [] for ours in names}
    for line in payload.splitlines():
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            skipped.append(line[:_QUOTED].decode("utf-8", "replace"))
            continue
        for ours, theirs in names.items():
            cell = found.get(theirs)
            columns[ours].append("" if cell is None else str(cell))
    return pa.table({ours: pa.array(cells, pa.string()) for ours, cells in columns.items()})
