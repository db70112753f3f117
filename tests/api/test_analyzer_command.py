"""`fintech analyzer` as a process: what it refuses, how it starts, and that it ends in peace."""

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

import psutil
import pytest
from click.testing import CliRunner

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.errors import ConfigurationError
from tests.api.asking import GOOD, JSON, LOCAL, Client, heard

FINTECH = str(Path(sys.executable).with_name("fintech"))
KEPT = ("PATH", "HOME", "LANG")
TOKEN = "a-token-that-nobody-should-ever-see"  # noqa: S105  # of this test
HEAD = b"POST /v1/analyze HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
ASKED = json.dumps(GOOD).encode()


@dataclass
class Process:
    """A running `fintech analyzer`."""

    popen: subprocess.Popen[str]
    client: Client
    lines: list[str] = field(default_factory=list)

    def ended(self, seconds: float = 15) -> int:
        return self.popen.wait(seconds)

    @property
    def said(self) -> str:
        return "".join(self.lines)


def environment(**more: str) -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ} | more


@contextlib.contextmanager
def running(folder: Path, *words: str, **variables: str) -> Iterator[Process]:
    """The command, as soon as it listens; whatever happens it is ended."""
    popen = subprocess.Popen(
        [FINTECH, "analyzer", "--port", "0", *words],
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert popen.stdout is not None
    try:
        first = popen.stdout.readline()
        told = re.search(r":(\d+)/v1/analyze; Ctrl-C ends it", first)
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


def refused(*words: str, token: str = "") -> BaseException | None:
    """What the command raises in place of serving."""
    environment = {"ANALYZER_TOKEN": token, "FINTECH_CONFIG": None}
    return CliRunner(env=environment).invoke(fintech, ["analyzer", *words]).exception


def until_refused(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.05)
    raise AssertionError("it still listens")


def test_after_sigterm_it_is_not_ready_serves_who_comes_and_finishes_what_it_began(
    tmp_path: Path,
) -> None:
    with running(tmp_path, "--drain-seconds", "1.5", "--grace-seconds", "20") as process:
        client = process.client
        with client.wire() as wire:
            wire.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(ASKED) + ASKED[:10])
            assert client.get("/readyz").status == 200
            process.popen.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + 1
            while client.get("/readyz").status == 200:
                assert time.monotonic() < deadline
            late = client.ask(GOOD)
            assert (late.status, late.headers["connection"]) == (200, "close")
            until_refused(client.port)
            assert process.popen.poll() is None
            wire.sendall(ASKED[10:])
            assert heard(wire).document["label"] == "positive"
        assert process.ended() == 0
    assert process.said.endswith("Stopped.\n")


def test_what_takes_longer_than_the_grace_is_cut_off_and_said_so(tmp_path: Path) -> None:
    with running(tmp_path, "--grace-seconds", "1") as process, process.client.wire() as wire:
        wire.sendall(HEAD + b"Content-Length: 500\r\n\r\n{")
        process.client.get("/readyz")
        process.popen.send_signal(signal.SIGTERM)
        assert process.ended() == 1
    assert "Error: 1 requests took too long and were cut off." in process.said


def test_on_every_address_it_serves_only_who_knows_the_token_and_never_shows_it(
    tmp_path: Path,
) -> None:
    with running(tmp_path, "--host", "0.0.0.0", ANALYZER_TOKEN=TOKEN) as process:  # noqa: S104
        client = process.client
        assert client.ask(GOOD).status == 401
        headers = {**JSON, "Authorization": f"Bearer {TOKEN}"}
        assert client.ask(GOOD, headers=headers).status == 200
        process.popen.send_signal(signal.SIGINT)
        assert process.ended() == 0
    assert TOKEN not in process.said
    first, denied, answered, last = process.lines
    assert first.startswith(f"{LOCAL.version} at http://0.0.0.0:")
    assert "127.0.0.1 POST /v1/analyze 401 " in denied
    assert "127.0.0.1 POST /v1/analyze 200 " in answered
    assert last == "Stopped.\n"
    assert list(tmp_path.iterdir()) == [], "no database is needed, nor anything left behind"


@pytest.mark.parametrize(
    ("host", "token"),
    [("0.0.0.0", ""), ("::", ""), ("10.0.0.1", ""), ("127.0.0.1", "short")],  # noqa: S104
)
def test_on_another_address_than_this_machines_it_needs_a_token_of_some_length(
    host: str, token: str
) -> None:
    error = refused("--host", host, token=token)
    assert isinstance(error, ConfigurationError)
    assert "ANALYZER_TOKEN" in str(error)
    assert "16 " in str(error)
    assert "short" not in str(error)


def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = refused("--port", str(port))
    assert str(error) == (
        f"Port {port} of 127.0.0.1 can't be had (Address already in use); choose another with"
        " --port."
    )


def test_it_loads_neither_dagster_nor_a_database_and_stays_small(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        assert process.client.ask(GOOD).status == 200
        running_process = psutil.Process(process.popen.pid)
        assert running_process.memory_info().rss < 150 * 1024 * 1024
        mapped = {Path(one.path).parent.name for one in running_process.memory_maps()}
    assert not mapped & {"pyarrow", "psycopg_binary", "grpc"}
    assert not any("pandas" in name for name in mapped)
