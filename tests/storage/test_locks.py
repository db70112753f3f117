"""Advisory locks between real processes, some of which are killed."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from fintech_pipeline.errors import StorageError
from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.locks import locked

ROOT = Path(__file__).parents[2]
DAY = date(2025, 5, 20)
NEXT = DAY + timedelta(days=1)
HOLD = """
import sys
from datetime import date
from fintech_pipeline.errors import StorageError
from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.locks import locked
database = connect(sys.argv[1])
days = [date.fromisoformat(day) for day in sys.argv[4:]]
try:
    with locked(database, sys.argv[2], days, float(sys.argv[3])):
        print("held", flush=True)
        sys.stdin.readline()
except StorageError as error:
    print(error, flush=True)
print("ended", flush=True)
"""
OVERLAP = """
import random, sys, time
from datetime import date, timedelta
from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.locks import locked
database = connect(sys.argv[1])
chance = random.Random(int(sys.argv[2]))
days = [date(2025, 5, 20) + timedelta(days=n) for n in range(6)]
inside = "INSERT INTO holders SELECT unnest(%s::date[])"
for _ in range(12):
    wanted = chance.sample(days, 3)
    with locked(database, "bars", wanted, 60):
        for statement in (inside, "DELETE FROM holders WHERE on_day = ANY(%s)"):
            with database.transaction() as connection:
                connection.exec_driver_sql(statement, (wanted,))
            time.sleep(chance.uniform(0, 0.01))
print("ended", flush=True)
"""


@contextlib.contextmanager
def python(script: str, *words: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, words)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def holder(database: Database) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the bars of two days."""
    with python(HOLD, database.url, "bars", 0, NEXT, DAY) as process:
        assert line(process) == "held"
        yield process


def refusal(database: Database, asset: str, days: list[date], wait_seconds: float) -> str:
    with pytest.raises(StorageError) as caught, locked(database, asset, days, wait_seconds):
        pass
    return str(caught.value)


def seconds(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def test_two_processes_never_hold_the_same_asset_and_day(
    database: Database, holder: subprocess.Popen[str]
) -> None:
    sentence = (
        "Another run is working on bars of 2025-05-20 and did not end in time; nothing was "
        "changed. Try again when it is done."
    )
    assert refusal(database, "bars", [DAY], 0) == sentence
    waited = seconds(lambda: refusal(database, "bars", [DAY - timedelta(days=1), DAY], 0.5))
    assert 0.5 <= waited < 5
    holder.communicate("\n", timeout=30)
    with locked(database, "bars", [DAY, NEXT], 0):
        pass


def test_the_loser_of_another_process_gets_the_sentence_too(database: Database) -> None:
    with (
        locked(database, "bars", [DAY], 0),
        python(HOLD, database.url, "bars", 0.2, DAY) as loser,
    ):
        assert line(loser).startswith(
            "Another run is working on bars of 2025-05-20 and did not end"
        )
        assert line(loser) == "ended"


def test_other_days_and_other_assets_do_not_wait(
    database: Database, holder: subprocess.Popen[str]
) -> None:
    with (
        locked(database, "bars", [DAY - timedelta(days=1), NEXT + timedelta(days=1)], 0),
        locked(database, "news", [DAY, NEXT], 0),
    ):
        assert holder.poll() is None


def test_a_killed_holder_frees_its_days_at_once(
    database: Database, holder: subprocess.Popen[str]
) -> None:
    holder.kill()
    holder.wait()
    with locked(database, "bars", [DAY, NEXT], 5):
        pass


def test_whoever_waits_goes_on_when_the_holder_ends(
    database: Database, holder: subprocess.Popen[str]
) -> None:
    with python(HOLD, database.url, "bars", 60, DAY) as waiting:
        time.sleep(0.2)
        holder.communicate("\n", timeout=30)
        assert line(waiting) == "held"
        assert "2025-05-20" in refusal(database, "bars", [DAY], 0)


def test_a_loser_keeps_none_of_the_days_it_had_taken(
    database: Database, holder: subprocess.Popen[str]
) -> None:
    before = DAY - timedelta(days=1)
    refusal(database, "bars", [DAY, before], 0)
    with python(HOLD, database.url, "bars", 0, before) as other:
        assert line(other) == "held"
    assert holder.poll() is None


def test_overlapping_ranges_in_any_order_neither_deadlock_nor_share_a_day(
    database: Database,
) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE holders (on_day date PRIMARY KEY)")
    with contextlib.ExitStack() as stack:
        runs = [stack.enter_context(python(OVERLAP, database.url, seed)) for seed in range(3)]
        # Two holders of one day would violate the key, and the process would print no end.
        assert [line(run) for run in runs] == ["ended"] * 3


def test_an_error_inside_frees_the_days(database: Database) -> None:
    with pytest.raises(KeyError), locked(database, "bars", [DAY], 0):
        raise KeyError
    with python(HOLD, database.url, "bars", 0, DAY) as other:
        assert line(other) == "held"


def test_the_connection_goes_back_to_the_pool_without_a_lock(database: Database) -> None:
    for _ in range(30):  # more than the pool has
        with locked(database, "bars", [DAY, DAY, NEXT], 0):
            pass
    held = database.arrow("SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory'")
    assert held.to_pylist() == [{"n": 0}]


def test_a_lock_whose_backend_is_killed_ends_without_another_error(database: Database) -> None:
    find = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"
    with locked(database, "bars", [DAY], 0), psycopg.connect(database.url) as other:
        assert other.execute(find).fetchall() == [(True,)]
    with locked(database, "bars", [DAY], 0):
        pass


def test_no_days_need_no_lock(database: Database) -> None:
    with locked(database, "bars", [], 0):
        held = database.arrow("SELECT 1 AS x FROM pg_locks WHERE locktype = 'advisory'")
        assert held.num_rows == 0
