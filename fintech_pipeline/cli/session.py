"""What a command opens: the pipeline, and where it runs things, Dagster's instance."""

import contextlib
import logging
import sys
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO, cast

from fintech_pipeline.composition import Pipeline, open_pipeline, prepare
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.storage.database import Database, open_database

if TYPE_CHECKING:
    from fintech_pipeline.orchestration.launch import Launcher


@contextlib.contextmanager
def opened_pipeline() -> Iterator[Pipeline]:
    """The configured pipeline, closed at the end."""
    pipeline = open_pipeline(load_settings())
    try:
        yield pipeline
    finally:
        pipeline.close()


@contextlib.contextmanager
def opened_database(settings: Settings) -> Iterator[Database]:
    """The database, ready for this configuration; no provider or model is made."""
    database = open_database(settings.database, settings.database_folder)
    try:
        prepare(settings, database)
        yield database
    finally:
        database.close()


@contextlib.contextmanager
def opened_launcher(pipeline: Pipeline) -> Iterator["Launcher"]:
    """Where runs are started: in this process, or by the configured webserver."""
    # Dagster costs seconds to import; only the commands that run something pay for it.
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    # It also warns at the root, each time it tries again to reach its tables.
    logging.getLogger().addHandler(logging.NullHandler())
    warnings.filterwarnings("ignore", module="dagster")
    from fintech_pipeline.definitions import build_definitions
    from fintech_pipeline.orchestration.instance import open_instance
    from fintech_pipeline.orchestration.launch import InProcessLauncher
    from fintech_pipeline.orchestration.queueing import QueueingLauncher
    from fintech_pipeline.orchestration.resources import given_pipeline
    from fintech_pipeline.orchestration.runs import fail_dead_runs

    webserver = pipeline.settings.pipeline.webserver
    ours = cast("TextIO", _WithoutDagster(sys.stderr))
    with contextlib.redirect_stderr(ours), open_instance(pipeline.settings) as instance:
        if webserver is not None:
            yield QueueingLauncher(webserver, instance)
            return
        fail_dead_runs(instance)
        definitions = build_definitions(
            pipeline.settings, clock=pipeline.clock, pipeline=given_pipeline(pipeline)
        )
        yield InProcessLauncher(definitions, instance)


class _WithoutDagster:
    """A stream without what Dagster writes past its loggers when its records can't be written.

    The same error reaches the person as a sentence of ours.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if text.startswith("Exception while writing logger call to event log"):
            return len(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
