"""Bars as Parquet: the same columns, for one symbol or with a column that names it. Pure."""

import pyarrow as pa
from pyarrow import parquet

from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.providers.files.rows import FileRows, column_names, rows_of

MAGIC = b"PAR1"


def parse_parquet(payload: bytes, named: Interval | None = None) -> FileRows:
    """The rows of a Parquet file; columns of other names are ignored.

    Args:
        payload: The file.
        named: The interval the file's name tells, if any.

    Raises:
        Malformed: The file is damaged, a column is missing or of a wrong type, times lack their
            offset, or the rows are of no interval we know.
    """
    table = read_parquet(payload)
    names = column_names(table.column_names)
    chosen = table.select(list(names.values())).rename_columns(list(names))
    return rows_of(chosen, [], named)


def read_parquet(payload: bytes) -> pa.Table:
    """The whole table.

    Raises:
        Malformed: The file is damaged.
    """
    try:
        table = parquet.read_table(pa.BufferReader(payload))
        table.validate(full=True)
        # Names are decoded only when they are asked for.
        return table.rename_columns(list(table.column_names))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise Malformed("is no intact Parquet file; copy it again") from error
