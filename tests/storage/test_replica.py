"""A real streaming replica: read while it keeps up, left alone while it does not."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from fintech_pipeline.api.reading import Reads, read_engine
from fintech_pipeline.api.replica import ReplicaWatch
from fintech_pipeline.cli.doctor import api as doctor
from fintech_pipeline.cli.doctor.findings import State
from fintech_pipeline.errors import StorageError
from fintech_pipeline.storage.database import connect
from tests.storage.servers import DebianServer, Server, make_data, started


@pytest.fixture(scope="module")
def replica(postgres_15: Server) -> Iterator[DebianServer]:
    """A copy of the 15 that follows it, on a socket of its own."""
    assert isinstance(postgres_15, DebianServer)
    with psycopg.connect(postgres_15.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE told (number int)")
    folder = Path(tempfile.mkdtemp(prefix="fintech-replica-"))
    source = ["-h", str(postgres_15.folder), "-U", "postgres"]
    try:
        make_data(folder, ["pg_basebackup", *source, "-R", "-X", "stream", "-c", "fast"])
        with started(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder)
        with psycopg.connect(postgres_15.url(), autocommit=True) as connection:
            connection.execute("DROP TABLE told")


@dataclass
class Ahead:
    """A clock that a test moves."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


def say(server: Server, statement: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(statement)


def watched(
    primary: str, replica: str, test: Callable[[ReplicaWatch, Ahead], Awaitable[None]]
) -> None:
    async def run() -> None:
        clock = Ahead()
        reads = Reads(read_engine(primary), read_engine(replica))
        try:
            await test(ReplicaWatch(reads, clock), clock)
        finally:
            await reads.close()

    asyncio.run(run())


async def caught_up(watch: ReplicaWatch) -> None:
    for _ in range(200):
        await watch.look()
        if watch.reads.uses_replica:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"it never keeps up: {watch.reason}")


def why(watch: ReplicaWatch) -> str | None:
    """Why the replica is not used."""
    return watch.reason


def in_recovery(connection: sa.Connection) -> bool:
    return bool(connection.execute(sa.text("SELECT pg_is_in_recovery()")).scalar_one())


def test_a_replica_that_keeps_up_is_read_and_one_that_lags_is_not(
    postgres_15: Server, replica: DebianServer
) -> None:
    async def test(watch: ReplicaWatch, clock: Ahead) -> None:
        assert not await watch.reads.of(in_recovery)  # nobody has looked at it yet
        await caught_up(watch)
        assert await watch.reads.of(in_recovery)
        assert not await watch.reads.of_primary(in_recovery)

        say(replica, "SELECT pg_wal_replay_pause()")
        try:
            await watch.look()
            assert watch.lag_seconds == 0.0, "nothing was written, so nothing lacks"
            clock.ahead = 3600
            await watch.look()
            assert watch.lag_seconds == 0.0, "however long nothing is written"
            say(postgres_15, "INSERT INTO told VALUES (1)")
            clock.ahead += 4
            await watch.look()
            assert 4 <= (watch.lag_seconds or 0) < 5
            assert await watch.reads.of(in_recovery)
            clock.ahead += 2
            await watch.look()
            assert 6 <= (watch.lag_seconds or 0) < 7
            assert why(watch) == "The replica is 6 seconds behind; reads go to the primary."
            assert not await watch.reads.of(in_recovery)
        finally:
            say(replica, "SELECT pg_wal_replay_resume()")
        await caught_up(watch)
        assert why(watch) is None
        assert await watch.reads.of(in_recovery)

    watched(postgres_15.url(), replica.url(), test)


def test_a_replica_that_was_behind_when_we_came_is_not_read(
    postgres_15: Server, replica: DebianServer
) -> None:
    async def test(watch: ReplicaWatch, _clock: Ahead) -> None:
        say(replica, "SELECT pg_wal_replay_pause()")
        try:
            say(postgres_15, "INSERT INTO told VALUES (2)")
            await asyncio.sleep(5.2)  # its own clock counts: ours began only now
            await watch.look()
            assert watch.lag_seconds is not None
            assert watch.lag_seconds >= 5
            assert not watch.reads.uses_replica
        finally:
            say(replica, "SELECT pg_wal_replay_resume()")
        await caught_up(watch)

    watched(postgres_15.url(), replica.url(), test)


def test_what_is_no_replica_of_this_database_is_not_read(
    postgres_15: Server, server: Server
) -> None:
    async def test(watch: ReplicaWatch, _clock: Ahead) -> None:
        await watch.look()
        assert not watch.reads.uses_replica
        assert watch.reason == (
            "DATABASE_REPLICA_URL names no replica of this database; reads go to the primary."
        )

    watched(postgres_15.url(), server.url(), test)  # another database altogether
    watched(postgres_15.url(), postgres_15.url(), test)  # the primary itself


def test_who_is_away_is_named(postgres_15: Server, replica: DebianServer) -> None:
    nowhere = "postgresql://127.0.0.1:1/nowhere"

    async def replica_away(watch: ReplicaWatch, _clock: Ahead) -> None:
        await watch.look()
        assert watch.reason == "The replica does not answer; reads go to the primary."
        assert not await watch.reads.of(in_recovery)

    async def primary_away(watch: ReplicaWatch, _clock: Ahead) -> None:
        await watch.look()
        assert watch.reason == (
            "The primary does not answer, so nobody knows how old the replica is."
        )
        with pytest.raises(StorageError):
            await watch.reads.of(in_recovery)

    watched(postgres_15.url(), nowhere, replica_away)
    watched(nowhere, replica.url(), primary_away)


def test_a_replica_that_dies_between_two_looks_costs_no_answer(postgres_15: Server) -> None:
    async def test(watch: ReplicaWatch, _clock: Ahead) -> None:
        watch.reads.uses_replica = True  # as it was a moment ago
        assert not await watch.reads.of(in_recovery)
        assert not watch.reads.uses_replica

    watched(postgres_15.url(), "postgresql://127.0.0.1:1/nowhere", test)


def test_the_doctor_finds_of_the_replica_what_the_api_would(
    postgres_15: Server, replica: DebianServer
) -> None:
    primary = connect(postgres_15.url())
    try:

        async def test(watch: ReplicaWatch, _clock: Ahead) -> None:
            await caught_up(watch)

        watched(postgres_15.url(), replica.url(), test)
        (found,) = doctor.replica(primary, replica.url())
        assert (found.state, found.told) == (State.OK, "0.0 s behind; the API reads it")
        (itself,) = doctor.replica(primary, postgres_15.url())
        assert itself.state is State.FAIL
        assert "names no replica of this database" in itself.told
        (away,) = doctor.replica(primary, "postgresql://fintech:hidden@127.0.0.1:1/fintech")
        assert (away.state, "hidden" in away.told) == (State.FAIL, False)
        assert list(doctor.replica(primary, None)) == []
    finally:
        primary.close()
