"""`fintech api` as a process: what it refuses, that it serves, and that it ends in peace."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.storage.database import Database
from tests.api.asking import JSON, Client

pytestmark = pytest.mark.xdist_group("api-command")
FINTECH = str(Path(sys.executable).with_name("fintech"))
KEPT = ("PATH", "HOME", "LANG")
VIEWER = "a-viewer-nobody-should-ever-see"
EDITOR = "an-editor-nobody-should-ever-see"
TOKENS = {"API_VIEWER_TOKEN": VIEWER, "API_EDITOR_TOKEN": EDITOR}
CONFIGURATION = """
name = "demo"

[pipeline]
starts_on = 2026-01-01

[market]
providers = ["simulated"]

[news]
providers = ["simulated"]

[[watchlist]]
symbol = "KO"
name = "Coca-Cola"
mic = "XSIM"
"""


@dataclass
class Process:
    """A running `fintech api`."""

    popen: subprocess.Popen[str]
    client: Client
    lines: list[str] = field(default_factory=list)

    def ended(self, seconds: float = 20) -> int:
        return self.popen.wait(seconds)

    @property
    def said(self) -> str:
        return "".join(self.lines)


def asked(
    folder: Path, url: str, *words: str, **variables: str
) -> tuple[list[str], dict[str, str]]:
    """The command on this database, and its environment."""
    config = folder / "watch.toml"
    config.write_text(CONFIGURATION, "utf-8")
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    command = [FINTECH, "--config", str(config), "api", "--port", "0", *words]
    return command, {**kept, "DATABASE_URL": url, **variables}


@contextlib.contextmanager
def running(folder: Path, url: str, *words: str, **variables: str) -> Iterator[Process]:
    """The command, as soon as it listens; whatever happens it is ended."""
    command, environment = asked(folder, url, *words, **variables)
    popen = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert popen.stdout is not None
    try:
        first = popen.stdout.readline()
        told = re.search(r":(\d+)/api/v1/overview, all there is in \S+; Ctrl-C ends it", first)
        assert told, first + popen.stdout.read()
        process = Process(popen, Client(int(told[1])), [first])
        reader = threading.Thread(target=lambda: process.lines.extend(popen.stdout or []))
        reader.start()
        yield process
    finally:
        popen.kill()
        popen.wait()
    reader.join(10)
    popen.stdout.close()


def refused(*words: str, **tokens: str) -> BaseException | None:
    """What the command raises in place of serving."""
    environment = {"FINTECH_CONFIG": None, **dict.fromkeys(TOKENS, ""), **tokens}
    return CliRunner(env=environment).invoke(fintech, ["api", *words]).exception


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "watch.example.org"])  # noqa: S104
def test_an_address_that_others_reach_is_refused_without_tokens(host: str) -> None:
    error = refused("--host", host)
    assert isinstance(error, ConfigurationError)
    assert str(error) == (
        f"Whoever reaches {host} could change things: set API_VIEWER_TOKEN and API_EDITOR_TOKEN,"
        " each to at least 16 random letters, or listen on 127.0.0.1."
    )


@pytest.mark.parametrize(
    ("viewer", "editor"),
    [(VIEWER, ""), ("", EDITOR), ("too-short", EDITOR), (VIEWER, "too-short"), (VIEWER, VIEWER)],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_tokens_that_are_no_good_are_refused_everywhere_and_not_shown(
    host: str, viewer: str, editor: str
) -> None:
    error = refused("--host", host, API_VIEWER_TOKEN=viewer, API_EDITOR_TOKEN=editor)
    assert isinstance(error, ConfigurationError)
    assert "_TOKEN" in str(error)
    assert not [one for one in (viewer, editor) if one and one in str(error)]


def test_a_port_that_is_taken_is_said_so_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = refused("--port", str(port))
    assert str(error) == (
        f"Port {port} of 127.0.0.1 can't be had (Address already in use); choose another with"
        " --port."
    )


def test_a_database_that_is_away_is_said_so_and_its_password_is_not(tmp_path: Path) -> None:
    url = "postgresql://fintech:never-shown@127.0.0.1:1/fintech"
    command, environment = asked(tmp_path, url)
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "127.0.0.1" in line
    assert "never-shown" not in line


def test_it_serves_knows_its_tokens_logs_no_query_and_ends_in_peace(
    database: Database, tmp_path: Path
) -> None:
    with running(tmp_path, database.url, "--host", "0.0.0.0", **TOKENS) as process:  # noqa: S104
        client = process.client
        assert client.get("/readyz").status == 200
        assert client.get("/api/v1/watchlist?q=private").status == 401
        headers = {**JSON, "Authorization": f"Bearer {VIEWER}"}
        seen = client.ask(method="GET", path="/api/v1/watchlist?q=private", headers=headers)
        assert seen.status == 200
        assert "KO" in json.dumps(seen.document)
        document = client.ask(method="GET", path="/api/v1/openapi.json", headers=headers)
        assert "/api/v1/overview" in document.document["paths"]
        process.popen.send_signal(signal.SIGINT)
        assert process.ended() == 0
    assert process.said.endswith("Stopped.\n")
    lines = [line for line in process.lines if " GET " in line]
    assert len(lines) == 3, process.said
    assert " /api/v1/watchlist 401 " in lines[0]
    assert not [word for word in (VIEWER, EDITOR, "private") if word in process.said]


def test_after_sigterm_it_is_not_ready_and_serves_who_comes_until_it_has_drained(
    database: Database, tmp_path: Path
) -> None:
    with running(tmp_path, database.url, "--drain-seconds", "1.5") as process:
        client = process.client
        assert client.get("/readyz").status == 200
        process.popen.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 1
        while client.get("/readyz").status == 200:
            assert time.monotonic() < deadline
        late = client.get("/api/v1/watchlist")
        assert (late.status, late.headers["connection"]) == (200, "close")
        assert process.ended() == 0
