"""The live stream under load: crowds, commits out of order, and a database that restarts."""

import contextlib
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import psutil
import pytest
import sqlalchemy as sa

from fintech_pipeline.storage.database import Database, connect
from fintech_pipeline.storage.embedded import EmbeddedServer
from fintech_pipeline.storage.events import Event, Topic, announce
from fintech_pipeline.storage.schema import migrate
from tests.api.streaming import Api, streaming, tell

PROJECT = Path(__file__).resolve().parents[2]
CLIENTS = 1_000
WRITERS, ROUNDS, FOLLOWERS = 8, 25, 8


class Crowd:
    """Clients in a process of their own, all connected."""

    def __init__(self, urls: Sequence[str], count: int, last: int) -> None:
        arguments = [sys.executable, "-m", "tests.api.stream_crowd", str(count), str(last), *urls]
        self.process = subprocess.Popen(  # our own
            arguments, stdout=subprocess.PIPE, text=True, cwd=PROJECT
        )

    def __enter__(self) -> Self:
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "connected\n":
            self.__exit__()
            pytest.fail("the crowd could not connect")
        return self

    def __exit__(self, *_: object) -> None:
        # A crowd that is left behind would be told of in whatever test comes next.
        self.process.kill()
        self.process.communicate()

    def heard(self, seconds: float = 60) -> list[tuple[list[int], list[float]]]:
        said, _ = self.process.communicate(timeout=seconds)
        assert self.process.returncode == 0
        found: list[tuple[list[int], list[float]]] = json.loads(said)
        return found


def test_a_thousand_clients_hear_every_event_in_order(database: Database) -> None:
    with streaming(database) as api, Crowd([api.url()], CLIENTS, 49) as crowd:
        for n in range(0, 50, 5):
            with database.transaction() as connection:
                announce(connection, [Event(Topic.BARS, {"n": n + i}) for i in range(5)])
            time.sleep(0.05)
        heard = crowd.heard()
    assert len(heard) == CLIENTS
    assert all(numbers == list(range(50)) for numbers, _ in heard)


def test_two_servers_tell_the_same_and_a_cursor_of_one_serves_at_the_other(
    database: Database,
) -> None:
    with (
        streaming(database) as one,
        streaming(database) as other,
        Crowd([one.url(), other.url()], 20, 9) as crowd,
    ):
        with one.following() as client:
            client.frame()
            tell(database, *range(10))
            seen = [client.frame_of("event") for _ in range(4)][-1]
        with other.following(after=seen["id"]) as client:
            assert client.numbers(6) == [4, 5, 6, 7, 8, 9]
        assert [numbers for numbers, _ in crowd.heard()] == [list(range(10))] * 20


def write(database: Database, writer: int, seed: int, done: set[int]) -> None:
    """Holds transactions open for a while, announces early and late, and takes some back."""
    chance = random.Random(f"{seed} {writer}")  # noqa: S311  # no secret
    for turn in range(ROUNDS):
        number = writer * ROUNDS + turn
        with database.engine.connect() as connection:
            transaction = connection.begin()
            announce(connection, [Event(Topic.BARS, {"n": number, "part": 0})])
            time.sleep(chance.random() ** 3 * 0.1)
            savepoint = connection.begin_nested()
            announce(connection, [Event(Topic.BARS, {"n": number, "part": 1})])
            if chance.random() < 0.3:
                savepoint.rollback()
                announce(connection, [Event(Topic.BARS, {"n": number, "part": 1})])
            if chance.random() < 0.2:
                transaction.rollback()
            else:
                transaction.commit()
                done.add(number)


def follow(
    api: Sequence[Api], seed: int, last: int, found: list[tuple[int, int]], start: str
) -> None:
    """Listens, goes away at random, and comes back to one of the servers with its last cursor."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    after, ended = start, False
    while not ended:
        stays = chance.randrange(1, 60)
        with chance.choice(api).following(after=after) as client:
            while stays and not ended:
                frame = client.frame(30)
                if frame["type"] == "missed" and frame["count"] is not None:
                    # Overtaken, as may happen to whoever reads slowly: it is read from there on.
                    assert frame["cursor"] == after, frame
                    break
                assert frame["type"] in {"hello", "event", "heartbeat"}, frame
                if frame["type"] == "hello":
                    continue
                after = frame["id"] if frame["type"] == "event" else frame["cursor"]
                if frame["type"] == "event":
                    stays -= 1
                    ended = frame["payload"]["n"] == last
                    found.append((frame["payload"]["n"], int(frame["id"].split("-")[1])))


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 7))]
)
def test_whoever_comes_back_under_concurrent_commits_has_no_gap_and_no_repetition(
    database: Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fintech_pipeline.api.event_log.MOST_EVENTS", 200)
    done: set[int] = set()
    last = WRITERS * ROUNDS
    found: list[list[tuple[int, int]]] = [[] for _ in range(FOLLOWERS)]
    failures: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failures.append)
    # Each writer has a pool of its own: the database's has ten connections.
    with contextlib.ExitStack() as stack:
        one, other = (stack.enter_context(streaming(database)) for _ in range(2))
        with one.following() as client:
            start = client.frame()["cursor"]
        endless = stack.enter_context(database.engine.begin())
        endless.execute(sa.text("SELECT pg_current_xact_id()"))
        pools = [
            stack.enter_context(contextlib.closing(connect(database.url))) for _ in range(WRITERS)
        ]
        writers = [
            threading.Thread(target=write, args=(pools[n], n, seed, done)) for n in range(WRITERS)
        ]
        followers = [
            threading.Thread(target=follow, args=([one, other], seed * 100 + n, last, mine, start))
            for n, mine in enumerate(found)
        ]
        for thread in (*writers, *followers):
            thread.start()
        for thread in writers:
            thread.join()
        tell(database, last)
        for thread in followers:
            thread.join(40)
            assert not thread.is_alive(), f"it still waits for the last event; {failures}"
    assert not failures, failures
    with database.transaction() as connection:
        query = sa.text("SELECT (payload->>'n')::int, id FROM fintech.events ORDER BY id")
        stored = [(row[0], row[1]) for row in connection.execute(query)]
    assert len(stored) == 2 * len(done) + 1
    both = [number for number, _ in stored]
    apart = [n for n in done if both[both.index(n) + 1] != n]
    assert len(apart) > len(done) / 4, "the drill's transactions did not overlap"
    for mine in found:
        assert mine == stored


def test_a_restart_of_the_database_delays_and_loses_nothing() -> None:
    # Not below pytest's own folder, for the reason that stands at the fixture `server`.
    with tempfile.TemporaryDirectory(prefix="fintech-tests-") as folder, ExitStack() as leases:
        server = leases.enter_context(EmbeddedServer.acquire(Path(folder)))
        database = connect(server.url())
        migrate(database)
        with streaming(database) as api, api.following() as client:
            client.frame()
            tell(database, 1)
            assert client.numbers(1) == [1]
            postmaster = int((Path(folder) / "pg18" / "postmaster.pid").read_text().split()[0])
            psutil.Process(postmaster).kill()
            beat = client.frame_of("heartbeat", 20)
            assert beat["delayed"] is True
            # Whoever comes meanwhile is served, as far as that goes.
            with api.following() as late:
                assert late.frame()["delayed"] is True
                _gone(postmaster)
                leases.enter_context(EmbeddedServer.acquire(Path(folder)))
                tell(database, 2)
                assert client.numbers(1) == [2]
                assert late.numbers(1) == [2]
            tell(database, 3)
            assert client.numbers(1) == [3]
            assert api.stream.log.delayed is False
        database.close()


def _gone(pid: int) -> None:
    deadline = time.monotonic() + 30
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the server still lives"
        time.sleep(0.02)
