"""Migrations against real servers, and the refusal to mix kinds of data."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import fintech_pipeline.alerts.tables
import fintech_pipeline.composition
import fintech_pipeline.storage.event_cursor  # noqa: F401  # the three import every table there is
from fintech_pipeline.errors import ConfigurationError, StorageError
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import SCHEMA, Database, connect, metadata
from fintech_pipeline.storage.schema import MIGRATIONS, claim, migrate, require_current

CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'fintech'::regnamespace ORDER BY 1, 2
"""
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'fintech' AND tablename <> 'alembic_version' ORDER BY 1
"""
PARTITIONED = "SELECT partrelid::regclass::text, partstrat FROM pg_partitioned_table"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'fintech' ORDER BY 1"


@pytest.fixture
def database(empty_on_either: Database) -> Database:
    return empty_on_either


def rows_of(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.transaction() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def differences(database: Database) -> list[Any]:
    """What Alembic would write into a new migration."""

    def ours(name: str | None, kind: str, _parents: Any) -> bool:
        if kind == "schema":
            return name == SCHEMA
        return (kind, name) != ("table", "alembic_version")

    with database.engine.connect() as connection:
        options: dict[str, Any] = {
            "version_table_schema": SCHEMA,
            "include_schemas": True,
            "include_name": ours,
            "compare_type": True,
            "compare_server_default": True,
        }
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))


def alembic_config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    return config


def downgrade(database: Database, revision: str) -> None:
    with database.transaction() as connection:
        command.downgrade(alembic_config(connection), revision)


def revisions() -> list[str]:
    """Every revision, the oldest first."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """What each call returned or raised, all of them started together."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return call()
        except (ConfigurationError, StorageError) as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_migrations_make_what_the_code_describes(database: Database) -> None:
    migrate(database)
    require_current(database)
    assert differences(database) == []


def test_migrations_make_the_same_checks_keys_indexes_and_partitions(database: Database) -> None:
    # Alembic compares neither checks nor partitioning, so a second schema is made from the code.
    migrate(database)
    queries = (CONSTRAINTS, INDEXES, PARTITIONED)
    migrated = [rows_of(database, query) for query in queries]
    downgrade(database, "base")
    with database.transaction() as connection:
        connection.execute(sa.text("DROP TABLE fintech.alembic_version"))
        metadata.create_all(connection)
    described = [rows_of(database, query) for query in queries]
    without_alembic = [row for row in migrated[0] if row[0] != "fintech.alembic_version"]
    assert without_alembic == described[0]
    assert migrated[1:] == described[1:]


def test_migrating_twice_changes_nothing(database: Database) -> None:
    first = migrate(database)
    InstrumentStore(database).seed([Instrument("AAPL", "Apple Inc.")])
    assert migrate(database) == first == revisions()[-1]
    assert [i.symbol for i in InstrumentStore(database).watched()] == ["AAPL"]


def test_four_migrations_at_once_are_one_after_the_other(database: Database) -> None:
    others = [connect(database.url) for _ in range(4)]
    outcomes = at_once([lambda d=other: migrate(d) for other in others])  # type: ignore[misc]  # mypy cannot infer a lambda's default
    for other in others:
        other.close()
    assert outcomes == [revisions()[-1]] * 4
    assert rows_of(database, "SELECT version_num FROM fintech.alembic_version") == [
        (revisions()[-1],)
    ]


def test_downgrading_to_nothing_and_up_again_works_with_data_in_it(database: Database) -> None:
    migrate(database)
    InstrumentStore(database).seed([Instrument("AAPL", "Apple Inc.")])
    with database.transaction() as connection:
        connection.execute(
            sa.text(
                "CREATE TABLE fintech.bars_2025 PARTITION OF fintech.bars "
                "FOR VALUES FROM ('2025-01-01 00:00Z') TO ('2026-01-01 00:00Z')"
            )
        )
    downgrade(database, "base")
    assert rows_of(database, TABLES) == [("alembic_version",)]
    migrate(database)
    assert differences(database) == []


def test_every_single_migration_goes_down_and_up(database: Database) -> None:
    migrate(database)
    for _ in revisions():
        downgrade(database, "-1")
    for revision in revisions():
        with database.transaction() as connection:
            command.upgrade(alembic_config(connection), revision)
    assert differences(database) == []


def test_a_database_that_is_not_migrated_is_refused(database: Database) -> None:
    with pytest.raises(StorageError, match=r"not set up; run `fintech db migrate` first\.$"):
        require_current(database)
    with pytest.raises(StorageError, match=r"not set up; run `fintech db migrate` first\.$"):
        InstrumentStore(database).watched()


def made_by_a_newer_version(database: Database, works_from: str) -> None:
    """As a migration leaves it that this version does not know."""
    with database.transaction() as connection:
        connection.execute(sa.text("UPDATE fintech.alembic_version SET version_num = '9999'"))
        told = f"COMMENT ON SCHEMA fintech IS 'works from revision {works_from}'"
        connection.execute(sa.text(told))


def test_a_newer_database_to_which_was_only_added_is_worked_on_and_left_as_it_is(
    database: Database,
) -> None:
    migrate(database)
    with database.transaction() as connection:
        known = connection.scalar(sa.text("SELECT version_num FROM fintech.alembic_version"))
    made_by_a_newer_version(database, works_from=str(known))
    require_current(database)
    assert migrate(database) == "9999"
    require_current(database)


def test_a_newer_database_is_refused_and_not_touched(database: Database) -> None:
    migrate(database)
    made_by_a_newer_version(database, works_from="9998")
    before = rows_of(database, CONSTRAINTS)
    for refuses in (require_current, migrate):
        with pytest.raises(StorageError, match=r"newer version .*9999.*; install"):
            refuses(database)
    assert rows_of(database, CONSTRAINTS) == before


def test_a_migration_that_fails_leaves_nothing_half_made(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(sa.text("CREATE SCHEMA fintech"))
        connection.execute(sa.text("CREATE TABLE fintech.signals (mine int)"))
    with pytest.raises(StorageError, match='relation "signals" already exists'):
        migrate(database)
    assert rows_of(database, TABLES) == [("signals",)]


def test_a_database_keeps_the_kind_of_data_it_was_claimed_for(database: Database) -> None:
    migrate(database)
    claim(database, "demo", True)
    claim(database, "other-demo", True)
    with pytest.raises(ConfigurationError, match=r"holds simulated data \(of 'demo'\) and 'mine'"):
        claim(database, "mine", False)
    claim(database, "demo", True)


def test_a_database_with_real_data_refuses_simulated_data(database: Database) -> None:
    migrate(database)
    claim(database, "mine", False)
    with pytest.raises(ConfigurationError, match=r"holds real data .* would add simulated data"):
        claim(database, "demo", True)


def test_of_two_kinds_that_claim_at_once_only_one_wins(database: Database) -> None:
    migrate(database)
    outcomes = at_once(
        [lambda kind=kind: claim(database, f"c{kind}", kind) for kind in (True, False) * 2]  # type: ignore[misc]  # mypy cannot infer a lambda's default
    )
    assert [type(outcome) for outcome in outcomes].count(ConfigurationError) == 2
    assert len({i % 2 for i, outcome in enumerate(outcomes) if outcome is None}) == 1
    assert len(rows_of(database, "SELECT * FROM fintech.identity")) == 1
