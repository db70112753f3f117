"""One `fintech up` a database, also after it was away; runs are failed by who may know."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.storage.tags import GRPC_INFO_TAG

from fintech_pipeline.errors import PipelineError, StorageError
from fintech_pipeline.orchestration.runs import fail_dead_runs
from fintech_pipeline.orchestration.serving import ServingRight, serving
from fintech_pipeline.storage.database import Database, connect

REFUSED = r"^This database is already served at http://here:1; open that, or stop it first\.$"


@pytest.fixture
def other(database: Database) -> Iterator[Database]:
    """The same database from another process's point of view."""
    opened = connect(database.url)
    yield opened
    opened.close()


def cut_off(right: ServingRight, other: Database) -> None:
    """Ends the connection that holds the right, as a restart of the server does."""
    pid = right.connection.scalar(sa.text("SELECT pg_backend_pid()"))
    with other.transaction() as connection:
        terminated = sa.text("SELECT pg_terminate_backend(:pid, 5000)")
        assert connection.scalar(terminated, {"pid": pid})


def test_a_second_is_refused_and_told_where_the_first_is(
    database: Database, other: Database
) -> None:
    with serving(database) as right:
        right.announce("http://here:1")
        with pytest.raises(PipelineError, match=REFUSED), serving(other):
            pass
    with serving(other):
        pass


def test_the_right_is_taken_again_after_the_server_was_away(
    database: Database, other: Database
) -> None:
    with serving(database) as right:
        right.announce("http://here:1")
        cut_off(right, other)
        away = right.database
        right.database = connect("postgresql://127.0.0.1:1/nowhere")
        for _ in range(3):
            with pytest.raises(StorageError):
                right.keep()
        right.database = away
        right.keep()
        right.keep()
        with pytest.raises(PipelineError, match=REFUSED), serving(other):
            pass


def test_whoever_took_the_right_meanwhile_keeps_it(database: Database, other: Database) -> None:
    with serving(database) as right:
        cut_off(right, other)
        with serving(other) as theirs:
            theirs.announce("http://here:1")
            with pytest.raises(StorageError):
                right.keep()
            with pytest.raises(PipelineError, match=REFUSED):
                right.keep()


def test_a_second_may_wait_until_the_first_has_ended(database: Database, other: Database) -> None:
    first = contextlib.ExitStack()
    first.enter_context(serving(database))
    ends = threading.Timer(1.5, first.close)
    ends.start()
    with serving(other, wait_seconds=20) as right:
        assert not ends.is_alive()
        right.keep()
    ends.join()


def test_who_waited_in_vain_is_told_where_the_first_is(database: Database, other: Database) -> None:
    with serving(database) as right:
        right.announce("http://here:1")
        began = time.monotonic()
        with pytest.raises(PipelineError, match=REFUSED), serving(other, wait_seconds=1.5):
            pass
        assert 1.5 <= time.monotonic() - began < 10


def test_a_run_whose_worker_said_nothing_yet_is_failed_only_by_who_serves(tmp_path: Path) -> None:
    """Its code server's socket is on the machine that started it, which may be another one."""
    server = json.dumps({"host": "localhost", "socket": str(tmp_path / "gone")})

    @dg.op
    def nothing() -> None:
        return None

    @dg.job
    def work() -> None:
        nothing()

    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(
            work, status=dg.DagsterRunStatus.STARTED, tags={GRPC_INFO_TAG: server}
        )
        assert fail_dead_runs(instance) == []
        assert fail_dead_runs(instance, serving=True) == [run.run_id]
