"""How large the database is, who is connected to it, and how far its events are published."""

from datetime import datetime

import sqlalchemy as sa
from prometheus_client.metrics_core import Metric

from fintech_pipeline.storage.activity import oldest_announcer_seconds
from fintech_pipeline.storage.database import DAGSTER_SCHEMA, SCHEMA
from fintech_pipeline.storage.event_cursor import standing_read
from fintech_pipeline.telemetry.families import gauge, value

_SIZE = sa.text("SELECT pg_database_size(current_database())")
# A partition counts as a part of its table.
_TABLES = sa.text("""
    SELECT n.nspname, root.relname, sum(pg_total_relation_size(c.oid))
    FROM pg_class AS c
    JOIN pg_class AS root ON root.oid = coalesce(pg_partition_root(c.oid), c.oid)
    JOIN pg_namespace AS n ON n.oid = root.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = ANY(:schemas)
    GROUP BY n.nspname, root.relname
""")
# Of other roles' sessions a role without rights sees whose they are, and neither kind nor state.
_SESSIONS = sa.text("""
    SELECT coalesce(state, 'unknown'), count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usesysid IS NOT NULL
        AND coalesce(backend_type, 'client backend') = 'client backend'
    GROUP BY 1
""")
_MOST_SESSIONS = sa.text("""
    SELECT current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
""")


def database_families(connection: sa.Connection) -> list[Metric]:
    """What is measured of the server and of the database.

    Args:
        connection: Reads the primary.
    """
    schemas = [SCHEMA, DAGSTER_SCHEMA]
    tables = connection.execute(_TABLES, {"schemas": schemas}).all()
    sessions = connection.execute(_SESSIONS).all()
    return [
        value(
            "event_horizon_age_seconds",
            "Age of the oldest transaction that has announced.",
            oldest_announcer_seconds(connection),
        ),
        value(
            "database_size_bytes", "Size of the database.", connection.execute(_SIZE).scalar_one()
        ),
        gauge(
            "table_size_bytes",
            "Size of a table with its indexes and partitions.",
            ("schema", "table"),
            (((schema, table), size) for schema, table, size in tables),
        ),
        gauge(
            "database_sessions",
            "Connections of all processes to the database, by what they do.",
            ("state",),
            (((state,), count) for state, count in sessions),
        ),
        value(
            "database_sessions_limit",
            "How many connections the server takes.",
            connection.execute(_MOST_SESSIONS).scalar_one(),
        ),
    ]


def publishing_families(connection: sa.Connection, now: datetime) -> list[Metric]:
    """What is measured of the events for a broker; nothing where none was ever published.

    Args:
        connection: Reads the primary.
        now: The present (UTC).
    """
    cursor, backlog = standing_read(connection)
    if cursor is None:
        return []
    waited = 0.0 if backlog.oldest_at is None else (now - backlog.oldest_at).total_seconds()
    return [
        value("events_unpublished", "Events that wait for the broker.", backlog.events),
        value(
            "events_unpublished_oldest_age_seconds",
            "How long the oldest event has waited for the broker.",
            max(0.0, waited),
        ),
        value(
            "events_publishing",
            "Whether somebody publishes, and nothing is wrong.",
            float(backlog.served and cursor.error is None),
        ),
    ]
