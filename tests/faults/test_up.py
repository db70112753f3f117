"""`fintech up`: it serves, it stops, and whatever is killed, nothing lives on."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from fintech_pipeline.cli.up import WATCH_SECONDS
from fintech_pipeline.orchestration.runs import PROCESS_TAG
from tests.faults.conftest import START_SECONDS, SYMBOLS, Drill, Served, free_port, serve

STOP_SECONDS = 60.0
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
MANY_DAYS = [(date(2026, 2, 1) + timedelta(days=number)).isoformat() for number in range(40)]
"""Enough that their run is still under way when it is killed."""


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
        with contextlib.suppress(OSError):  # it may just be started again
            runs = runs_of(served, backfill_id)
        if runs and all(run["status"] in states for run in runs):
            assert len(runs) == 1, runs
            return str(runs[0]["runId"])
        time.sleep(0.4)
    pytest.fail(f"The runs after {seconds:.0f} s: {runs}")


def guardian_of(served: Served, word: str = "dagster") -> psutil.Process:
    """The process that guards the command with the word in it."""
    found = [
        child
        for child in psutil.Process(served.command.process.pid).children()
        if {"fintech_pipeline.orchestration.supervision", word} <= set(child.cmdline())
    ]
    assert len(found) == 1
    return found[0]


def guarded(served: Served, word: str = "dagster") -> list[psutil.Process]:
    """The guardian and all that it guards."""
    guardian = guardian_of(served, word)
    return [guardian, *guardian.children(recursive=True)]


def worker_of(served: Served, backfill_id: str) -> psutil.Process:
    """The process that works on the run of a backfill, as the run's tag names it."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for run in runs_of(served, backfill_id):
            tags = {tag["key"]: tag["value"] for tag in run["tags"]}
            if run["status"] == "STARTED" and PROCESS_TAG in tags:
                return psutil.Process(int(tags[PROCESS_TAG].split(":")[2]))
        time.sleep(0.3)
    pytest.fail("No worker of a run was started.")


def assert_started_again(served: Served) -> None:
    """Waits until `up` has noticed that Dagster is broken, and serves again."""
    deadline = time.monotonic() + START_SECONDS
    while "Dagster stopped by itself; it is started again." not in served.command.said():
        assert served.command.process.poll() is None, served.command.said()
        assert time.monotonic() < deadline, served.command.said()
        time.sleep(0.2)
    assert_serves(served)


def assert_serves(served: Served) -> None:
    """Waits until runs can be read again."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert served.command.process.poll() is None, served.command.said()
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, AssertionError):
            served.graphql(RUNS)["runsOrError"]["results"]
            return
        time.sleep(0.2)
    pytest.fail(f"It does not serve: {served.command.said()}")


def assert_a_tick_can_be_asked_for(drill: Drill, served: Served) -> None:
    """`fintech tick` gives its run to the webserver where one is configured, and shows its end."""
    program = [str(Path(sys.executable).with_name("fintech")), "--config", str(drill.config)]
    words = [*program, "tick", "--slot", "2026-03-02T10:00Z", "--json"]
    environment = {**drill.environment, "FINTECH_PIPELINE__WEBSERVER": served.address}
    asked = drill.start_program(words, drill.folder, environment)
    assert asked.ended(START_SECONDS) == 0, asked.said()
    report = json.loads(asked.said())
    assert {one["symbol"] for one in report["signals"]} == set(SYMBOLS)
    (run,) = [
        run
        for run in served.graphql(RUNS)["runsOrError"]["results"]
        if run["runId"] == report["run_id"]
    ]
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    assert (run["status"], tags["fintech/slot"]) == ("SUCCESS", "2026-03-02T10:00:00+00:00")
    worker = tags[PROCESS_TAG].split(":")[2]
    assert worker != str(asked.process.pid), "it worked in the command's own process"

    environment["FINTECH_PIPELINE__WEBSERVER"] = "http://127.0.0.1:1"
    refused = drill.start_program(words, drill.folder, environment)
    assert refused.ended(START_SECONDS) == 1
    told = refused.said().splitlines()[-1]
    assert told.startswith("Error: The webserver at http://127.0.0.1:1 did not take the run: "), (
        told
    )


def api_of(served: Served) -> int:
    """The port of the API, once `up` has said where it is."""
    deadline = time.monotonic() + START_SECONDS
    while not (
        told := re.search(r"The API is at http://127\.0\.0\.1:(\d+)/", served.command.said())
    ):
        assert served.command.process.poll() is None, served.command.said()
        assert time.monotonic() < deadline, served.command.said()
        time.sleep(0.1)
    return int(told[1])


def asked_of_api(port: int, path: str, document: object = None) -> tuple[int, Any]:
    """Status and document of an answer of the API."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        body = None if document is None else json.dumps(document).encode()
        method = "GET" if body is None else "POST"
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.load(answer)


def assert_a_run_can_be_asked_for_over_http(served: Served, api: int) -> None:
    """The API gives it to the webserver of this very `up`."""
    slot = "2026-03-03T10:00:00+00:00"
    status, told = asked_of_api(api, "/api/v1/ticks", {"slot_at": slot})
    assert status == 202, told
    slots = [
        tag["value"]
        for run in served.graphql(RUNS)["runsOrError"]["results"]
        for tag in run["tags"]
        if tag["key"] == "fintech/slot"
    ]
    assert slot in slots


def test_it_serves_and_does_three_days_as_one_run_until_ctrl_c(drill: Drill) -> None:
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # where somebody has it, it is occupied all the same
            stack.enter_context(socket.create_server(("127.0.0.1", 3000)))
        with contextlib.suppress(OSError):
            stack.enter_context(socket.create_server(("127.0.0.1", 8080)))
        served = serve(drill)
    assert 3000 < served.port < 3020, "an occupied port is passed over"
    assert served.server_info()["dagster_version"]

    api = api_of(served)
    assert 8080 < api < 8100, "an occupied port is passed over"
    status, watched = asked_of_api(api, "/api/v1/watchlist")
    assert status == 200
    assert all(symbol in json.dumps(watched) for symbol in SYMBOLS)
    assert asked_of_api(api, "/config.json") == (200, {"dagster_url": served.address})
    assert_a_run_can_be_asked_for_over_http(served, api)

    nodes = served.graphql("{ assetNodes { assetKey { path } isPartitioned } }")["assetNodes"]
    beside = {"signal_outcomes", "strategy_backtests", "forecast_models"}
    assert {node["assetKey"]["path"][-1] for node in nodes} == {*ASSETS, *beside}
    (repository,) = served.graphql(REPOSITORIES)["repositoriesOrError"]["nodes"]
    assert [s["scheduleState"]["status"] for s in repository["schedules"]] == ["RUNNING"] * 4
    sensors = {s["name"]: s["sensorState"]["status"] for s in repository["sensors"]}
    assert sensors["heal_missing_slots"] == "RUNNING"

    second = drill.start("up")
    assert second.ended(START_SECONDS) == 1
    assert second.said().splitlines()[-1] == (
        f"Error: This database is already served at {served.address}; open that, or stop it first."
    )

    awaited_run(served, backfill(served, DAYS), {"SUCCESS"}, START_SECONDS)
    with drill.opened() as connection:
        done = connection.execute(
            "SELECT count(DISTINCT slot_at) FROM signals WHERE slot_at > '2026-03-02Z' "
            "AND slot_at <= '2026-03-05Z'"
        ).fetchone()
    assert done == (3 * 48,)

    assert_a_tick_can_be_asked_for(drill, served)

    served.command.signalled(signal.SIGINT)
    assert served.command.ended(STOP_SECONDS) == 0
    assert served.command.said().splitlines()[-1] == "Stopped."
    drill.assert_nothing_left(1)


@pytest.mark.slow
def test_runs_whose_processes_are_killed_are_failed_and_block_nothing(drill: Drill) -> None:
    served = serve(drill, "--port", str(free_port()))
    first = backfill(served, MANY_DAYS)
    worker_of(served, first).kill()
    awaited_run(served, first, {"FAILURE"}, MENDED_SECONDS)

    second = backfill(served, MANY_DAYS)
    worker = worker_of(served, second)
    worker.parents()[0].kill()  # the code server
    worker.kill()
    awaited_run(served, second, {"FAILURE"}, MENDED_SECONDS)
    assert_started_again(served)

    third = backfill(served, MANY_DAYS)
    worker = worker_of(served, third)
    served.command.process.terminate()
    assert served.command.ended(STOP_SECONDS) == 0
    assert not worker.is_running()
    drill.assert_nothing_left(1)
    drill.run("backfill", "--from", "2026-03-02", "--to", "2026-03-02")
    assert drill.run_states() == ["FAILURE"] * 3 + ["SUCCESS"]


@pytest.mark.slow
@pytest.mark.timeout(480)
def test_whatever_is_killed_nothing_lives_on_and_the_next_up_serves(drill: Drill) -> None:
    port = ("--port", str(free_port()))
    served = serve(drill, *port)
    served.command.process.kill()
    # At once, on the same port: it waits for what is just being ended.
    served = serve(drill, *port)
    assert served.server_info()["dagster_version"]

    # The worst: nobody is left to end the rest, except the next one.
    # `dagster api grpc` is no API; what is has an option of its own.
    words = ("dagster", "deliver", "--grace-seconds")
    orphans = [one for word in words for one in guarded(served, word)]
    for guardian in [guardian_of(served, word) for word in words]:
        guardian.kill()
    served.command.signalled(signal.SIGKILL)
    served = serve(drill, *port)
    assert not [orphan for orphan in orphans if orphan.is_running()]

    cluster = drill.folder / ".fintech" / "drill" / "pg18"
    os.kill(int((cluster / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    time.sleep(1)
    assert_serves(served)
    time.sleep(2 * WATCH_SECONDS)  # by then it has taken its right again
    second = drill.start("up")
    assert second.ended(START_SECONDS) == 1
    assert f"already served at {served.address}" in second.said()

    orphans = guarded(served)
    guardian_of(served).kill()
    assert_started_again(served)
    assert not [orphan for orphan in orphans if orphan.is_running()]

    served.command.signalled(signal.SIGKILL)
    drill.assert_nothing_left()


@pytest.mark.slow
def test_a_deliverer_that_is_killed_is_started_again_and_ends_nothing(drill: Drill) -> None:
    served = serve(drill, "--port", str(free_port()))
    for times in (1, 2):
        awaited(served, "Alerts leave by", times)
        guarded(served, "deliver")[-1].kill()
        awaited(served, "The deliverer stopped by itself; it is started again.", times)
    awaited(served, "Alerts leave by", 3)
    # The guardian too: nobody is left to end the deliverer, except `up`.
    orphans = guarded(served, "deliver")
    orphans[0].kill()
    awaited(served, "Alerts leave by", 4)
    assert not [orphan for orphan in orphans if orphan.is_running()]
    assert_serves(served)
    served.command.signalled(signal.SIGINT)
    assert served.command.ended(STOP_SECONDS) == 0
    assert "No alert leaves any more." in served.command.said()
    drill.assert_nothing_left(1)


def awaited(served: Served, words: str, times: int) -> None:
    """Waits until it has said the words so often."""
    deadline = time.monotonic() + START_SECONDS
    while served.command.said().count(words) < times:
        assert served.command.process.poll() is None, served.command.said()
        assert time.monotonic() < deadline, served.command.said()
        time.sleep(0.2)


@pytest.mark.slow
def test_an_api_that_is_killed_is_started_again_and_ends_nothing(drill: Drill) -> None:
    served = serve(drill, "--port", str(free_port()), "--api-port", str(free_port()))
    port = api_of(served)
    guarded(served, "--grace-seconds")[-1].kill()
    awaited(served, "The API stopped by itself; it is started again.", 1)
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError, ValueError):
            if asked_of_api(port, "/api/v1/watchlist")[0] == 200:
                break
        assert time.monotonic() < deadline, served.command.said()
        time.sleep(0.2)
    served.command.signalled(signal.SIGINT)
    assert served.command.ended(STOP_SECONDS) == 0
    drill.assert_nothing_left(1)


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--port", "--api-port"])
def test_an_occupied_port_is_refused_where_it_was_asked_for(drill: Drill, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = drill.start("up", option, str(port))
        assert command.ended(START_SECONDS) == 1
        sentence = f"Error: Port {port} is in use; choose another with {option}."
        assert command.said().splitlines()[-1] == sentence
