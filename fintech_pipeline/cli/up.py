"""`fintech up`: everything at once, until Ctrl-C."""

import contextlib
import hashlib
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING

import click

from fintech_pipeline.cli.api import DOCUMENT, OVERVIEW
from fintech_pipeline.cli.browsing import show, somebody_looks
from fintech_pipeline.cli.listening import LOOPBACK, free_port, is_free
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import PipelineError, StorageError
from fintech_pipeline.settings import Settings
from fintech_pipeline.storage.database import open_database

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from fintech_pipeline.orchestration.kept import Kept
    from fintech_pipeline.orchestration.serving import ServingRight
    from fintech_pipeline.orchestration.supervision import Supervised

DEFAULT_PORT = 3000
API_PORT = 8080
START_SECONDS = 120.0
POLL_SECONDS = 0.5
WATCH_SECONDS = 8.0
API_START_SECONDS = 20.0
"""How long the greeting waits for the API; everything else goes on without it."""
API_GRACE_SECONDS = 5
"""How long its last requests may take at the end; its guardian is patient for ten seconds."""
WEBSERVER, UI = "FINTECH_PIPELINE__WEBSERVER", "FINTECH_API__DAGSTER_URL"
RESTARTS = 3
RESTARTS_SECONDS = 600.0
"""Dagster is started again this often in so long, then `up` gives up."""
LEFTOVER_SECONDS = 15.0
"""How long the guardians of an `up` that was killed may take to end what they guard."""


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65_535), help="The UI's port; 3000 or the next free."
)
@click.option(
    "--api-port", type=click.IntRange(1, 65_535), help="The API's port; 8080 or the next free."
)
@click.option(
    "--browser/--no-browser",
    default=None,
    help="Open the dashboard in a browser; left out, where somebody sits before the terminal.",
)
def up(port: int | None, api_port: int | None, browser: bool | None) -> None:
    """Serve the dashboard, the Dagster UI, the schedule and the sensors, and send alerts.

    Where a broker is configured, events are published to it. All of it until Ctrl-C.
    """
    from fintech_pipeline.orchestration.serving import serving

    signal.signal(signal.SIGTERM, _interrupt)
    with (
        opened_pipeline() as pipeline,
        contextlib.suppress(KeyboardInterrupt),
        serving(pipeline.database) as right,
    ):
        wanted = somebody_looks(os.environ) if browser is None else browser
        _serve(pipeline, port, api_port, right, wanted)
    click.echo("Stopped.")


def _serve(
    pipeline: Pipeline,
    port: int | None,
    api_port: int | None,
    right: "ServingRight",
    browser: bool,
) -> None:
    from fintech_pipeline.orchestration.instance import PROJECT, dagster_home, open_instance
    from fintech_pipeline.orchestration.runs import fail_dead_runs
    from fintech_pipeline.orchestration.supervision import end_family, supervise

    mark = hashlib.sha256(pipeline.database.url.encode()).hexdigest()[:16]
    patient_until = time.monotonic() + LEFTOVER_SECONDS
    end_family(mark, LEFTOVER_SECONDS)
    chosen = free_port(port, DEFAULT_PORT, "--port")
    api_chosen = free_port(api_port, API_PORT, "--api-port")
    address = f"http://{LOOPBACK}:{chosen}"
    right.announce(address)
    home = dagster_home(pipeline.settings)
    log_path, api_log_path = home / "dagster.log", home / "api.log"
    environment = environment_of_parts(pipeline.settings, home, os.environ)
    command = [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml"]
    command += ["--host", LOOPBACK, "--port", str(chosen), "--log-level", "warning"]
    with (
        log_path.open("wb") as log,
        api_log_path.open("wb") as api_log,
        open_instance(pipeline.settings) as instance,
    ):
        fail_dead_runs(instance, serving=True)
        deliverer = _deliverer(environment, PROJECT, mark)
        api = _api(
            {UI: address, **environment, WEBSERVER: address}, PROJECT, mark, api_chosen, api_log
        )
        publishers = _publishers(pipeline.settings, environment, PROJECT, mark)
        parts = (deliverer, api, *publishers)
        for part in parts:
            part.clear(max(0.0, patient_until - time.monotonic()))
        dagster = supervise(command, environment, PROJECT, log, mark)
        try:
            for part in (api, *publishers):
                part.start()  # it is there long before Dagster
            built = (pipeline.settings.api.dashboard_folder / "index.html").exists()
            if _greet_api(api, api_chosen, api_log_path, built) and built and browser:
                show(f"http://{LOOPBACK}:{api_chosen}/")
            _await_start(dagster, chosen, log_path)
            _greet(pipeline, address)
            deliverer.start()
            broke_at: deque[float] = deque(maxlen=RESTARTS + 1)
            while True:
                _watch(dagster, parts, lambda: _mend(pipeline, instance, right))
                broke_at.append(time.monotonic())
                if len(broke_at) > RESTARTS and broke_at[-1] - broke_at[0] < RESTARTS_SECONDS:
                    raise PipelineError(
                        f"Dagster stops again and again; its last words are in {log_path}."
                    )
                dagster.stop()
                click.echo("Dagster stopped by itself; it is started again.", err=True)
                dagster = supervise(command, environment, PROJECT, log, mark)
                _await_start(dagster, chosen, log_path)
        finally:
            # It takes seconds and ends by itself; a second Ctrl-C would only leave things behind.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            click.echo("Stopping…")
            for part in parts:
                part.stop()
            dagster.stop()


def environment_of_parts(
    settings: Settings, home: Path, given: Mapping[str, str]
) -> dict[str, str]:
    """The environment of what `up` starts.

    Args:
        settings: The configuration.
        home: Dagster's folder.
        given: Our own environment.
    """
    environment = {**given, "DAGSTER_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    if settings.logs.format == "auto":
        # What they tell goes to this terminal, or to files that a person reads.
        environment["FINTECH_LOGS__FORMAT"] = "human"
    # Dagster works in the project's folder; the built-in demo's database is where we are.
    environment["FINTECH_DATABASE__FOLDER"] = str(settings.database.folder)
    return environment


def _deliverer(environment: Mapping[str, str], project: Path, mark: str) -> "Kept":
    """What sends alerts, a process of its own; its messages on the console go to our terminal."""
    from fintech_pipeline.orchestration.kept import Kept

    command = [sys.executable, "-m", "fintech_pipeline", "deliver"]
    own = f"{mark}-deliverer"
    return Kept(command, environment, project, sys.stdout.buffer, own, _complain, "deliverer")


def _publishers(
    settings: Settings, environment: Mapping[str, str], project: Path, mark: str
) -> list["Kept"]:
    """What publishes events, where a broker is configured; what it says goes to our terminal."""
    from fintech_pipeline.orchestration.kept import Kept

    if settings.events is None:
        return []
    command = [sys.executable, "-m", "fintech_pipeline", "events", "publish"]
    own = f"{mark}-publisher"
    return [Kept(command, environment, project, sys.stdout.buffer, own, _complain, "publisher")]


def _api(
    environment: Mapping[str, str], project: Path, mark: str, port: int, log: IO[bytes]
) -> "Kept":
    """The API, a process of its own; what it says, a line each request, goes to its log."""
    from fintech_pipeline.orchestration.kept import Kept

    command = [sys.executable, "-m", "fintech_pipeline", "api", "--port", str(port)]
    command += ["--grace-seconds", str(API_GRACE_SECONDS)]
    return Kept(command, environment, project, log, f"{mark}-api", _complain, "API")


def _complain(told: str) -> None:
    click.echo(told, err=True)


def _watch(dagster: "Supervised", parts: Sequence["Kept"], mend: Callable[[], object]) -> None:
    """Returns when Dagster is broken; until then mends its runs and keeps the other parts."""
    looked_at, missed = time.monotonic(), 0
    # Without its code server Dagster stays up, and does nothing for ever. One look may fall into a
    # reload of the code.
    while not dagster.ended() and missed < 2:
        time.sleep(POLL_SECONDS)
        for part in parts:
            part.keep()
        if time.monotonic() - looked_at < WATCH_SECONDS:
            continue
        looked_at = time.monotonic()
        missed = 0 if dagster.runs("api", "grpc") else missed + 1
        try:
            mend()
        except StorageError as error:
            # A restart of the database is ridden out, as Dagster's own processes do.
            click.echo(f"{error}", err=True)


def _mend(pipeline: Pipeline, instance: "DagsterInstance", right: "ServingRight") -> None:
    from fintech_pipeline.orchestration.runs import fail_dead_runs

    settings = pipeline.settings
    # The embedded server is started again by whoever opens it next.
    open_database(settings.database, settings.database_folder).close()
    right.keep()
    fail_dead_runs(instance, serving=True)


def _greet(pipeline: Pipeline, address: str) -> None:
    config = os.environ.get("FINTECH_CONFIG")
    fintech = f"fintech --config {Path(config)}" if config else "fintech"
    symbol = pipeline.instruments.watched()[0].symbol
    click.echo(
        f"Open {address}/assets for the lineage, the checks and backfills; in another terminal try "
        f"`.venv/bin/{fintech} why {symbol}`. Ctrl-C stops everything."
    )


def _greet_api(api: "Kept", port: int, log: Path, built: bool) -> bool:
    """Says where the dashboard and the API are, once this very one listens; whether it does."""
    deadline = time.monotonic() + API_START_SECONDS
    while not api.listens(port):
        if time.monotonic() > deadline:
            _complain(f"The API does not answer yet; its last words are in {log}.")
            return False
        time.sleep(POLL_SECONDS)
    address = f"http://{LOOPBACK}:{port}"
    dashboard = (
        f"The dashboard is at {address}/" if built else "`make dashboard` builds a dashboard"
    )
    click.echo(
        f"{dashboard}. The API is at {address}{OVERVIEW}; all there is stands in"
        f" {address}{DOCUMENT}."
    )
    return True


def _await_start(dagster: "Supervised", port: int, log: Path) -> None:
    """Waits until this very Dagster listens and answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not dagster.ended():
        with contextlib.suppress(urllib.error.URLError, OSError):
            # Somebody else may have taken the port meanwhile, and answer too.
            if dagster.listens(port):
                url = f"http://{LOOPBACK}:{port}/server_info"
                urllib.request.urlopen(url, timeout=2).close()  # our own
                return
        time.sleep(POLL_SECONDS)
    if not is_free(port) and not dagster.listens(port):
        raise PipelineError(f"Port {port} was taken meanwhile; run `fintech up` again.")
    raise PipelineError(f"Dagster did not start; its last words are in {log}.")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
