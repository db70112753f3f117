"""Backups: the whole database as one consistent file, with a list of what must be in it.

One snapshot is read twice: by `pg_dump`, and by us, who count every table's rows and sum up a hash
of each. So whoever restores a backup can tell that all of it is there, to the last digit.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from fintech_pipeline.errors import ConfigurationError, StorageError
from fintech_pipeline.storage.client_programs import run
from fintech_pipeline.storage.database import DAGSTER_SCHEMA, SCHEMA, Database

ENDING, LIST_ENDING, DRAFT = ".dump", ".json", ".draft"
LOCK_WAIT = "60s"
"""How long a dump waits for a table that is being changed."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*-\d{8}T\d{6}Z\.dump")
# Some servers mark columns with a version of their own, which others do not know.
_MARKED = re.compile(
    r"^ALTER TABLE ONLY \S+ ALTER COLUMN \S+ SET \(pg_attver=\d+\);$", re.MULTILINE
)
_SCHEMAS = [SCHEMA, DAGSTER_SCHEMA]
_TABLES = sa.text("""
    SELECT n.nspname || '.' || quote_ident(c.relname) AS name
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(:schemas) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    ORDER BY 1
""")
_IDENTITY = sa.text(f"""
    SELECT (SELECT version_num FROM {SCHEMA}.alembic_version) AS revision, i.*
    FROM {SCHEMA}.identity AS i
""")  # noqa: S608  # the schema is a constant


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a table.

    Attributes:
        rows: How many rows.
        digest: The sum of a 64-bit hash of each row, as text; whatever their order.
    """

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup, as the list beside its file tells it.

    Attributes:
        file: The file's name.
        made_at: When (UTC).
        revision: Of the schema.
        size_bytes: Of the file.
        sha256: Of the file.
        tables: What is in each table.
    """

    file: str
    made_at: datetime
    revision: str
    size_bytes: int
    sha256: str
    tables: Mapping[str, Contents]

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(one.rows for one in self.tables.values())


def back_up(database: Database, name: str, folder: Path, now: datetime, keep: int) -> Backup:
    """Writes a backup as a whole, and removes the oldest beyond so many.

    Args:
        database: What is backed up.
        name: The configuration's, with which the file's name begins.
        folder: Where it is written.
        now: The present (UTC).
        keep: How many backups of that name stay, this one among them.

    Raises:
        StorageError: The database refused, or the folder cannot be written; nothing half-written is
            left, and no older backup is removed.
    """
    file = folder / f"{name}-{now:%Y%m%dT%H%M%SZ}{ENDING}"
    draft = file.with_name(file.name + DRAFT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear_away(folder, name, now)
        # What is in it is not for everybody on the machine; pg_dump keeps the mode.
        draft.touch(mode=0o600)
        with _snapshot(database) as (connection, snapshot):
            run(
                database.url,
                "pg_dump",
                *("--format=custom", f"--snapshot={snapshot}", f"--lock-wait-timeout={LOCK_WAIT}"),
                *(f"--schema={schema}" for schema in _SCHEMAS),
                f"--file={draft}",
            )
            revision = str(connection.execute(_IDENTITY).mappings().one()["revision"])
            tables = contents(connection)
        made = Backup(file.name, now, revision, draft.stat().st_size, _sha256(draft), tables)
        draft.replace(file)
        # The list comes last: where it is, the backup is whole.
        _write(list_of(file), json.dumps(_plain(made), indent=2) + "\n")
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror}.") from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    for old in backups_in(folder, name)[:-keep]:
        # The list first: without it nobody takes the file for a backup.
        list_of(old).unlink(missing_ok=True)
        old.unlink(missing_ok=True)
    return made


def backups_in(folder: Path, name: str) -> list[Path]:
    """The files of whole backups of a configuration, the oldest first."""
    there = [path.name for path in folder.glob(f"{name}-*")]
    return [folder / file for file in whole_backups(there, name)]


def whole_backups(files: Collection[str], name: str) -> list[str]:
    """Of names of files, those of a configuration's whole backups, the oldest first."""
    stamp = len("-00000000T000000Z") + len(ENDING)
    own = (one for one in files if _NAME.fullmatch(one) and one[:-stamp] == name)
    return sorted(one for one in own if list_of(Path(one)).name in files)


def read_backup(file: Path) -> Backup:
    """What a backup says of itself; its file must be the one that was written.

    Raises:
        ConfigurationError: There is no such backup, or its file was changed or cut off.
    """
    try:
        told = json.loads(list_of(file).read_text("utf-8"))
        tables = {name: Contents(**one) for name, one in told.pop("tables").items()}
        made = Backup(**{**told, "made_at": datetime.fromisoformat(told["made_at"])}, tables=tables)
        size = file.stat().st_size
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{file} is no backup: {Path(error.filename).name} is not there."
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{list_of(file)} is no list of a backup.") from None
    if size != made.size_bytes or _sha256(file) != made.sha256:
        raise ConfigurationError(f"{file} is not the file that was written: it was changed since.")
    return made


def restore(file: Path, database: Database) -> Backup:
    """Brings a backup into an empty database, and makes sure that all of it is there.

    Args:
        file: The backup.
        database: Where to; it must hold no table of ours.

    Raises:
        ConfigurationError: The backup is none, or the database is not empty; nothing was changed.
        StorageError: The database refused, or what came is not what was backed up.
    """
    made = read_backup(file)
    with database.transaction() as connection:
        there = connection.execute(_TABLES, {"schemas": _SCHEMAS}).scalars().all()
        if there:
            raise ConfigurationError(
                f"The database is not empty: {there[0]} is there. A backup is restored into a new "
                "one, so that nothing is overwritten."
            )
        for schema in _SCHEMAS:
            connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {schema}"))
    try:
        _bring_back(file, database.url)
    except StorageError:
        empty_again(database)
        raise
    with _snapshot(database) as (connection, _):
        lacking = differing(made.tables, contents(connection))
    if lacking:
        raise StorageError(f"What was restored is not what was backed up: {lacking}.")
    return made


def empty_again(database: Database) -> None:
    """Takes away all that a restore brought.

    Raises:
        StorageError: The database refused.
    """
    with database.transaction() as connection:
        for schema in _SCHEMAS:
            connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))


def _bring_back(file: Path, url: str) -> None:
    """First what the tables are, then their rows, then what is made of these."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    plain = ("--no-owner", "--no-privileges")
    tables = run(url, "pg_restore", *plain, "--section=pre-data", "--file=-", str(file))
    told = _MARKED.sub("", tables)
    run(
        url,
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        told=told,
    )
    rest = ("--section=data", "--section=post-data", "--exit-on-error", "--single-transaction")
    # pg_restore takes the name from nowhere else.
    run(url, "pg_restore", *plain, *rest, f"--dbname={name}", str(file))


def contents(connection: sa.Connection) -> dict[str, Contents]:
    """What is in each table of ours and of Dagster's."""
    found = {}
    for name in connection.execute(_TABLES, {"schemas": _SCHEMAS}).scalars().all():
        # A name comes quoted from the catalogue.
        query = f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {name} AS t"  # noqa: S608
        rows, total = connection.execute(sa.text(query)).one()
        found[name] = Contents(rows, str(total))
    return found


def differing(wanted: Mapping[str, Contents], found: Mapping[str, Contents]) -> str:
    """Where the first table differs, in half a sentence; empty where none does."""
    for name in sorted({*wanted, *found}):
        one, other = wanted.get(name), found.get(name)
        if one is None or other is None:
            return f"{name} is {'too much' if one is None else 'missing'}"
        if one.rows != other.rows:
            return f"{name} has {other.rows:,} rows and not {one.rows:,}"
        if one.digest != other.digest:
            return f"{name} has other rows"
    return ""


def _clear_away(folder: Path, name: str, now: datetime) -> None:
    """Removes what a backup left that was killed on an earlier day; none takes as long."""
    for draft in folder.glob(f"{name}-*{ENDING}{DRAFT}"):
        if now.timestamp() - draft.stat().st_mtime > timedelta(days=1).total_seconds():
            draft.unlink()


def list_of(file: Path) -> Path:
    """The list beside a backup's file."""
    return file.with_suffix(LIST_ENDING)


@contextmanager
def _snapshot(database: Database) -> Iterator[tuple[sa.Connection, str]]:
    """A transaction that sees one instant, which others can be shown."""
    with database.transaction() as connection:
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        # A large table takes its time.
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        yield connection, connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()


def _plain(made: Backup) -> dict[str, Any]:
    return {**asdict(made), "made_at": made.made_at.isoformat()}


def _write(file: Path, text: str) -> None:
    draft = file.with_name(file.name + DRAFT)
    draft.write_text(text, "utf-8")
    draft.replace(file)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
