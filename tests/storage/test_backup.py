"""Backups: consistent, whole or not there, and brought back to the last digit."""

import importlib.util
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from fintech_pipeline.errors import ConfigurationError, StorageError
from fintech_pipeline.storage.backup import (
    back_up,
    backups_in,
    contents,
    list_of,
    read_backup,
    restore,
)
from fintech_pipeline.storage.database import Database, connect
from fintech_pipeline.storage.embedded_cluster import programs
from fintech_pipeline.storage.schema import claim, require_current
from tests.storage.conftest import own_database
from tests.storage.servers import Server
from tests.storage.settled_past import Past

PGDUMP = programs() / "pg_dump"
NOW = datetime(2026, 3, 2, 3, 15, tzinfo=UTC)


def filled(database: Database) -> Database:
    """A database with bars, signals and what is odd in texts."""
    claim(database, "test", simulated=True)
    past = Past(database)
    past.follow("AAPL", "KO")
    past.trade("AAPL", "2025-07-01 13:30", "2025-07-03 20:00")
    for hour in range(14, 19):
        past.judge("AAPL", datetime(2025, 7, 1, hour, tzinfo=UTC))
    with database.transaction() as connection:
        connection.execute(
            sa.text("UPDATE fintech.instruments SET name = :name WHERE symbol = 'KO'"),
            {"name": 'Cöca-Cola\n\t"quoted" \\N 🥤'},
        )
    return database


def all_of(database: Database) -> dict[str, tuple[int, str]]:
    with database.transaction() as connection:
        return {name: (one.rows, one.digest) for name, one in contents(connection).items()}


def test_what_is_restored_is_what_was_backed_up_on_old_and_new_servers(
    on_either: Database, server: Server, tmp_path: Path
) -> None:
    filled(on_either)
    made = back_up(on_either, "test", tmp_path, NOW, keep=3)
    assert made.tables["fintech.bars"].rows > 30
    assert made.file == "test-20260302T031500Z.dump"
    assert (tmp_path / made.file).stat().st_mode & 0o077 == 0
    with own_database(server) as empty:
        again = restore(tmp_path / made.file, empty)
        assert again == made
        assert all_of(empty) == all_of(on_either)
        # It goes on from there: the schema is current, and numbers go on where they were.
        require_current(empty)
        Past(empty).judge("AAPL", datetime(2025, 7, 2, 15, tzinfo=UTC))


def test_while_somebody_writes_a_backup_is_of_one_instant(
    database: Database, server: Server, tmp_path: Path
) -> None:
    filled(database)
    stop = threading.Event()
    pair = (
        "UPDATE fintech.instruments SET name = :name WHERE symbol = 'AAPL'",
        "UPDATE fintech.instruments SET name = :name WHERE symbol = 'KO'",
    )

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with database.transaction() as connection:
                for statement in pair:
                    connection.execute(sa.text(statement), {"name": f"number {number}"})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for minute in range(3):
            back_up(database, "test", tmp_path, NOW + timedelta(minutes=minute), keep=9)
    finally:
        stop.set()
        writer.join()
    for file in backups_in(tmp_path, "test"):
        with own_database(server) as empty:
            restore(file, empty)
            with empty.transaction() as connection:
                names = connection.execute(
                    sa.text("SELECT name FROM fintech.instruments")
                ).scalars()
                assert len(set(names)) == 1


def test_the_newest_stay_and_those_of_others_too(database: Database, tmp_path: Path) -> None:
    filled(database)
    back_up(database, "test-two", tmp_path, NOW, keep=1)
    (tmp_path / "test-20200101T000000Z.dump").write_text("no list lies beside it")
    for minute in range(4):
        back_up(database, "test", tmp_path, NOW + timedelta(minutes=minute), keep=2)
    assert [file.name for file in backups_in(tmp_path, "test")] == [
        "test-20260302T031700Z.dump",
        "test-20260302T031800Z.dump",
    ]
    assert len(backups_in(tmp_path, "test-two")) == 1
    assert (tmp_path / "test-20200101T000000Z.dump").exists()
    assert len(list(tmp_path.glob("*.json"))) == 3
    assert list(tmp_path.glob("*.draft")) == []


def test_a_database_that_holds_something_is_not_overwritten(
    database: Database, tmp_path: Path
) -> None:
    filled(database)
    made = back_up(database, "test", tmp_path, NOW, keep=1)
    before = all_of(database)
    with pytest.raises(ConfigurationError, match=r"The database is not empty: \S+ is there\."):
        restore(tmp_path / made.file, database)
    assert all_of(database) == before


def test_a_file_that_was_changed_or_cut_off_is_refused_before_anything_is_done(
    database: Database, server: Server, tmp_path: Path
) -> None:
    made = back_up(filled(database), "test", tmp_path, NOW, keep=1)
    file = tmp_path / made.file
    whole = file.read_bytes()
    for wrong in (whole[:-1], whole[:100] + b"x" + whole[101:], b""):
        file.write_bytes(wrong)
        with own_database(server) as empty:
            with pytest.raises(ConfigurationError, match="is not the file that was written"):
                restore(file, empty)
            assert all_of(empty) == {}


def test_where_the_programs_were_left_out_the_machines_are_used_or_asked_for(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(database)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="pg_dump is not here; install PostgreSQL's"):
        back_up(database, "test", tmp_path / "backups", NOW, keep=1)
    (tmp_path / "pg_dump").symlink_to(PGDUMP)
    made = back_up(database, "test", tmp_path / "backups", NOW, keep=1)
    assert made.tables["fintech.bars"].rows > 30


def test_what_is_no_backup_is_told(tmp_path: Path) -> None:
    file = tmp_path / "test-20260302T031500Z.dump"
    with pytest.raises(ConfigurationError, match=r"\.json is not there"):
        read_backup(file)
    list_of(file).write_text('{"tables": {}}')
    with pytest.raises(ConfigurationError, match="is no list of a backup"):
        read_backup(file)


def test_rows_that_lack_after_all_are_told(
    database: Database, server: Server, tmp_path: Path
) -> None:
    made = back_up(filled(database), "test", tmp_path, NOW, keep=1)
    told = list_of(tmp_path / made.file)
    rows = made.tables["fintech.bars"].rows
    told.write_text(told.read_text().replace(f'"rows": {rows},', f'"rows": {rows + 1},'))
    with own_database(server) as empty, pytest.raises(StorageError, match=r"fintech\.bars has"):
        restore(tmp_path / made.file, empty)


def test_a_folder_that_cannot_be_written_and_a_database_that_is_away_leave_nothing(
    database: Database, tmp_path: Path
) -> None:
    filled(database)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StorageError, match=r"file cannot be written: "):
        back_up(database, "test", blocked, NOW, keep=1)
    away = connect("postgresql://nobody:secret-word@127.0.0.1:1/none")
    with pytest.raises(StorageError) as caught:
        back_up(away, "test", tmp_path / "backups", NOW, keep=1)
    assert "secret-word" not in str(caught.value)
    away.close()
    assert list((tmp_path / "backups").iterdir()) == []
