"""`fintech up`: everything at once, until Ctrl-C."""

import contextlib
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import click
import sqlalchemy as sa

from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import PipelineError
from fintech_pipeline.storage.database import Database, translated

HOST = "127.0.0.1"
DEFAULT_PORT = 3000
PORTS = 20
START_SECONDS = 120.0
WATCH_SECONDS = 10.0


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65_535), help="The UI's port; 3000 or the next free."
)
def up(port: int | None) -> None:
    """Serve the Dagster UI, the schedule and the sensors until Ctrl-C."""
    signal.signal(signal.SIGTERM, _interrupt)
    with opened_pipeline() as pipeline:
        chosen = port or _free_port()
        if port is not None and not _is_free(port):
            raise PipelineError(f"Port {port} is in use; choose another with --port.")
        address = f"http://{HOST}:{chosen}"
        with _alone(pipeline.database, address), contextlib.suppress(KeyboardInterrupt):
            _serve(pipeline, chosen, address)
    click.echo("Stopped.")


def _serve(pipeline: Pipeline, port: int, address: str) -> None:
    from fintech_pipeline.orchestration.instance import PROJECT, dagster_home, open_instance
    from fintech_pipeline.orchestration.runs import fail_dead_runs
    from fintech_pipeline.orchestration.supervision import supervise

    home = dagster_home(pipeline.settings)
    log_path = home / "dagster.log"
    environment = {**os.environ, "DAGSTER_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml"]
    command += ["--host", HOST, "--port", str(port), "--log-level", "warning"]
    with log_path.open("wb") as log, open_instance(pipeline.settings) as instance:
        fail_dead_runs(instance)
        dagster = supervise(command, environment, PROJECT, log)
        try:
            _await_answer(f"{address}/server_info", dagster.ended, log_path)
            _greet(pipeline, address)
            while not dagster.ended():
                time.sleep(WATCH_SECONDS)
                fail_dead_runs(instance)
            raise PipelineError(f"Dagster stopped by itself; its last words are in {log_path}.")
        finally:
            click.echo("Stopping…")
            dagster.stop()


def _greet(pipeline: Pipeline, address: str) -> None:
    config = os.environ.get("FINTECH_CONFIG")
    fintech = f"fintech --config {Path(config)}" if config else "fintech"
    symbol = pipeline.instruments.watched()[0].symbol
    click.echo(
        f"Open {address}/assets for the lineage, the checks and backfills; in another terminal try "
        f"`.venv/bin/{fintech} why {symbol}`. Ctrl-C stops everything."
    )


def _await_answer(url: str, ended: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not ended():
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # our own loopback address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise PipelineError(f"Dagster did not start; its last words are in {log}.")


@contextlib.contextmanager
def _alone(database: Database, address: str) -> Iterator[None]:
    """Holds the right to serve this database: two Dagster daemons would corrupt each other's work.

    Raises:
        PipelineError: Another `fintech up` serves it.
    """
    key = {"key": "fintech up"}
    with translated(), database.engine.connect() as opened:
        connection = opened.execution_options(isolation_level="AUTOCOMMIT")
        if not connection.scalar(sa.text("SELECT pg_try_advisory_lock(hashtext(:key))"), key):
            holder = connection.scalar(
                sa.text(
                    "SELECT a.application_name FROM pg_locks AS l JOIN pg_stat_activity AS a "
                    "USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
                    "AND l.objid = CAST(CAST(hashtext(:key) AS bit(32)) AS bigint)"
                ),
                key,
            )
            where = str(holder or "").removeprefix("fintech up ") or "another address"
            raise PipelineError(
                f"This database is already served at {where}; open that, or stop it first."
            )
        connection.execute(
            sa.text("SELECT set_config('application_name', :name, false)"),
            {"name": f"fintech up {address}"},
        )
        yield


def _free_port() -> int:
    for port in range(DEFAULT_PORT, DEFAULT_PORT + PORTS):
        if _is_free(port):
            return port
    raise PipelineError(
        f"Ports {DEFAULT_PORT} to {DEFAULT_PORT + PORTS - 1} are in use; choose one with --port."
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
