"""Bars as CSV: with a header in any order, or LEAN's headerless unadjusted days. Pure."""

import io
import re
from csv import Error, reader
from typing import Literal

import pyarrow as pa
from pyarrow import csv

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
from fintech_pipeline.market.providers.files.times import OFFSET_TIME

LEAN_SCALE = 10_000.0
"""LEAN writes a dollar of an equity's price as 10,000."""
_LEAN_ROW = re.compile(rb"\d{8} \d\d:\d\d(,[^,]*){5}\s*")
_OFFSET = re.compile(OFFSET_TIME)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_QUOTED = 60


def is_lean(first_line: bytes) -> bool:
    """Whether the line starts `yyyymmdd hh:mm` and goes on with five cells, as LEAN's rows do."""
    return _LEAN_ROW.fullmatch(first_line) is not None


def parse_csv(payload: bytes, named: Interval | None = None) -> FileRows:
    """The rows of a CSV with a header; columns of other names are ignored.

    Args:
        payload: Valid UTF-8.
        named: The interval the file's name tells, if any.

    Raises:
        Malformed: A column is missing, the text is no table, times lack their offset, or the rows
            are of no interval we know.
    """
    # No cell of a bar needs quotes, and one quote too many would swallow the rows up to the next.
    payload = payload.replace(b'"', b"")
    header, _, body = payload.partition(b"\n")
    found = [name.strip("\r") for name in header.decode().split(",")]
    require_commas(header)
    names = column_names(found)
    skipped: list[str] = []
    first = body.lstrip().partition(b"\n")[0].decode("utf-8", "replace").split(",")
    place = found.index(names[TIME])
    label = first[place].strip() if place < len(first) else ""
    table = _typed(payload, names, _type_of(label), None, skipped)
    return rows_of(table, skipped, named)


def parse_lean(payload: bytes) -> FileRows:
    """The rows of LEAN's daily layout: unadjusted, prices times 10,000, no header.

    Raises:
        Malformed: The text is no table, or its times are not all midnights: LEAN writes the hours
            of a day in the exchange's time, which has no offset.
    """
    names = {name: name for name in (TIME, *NUMBERS)}
    skipped: list[str] = []
    table = _typed(payload, names, pa.string(), list(names), skipped)
    rows = rows_of(table, skipped, Interval.DAY, LEAN_SCALE)
    return FileRows(rows.bars, None, rows.unreadable, rows.example, unadjusted=True)


def text_table(payload: bytes, skipped: list[str]) -> pa.Table:
    """All columns of a CSV with a header, as text; quoted cells may hold lines and commas.

    Args:
        payload: Valid UTF-8.
        skipped: Takes the start of each row with a wrong number of cells.

    Raises:
        Malformed: The text is no table.
    """
    header = payload.partition(b"\n")[0].partition(b"\r")[0]
    require_commas(header)
    try:
        # A folder may hold thousands of files, and Arrow takes long for a header.
        columns = next(reader([header.decode()]), [])
        return _read(payload, _as_text(columns), skipped, None, quoted=True)
    except (Error, pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise Malformed("is no table") from error


def require_commas(header: bytes) -> None:
    """Refuses a table whose cells are separated by something else, as in half of Europe.

    Raises:
        Malformed: The header has semicolons or tabs and no comma.
    """
    if b"," not in header and (b";" in header or b"\t" in header):
        told = "semicolons" if b";" in header else "tabs"
        raise Malformed(
            f"separates its cells by {told}; write commas, and points in decimal numbers"
        )


def _as_text(columns: list[str]) -> csv.ConvertOptions:
    return csv.ConvertOptions(
        column_types=dict.fromkeys(columns, pa.string()), include_columns=columns
    )


def _type_of(label: str) -> pa.DataType:
    """What the time column is, judged by its first cell."""
    if _OFFSET.fullmatch(label):
        return pa.timestamp("us", "UTC")
    return pa.date32() if _ISO_DATE.fullmatch(label) else pa.string()


def _typed(
    payload: bytes,
    names: dict[str, str],
    time_type: pa.DataType,
    header: list[str] | None,
    skipped: list[str],
) -> pa.Table:
    """The columns under our names: typed where every cell allows it, else all of them as text."""
    ours = list(names)
    kinds = {TIME: time_type, SYMBOL: pa.string(), **dict.fromkeys(NUMBERS, pa.float64())}
    options = csv.ConvertOptions(
        column_types={theirs: kinds[mine] for mine, theirs in names.items()},
        include_columns=list(names.values()),
    )
    try:
        return _read(payload, options, skipped, header).rename_columns(ours)
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        skipped.clear()
    try:
        options = _as_text(list(names.values()))
        return _read(payload, options, skipped, header).rename_columns(ours)
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise Malformed("is no table of bars") from error


def _read(
    payload: bytes,
    options: csv.ConvertOptions,
    skipped: list[str],
    names: list[str] | None,
    quoted: bool = False,
) -> pa.Table:
    def skip(row: csv.InvalidRow) -> Literal["skip"]:
        skipped.append(str(row.text)[:_QUOTED])
        return "skip"

    if not payload.endswith(b"\n"):
        payload += b"\n"
    return csv.read_csv(
        io.BytesIO(payload),
        # Files are small: threads would cost more than they bring. One block takes any cell.
        read_options=csv.ReadOptions(
            use_threads=False, column_names=names, block_size=max(len(payload) + 1, 1 << 16)
        ),
        parse_options=csv.ParseOptions(
            invalid_row_handler=skip,
            quote_char='"' if quoted else False,
            newlines_in_values=quoted,
        ),
        convert_options=options,
    )
