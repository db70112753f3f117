"""What runs on this machine, and the database, over HTTP."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from fintech_pipeline.api.cluster import KeptCluster, Running
from fintech_pipeline.api.local_processes import LocalProcesses, role_of
from fintech_pipeline.storage.database import Database, connect
from tests.api.living import NOW, serving_api

MARK = "FINTECH_OF_THIS_TEST"
BUSY = "import sys, time\nwhile True: sum(range(10000))"


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", BUSY, "deliver"], env={**os.environ, MARK: "yes"}
    ) as process:
        yield process
        process.kill()


def ours() -> LocalProcesses:
    return LocalProcesses(lambda env: env.get(MARK) == "yes", lambda: datetime.now(UTC))


def test_this_process_and_those_of_ours_are_shown(busy: subprocess.Popen[bytes]) -> None:
    looked_at = ours()
    deadline = time.monotonic() + 10
    while len(looked_at.look().processes) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    found = {one.role: one for one in looked_at.look().processes}
    assert {role: one.pid for role, one in found.items()} == {
        "api": os.getpid(),
        "deliverer": busy.pid,
    }
    deliverer = found["deliverer"]
    assert deliverer.cpu_pct is not None
    assert deliverer.cpu_pct > 5
    assert deliverer.memory_bytes > 1_000_000
    assert 0 <= deliverer.age_seconds < 60
    busy.kill()
    busy.wait(10)
    assert [one.role for one in looked_at.look().processes] == ["api"]


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("/venv/bin/python -m dagster dev -w workspace.yaml --host x", "Dagster"),
        ("/venv/bin/python -m dagster api grpc --port 1", "code server"),
        ("/venv/bin/python -m dagster_webserver --port 3000", "webserver"),
        ("/venv/bin/python -m dagster._daemon run", "daemon"),
        ("/venv/bin/python -c from multiprocessing.spawn --multiprocessing-fork", "worker"),
        ("/venv/bin/python -m fintech_pipeline deliver", "deliverer"),
        ("/venv/bin/python -m fintech_pipeline api --port 8000", "api"),
        ("/venv/bin/python /venv/bin/fintech up", "fintech up"),
        (
            "python -m fintech_pipeline.orchestration.supervision python -m fintech_pipeline api",
            "guardian",
        ),
        ("sleep 60", "other"),
    ],
)
def test_what_a_process_does_is_told_by_its_command(command: str, role: str) -> None:
    assert role_of(command.split()) == role


def test_the_database_is_shown_beside_the_processes(database: Database) -> None:
    with database.transaction() as connection:
        for year in (2025, 2026):
            span = f"FOR VALUES FROM ('{year}-01-01Z') TO ('{year + 1}-01-01Z')"
            table = f"CREATE TABLE fintech.bars_{year} PARTITION OF fintech.bars {span}"
            connection.exec_driver_sql(table)
    with serving_api(database) as api:
        found = api.get("/api/v1/cluster").document
    assert found["running"]["place"] == "local"
    assert [one["role"] for one in found["running"]["processes"]] == ["api"]
    assert found["database_problem"] is None
    assert found["database"]["version"].startswith("18")
    assert found["database"]["size_bytes"] > 1_000_000
    assert found["database"]["connections"] >= 1
    names = [one["name"] for one in found["database"]["tables"]]
    assert len(names) == 10
    assert not [name for name in names if name.startswith("bars_")]
    assert "bars" in names, "what its partitions take counts for it"
    sizes = [one["size_bytes"] for one in found["database"]["tables"]]
    assert sizes == sorted(sizes, reverse=True)
    assert (found["replica_used"], found["replica_lag_seconds"]) == (False, None)


def test_a_database_that_is_away_is_told_and_the_processes_are_shown() -> None:
    with serving_api(connect("postgresql://127.0.0.1:1/nowhere")) as api:
        answer = api.get("/api/v1/cluster")
    assert answer.status == 200
    assert answer.document["database"] is None
    assert answer.document["database_problem"].startswith("The database can't be reached: ")
    assert len(answer.document["running"]["processes"]) == 1


class Counted:
    looks = 0

    def look(self) -> Running:
        self.looks += 1
        return Running("local", NOW)


def test_a_cluster_is_looked_at_once_in_three_seconds() -> None:
    cluster, now = Counted(), [10.0]
    kept = KeptCluster(cluster, lambda: now[0])
    for at, looks in ((10.0, 1), (12.9, 1), (13.0, 2), (15.9, 2), (16.0, 3)):
        now[0] = at
        kept.look()
        assert cluster.looks == looks
