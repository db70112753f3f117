"""A real webserver of Dagster's obeys its own pages and programs, and no page of another site."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from fintech_pipeline.orchestration.page_guard import is_address
from fintech_pipeline.storage.database import Database

PROJECT = Path(__file__).parents[2]
SEEN = "mutation { setNuxSeen }"
"""Something that changes something."""
GRAPHQL_WS = Subprotocol("graphql-ws")
START_SECONDS = 60.0


@dataclass(frozen=True)
class Webserver:
    """A process of Dagster's own, started as `dagster dev` and the chart start it."""

    port: int

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"Host": f"localhost:{self.port}", **told}
        try:
            connection.request(method, path, body or None, given)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def changed(self, **headers: str) -> tuple[int, str]:
        """What is said to a change, asked for as Dagster's own page does."""
        body = json.dumps({"query": SEEN})
        return self.ask("POST", "/graphql", body, Content_Type="application/json", **headers)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"


def started(database: Database, folder: Path, *options: str) -> Iterator[Webserver]:
    (folder / "dagster.yaml").write_text(PROJECT.joinpath("dagster.yaml").read_text("utf-8"))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = ["-m", "dagster_webserver", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "DAGSTER_HOME": str(folder), "DATABASE_URL": database.url}
    environment.pop("FINTECH_CONFIG", None)
    process = subprocess.Popen(
        [sys.executable, *words, "--empty-workspace", *options],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        await_port(process, port)
        yield Webserver(port)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def await_port(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.2)
    process.kill()
    pytest.fail(f"It did not start: {process.communicate()[1]}")


@pytest.fixture
def webserver(database: Database, tmp_path: Path) -> Iterator[Webserver]:
    yield from started(database, tmp_path)


def test_it_obeys_its_own_pages_and_programs_and_no_page_of_another_site(
    webserver: Webserver,
) -> None:
    done = (200, '{"data":{"setNuxSeen":true}}')
    assert webserver.changed(Origin=webserver.origin, Sec_Fetch_Site="same-origin") == done
    assert webserver.changed() == done, "a program says no origin"
    assert webserver.changed(Host="watch-webserver.market.svc.cluster.local") == done

    # A form, an image, a script and a name that leads here, each of another site.
    by_address = f"/graphql?query={quote(SEEN)}"
    foreign = "https://evil.example"
    assert webserver.ask("POST", by_address, "x", Origin=foreign)[0] == 403
    assert webserver.ask("POST", by_address, "x", Origin="null")[0] == 403
    assert webserver.ask("GET", by_address, Sec_Fetch_Site="cross-site")[0] == 403
    assert webserver.ask("GET", by_address)[0] == 403, "as an older browser asks for an image"
    assert webserver.changed(Origin=foreign)[0] == 403
    renamed = f"evil.example:{webserver.port}"
    status, why = webserver.changed(Host=renamed, Origin=f"http://{renamed}")
    assert (status, why) == (403, "A page may ask here by the name localhost only.")

    # What people see still comes, and a link leads here.
    followed = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert webserver.ask("GET", "/runs", Accept="text/html", **followed)[0] == 200
    assert webserver.ask("GET", "/server_info")[0] == 200

    address = f"ws://localhost:{webserver.port}/graphql"
    with connect(address, origin=Origin(webserver.origin), subprotocols=[GRAPHQL_WS]) as stream:
        stream.send('{"type": "connection_init"}')
        assert json.loads(stream.recv(timeout=20))["type"] == "connection_ack"
    with pytest.raises(InvalidStatus, match="403"):
        connect(address, origin=Origin(foreign), subprotocols=[GRAPHQL_WS])


def test_one_that_only_shows_may_have_any_name_and_no_page_of_another_site(
    database: Database, tmp_path: Path
) -> None:
    for shown in started(database, tmp_path, "--read-only"):
        named = {"Host": "dagster.example.org", "Origin": "https://dagster.example.org"}
        query = json.dumps({"query": "{ version }"})
        asked = {"Content_Type": "application/json", **named}
        assert shown.ask("POST", "/graphql", query, **asked)[0] == 200
        elsewhere = {**asked, "Origin": "https://evil.example"}
        assert shown.ask("POST", "/graphql", query, **elsewhere)[0] == 403


@pytest.mark.parametrize(
    ("host", "whether"),
    [
        ("127.0.0.1:3000", True),
        ("10.2.3.4", True),
        ("[::1]:3000", True),
        ("[fd00::1]", True),
        ("evil.example", False),
        ("10.2.3.4.evil.example:3000", False),
        ("", False),
        (":3000", False),
    ],
)
def test_an_address_is_told_from_a_name(host: str, whether: bool) -> None:
    assert is_address(host) is whether
