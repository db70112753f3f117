"""The code location as Dagster loads it, schedules it, heals it and backfills it."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import dagster as dg
import psycopg
import pytest
import yaml
from dagster._core.execution.backfill import BulkActionStatus
from dagster._core.test_utils import instance_for_test
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import PythonFileTarget
from dagster._daemon.backfill import execute_backfill_iteration
from dagster_graphql.test.utils import execute_dagster_graphql

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.definitions import build_definitions
from fintech_pipeline.orchestration.due import ASSETS
from fintech_pipeline.orchestration.jobs import review_job, tick_job
from fintech_pipeline.orchestration.launch import InProcessLauncher
from fintech_pipeline.orchestration.partitions import daily_partitions
from fintech_pipeline.orchestration.resources import given_pipeline
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.storage.database import dagster_url
from fintech_pipeline.storage.embedded import EmbeddedServer
from tests.orchestration.conftest import NOW, SetClock

pytestmark = pytest.mark.xdist_group("definitions")
BESIDE_TICKS = ("signal_outcomes", "strategy_backtests", "forecast_models")
PROJECT = Path(__file__).parents[2]
LOAD = """
import json, sys
touched = []
def watch(event, arguments):
    # At its import urllib3 looks whether this machine knows IPv6, by taking a port for a moment.
    if event == "socket.bind" and arguments[1] == ("::1", 0):
        return
    if event.startswith("socket.") and event != "socket.__new__":
        touched.append(event)
    if event == "open" and set("wax+") & set(str(arguments[1])):
        touched.append(f"writes {arguments[0]}")
sys.addaudithook(watch)
from fintech_pipeline.definitions import defs
keys = sorted(key.to_user_string() for key in defs.resolve_all_asset_keys())
print(json.dumps({"touched": touched, "assets": keys}))
"""
LOCATION = """
from datetime import datetime
from fintech_pipeline.definitions import build_definitions
from fintech_pipeline.settings import load_settings

now = datetime.fromisoformat({now!r})
settings = load_settings(environment={{"DATABASE_URL": {url!r}}})
defs = build_definitions(settings, clock=lambda: now)
"""


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(environment={})


@pytest.fixture(scope="module")
def definitions(settings: Settings) -> dg.Definitions:
    return build_definitions(settings)


def test_loading_contacts_nothing_writes_nothing_and_needs_no_secret(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-W", "ignore", "-c", LOAD],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = json.loads(done.stdout)
    assert loaded["touched"] == []
    assert len(loaded["assets"]) == 7
    assert list(tmp_path.iterdir()) == []


def test_the_definitions_are_complete(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_the_code_location_has_these_assets_checks_jobs_and_sensors(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    found = {
        key.to_user_string(): {
            "group": graph.get(key).group_name,
            "deps": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            "checks": sorted(check.name for check in graph.get(key).check_keys),
            "kinds": sorted(graph.get(key).kinds or ()),
        }
        for key in graph.get_all_asset_keys()
    }
    assert found == {
        "market_bars": {
            "group": "market_watch",
            "deps": [],
            "checks": [
                "complete",
                "coverage",
                "fresh",
                "no_duplicates",
                "no_gaps",
                "no_split_like_jumps",
                "no_thin_bars",
                "ohlc_sane",
            ],
            "kinds": ["postgres", "simulated"],
        },
        "news_articles": {
            "group": "market_watch",
            "deps": [],
            "checks": ["complete", "known_after_published"],
            "kinds": ["postgres", "simulated"],
        },
        "article_sentiment": {
            "group": "market_watch",
            "deps": ["news_articles"],
            "checks": [],
            "kinds": ["postgres", "python"],
        },
        "trading_signals": {
            "group": "market_watch",
            "deps": ["article_sentiment", "market_bars"],
            "checks": ["adds_up", "coverage", "point_in_time", "replayable"],
            "kinds": ["numpy", "postgres"],
        },
        **{
            name: {
                "group": "market_watch",
                "deps": ["trading_signals"],
                "checks": [],
                "kinds": sorted(["scikitlearn" if "models" in name else "numpy", "postgres"]),
            }
            for name in BESIDE_TICKS
        },
    }
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description
        if key.to_user_string() in BESIDE_TICKS:
            assert node.partitions_def is None
            continue
        assert node.partitions_def == daily_partitions(date(2026, 1, 1))
        assert node.backfill_policy == dg.BackfillPolicy.single_run()
        for check in node.check_keys:
            assert graph.get_check_spec(check).description
    jobs = {
        "tick": set(ASSETS),
        "review": {"signal_outcomes"},
        "backtest": {"strategy_backtests"},
        "training": {"forecast_models"},
    }
    slow = {"point_in_time", "replayable"}
    for name, selected in jobs.items():
        checks = {
            key.name
            for key in definitions.resolve_job_def(name).asset_layer.asset_graph.asset_check_keys
        }
        assert checks & slow == (slow if name == "review" else set())
        job = definitions.resolve_job_def(name)
        layer = job.asset_layer
        assert {key.to_user_string() for key in layer.executable_asset_keys} == selected
        assert job.executor_def == dg.in_process_executor
    schedules = {one.name: one for one in definitions.get_repository_def().schedule_defs}
    assert {name: (one.job_name, one.cron_schedule) for name, one in schedules.items()} == {
        "half_hourly": ("tick", "2,32 * * * *"),
        "daily_review": ("review", "47 22 * * *"),
        "weekly_backtest": ("backtest", "17 23 * * 6"),
        "weekly_training": ("training", "17 4 * * 0"),
    }
    for schedule in schedules.values():
        assert schedule.execution_timezone == "UTC"
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    sensors = {one.name: one for one in definitions.get_repository_def().sensor_defs}
    assert {name: one.minimum_interval_seconds for name, one in sensors.items()} == {
        "alert_on_signals": 4,
        "heal_missing_slots": 600,
        "watch_pipeline": 60,
    }
    for sensor in sensors.values():
        assert sensor.default_status is dg.DefaultSensorStatus.RUNNING


def requested(
    definitions: dg.Definitions, at: datetime, name: str = "half_hourly"
) -> dg.RunRequest:
    context = dg.build_schedule_context(
        scheduled_execution_time=at, repository_def=definitions.get_repository_def()
    )
    schedule = definitions.get_repository_def().get_schedule_def(name)
    (request,) = schedule.evaluate_tick(context).run_requests or []
    return request


def test_the_schedule_asks_for_the_slot_that_has_just_ended(definitions: dg.Definitions) -> None:
    request = requested(definitions, datetime(2026, 2, 10, 14, 32, tzinfo=UTC))
    assert request.run_key == "2026-02-10T14:30:00+00:00"
    assert request.partition_key == "2026-02-10"
    assert request.tags["fintech/slot"] == "2026-02-10T14:30:00+00:00"
    assert request.tags["dagster/priority"] == "10"


def test_the_slot_at_midnight_belongs_to_the_day_it_ends(definitions: dg.Definitions) -> None:
    request = requested(definitions, datetime(2026, 2, 10, 0, 2, tzinfo=UTC))
    assert request.run_key == "2026-02-10T00:00:00+00:00"
    assert request.partition_key == "2026-02-09"
    assert request.tags["fintech/slot"] == request.run_key


def test_the_run_keys_of_a_day_differ_so_that_no_tick_is_taken_for_another(
    definitions: dg.Definitions,
) -> None:
    day = datetime(2026, 2, 10, tzinfo=UTC)
    requests = [requested(definitions, day + timedelta(minutes=30 * n + 2)) for n in range(48)]
    assert len({request.run_key for request in requests}) == 48
    assert [request.partition_key for request in requests] == ["2026-02-09", *["2026-02-10"] * 47]


def test_the_minutes_after_the_slot_are_a_setting(settings: Settings) -> None:
    changed = settings.model_copy(
        update={"pipeline": settings.pipeline.model_copy(update={"minutes_after_slot": 7})}
    )
    definitions = build_definitions(changed)
    schedule = definitions.get_repository_def().get_schedule_def("half_hourly")
    assert schedule.cron_schedule == "7,37 * * * *"
    assert requested(definitions, datetime(2026, 2, 10, 14, 37, tzinfo=UTC)).run_key == (
        "2026-02-10T14:30:00+00:00"
    )


def test_the_review_is_asked_for_once_a_day_and_comes_after_every_tick(
    definitions: dg.Definitions,
) -> None:
    at = datetime(2026, 2, 10, 22, 47, tzinfo=UTC)
    review = requested(definitions, at, "daily_review")
    assert review.run_key == "review 2026-02-10"
    tags = definitions.resolve_job_def("review").tags
    tick = requested(definitions, at.replace(minute=32))
    assert int(tags["dagster/priority"]) < 0 < int(tick.tags["dagster/priority"])
    limits = yaml.safe_load((PROJECT / "dagster.yaml").read_text())["concurrency"]["runs"]
    assert {"key": "fintech/review", "limit": 1} in limits["tag_concurrency_limits"]
    assert tags["fintech/review"] == "true"
    assert limits["max_concurrent_runs"] > 1


def test_a_slow_check_of_a_ticks_asset_runs_in_the_review_and_in_no_tick() -> None:
    @dg.asset(partitions_def=daily_partitions(date(2026, 1, 1)))
    def judged() -> None: ...

    @dg.asset
    def looked_back() -> None: ...

    @dg.asset_check(asset=judged)
    def replayable() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    jobs = [tick_job([judged], [replayable]), review_job(looked_back, [replayable])]
    definitions = dg.Definitions([judged, looked_back], asset_checks=[replayable], jobs=jobs)
    steps = {
        name: {node.name for node in definitions.resolve_job_def(name).nodes}
        for name in ("tick", "review")
    }
    assert steps == {"tick": {"judged"}, "review": {"looked_back", "judged_replayable"}}
    assert definitions.resolve_job_def("review").execute_in_process().success


def test_today_is_a_partition_and_tomorrow_is_not() -> None:
    partitions = daily_partitions(date(2026, 1, 1))
    now = datetime(2026, 2, 10, 0, 2, tzinfo=UTC)
    keys = partitions.get_partition_keys(current_time=now)
    assert (keys[0], keys[-1]) == ("2026-01-01", "2026-02-10")


def sensor_tick(
    pipeline: Pipeline, instance: dg.DagsterInstance
) -> tuple[list[dg.RunRequest], str | None]:
    """What the healing sensor asks for now, and why it asks for nothing."""
    definitions = given(pipeline)
    context = dg.build_sensor_context(
        instance=instance, definitions=definitions, resources={"pipeline": pipeline}
    )
    sensor = definitions.get_repository_def().get_sensor_def("heal_missing_slots")
    outcome = sensor.evaluate_tick(context)
    return cast("list[dg.RunRequest]", list(outcome.run_requests or ())), outcome.skip_message


def given(pipeline: Pipeline) -> dg.Definitions:
    return build_definitions(
        pipeline.settings, clock=pipeline.clock, pipeline=given_pipeline(pipeline)
    )


def test_the_healing_sensor_asks_once_an_hour_for_what_is_missing_until_it_is_there(
    simulated: Pipeline, clock: SetClock
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        launcher = InProcessLauncher(given(simulated), instance)
        launcher.tick(NOW.replace(minute=0, second=0))
        done = "Every slot of the last month has been done."
        assert sensor_tick(simulated, instance) == ([], done)
        clock.advance(minutes=45)
        assert sensor_tick(simulated, instance)[0] == []

        clock.advance(days=2)
        (request,), _ = sensor_tick(simulated, instance)
        assert request.tags["dagster/asset_partition_range_start"] == "2026-01-20"
        assert request.tags["dagster/asset_partition_range_end"] == "2026-01-22"
        assert "fintech/slot" not in request.tags
        clock.advance(minutes=10)
        (repeated,), _ = sensor_tick(simulated, instance)
        assert repeated.run_key == request.run_key
        clock.advance(minutes=10)
        (later,), _ = sensor_tick(simulated, instance)
        assert later.run_key != request.run_key

        job = launcher.definitions.resolve_job_def("tick")
        healed = job.execute_in_process(instance=instance, tags=dict(later.tags))
        assert healed.success
        assert sensor_tick(simulated, instance)[0] == []


DAYS = ["2026-01-15", "2026-01-16", "2026-01-17"]
LAUNCH = """
mutation Launch($parameters: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $parameters) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""


@dataclass(frozen=True)
class Backfilled:
    """What a backfill asked for in the UI left behind in Dagster's own tables."""

    instance: dg.DagsterInstance
    backfill_id: str

    def metadata(self, asset: str) -> dict[str, Any]:
        """What the newest materialization shows, by label."""
        event = self.instance.get_latest_materialization_event(dg.AssetKey(asset))
        assert event is not None
        assert event.asset_materialization is not None
        return {key: value.value for key, value in event.asset_materialization.metadata.items()}


@pytest.fixture(scope="module")
def asked_in_the_ui(
    server: EmbeddedServer, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backfilled]:
    """Three days, asked for as the UI does, worked off as Dagster's daemon does."""
    name = "backfilled_in_the_ui"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    url = server.url(name)
    location = tmp_path_factory.mktemp("location") / "location.py"
    location.write_text(LOCATION.format(now=NOW.isoformat(), url=url))
    overrides = {
        "storage": {"postgres": {"postgres_url": dagster_url(url)}},
        "run_launcher": {
            "module": "dagster._core.launcher.sync_in_memory_run_launcher",
            "class": "SyncInMemoryRunLauncher",
        },
        "run_coordinator": {
            "module": "dagster._core.run_coordinator",
            "class": "DefaultRunCoordinator",
        },
    }
    target = PythonFileTarget(str(location), None, str(PROJECT), "here")
    with (
        instance_for_test(overrides=overrides) as instance,
        WorkspaceProcessContext(instance, target) as process,
    ):
        parameters = {
            "partitionNames": DAYS,
            "assetSelection": [{"path": [asset]} for asset in ASSETS],
        }
        answer = execute_dagster_graphql(
            process.create_request_context(), LAUNCH, {"parameters": parameters}
        )
        launched = answer.data["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        for _ in range(3):
            problems = list(execute_backfill_iteration(process, logging.getLogger("backfill")))
            assert not any(problems), problems
        yield Backfilled(instance, launched["backfillId"])


def test_a_backfill_of_three_days_is_one_run_with_every_day_materialized(
    asked_in_the_ui: Backfilled,
) -> None:
    instance = asked_in_the_ui.instance
    backfill = instance.get_backfill(asked_in_the_ui.backfill_id)
    assert backfill is not None
    assert backfill.status is BulkActionStatus.COMPLETED_SUCCESS
    (run,) = instance.get_runs()
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert run.tags["dagster/backfill"] == asked_in_the_ui.backfill_id
    for asset in ASSETS:
        assert instance.get_materialized_partitions(dg.AssetKey(asset)) == set(DAYS)


def test_dagster_keeps_its_tables_in_its_own_schema_of_the_same_database(
    server: EmbeddedServer, asked_in_the_ui: Backfilled
) -> None:
    assert asked_in_the_ui.backfill_id
    query = (
        "SELECT count(*), min(table_schema) FROM information_schema.tables WHERE table_name = %s"
    )
    with psycopg.connect(server.url("backfilled_in_the_ui")) as connection:
        for table in ("runs", "event_logs", "bulk_actions", "job_ticks"):
            assert connection.execute(query, [table]).fetchone() == (1, "dagster")
        for table in ("bars", "signals", "slots"):
            assert connection.execute(query, [table]).fetchone() == (1, "fintech")


@pytest.mark.parametrize(
    ("asset", "tables"),
    [
        ("market_bars", {"bars": "| symbol | bars | provider | why not one before | problem |"}),
        (
            "news_articles",
            {
                "new articles by symbol": "| symbol | articles |",
                "newest": "| known | outlet | headline |",
            },
        ),
        ("article_sentiment", {"labels": "| label | texts |"}),
        (
            "trading_signals",
            {
                "signals": "| symbol | price | score | action | strongest reason |",
                "actions": "| action | signals |",
            },
        ),
    ],
)
def test_a_materialization_shows_tables_a_person_can_read(
    asked_in_the_ui: Backfilled, asset: str, tables: dict[str, str]
) -> None:
    shown = asked_in_the_ui.metadata(asset)
    assert shown["dagster/row_count"] > 0
    for label, header in tables.items():
        first, rule, *body = shown[label].splitlines()
        assert first == header
        assert set(rule) <= set("| -")
        assert body
        assert {line.count(" | ") for line in body} == {header.count(" | ")}


@pytest.mark.parametrize("asset", ["market_bars", "news_articles", "trading_signals"])
def test_what_is_made_up_says_so_on_its_materialization(
    asked_in_the_ui: Backfilled, asset: str
) -> None:
    assert "SIMULATED" in asked_in_the_ui.metadata(asset)["data"]


def test_every_check_of_the_backfill_is_recorded(asked_in_the_ui: Backfilled) -> None:
    (run,) = asked_in_the_ui.instance.get_runs()
    checked = {
        (check.asset_key.to_user_string(), check.check_name)
        for check in (
            cast("Any", entry.dagster_event).asset_check_evaluation_data
            for entry in asked_in_the_ui.instance.all_logs(
                run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
            )
        )
    }
    assert len(checked) == 14
    assert ("trading_signals", "adds_up") in checked
