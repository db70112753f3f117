"""The probe of the daemon: alive while all of its parts wrote their heartbeats lately."""

import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from fintech_pipeline.orchestration.heartbeat import MOST_SECONDS, is_alive
from fintech_pipeline.storage.database import Database

PARTS = ("SCHEDULER", "SENSOR", "QUEUED_RUN_COORDINATOR", "MONITORING")
TABLE = """
CREATE TABLE dagster.daemon_heartbeats
(daemon_type varchar(255) UNIQUE NOT NULL, daemon_id varchar(255), timestamp timestamp NOT NULL)
"""
"""As Dagster 1.13 makes it."""


@pytest.fixture
def beats(database: Database) -> Database:
    with database.transaction() as connection:
        connection.execute(sa.text(TABLE))
    return database


def beat(database: Database, ages: Sequence[tuple[str, float]]) -> None:
    """Writes heartbeats of so many seconds ago, in UTC without a zone as Dagster does."""
    with database.transaction() as connection:
        for part, age in ages:
            connection.execute(
                sa.text("INSERT INTO dagster.daemon_heartbeats VALUES (:part, 'one', :at)"),
                {
                    "part": part,
                    "at": (datetime.now(UTC) - timedelta(seconds=age)).replace(tzinfo=None),
                },
            )


def test_it_is_alive_when_every_part_of_it_was_heard_of_lately(beats: Database) -> None:
    beat(beats, [(part, 30) for part in PARTS])
    assert is_alive(beats.url)


@pytest.mark.parametrize("silent", PARTS)
def test_one_part_that_fell_silent_is_enough(beats: Database, silent: str) -> None:
    beat(beats, [(part, MOST_SECONDS + 5 if part == silent else 5) for part in PARTS])
    assert not is_alive(beats.url)


@pytest.mark.parametrize("missing", PARTS)
def test_a_part_that_was_never_heard_of_is_not_alive_yet(beats: Database, missing: str) -> None:
    beat(beats, [(part, 5) for part in PARTS if part != missing])
    assert not is_alive(beats.url)


def test_a_heartbeat_from_the_future_says_nothing(beats: Database) -> None:
    beat(beats, [(part, -3_600) for part in PARTS])
    assert not is_alive(beats.url)


def test_a_table_that_somebody_holds_does_not_hang_it(beats: Database) -> None:
    beat(beats, [(part, 5) for part in PARTS])
    with beats.transaction() as connection:
        connection.execute(sa.text("LOCK TABLE dagster.daemon_heartbeats"))
        assert is_alive(beats.url)


def test_others_that_stopped_beating_do_not_count(beats: Database) -> None:
    beat(beats, [*((part, 5) for part in PARTS), ("BACKFILL_OLD", 10_000)])
    assert is_alive(beats.url)


def test_the_time_zone_of_the_server_does_not_matter(beats: Database) -> None:
    beat(beats, [(part, 5) for part in PARTS])
    with beats.transaction() as connection:
        name = connection.scalar(sa.text("SELECT current_database()"))
        connection.execute(sa.text(f"ALTER DATABASE \"{name}\" SET timezone TO 'Asia/Tokyo'"))
    assert is_alive(beats.url)


def test_before_dagster_made_its_tables_it_is_not_alive_yet(database: Database) -> None:
    assert not is_alive(database.url)


def test_for_want_of_a_database_it_is_not_started_again() -> None:
    assert is_alive("postgresql://127.0.0.1:1/nowhere")


def test_a_database_that_says_nothing_does_not_hang_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert is_alive(f"postgresql://127.0.0.1:{silent.getsockname()[1]}/nowhere")
