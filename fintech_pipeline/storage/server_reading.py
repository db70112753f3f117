"""How the database server is: what a person looks at before anything else."""

from dataclasses import dataclass

import sqlalchemy as sa

from fintech_pipeline.storage.database import SCHEMA

MOST_TABLES = 10
_SERVER = sa.text("""
    SELECT current_setting('server_version') AS version,
        pg_database_size(current_database()) AS size_bytes,
        (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
        CAST(current_setting('max_connections') AS integer) AS connections_most,
        (SELECT CAST(coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) AS float)
         FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()
        ) AS oldest_transaction_seconds,
        (SELECT count(*) FROM pg_stat_replication) AS replicas
""")
# A partition belongs to its table.
_TABLES = sa.text("""
    SELECT root.relname AS name,
        CAST(sum(pg_total_relation_size(tables.oid)) AS bigint) AS size_bytes,
        CAST(sum(greatest(tables.reltuples, 0)) AS bigint) AS rows_about
    FROM pg_class AS tables
    JOIN pg_class AS root ON root.oid = coalesce(pg_partition_root(tables.oid), tables.oid)
    WHERE tables.relnamespace = to_regnamespace(:schema) AND tables.relkind = 'r'
    GROUP BY root.relname ORDER BY size_bytes DESC, name LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class TableShown:
    """A table.

    Attributes:
        name: Its name in our schema.
        size_bytes: What it takes with its partitions and indexes.
        rows_about: How many rows it had when the server looked last; an estimate.
    """

    name: str
    size_bytes: int
    rows_about: int


@dataclass(frozen=True, slots=True)
class ServerShown:
    """The server and our database in it.

    Attributes:
        version: The server's.
        size_bytes: What the database takes.
        connections: How many there are to it.
        connections_most: How many the server takes in all.
        oldest_transaction_seconds: How long the oldest transaction has been open; 0 without one.
        replicas: How many replicas follow the server.
        tables: The biggest tables.
    """

    version: str
    size_bytes: int
    connections: int
    connections_most: int
    oldest_transaction_seconds: float
    replicas: int
    tables: tuple[TableShown, ...]


def read_server(connection: sa.Connection) -> ServerShown:
    """How the server is just now."""
    server = connection.execute(_SERVER).mappings().one()
    tables = connection.execute(_TABLES, {"schema": SCHEMA, "most": MOST_TABLES}).mappings()
    return ServerShown(**server, tables=tuple(TableShown(**one) for one in tables))
