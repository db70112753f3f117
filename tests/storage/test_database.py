"""The way to the database: translated errors, recovery, quoting and time zones."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import sqlalchemy as sa

from fintech_pipeline.api.reading import read_engine
from fintech_pipeline.errors import ConfigurationError, StorageError, TookTooLong, Unreachable
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.settings import DatabaseSettings
from fintech_pipeline.storage.database import (
    RANDOM_PAGE_COST,
    Database,
    await_reachable,
    connect,
    dagster_url,
    open_database,
    translated,
)
from fintech_pipeline.storage.embedded import EmbeddedServer

SECRET = "hunter2-s3cret"  # noqa: S105  # a password only these tests know
HOSTILE = [
    "Robert'); DROP TABLE fintech.instruments;--",
    "O'Neill",
    'double "quoted"',
    "back\\slash \\' OR 1=1 --",
    "{braces} {0} {symbols}",
    "%s %(name)s :name $1 $$",
    "NULL",
    "",
    "a,b",
    "line\nbreak\ttab",
    "日本語 🚀 \u202eright to left",
    "x" * 100_000,
]


@pytest.fixture
def seeded(database: Database) -> Database:
    InstrumentStore(database).seed([Instrument("AAPL", "Apple Inc.")])
    return database


@pytest.fixture
def locked_role(postgres_15: Any) -> Iterator[str]:
    """The address of a role that needs a password, with a wrong one."""
    with psycopg.connect(postgres_15.url(), autocommit=True) as connection:
        connection.execute("CREATE ROLE locked LOGIN PASSWORD 'right'")
    yield postgres_15.url().replace("postgres@", f"locked:{SECRET}@")
    with psycopg.connect(postgres_15.url(), autocommit=True) as connection:
        connection.execute("DROP ROLE locked")


def failure(database: Database, *, arrow: bool) -> str:
    """The sentence that a query of either kind ends in."""
    with pytest.raises(StorageError) as caught:
        database.arrow("SELECT 1") if arrow else run(database, "SELECT 1")
    database.close()
    return str(caught.value)


def run(database: Database, *statements: str, dies: bool = False, fails: bool = False) -> None:
    """One transaction of some statements, whose backend is killed or whose caller gives up."""
    with database.transaction() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        if dies:
            terminate(database, connection.scalar(sa.text("SELECT pg_backend_pid()")))
            connection.exec_driver_sql("DELETE FROM fintech.instruments")
        if fails:
            raise KeyError


def names(database: Database) -> list[str]:
    return [instrument.symbol for instrument in InstrumentStore(database).watched()]


@pytest.mark.parametrize("arrow", [False, True], ids=["transaction", "arrow"])
@pytest.mark.parametrize("host", ["127.0.0.1:1", "/nowhere"])
def test_a_database_that_is_not_there_is_told_in_one_sentence(host: str, arrow: bool) -> None:
    place = "/fintech?host=/nowhere" if host == "/nowhere" else f"{host}/fintech"
    address = f"postgresql://someone:{SECRET}@{place}"
    sentence = failure(connect(address), arrow=arrow)
    assert sentence.startswith("The database can't be reached: ")
    assert sentence.endswith("Start it, or check DATABASE_URL; nothing more was written.")
    assert "\n" not in sentence
    assert SECRET not in sentence


@pytest.mark.parametrize("arrow", [False, True], ids=["transaction", "arrow"])
def test_a_wrong_password_is_told_and_not_shown(locked_role: str, arrow: bool) -> None:
    sentence = failure(connect(locked_role), arrow=arrow)
    assert sentence.startswith("The database refused the login: ")
    assert 'password authentication failed for user "locked"' in sentence
    assert sentence.endswith("Check DATABASE_URL.")
    assert SECRET not in sentence


def test_a_database_that_comes_a_little_later_is_waited_for(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    place = tmp_path / "socket"
    folder = parse_qs(urlsplit(server.url()).query)["host"][0]
    appears = threading.Timer(1.5, lambda: place.symlink_to(folder))
    appears.start()
    database = connect(f"postgresql://postgres@/postgres?host={place}")
    began = time.monotonic()
    await_reachable(database, 20)
    assert time.monotonic() - began >= 1
    database.close()
    appears.join()


def test_one_that_never_comes_is_given_up_and_a_refusal_is_told_at_once(locked_role: str) -> None:
    began = time.monotonic()
    with pytest.raises(Unreachable, match="can't be reached"):
        await_reachable(connect("postgresql://127.0.0.1:1/nowhere"), 1.5)
    assert 1.5 <= time.monotonic() - began < 10
    began = time.monotonic()
    with pytest.raises(StorageError, match="refused the login") as refused:
        await_reachable(connect(locked_role), 60)
    assert not isinstance(refused.value, Unreachable)
    assert time.monotonic() - began < 10


def test_neither_the_database_nor_its_settings_show_the_password() -> None:
    address = f"postgresql://someone:{SECRET}@127.0.0.1:1/fintech"
    database = connect(address)
    assert SECRET not in repr(database)
    assert SECRET not in str(database)
    assert SECRET not in repr(DatabaseSettings(url=address))
    assert SECRET in dagster_url(address)


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://someone:{SECRET}@host:port/db",
        f"postgresql://someone:p@ss:w/{SECRET}@127.0.0.1:1/fintech",
        f"postgresql://someone:p@ss:{SECRET}/word@127.0.0.1:1/fintech",
        f"postgresql://someone:pa@{SECRET}@127.0.0.1:1/fintech",
    ],
)
def test_an_address_that_is_none_is_a_mistake_in_the_configuration(address: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL is not the address") as caught:
        open_database(DatabaseSettings(url=address), Path("/nowhere"))
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_database_is_named(server: Any) -> None:
    sentence = failure(connect(server.url("not_there")), arrow=False)
    assert 'database "not_there" does not exist' in sentence


def test_a_killed_backend_leaves_nothing_half_written_and_the_pool_recovers(
    seeded: Database,
) -> None:
    sentence = "went away in the middle; what was committed is kept, nothing else was written"
    for _ in range(3):
        with pytest.raises(StorageError, match=sentence):
            run(seeded, "DELETE FROM fintech.watchlist", dies=True)
        assert names(seeded) == ["AAPL"]


def test_a_backend_killed_before_its_commit_has_written_nothing(seeded: Database) -> None:
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(seeded.transaction())
        connection.execute(sa.text("DELETE FROM fintech.watchlist"))
        terminate(seeded, connection.scalar(sa.text("SELECT pg_backend_pid()")))
        with pytest.raises(StorageError, match="went away in the middle"):
            stack.close()
    assert names(seeded) == ["AAPL"]


def test_a_backend_killed_while_its_query_runs_is_told(seeded: Database) -> None:
    with psycopg.connect(seeded.url, autocommit=True) as observer:
        query = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'pg_sleep[(]60'"
        )
        stop = threading.Event()

        def kill() -> None:
            while not stop.wait(0.05):
                observer.execute(query + " AND pid <> pg_backend_pid()")

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            with pytest.raises(StorageError, match="went away in the middle"):
                seeded.arrow("SELECT pg_sleep(60)")
        finally:
            stop.set()
            killer.join()
    assert seeded.arrow("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_idle_connections_killed_by_a_restart_are_replaced_without_an_error(
    seeded: Database,
) -> None:
    with seeded.transaction() as one, seeded.transaction() as other:
        pids = [opened.scalar(sa.text("SELECT pg_backend_pid()")) for opened in (one, other)]
    for pid in pids:
        terminate(seeded, pid)
    assert names(seeded) == ["AAPL"]


def terminate(database: Database, pid: int | None) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        assert connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone()


def test_nobody_waits_for_ever_for_what_another_run_holds(seeded: Database) -> None:
    with seeded.transaction() as holder:
        holder.execute(sa.text("SELECT pg_advisory_xact_lock(1)"))
        with pytest.raises(StorageError, match="has been writing the same for five minutes"):
            wait_impatiently(seeded)


def wait_impatiently(database: Database) -> None:
    with database.transaction() as waiting:
        assert waiting.scalar(sa.text("SHOW lock_timeout")) == "5min"
        waiting.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
        waiting.execute(sa.text("SELECT pg_advisory_xact_lock(1)"))


def test_an_error_of_the_caller_s_own_rolls_back_and_is_not_translated(seeded: Database) -> None:
    with pytest.raises(KeyError):
        run(seeded, "DELETE FROM fintech.watchlist", fails=True)
    assert names(seeded) == ["AAPL"]


def test_a_refused_statement_is_one_sentence(seeded: Database) -> None:
    with pytest.raises(StorageError) as caught:
        run(seeded, "SELECT nonsense FROM fintech.instruments")
    assert str(caught.value) == 'The database refused: column "nonsense" does not exist.'
    with pytest.raises(StorageError, match=r"^The database refused: .*nonsense[^\n]*\.$"):
        seeded.arrow("SELECT nonsense FROM fintech.instruments")


def test_a_full_disk_is_told_as_what_it_is(seeded: Database) -> None:
    # Postgres's own error, raised by Postgres; a disk cannot be filled for a test.
    raising = "DO $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$"
    with pytest.raises(StorageError, match=r"disk is full; nothing of this step .* Free space"):
        run(seeded, raising)


def test_arrow_quotes_any_text(seeded: Database) -> None:
    found = "SELECT symbol FROM fintech.instruments WHERE symbol = {one} OR symbol = ANY({all})"
    for value in HOSTILE:
        answer = seeded.arrow(
            "SELECT {value}::text AS alone, unnest({listed}::text[]) AS listed",
            {"value": value, "listed": [value, value]},
        )
        assert answer.to_pylist() == [{"alone": value, "listed": value}] * 2
        assert seeded.arrow(found, {"one": value, "all": [value]}).num_rows == 0
        assert seeded.arrow(found, {"one": value, "all": [value, "AAPL"]}).num_rows == 1
    assert names(seeded) == ["AAPL"]


def test_arrow_quotes_safely_where_backslashes_escape(seeded: Database) -> None:
    with psycopg.connect(seeded.url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET standard_conforming_strings = off')
    for value in HOSTILE:
        assert seeded.arrow("SELECT {v}::text AS v", {"v": value}).to_pylist() == [{"v": value}]


def test_arrow_refuses_what_no_text_of_postgres_can_hold(seeded: Database) -> None:
    with pytest.raises(StorageError, match="NUL"):
        seeded.arrow("SELECT {v} AS v", {"v": "AAPL\x00' OR true --"})


def test_arrow_gives_types_as_they_are(seeded: Database) -> None:
    at = datetime(2025, 3, 9, 7, 0, 0, 1, tzinfo=UTC)
    values = {"at": at, "on": date(2025, 3, 9), "price": 0.1 + 0.2, "none": None, "yes": True}
    query = "SELECT {at} AS a, {on} AS b, {price}::float8 AS c, {none}::text AS d, {yes} AS e"
    (row,) = seeded.arrow(query, values).to_pylist()
    assert list(row.values()) == list(values.values())


def test_an_empty_answer_keeps_its_columns(seeded: Database) -> None:
    rows = seeded.arrow("SELECT symbol, name FROM fintech.instruments WHERE false")
    assert (rows.num_rows, rows.column_names) == (0, ["symbol", "name"])


@pytest.fixture
def in_tokyo(database: Database) -> Iterator[Database]:
    """A database whose sessions start in Tokyo's time and German dates."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        name = connection.info.dbname
        for setting in ("timezone = 'Asia/Tokyo'", "datestyle = 'German, DMY'"):
            connection.execute(f'ALTER DATABASE "{name}" SET {setting}')
    opened = connect(database.url)
    yield opened
    opened.close()


def test_instants_are_utc_whatever_the_server_s_time_zone(in_tokyo: Database) -> None:
    at = datetime(2025, 5, 3, 23, 30, tzinfo=UTC)
    with in_tokyo.transaction() as connection:
        assert connection.scalar(sa.text("SHOW timezone")) == "UTC"
        connection.execute(
            sa.text(
                "INSERT INTO fintech.stories (headline, first_known_at) "
                "VALUES ('bound', :at), ('spelt', '2025-05-03 23:30')"
            ),
            {"at": at},
        )
        stored = list(connection.scalars(sa.text("SELECT first_known_at FROM fintech.stories")))
        assert stored == [at, at]
        assert {instant.utcoffset() for instant in stored} == {UTC.utcoffset(None)}
    query = "SELECT headline, first_known_at FROM fintech.stories WHERE first_known_at = {at}"
    rows = in_tokyo.arrow(query, {"at": at})
    assert str(rows.schema.field("first_known_at").type) == "timestamp[us, tz=UTC]"
    assert [row["first_known_at"] for row in rows.to_pylist()] == [at, at]


def test_a_query_that_had_its_time_says_so(database: Database) -> None:
    with database.engine.connect() as connection, translated():
        connection.execute(sa.text("SET statement_timeout = '50ms'"))
        with pytest.raises(TookTooLong, match="longer than it may; ask for less"), translated():
            connection.execute(sa.text("SELECT pg_sleep(5)"))


def test_every_connection_plans_for_disks_that_do_not_spin(database: Database) -> None:
    with database.transaction() as connection:
        asked = [connection.execute(sa.text("SHOW random_page_cost")).scalar_one()]
    found = database.arrow("SELECT current_setting('random_page_cost') AS cost")
    # Back in the pool and taken again, it is still so.
    again = database.arrow("SELECT current_setting('random_page_cost') AS cost")
    asked += [*found["cost"].to_pylist(), *again["cost"].to_pylist()]
    assert asked == [str(RANDOM_PAGE_COST)] * 3


def test_the_api_plans_for_disks_that_do_not_spin(database: Database) -> None:
    async def asked() -> str:
        engine = read_engine(database.url)
        async with engine.connect() as connection:
            found: str = (await connection.execute(sa.text("SHOW random_page_cost"))).scalar_one()
        await engine.dispose()
        return found

    assert asyncio.run(asked()) == str(RANDOM_PAGE_COST)
