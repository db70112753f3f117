"""Bulk data into Postgres: Arrow columns through binary COPY into a temporary table.

What follows, one `INSERT … SELECT … ON CONFLICT`, belongs to the store that owns the table.
"""

import pyarrow as pa
import sqlalchemy as sa
from pgpq import ArrowToPostgresBinaryEncoder

BATCH_ROWS = 65_536
INSTANT = pa.timestamp("us", "UTC")
"""The Arrow type of every column that ends in `_at`."""


def stage(connection: sa.Connection, name: str, rows: pa.Table) -> None:
    """Copies the rows into a temporary table that lives until the transaction ends.

    Args:
        connection: An open transaction.
        name: The temporary table's name, an identifier of ours.
        rows: The columns; instants as `timestamp[us, UTC]`.
    """
    combined = rows.combine_chunks()
    encoder = ArrowToPostgresBinaryEncoder(combined.schema)
    columns = ", ".join(
        # pgpq forgets the zone, and a join between timestamp and timestamptz can't be hashed.
        f"{field.name} {'timestamptz' if field.type == INSTANT else column.data_type.ddl()}"
        for field, column in zip(combined.schema, encoder.schema().columns, strict=True)
    )
    cursor = connection.connection.cursor()
    cursor.execute(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")
    with cursor.copy(f"COPY {name} FROM STDIN WITH (FORMAT BINARY)") as copy:
        copy.write(encoder.write_header())
        for batch in combined.to_batches(max_chunksize=BATCH_ROWS):
            copy.write(encoder.write_batch(batch))
        copy.write(encoder.finish())
