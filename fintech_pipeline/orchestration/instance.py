"""Dagster's instance: its runs, events and schedules live in the same Postgres as the data."""

import contextlib
import os
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._core.instance.ref import InstanceRef
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import DagsterPostgresException

from fintech_pipeline.composition import prepare
from fintech_pipeline.errors import PipelineError, StorageError
from fintech_pipeline.orchestration.page_guard import guard_webserver
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.storage.database import dagster_url, open_database, translated

PROJECT = Path(__file__).parents[2]
"""The folder that holds `dagster.yaml` and `workspace.yaml`."""


class ConfiguredStorage(DagsterPostgresStorage):
    """Dagster's Postgres storage, in whatever database the configuration names.

    Named in `dagster.yaml`, so that every Dagster process, `dagster dev` included, finds (and
    where it is embedded, starts and keeps alive) the same database without being told.
    """

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Nothing to configure: `FINTECH_CONFIG` names the configuration."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "ConfiguredStorage":
        """Opens the configured database and keeps it as long as the run storage lives."""
        del config_value
        guard_webserver()
        settings = load_settings()
        database = open_database(settings.database, settings.database_folder)
        try:
            prepare(settings, database)
            with database.transaction() as connection:
                # Dagster makes its tables where they are missing; two at once would collide.
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('dagster'))"))
                storage = cls(dagster_url(database.url), inst_data=inst_data)
        except BaseException:
            database.close()
            raise
        # Dagster keeps the run storage and forgets this object; the lease lives as long as that.
        weakref.finalize(storage.run_storage, database.close)
        return storage


def dagster_home(settings: Settings) -> Path:
    """The folder for Dagster's local files (compute logs), beside the embedded database.

    It holds a copy of the project's `dagster.yaml`, which is where Dagster looks for it.
    """
    home = settings.database_folder / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    text = (PROJECT / "dagster.yaml").read_text("utf-8")
    copy = home / "dagster.yaml"
    if not copy.exists() or copy.read_text("utf-8") != text:
        # Renamed into place, so that a process that starts meanwhile never reads half of it.
        draft = home / f"dagster.yaml.{os.getpid()}"
        draft.write_text(text, "utf-8")
        draft.replace(copy)
    return home


@contextlib.contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance that `dagster.yaml` describes, and what its own storage meets as our errors.

    Raises:
        StorageError: Dagster's tables cannot be read or written.
    """
    try:
        with dg.DagsterInstance.from_ref(
            InstanceRef.from_dir(str(dagster_home(settings)))
        ) as instance:
            yield instance
    except (DagsterPostgresException, sa.exc.SQLAlchemyError) as error:
        raise _why(error) from error


def _why(error: BaseException) -> BaseException:
    """What went wrong first: often a step failed, and Dagster could not write that down either."""
    chain = [error]
    while (before := chain[-1].__cause__ or chain[-1].__context__) and before not in chain:
        chain.append(before)
    told = [one for one in chain if isinstance(one, PipelineError)]
    try:
        with translated():
            raise next((e for e in chain if isinstance(e, sa.exc.SQLAlchemyError)), error)
    except StorageError as translation:
        return told[-1] if told else translation
