"""Bars as Parquet: the same columns, for one symbol or with a column that names it. Pure."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.providers.files.rows import FileRows, column_names, rows_of
from fintech_pipeline.market.providers.files.times import Column

MAGIC = b"PAR1"
_YEARS = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))


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
        # Unlike `read_table`, this reads two columns of one name.
        table = parquet.ParquetFile(pa.BufferReader(payload)).read()
        table.validate(full=True)
        # Names are decoded only when they are asked for.
        names = list(table.column_names)
        return pa.table([_plain(column) for column in table.columns], names=names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise Malformed("is no intact Parquet file; copy it again") from error


def _plain(column: Column) -> Column:
    """Instants in microseconds of UTC, null beyond the years 1 to 9999; bytes as text."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        if kind.unit != "ns":
            # Nanoseconds reach no such year; anything else would overflow below.
            first, last = (pa.scalar(day, pa.timestamp("s")).cast(kind) for day in _YEARS)
            possible = pc.and_(pc.greater_equal(column, first), pc.less(column, last))
            column = pc.if_else(possible, column, pa.scalar(None, kind))
        return column.cast(pa.timestamp("us", kind.tz and "UTC"), safe=False)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        cells = [
            None if cell is None else cell.decode("utf-8", "replace") for cell in column.to_pylist()
        ]
        return pa.chunked_array([pa.array(cells, pa.string())])
    return column
