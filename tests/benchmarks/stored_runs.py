"""What six years of ticks leave in Dagster's tables, where housekeeping has been done so far."""

from datetime import timedelta

import sqlalchemy as sa
from dagster_postgres import DagsterPostgresStorage

from fintech_pipeline.orchestration.jobs import TICK_JOB
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.orchestration.tidying import SMALL_STEPS
from fintech_pipeline.storage.database import Database, dagster_url
from tests.benchmarks.stored_years import NOW, named_in

RUNS = 100_000
"""Ticks, one each half hour, the last of them just done."""
UNTIDIED = 31 * 48
"""The last runs, which still have their small steps: those of a day are due to go."""
_FILLING = (
    """
    INSERT INTO dagster.runs (run_id, pipeline_name, status, run_body, create_timestamp,
        update_timestamp, start_time, end_time)
    SELECT 'run-' || n, :job, CASE WHEN n % 50 = 0 THEN 'FAILURE' ELSE 'SUCCESS' END, '{}', at, at,
        extract(epoch FROM at AT TIME ZONE 'UTC') - 40, extract(epoch FROM at AT TIME ZONE 'UTC')
    FROM generate_series(1, :runs) AS n
    CROSS JOIN LATERAL (
        SELECT CAST(:now AS timestamp) - (:runs - n) * interval '30 minutes' AS at
    ) AS ended
    """,
    """
    INSERT INTO dagster.run_tags (run_id, key, value)
    SELECT 'run-' || n, tag, 'x' FROM generate_series(1, :runs) AS n,
        unnest(ARRAY[:slot, 'dagster/partition', 'dagster/schedule_name']) AS tag
    """,
    # What is kept for ever of each run: its own beginning and end, its steps', its assets'.
    """
    INSERT INTO dagster.event_logs (run_id, event, dagster_event_type, timestamp, step_key,
        asset_key, partition)
    SELECT run_id, '{}', kind, create_timestamp, step, asset, NULL
    FROM dagster.runs, (VALUES ('PIPELINE_START', NULL, NULL), ('PIPELINE_SUCCESS', NULL, NULL),
        ('STEP_START', 'bars', NULL), ('STEP_SUCCESS', 'bars', NULL),
        ('STEP_START', 'news', NULL), ('STEP_SUCCESS', 'news', NULL),
        ('ASSET_MATERIALIZATION', 'bars', '["market_bars"]'),
        ('ASSET_MATERIALIZATION', 'news', '["news_articles"]')) AS kept (kind, step, asset)
    ORDER BY create_timestamp
    """,
    """
    INSERT INTO dagster.event_logs (run_id, event, dagster_event_type, timestamp, step_key)
    SELECT run_id, '{}', kind, create_timestamp, 'bars'
    FROM dagster.runs, unnest(CAST(:kinds AS text[]) || ARRAY[NULL]) AS kind, generate_series(1, 4)
    WHERE create_timestamp > CAST(:now AS timestamp) - :untidied * interval '30 minutes'
    ORDER BY create_timestamp
    """,
    """
    INSERT INTO dagster.daemon_heartbeats (daemon_type, daemon_id, timestamp)
    VALUES ('SCHEDULER', 'one', :now)
    """,
)


def fill(database: Database) -> None:
    """Makes Dagster's tables in a database that is migrated, fills and analyses them."""
    DagsterPostgresStorage(dagster_url(database.url))
    values = {
        "job": TICK_JOB,
        "runs": RUNS,
        "now": (NOW - timedelta(minutes=1)).replace(tzinfo=None),
        "slot": SLOT_TAG,
        "kinds": list(SMALL_STEPS),
        "untidied": UNTIDIED,
    }
    for statement in _FILLING:
        with database.transaction() as connection:
            connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
            connection.execute(sa.text(statement), named_in(statement, values))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))
