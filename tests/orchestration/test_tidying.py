"""Housekeeping: what is too old goes, and nobody who looks at what is kept can tell."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.instance.ref import InstanceRef

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.market.bar_writing import make_partitions
from fintech_pipeline.orchestration.due import ASSETS
from fintech_pipeline.orchestration.tidying import SMALL_STEPS, tidy
from fintech_pipeline.settings.retention import RetentionSettings
from fintech_pipeline.storage.database import Database, dagster_url
from tests.orchestration.conftest import Runs, SetClock

SLOT_AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
LATER = datetime.now(UTC) + timedelta(days=40)
KEPT = RetentionSettings()


@pytest.fixture
def instance(database: Database, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster on the test's own Postgres, beside the data, as it is in use."""
    storage = {"postgres": {"postgres_url": dagster_url(database.url)}}
    ref = InstanceRef.from_dir(
        str(tmp_path), overrides={"storage": storage, "telemetry": {"enabled": False}}
    )
    with dg.DagsterInstance.from_ref(ref) as found:
        yield found


def counted(database: Database, statement: str, **values: object) -> int:
    with database.transaction() as connection:
        return int(connection.execute(sa.text(statement), values).scalar_one())


def seen(instance: dg.DagsterInstance, run_id: str) -> dict[str, Any]:
    """What Dagster's pages tell of the assets and of a run."""
    keys = [dg.AssetKey(name) for name in ASSETS]
    records = instance.get_asset_records(keys)
    run = instance.get_run_record_by_id(run_id)
    assert run is not None
    return {
        "partitions": {str(key): instance.get_materialized_partitions(key) for key in keys},
        "latest": {
            str(one.asset_entry.asset_key): one.asset_entry.last_materialization_storage_id
            for one in records
        },
        "run": (run.dagster_run.status, run.start_time, run.end_time),
        "steps": [
            (one.step_key, one.status, one.start_time, one.end_time)
            for one in instance.get_run_step_stats(run_id)
        ],
        "stats": instance.get_run_stats(run_id),
    }


def test_the_small_steps_of_old_runs_go_and_no_page_of_dagsters_tells_another_story(
    simulated: Pipeline, clock: SetClock, instance: dg.DagsterInstance
) -> None:
    clock.now = SLOT_AT + timedelta(minutes=2)
    launcher = Runs(instance).of(simulated)
    run_id = launcher.tick(SLOT_AT)
    before, faults = seen(instance, run_id), launcher.faults([run_id])
    events = "SELECT count(*) FROM dagster.event_logs"
    all_of_it = counted(simulated.database, events)
    done = tidy(simulated.database, KEPT, LATER)
    assert done.complete
    assert done.run_steps > 20
    assert counted(simulated.database, events) == all_of_it - done.run_steps
    assert seen(instance, run_id) == before
    assert before["partitions"][str(dg.AssetKey("market_bars"))] == {"2026-03-02"}
    assert launcher.faults([run_id]) == faults
    left = {
        one.dagster_event.event_type_value for one in instance.all_logs(run_id) if one.dagster_event
    }
    assert not left & set(SMALL_STEPS)
    assert {"PIPELINE_START", "PIPELINE_SUCCESS", "STEP_SUCCESS", "ASSET_MATERIALIZATION"} <= left
    assert tidy(simulated.database, KEPT, LATER).run_steps == 0


def test_a_run_that_has_not_ended_and_a_young_one_keep_everything(
    simulated: Pipeline, clock: SetClock, instance: dg.DagsterInstance
) -> None:
    clock.now = SLOT_AT + timedelta(minutes=2)
    Runs(instance).of(simulated).tick(SLOT_AT)
    assert tidy(simulated.database, KEPT, datetime.now(UTC)).run_steps == 0
    with simulated.database.transaction() as connection:
        connection.execute(sa.text("UPDATE dagster.runs SET status = 'STARTED'"))
    assert tidy(simulated.database, KEPT, LATER).run_steps == 0


def test_after_a_tidying_the_next_tick_and_the_healing_go_on(
    simulated: Pipeline, clock: SetClock, instance: dg.DagsterInstance
) -> None:
    for turn in range(2):
        slot_at = SLOT_AT + turn * timedelta(minutes=30)
        clock.now = slot_at + timedelta(minutes=2)
        Runs(instance).of(simulated).tick(slot_at)
        tidy(simulated.database, KEPT, LATER)
    done = "SELECT count(*) FROM fintech.slots WHERE asset = 'trading_signals' AND state = 'done'"
    assert counted(simulated.database, done) == 2


CALL = (
    "INSERT INTO fintech.provider_calls (provider, purpose, symbols, cost, granted_at, state,"
    " asked_by) SELECT 'newsapi', 'news', '{}', 1, CAST(:at AS timestamptz), :state, 'x'"
    " FROM generate_series(1, :count)"
)


def test_old_calls_go_in_batches_and_those_that_run_or_count_stay(database: Database) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    old, young = now - timedelta(days=401), now - timedelta(days=399)
    with database.transaction() as connection:
        for at, state, count in ((old, "made", 12_000), (old, "granted", 1), (young, "made", 3)):
            connection.execute(sa.text(CALL), {"at": at, "state": state, "count": count})
    done = tidy(database, KEPT, now)
    assert (done.calls, done.run_steps, done.complete) == (12_000, 0, True)
    assert counted(database, "SELECT count(*) FROM fintech.provider_calls") == 4


def test_a_call_that_a_batch_refers_to_stays(database: Database) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with database.transaction() as connection:
        old = {"at": now - timedelta(days=500), "state": "made", "count": 2}
        connection.execute(sa.text(CALL), old)
        connection.execute(
            sa.text(
                "INSERT INTO fintech.model_batches (id, model_version, state, requests, call_id,"
                " created_at) SELECT 'b', 'gemini', 'stored', '[]', min(id), now()"
                " FROM fintech.provider_calls"
            )
        )
    assert tidy(database, KEPT, now).calls == 1
    assert counted(database, "SELECT count(*) FROM fintech.provider_calls") == 1


def partitions(database: Database) -> set[str]:
    with database.transaction() as connection:
        found = connection.scalars(
            sa.text(
                "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
                " AND relnamespace = CAST('fintech' AS regnamespace)"
            )
        )
        return set(found)


@pytest.mark.parametrize(
    ("now", "made"),
    [
        (datetime(2026, 10, 30, tzinfo=UTC), {"bars_2026"}),
        (datetime(2026, 11, 1, tzinfo=UTC), {"bars_2026", "bars_2027"}),
    ],
)
def test_the_coming_years_partition_is_made_from_november_on(
    database: Database, now: datetime, made: set[str]
) -> None:
    assert not partitions(database)
    tidy(database, KEPT, now)
    assert partitions(database) == made


def test_two_that_make_a_partition_at_once_make_it_once(database: Database) -> None:
    def make(_: int) -> None:
        with database.transaction() as connection:
            make_partitions(connection, range(2020, 2030))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))
    assert len(partitions(database)) == 10
