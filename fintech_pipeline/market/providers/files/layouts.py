"""Which layout a file has, told by its content, and its rows. Nothing here is set by a user.

| content | layout |
|---|---|
| starts with `PAR1` | Parquet |
| starts with `{` | JSON Lines |
| a line `yyyymmdd hh:mm` and five cells | LEAN's unadjusted days |
| anything else | CSV with a header |
"""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.providers.files.contents import (
    Contents,
    head_of,
    read_contents,
    whole_lines,
)
from fintech_pipeline.market.providers.files.csv import is_lean, parse_csv, parse_lean
from fintech_pipeline.market.providers.files.jsonl import first_object, parse_jsonl
from fintech_pipeline.market.providers.files.parquet import MAGIC, parse_parquet
from fintech_pipeline.market.providers.files.rows import SYMBOL, FileRows, column_names


def read_rows(path: Path, named: Interval | None = None) -> FileRows:
    """The rows of a file of bars in any of the layouts, gzipped or not.

    Args:
        path: The file.
        named: The interval its name tells, if any.

    Raises:
        Malformed: It is empty, damaged, or no table of bars.
        Unavailable: It cannot be read.
    """
    return parse_rows(read_contents(path), named)


def parse_rows(contents: Contents, named: Interval | None = None) -> FileRows:
    """The rows of a file's contents.

    Raises:
        Malformed: They are damaged, or no table of bars.
    """
    if contents.payload.startswith(MAGIC):
        if contents.cut:
            raise Malformed("ends too early; copy it again")
        return parse_parquet(contents.payload, named)
    start = contents.payload.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"[":
        raise Malformed("is one JSON array; write one object a line")
    if start == b"{":
        rows = parse_jsonl(whole_lines(contents), named)
    else:
        payload = whole_lines(contents)
        lean = is_lean(payload.partition(b"\n")[0])
        rows = parse_lean(payload) if lean else parse_csv(payload, named)
    return replace(rows, cut=True) if contents.cut else rows


def names_symbols(path: Path) -> bool:
    """Whether the file is a table of bars with a column that says whose each is.

    Only the file's head is read, or the footer of a Parquet file. One that cannot be read names
    no symbol.
    """
    head = head_of(path)
    try:
        if head.startswith(MAGIC):
            found = parquet.read_schema(path).names
        elif head.lstrip()[:1] == b"{":
            found = list(first_object(head) or ())
        else:
            found = head.partition(b"\n")[0].decode("utf-8", "replace").strip().split(",")
        return SYMBOL in column_names(found)
    except (Malformed, pa.ArrowException, OSError, UnicodeDecodeError):
        return False
