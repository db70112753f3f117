"""The schema: migrations, and which kind of data a database holds."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from fintech_pipeline.errors import ConfigurationError, StorageError
from fintech_pipeline.storage.database import DAGSTER_SCHEMA, SCHEMA, Database, metadata, translated

MIGRATIONS = Path(__file__).parent / "migrations"
WORKS_FROM = "0002"
"""The oldest revision whose code works on this schema: raised with a migration that is more than an
addition. While an upgrade is under way, and after a rollback, older code meets a newer schema."""

_MARK = "works from revision "

identity = sa.Table(
    "identity",
    metadata,
    sa.Column("single", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("configuration", sa.Text, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.CheckConstraint("single", name="one_row"),
)


def migrate(database: Database) -> str:
    """Brings the schemas to the newest revision; two at once are one after the other.

    Returns:
        The revision the database is at.

    Raises:
        StorageError: The database refused, or is too new; it is left as it was.
    """
    with database.transaction() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('fintech migrations'))"))
        for schema in (SCHEMA, DAGSTER_SCHEMA):
            connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
        current = _current(connection)
        if current is not None and _is_newer(connection, current):
            return current
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        # Not in a table: whoever is older must find it whatever the tables are.
        connection.execute(sa.text(f"COMMENT ON SCHEMA {SCHEMA} IS '{_MARK}{WORKS_FROM}'"))
    return _newest()


def require_current(database: Database) -> None:
    """Makes sure the schema is the one this version of the application knows.

    Raises:
        StorageError: It is older, or too new to work with.
    """
    with translated(), database.engine.connect() as connection:
        require_current_on(connection)


def require_current_on(connection: sa.Connection) -> None:
    """As `require_current`, on a connection that is open; it only reads.

    Raises:
        StorageError: The schema is older, or too new to work with.
    """
    current = _current(connection)
    if current is None:
        raise StorageError("The database is not set up; run `fintech db migrate` first.")
    newer = _is_newer(connection, current)
    if not newer and current != _newest():
        raise StorageError(
            f"The database is at revision {current} and this version needs {_newest()}; run "
            "`fintech db migrate`."
        )


def claim(database: Database, configuration: str, simulated: bool) -> None:
    """Names the kind of data the database holds, or refuses to mix kinds.

    Raises:
        ConfigurationError: The database holds the other kind.
    """
    with database.transaction() as connection:
        connection.execute(
            sa.dialects.postgresql.insert(identity)
            .values(configuration=configuration, simulated=simulated)
            .on_conflict_do_nothing()
        )
        row = connection.execute(sa.select(identity)).one()
    if row.simulated != simulated:
        kinds = {True: "simulated", False: "real"}
        raise ConfigurationError(
            f"This database holds {kinds[row.simulated]} data (of {row.configuration!r}) and "
            f"{configuration!r} would add {kinds[simulated]} data; name another database."
        )


def _current(connection: sa.Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
    return context.get_current_revision()


def _is_newer(connection: sa.Connection, current: str) -> bool:
    """Whether a newer version made the schema, which this one can still work on.

    Raises:
        StorageError: It cannot.
    """
    known = _known()
    if current in known:
        return False
    query = sa.text("SELECT obj_description(to_regnamespace(:schema), 'pg_namespace')")
    works_from = str(connection.scalar(query, {"schema": SCHEMA}) or "").removeprefix(_MARK)
    if works_from not in known:
        raise StorageError(
            f"The database was made by a newer version of this application (revision {current}); "
            "install that version, or name another database."
        )
    return True


@cache
def _known() -> frozenset[str]:
    """The revisions of this version; reading their files costs tens of milliseconds."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return frozenset(script.revision for script in scripts)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    # Alembic reads this as a list; without it a path with a space would be split.
    config.set_main_option("path_separator", "newline")
    return config


@cache
def _newest() -> str:
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise StorageError("This installation has no migrations; install it again.")
    return newest
