"""A folder of its own, where real commands run, die and leave nothing behind."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.embedded import EmbeddedServer

PROJECT = Path(__file__).parents[2]
SYMBOLS = ("AAPL", "KO", "META", "TSM")
CONFIGURATION = """
name = "drill"

[pipeline]
starts_on = 2026-01-01
warm_up_days = 3

[market]
providers = ["simulated"]

[news]
providers = ["simulated"]
"""
WATCHED = """
[[watchlist]]
symbol = "{symbol}"
name = "{symbol} Corporation"
mic = "XSIM"
"""
START_SECONDS = 120.0
QUIET_SECONDS = 30.0
"""By when nothing may be left of a command that was killed."""
Rows = list[tuple[Any, ...]]
TABLES = {
    # Natural keys and values, without ids, runs and the instants of the work.
    "bars": "symbol, interval, opened_at, closed_at, open, high, low, close, volume_shares, "
    "provider, known_at, known_by FROM bars",
    "bar_revisions": "symbol, interval, opened_at FROM bar_revisions",
    "corporate_actions": "symbol, ex_on, kind, value FROM corporate_actions",
    "articles": "a.provider, a.provider_id, a.headline, a.outlet, a.published_at, a.known_at, "
    "a.known_by, s.headline, s.first_known_at FROM articles a JOIN stories s ON s.id = a.story_id",
    "stories": "headline, first_known_at FROM stories",
    "article_symbols": "a.provider_id, x.symbol, x.relevance, x.matched_by "
    "FROM article_symbols x JOIN articles a ON a.id = x.article_id",
    "scores": "a.provider_id, s.symbol, s.model_version, s.score, s.label, s.confidence, s.reason "
    "FROM sentiment_scores s JOIN articles a ON a.id = s.article_id",
    "signals": "symbol, interval, slot_at, strategy, revision, price, change_pct, score, action, "
    "confidence, components::text, cutoff_at, live FROM signals",
    "slots": "slot_at, asset, state, expected, reasons::text, live, cutoff_at FROM slots",
}


@dataclass
class Command:
    """A `fintech` command under way, in a process group of its own, as a terminal starts it."""

    process: subprocess.Popen[str]
    output: Path

    def said(self) -> str:
        return self.output.read_text("utf-8")

    def ended(self, seconds: float) -> int:
        """Its exit code, waited for."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pytest.fail(f"It still runs after {seconds:.0f} s and said: {self.said()}")

    def signalled(self, number: signal.Signals) -> None:
        """Sends a signal to its whole process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def killed_after(self, seconds: float) -> bool:
        """Kills its whole group; whether it was still under way."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        alive = self.process.poll() is None
        self.signalled(signal.SIGKILL)
        self.process.wait()
        return alive


@dataclass
class Drill:
    """A folder with a configuration on four made-up symbols, and commands that run on it."""

    folder: Path
    commands: list[Command] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "drill.toml"

    @property
    def environment(self) -> dict[str, str]:
        """The test's own, without what would point elsewhere."""
        strange = ("FINTECH_", "DATABASE_", "DAGSTER_", "PYTEST_", "PYTHONDONTWRITEBYTECODE")
        return {name: text for name, text in os.environ.items() if not name.startswith(strange)}

    def start(self, *words: str) -> Command:
        """Starts `fintech` with the configuration and the words."""
        program = [str(Path(sys.executable).with_name("fintech")), "--config", str(self.config)]
        return self.start_program([*program, *words], self.folder, self.environment)

    def start_program(
        self, program: Sequence[str], folder: Path, environment: dict[str, str]
    ) -> Command:
        output = self.folder / f"said-{len(self.commands)}"
        with output.open("wb") as said:
            process = subprocess.Popen(
                program,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
                process_group=0,
            )
        self.commands.append(Command(process, output))
        return self.commands[-1]

    def run(self, *words: str, seconds: float = 120) -> str:
        """What the command said; it must end well."""
        command = self.start(*words)
        code = command.ended(seconds)
        assert code == 0, f"{' '.join(words)} exited {code}: {command.said()}"
        return command.said()

    def left(self) -> list[str]:
        """Every living process that has to do with the folder."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                places = [*process.cmdline(), process.cwd(), *process.environ().values()]
                if any(str(self.folder) in place for place in places):
                    found.append(f"{process.pid} {' '.join(process.cmdline())[:150]}")
        return found

    def assert_nothing_left(self, seconds: float = QUIET_SECONDS) -> None:
        """Waits until no process of the folder lives."""
        deadline = time.monotonic() + seconds
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert self.left() == []

    @contextlib.contextmanager
    def opened(self) -> Iterator[psycopg.Connection]:
        """A connection to the drill's database, in the schema of the data."""
        folder = load_settings(self.config, environment={}).database_folder
        with (
            EmbeddedServer.acquire(folder) as server,
            psycopg.connect(server.url(), options="-csearch_path=fintech") as connection,
        ):
            yield connection

    def tables(self) -> dict[str, Rows]:
        """Everything that was collected, scored and judged."""
        with self.opened() as connection:
            return {
                name: sorted(connection.execute(f"SELECT {text}".encode()).fetchall(), key=repr)
                for name, text in TABLES.items()
            }

    def run_states(self) -> list[str]:
        """The states of Dagster's runs, the oldest first; none where it was never opened."""
        with self.opened() as connection:
            if connection.execute("SELECT to_regclass('dagster.runs')").fetchone() == (None,):
                return []
            rows = connection.execute("SELECT status FROM dagster.runs ORDER BY id").fetchall()
        return [row[0] for row in rows]

    def end(self) -> None:
        """Kills whatever a failed test left."""
        for command in self.commands:
            command.signalled(signal.SIGKILL)
            command.process.wait()
        for line in self.left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(line.split()[0]), signal.SIGKILL)


@dataclass
class Served:
    """A `fintech up` that answers."""

    command: Command
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def graphql(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        """The data of an answer."""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        told = self._answer("/graphql", body)
        assert "errors" not in told, told["errors"]
        return told["data"]

    def server_info(self) -> dict[str, str]:
        info: dict[str, str] = self._answer("/server_info")
        return info

    def _answer(self, path: str, body: bytes | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            method = "GET" if body is None else "POST"
            connection.request(method, path, body, {"Content-Type": "application/json"})
            return json.load(connection.getresponse())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serve(drill: Drill, *words: str) -> Served:
    """Starts `fintech up` and waits until it says what to open."""
    return served_by(drill.start("up", *words))


def served_by(command: Command) -> Served:
    """Waits until a command that ends in `fintech up` says what to open."""
    deadline = time.monotonic() + START_SECONDS
    while not (opened := re.search(r"Open http://127\.0\.0\.1:(\d+)/", command.said())):
        assert command.process.poll() is None, command.said()
        assert time.monotonic() < deadline, command.said()
        time.sleep(0.1)
    return Served(command, int(opened[1]))


def drill_in(folder: Path) -> Drill:
    folder.mkdir(parents=True, exist_ok=True)
    drill = Drill(folder)
    watched = "".join(WATCHED.format(symbol=symbol) for symbol in SYMBOLS)
    drill.config.write_text(CONFIGURATION + watched, "utf-8")
    return drill


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Drill]:
    """A fresh folder for one test, and a check that nothing of it lives on."""
    made = drill_in(tmp_path / "drill")
    try:
        yield made
        for command in made.commands:
            command.signalled(signal.SIGTERM)
        made.assert_nothing_left()
    finally:
        made.end()
