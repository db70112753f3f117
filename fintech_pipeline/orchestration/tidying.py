"""Housekeeping: partitions before they are needed, and nothing kept that nobody will ask for.

Of Dagster's event log only the small steps of ended runs go: what started, was loaded and handed
on, and lines of logs. What happened to an asset, a check or a run stays, because Dagster computes
from it which partitions are materialized; deleting a run would take that along.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from fintech_pipeline.market.bar_writing import make_partitions
from fintech_pipeline.orchestration.runs import UNDER_WAY
from fintech_pipeline.quota.call_pruning import prune_calls
from fintech_pipeline.sentiment.batch_store import model_batches
from fintech_pipeline.settings.retention import RetentionSettings
from fintech_pipeline.storage.database import DAGSTER_SCHEMA, Database

AHEAD = timedelta(days=62)
"""A new year's bars find their partition made: making it waits for whoever reads bars."""
AT_ONCE = 5_000
"""How many rows are deleted in one transaction."""
MOST_TURNS = 40
"""How many transactions a tidying may take; what is left waits for the next."""
SMALL_STEPS = (
    "ENGINE_EVENT",
    "HANDLED_OUTPUT",
    "LOADED_INPUT",
    "LOGS_CAPTURED",
    "RESOURCE_INIT_STARTED",
    "RESOURCE_INIT_SUCCESS",
    "STEP_INPUT",
    "STEP_OUTPUT",
    "STEP_WORKER_STARTED",
    "STEP_WORKER_STARTING",
)
"""Dagster's types of events that no page needs of an old run. Lines of logs have no type."""
_REFERRED = sa.select(model_batches.c.call_id)
"""Batches are the record of what was paid for at once."""
_THERE = sa.text(f"SELECT to_regclass('{DAGSTER_SCHEMA}.event_logs') IS NOT NULL")
# A type has an index with the id, as lines of logs have, and of an old one nothing is left but what
# is younger. Of the many runs only those that have not ended are looked up.
_TRIM = f"""
    DELETE FROM {DAGSTER_SCHEMA}.event_logs WHERE id IN (
        SELECT id FROM {DAGSTER_SCHEMA}.event_logs
        WHERE dagster_event_type {{}} AND asset_key IS NULL AND timestamp < :before
            AND run_id NOT IN (
                SELECT run_id FROM {DAGSTER_SCHEMA}.runs WHERE status = ANY(:under_way)
            )
        ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
    )
"""  # noqa: S608  # the schema is a constant
_TRIM_LINES = sa.text(_TRIM.format("IS NULL"))
_TRIM_STEPS = sa.text(_TRIM.format("= :kind"))


@dataclass(frozen=True, slots=True)
class Tidied:
    """What a tidying did.

    Attributes:
        calls: How many calls to vendors it deleted.
        run_steps: How many events of Dagster's it deleted.
        complete: Whether nothing is left to delete.
    """

    calls: int
    run_steps: int
    complete: bool


def tidy(database: Database, retention: RetentionSettings, now: datetime) -> Tidied:
    """Makes coming partitions and deletes what is too old, a bounded number of rows.

    It holds no lock that a tick waits for, but for a moment in November, and may be stopped at any
    time: each batch is a transaction.

    Args:
        database: Where.
        retention: For how long what is kept.
        now: The present (UTC).

    Raises:
        StorageError: The database is away or refused; what was deleted stays deleted.
    """
    with database.transaction() as connection:
        make_partitions(connection, {now.year, (now + AHEAD).year})
        has_dagster = bool(connection.execute(_THERE).scalar_one())
    calls = steps = 0
    calls_before = now - timedelta(days=retention.calls_days)
    steps_before = now - timedelta(days=retention.run_steps_days)
    kinds = [None, *SMALL_STEPS] if has_dagster else []
    for _ in range(MOST_TURNS):
        with database.transaction() as connection:
            gone = prune_calls(connection, calls_before, AT_ONCE, _REFERRED)
        with database.transaction() as connection:
            trimmed = 0
            while kinds and trimmed < AT_ONCE:
                found = _trim(connection, kinds[0], steps_before, AT_ONCE - trimmed)
                if found < AT_ONCE - trimmed:
                    kinds.pop(0)
                trimmed += found
        calls, steps = calls + gone, steps + trimmed
        if gone < AT_ONCE and not kinds:
            return Tidied(calls, steps, complete=True)
    return Tidied(calls, steps, complete=False)


def _trim(connection: sa.Connection, kind: str | None, before: datetime, most: int) -> int:
    # Dagster's instants are UTC without a zone.
    values = {
        "before": before.replace(tzinfo=None),
        "most": most,
        "under_way": [one.value for one in UNDER_WAY],
    }
    if kind is None:
        return int(connection.execute(_TRIM_LINES, values).rowcount)
    return int(connection.execute(_TRIM_STEPS, {**values, "kind": kind}).rowcount)
