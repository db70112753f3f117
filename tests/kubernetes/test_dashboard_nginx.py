"""The image's nginx.conf, by a real nginx before a real API: pages, files, the way to the API."""

import base64
import contextlib
import gzip
import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from fintech_pipeline.api.headers import security_headers
from fintech_pipeline.api.tokens import checked_tokens
from fintech_pipeline.storage.database import Database
from tests.api.asking import Answer, Client, answer_of
from tests.api.conftest import empty
from tests.api.living import access_by, serving_api

__all__ = ["empty"]

TEMPLATE = Path(__file__).parents[2] / "deploy/images/dashboard/nginx.conf.template"
PAGE = b"<!doctype html><title>Market watch</title>"
SCRIPT = b"export const answer = 42;" * 100
VIEWER = "viewer-viewer-viewer"
HTML = {"Accept": "text/html,*/*;q=0.8"}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Served:
    """A running nginx, and the files it serves."""

    client: Client
    folder: Path

    def get(self, path: str, **headers: str) -> Answer:
        return self.client.ask(method="GET", path=path, headers=headers)


def files_in(folder: Path) -> None:
    dist = folder / "srv"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_bytes(PAGE)
    (dist / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (dist / "assets/index-a1.js").write_bytes(SCRIPT)
    (dist / "assets/index-a1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (dist / "assets/index-a1.css").write_text("p{}")
    (dist / "assets/inter-a1.woff2").write_bytes(b"wOF2")
    (dist / "assets/index-a1.js.map").write_text("{}")
    (dist / ".made-from").write_text("nobody's")
    (folder / "etc").mkdir()
    (folder / "etc/config.json").write_text('{"dagster_url": "https://dagster.example.org"}')
    (folder / "secret.txt").write_text("nobody's")


@contextlib.contextmanager
def nginx(api: str, called: str = "$http_host") -> Iterator[Served]:
    """An nginx of the image's configuration before an API; ended afterwards.

    Args:
        api: Where the API is.
        called: The host by which it asks it; the image's own is what the browser asked for.
    """
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program is not None, "install nginx-light, as .ci/run does"
    # Not below pytest's own folder: as root nginx works as another user, to whom that is closed.
    with (
        tempfile.TemporaryDirectory(prefix="dashboard-nginx-") as name,
        socket.create_server(("127.0.0.1", 0)) as probe,
    ):
        folder, port = Path(name), probe.getsockname()[1]
        folder.chmod(0o755)
        files_in(folder)
        (folder / "written").mkdir()
        text = TEMPLATE.read_text()
        for known, here in {
            "/tmp/": f"{folder}/written/",  # noqa: S108  # the image's
            "${API}": api,
            "${API_CALLED}": called,
            "${NGINX_LOCAL_RESOLVERS}": "127.0.0.1",
            "listen 8080": f"listen 127.0.0.1:{port}",
            "/srv/dashboard": f"{folder}/srv",
            "/etc/dashboard": f"{folder}/etc",
            "/dev/stdout": f"{folder}/access.log",
        }.items():
            assert known in text, known
            text = text.replace(known, here)
        (folder / "nginx.conf").write_text(text)
        probe.close()
        words = [program, "-c", str(folder / "nginx.conf"), "-e", "stderr", "-g", "daemon off;"]
        process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
        try:
            await_port(process, port)
            yield Served(Client(port), folder)
        finally:
            process.terminate()
            _, said = process.communicate(timeout=30)
        assert "emerg" not in said, said


def await_port(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    pytest.fail(f"nginx did not start: {process.communicate(timeout=5)[1]}")


@pytest.fixture(scope="module")
def api(empty: Database) -> Iterator[Client]:
    with serving_api(empty, access=access_by()) as client:
        yield client


@pytest.fixture(scope="module")
def served(api: Client) -> Iterator[Served]:
    with nginx(f"http://127.0.0.1:{api.port}") as one:
        yield one


def test_every_route_of_the_dashboard_is_its_page(served: Served) -> None:
    for path in ("/", "/symbols/BRK.B", "/symbols/AAPL/signals/2026-11-27T15:30Z", "/alerts/rules"):
        answer = served.get(path, **HTML)
        assert (answer.status, answer.body) == (200, PAGE), path
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-cache"
    assert served.get("/").body == PAGE, "whoever asks"


def test_a_page_that_did_not_change_is_not_sent_again(served: Served) -> None:
    tag = served.get("/", **HTML).headers["etag"]
    again = served.get("/record", **HTML, **{"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")


def test_what_has_a_hash_in_its_name_is_kept_for_ever(served: Served) -> None:
    kinds = {"index-a1.js": "text/javascript", "index-a1.css": "text/css", "inter-a1.woff2": "font"}
    for name, kind in kinds.items():
        answer = served.get(f"/assets/{name}")
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["cache-control"] == FOR_EVER
    missing = served.get("/assets/index-old.js", **HTML)
    assert missing.status == 404
    assert "cache-control" not in missing.headers, "it may be there tomorrow"


def test_files_are_sent_as_they_were_packed_to_who_can_read_that(served: Served) -> None:
    packed = served.get("/assets/index-a1.js", **{"Accept-Encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.body == (served.folder / "srv/assets/index-a1.js.gz").read_bytes()
    assert packed.headers["vary"] == "Accept-Encoding"
    assert served.get("/assets/index-a1.js").body == SCRIPT


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_page_has_the_very_headers_that_the_api_gives_its_own(
    served: Served, scheme: str
) -> None:
    host = "watch.example.org"
    asked = {**HTML, "Host": host, "X-Forwarded-Proto": scheme}
    for path in ("/", "/symbols/AAPL"):
        answer = served.get(path, **asked)
        wanted = security_headers("text/html", host, https=scheme == "https")
        found = {name: answer.headers.get(name.lower()) for name in wanted}
        assert found == wanted
        assert ("strict-transport-security" in answer.headers) == (scheme == "https")
        assert answer.headers["server"] == "nginx", "no version"


def test_a_host_that_is_none_gets_into_no_policy(served: Served) -> None:
    odd = served.get("/", **HTML, Host="a;script-src=*")
    assert "script-src" not in odd.headers.get("content-security-policy", "")


def test_nothing_leads_out_of_the_folder_or_to_what_is_hidden(served: Served) -> None:
    for path in (
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/.made-from",
        "/assets/index-a1.js.map",
        "/assets/index-a1.js.gz",
        "/assets/",
        "/robots.txt",
        "/metrics",
        "/readyz",
        "/api",
    ):
        answer = served.get(path)
        assert answer.status in {400, 404}, path
        assert b"nobody" not in answer.body
    for path in ("/metrics", "/readyz", "/api"):
        assert served.get(path, **HTML).status == 404


def test_nothing_is_sent_to_a_file(served: Served) -> None:
    assert served.client.ask({}, method="POST", path="/").status == 405


def test_it_lives_whatever_the_api_does(served: Served) -> None:
    answer = served.get("/healthz")
    assert (answer.status, answer.body) == (200, b"alive\n")


def test_what_an_operator_sets_is_told_without_a_new_image_or_a_restart(served: Served) -> None:
    answer = served.get("/config.json")
    assert answer.document == {"dagster_url": "https://dagster.example.org"}
    assert answer.headers["cache-control"] == "no-cache"
    (served.folder / "etc/config.json").write_text('{"dagster_url": null}')
    assert served.get("/config.json").document == {"dagster_url": None}


def test_the_api_is_asked_as_if_it_were_asked_itself(served: Served) -> None:
    own = f"http://127.0.0.1:{served.client.port}"
    through = served.get("/api/v1/session", Origin=own)
    assert through.status == 200, "the page's origin is the server's own"
    for name in ("content-security-policy", "x-request-id", "cache-control"):
        assert through.headers[name]
    assert through.headers["content-security-policy"].startswith("default-src 'none'")
    strange = served.get("/api/v1/session", Origin="http://evil.example")
    assert strange.status == 403
    assert served.get("/api/v1/nothing", **HTML).detail == "There is nothing at this path."
    query = served.get("/api/v1/signals?limit=nonsense")
    assert "limit" in query.detail


@pytest.fixture(scope="module")
def meshed(empty: Database) -> Iterator[Served]:
    """In a mesh, whose proxies find the API by its own name alone."""
    tokens = checked_tokens(SecretStr(VIEWER), SecretStr("editor-editor-editor"))
    public = "https://watch.example.org"
    with (
        serving_api(empty, access=access_by(tokens, public_url=public)) as api,
        nginx(f"http://127.0.0.1:{api.port}", "watch-api.market.svc.cluster.local") as one,
    ):
        yield one


@pytest.mark.parametrize(
    ("host", "scheme", "origin", "status"),
    [
        ("watch.example.org", "https", "https://watch.example.org", 200),
        ("localhost:8000", "http", "http://localhost:8000", 200),  # by kubectl port-forward
        ("watch.example.org", "https", "http://watch.example.org", 403),
        ("watch.example.org", "https", "https://evil.example", 403),
        ("watch.example.org", "https", "null", 403),
        ("localhost:8000", "http", "http://localhost:8001", 403),
        ("watch.example.org", "https", "", 200),  # what no page sent
        # Whoever chooses both is no page of a browser's, and needs a token as everybody does.
        ("evil.example", "https", "https://evil.example", 200),
    ],
)
def test_in_a_mesh_a_page_of_ours_is_still_told_from_one_of_others(
    meshed: Served, host: str, scheme: str, origin: str, status: int
) -> None:
    asked = {
        "Host": host,
        "X-Forwarded-Proto": scheme,
        "Authorization": f"Bearer {VIEWER}",
        **({"Origin": origin} if origin else {}),
    }
    assert meshed.get("/api/v1/session", **asked).status == status


def test_the_stream_passes(served: Served) -> None:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        "GET /api/v1/stream?topics=signals HTTP/1.1",
        f"Host: 127.0.0.1:{served.client.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        "\r\n",
    )
    with served.client.wire() as wire:
        wire.sendall("\r\n".join(lines).encode())
        said = b""
        while b'"hello"' not in said:
            more = wire.recv(4096)
            assert more, said
            said += more
    assert said.startswith(b"HTTP/1.1 101 ")


def test_while_the_api_is_away_one_is_told_in_a_sentence_and_the_pages_go_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with nginx(f"http://127.0.0.1:{port}") as alone:
        answer = alone.get("/api/v1/overview")
        assert answer.status == 503
        assert "does not answer just now" in answer.detail
        assert answer.headers["retry-after"] == "5"
        assert alone.get("/", **HTML).body == PAGE


def test_its_log_says_neither_what_was_asked_nor_by_whom(served: Served) -> None:
    served.get("/symbols/AAPL?at=2026-11-27T15:30Z", **HTML, Cookie="fintech-session=x")
    line = (served.folder / "access.log").read_text().splitlines()[-1]
    assert "GET /index.html 200" in line or "GET /symbols/AAPL 200" in line
    assert "at=" not in line
    assert "session" not in line


def test_a_connection_is_kept(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.client.port, timeout=20)
    with contextlib.closing(connection):
        for _ in range(2):
            connection.request("GET", "/", headers=HTML)
            assert answer_of(connection.getresponse()).body == PAGE
