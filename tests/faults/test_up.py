"""`fintech up`: it serves, it stops, and whatever is killed, nothing lives on and nothing sticks."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.conftest import Drill, Served, drill_in, free_port, serve

STOP_SECONDS = 20.0
MENDED_SECONDS = 20.0
ASSETS = {"market_bars", "news_articles", "article_sentiment", "trading_signals"}
REPOSITORIES = """
{ repositoriesOrError { ... on RepositoryConnection { nodes {
    name location { name }
    schedules { name scheduleState { status } }
    sensors { name sensorState { status } } } } } }
"""
LAUNCH = """
mutation ($backfill: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $backfill) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
RUNS = "{ runsOrError { ... on Runs { results { runId status tags { key value } } } } }"
DAYS = ["2026-03-02", "2026-03-03", "2026-03-04"]


def backfill(served: Served, days: list[str]) -> str:
    """Asks the webserver for the days, as its UI does; the backfill's id."""
    asked = {
        "assetSelection": [{"path": [name]} for name in sorted(ASSETS)],
        "partitionNames": days,
        "tags": [],
    }
    launched = served.graphql(LAUNCH, {"backfill": asked})["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    return str(launched["backfillId"])


def runs_of(served: Served, backfill_id: str) -> list[dict[str, Any]]:
    """The runs of a backfill; a tick may have come between."""
    runs = served.graphql(RUNS)["runsOrError"]["results"]
    own = {"key": "dagster/backfill", "value": backfill_id}
    return [run for run in runs if own in run["tags"]]


def awaited_run(served: Served, backfill_id: str, states: set[str], seconds: float) -> str:
    """Waits until the one run of a backfill is in one of the states; its id."""
    deadline = time.monotonic() + seconds
    runs: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        runs = runs_of(served, backfill_id)
        if runs and all(run["status"] in states for run in runs):
            assert len(runs) == 1, runs
            return str(runs[0]["runId"])
        time.sleep(0.2)
    pytest.fail(f"The runs after {seconds:.0f} s: {runs}")


def children(served: Served) -> list[psutil.Process]:
    return psutil.Process(served.command.process.pid).children(recursive=True)


def guardian_of(served: Served) -> psutil.Process:
    found = [
        child
        for child in psutil.Process(served.command.process.pid).children()
        if "fintech_pipeline.orchestration.supervision" in child.cmdline()
    ]
    assert len(found) == 1
    return found[0]


def worker_of(served: Served) -> psutil.Process:
    """The process that works on a run: what the code server has spawned."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in children(served):
            with contextlib.suppress(psutil.Error):
                if "spawn_main" in " ".join(child.cmdline()):
                    return child
        time.sleep(0.05)
    pytest.fail("No worker of a run was started.")


@contextlib.contextmanager
def served_in(folder: Path) -> Iterator[tuple[Drill, Served]]:
    """An `up` for several tests that leave it as it is."""
    drill = drill_in(folder)
    try:
        yield drill, serve(drill)
    finally:
        drill.end()


def test_it_serves_and_does_three_days_as_one_run_until_ctrl_c(drill: Drill) -> None:
    served = serve(drill)
    assert served.server_info()["dagster_version"]

    nodes = served.graphql("{ assetNodes { assetKey { path } isPartitioned } }")["assetNodes"]
    assert {node["assetKey"]["path"][-1] for node in nodes} == ASSETS
    (repository,) = served.graphql(REPOSITORIES)["repositoriesOrError"]["nodes"]
    assert [s["scheduleState"]["status"] for s in repository["schedules"]] == ["RUNNING"]
    sensors = {s["name"]: s["sensorState"]["status"] for s in repository["sensors"]}
    assert sensors["heal_missing_slots"] == "RUNNING"

    second = drill.start("up")
    assert second.ended(60) == 1
    assert f"already served at {served.address};" in second.said()
    assert len(second.said().splitlines()) == 1

    backfill_id = backfill(served, DAYS)
    awaited_run(served, backfill_id, {"SUCCESS"}, 120)
    with drill.opened() as connection:
        done = connection.execute(
            "SELECT count(DISTINCT slot_at) FROM signals WHERE slot_at > '2026-03-02Z' "
            "AND slot_at <= '2026-03-05Z'"
        ).fetchone()
    assert done == (3 * 48,)

    served.command.signalled(signal.SIGINT)
    assert served.command.ended(STOP_SECONDS) == 0
    assert served.command.said().splitlines()[-1] == "Stopped."
    drill.assert_nothing_left(1)


def test_sigterm_in_the_middle_of_a_run_leaves_neither_process_nor_run(drill: Drill) -> None:
    served = serve(drill)
    backfill(served, days_from("2026-02-01", 40))
    worker = worker_of(served)
    served.command.process.terminate()
    assert served.command.ended(STOP_SECONDS) == 0
    assert not psutil.pid_exists(worker.pid)
    drill.assert_nothing_left(1)

    again = serve(drill)
    assert not set(drill.run_states()) & {"STARTING", "STARTED", "CANCELING"}
    again.command.signalled(signal.SIGINT)
    assert again.command.ended(STOP_SECONDS) == 0


def test_a_run_whose_worker_is_killed_is_failed_and_the_next_one_is_not_blocked(
    drill: Drill,
) -> None:
    served = serve(drill)
    first = backfill(served, days_from("2026-02-01", 40))
    worker = worker_of(served)
    awaited_run(served, first, {"STARTED"}, 60)
    worker.kill()
    run_id = awaited_run(served, first, {"FAILURE"}, MENDED_SECONDS)
    assert run_id
    awaited_run(served, backfill(served, DAYS[:1]), {"SUCCESS"}, 90)


def test_a_run_whose_code_server_is_killed_with_it_is_failed(drill: Drill) -> None:
    served = serve(drill)
    first = backfill(served, days_from("2026-02-01", 40))
    worker = worker_of(served)
    awaited_run(served, first, {"STARTED"}, 60)
    for parent in worker.parents():
        if "code-server" in parent.cmdline() or "grpc" in parent.cmdline():
            parent.kill()
    worker.kill()
    awaited_run(served, first, {"FAILURE"}, MENDED_SECONDS)


def test_whatever_is_killed_nothing_lives_on_and_the_next_up_serves(drill: Drill) -> None:
    port = free_port()
    served = serve(drill, port)
    served.command.process.kill()
    # At once, on the same port: it waits for what is just being ended.
    served = serve(drill, port)
    assert served.server_info()["dagster_version"]

    guardian_of(served).kill()
    assert served.command.ended(STOP_SECONDS) == 1
    assert "Dagster stopped by itself" in served.command.said()
    drill.assert_nothing_left(10)

    served = serve(drill, port)
    served.command.signalled(signal.SIGKILL)
    drill.assert_nothing_left()

    # The worst: nobody is left to end the rest, except the next one.
    served = serve(drill, port)
    orphans = children(served)
    guardian_of(served).kill()
    served.command.signalled(signal.SIGKILL)
    served = serve(drill, port)
    assert not [orphan for orphan in orphans if orphan.is_running()]
    served.command.signalled(signal.SIGTERM)
    assert served.command.ended(STOP_SECONDS) == 0
    drill.assert_nothing_left(1)


def test_an_occupied_port_is_refused_where_it_was_asked_for(drill: Drill) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = drill.start("up", "--port", str(port))
        assert command.ended(60) == 1
        assert command.said() == f"Error: Port {port} is in use; choose another with --port.\n"


def test_an_occupied_port_is_passed_over_where_none_was_asked_for(drill: Drill) -> None:
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # where somebody has it, it is occupied all the same
            stack.enter_context(socket.create_server(("127.0.0.1", 3000)))
        command = drill.start("up")
        deadline = time.monotonic() + 90
        while "Open " not in command.said() and time.monotonic() < deadline:
            time.sleep(0.1)
        opened = command.said().split("Open http://127.0.0.1:")[1]
        assert 3000 < int(opened.split("/")[0]) < 3020
    os.killpg(command.process.pid, signal.SIGINT)
    assert command.ended(STOP_SECONDS) == 0


def days_from(first: str, count: int) -> list[str]:
    start = datetime.fromisoformat(first).replace(tzinfo=UTC)
    return [(start + timedelta(days=number)).date().isoformat() for number in range(count)]
