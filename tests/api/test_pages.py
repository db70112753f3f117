"""The dashboard's files as the API serves them: packed, kept, and nothing beside them."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from fintech_pipeline.api.pages import takes
from fintech_pipeline.api.tokens import Tokens
from fintech_pipeline.storage.database import Database
from tests.api.asking import Answer, Client
from tests.api.living import access_by, serving_api

PAGE = b"<!doctype html><title>Market watch</title><div id=root></div>"
SCRIPT = b"export const answer = 42;" * 100
TOKENS = Tokens(SecretStr("what-a-viewer-knows"), SecretStr("what-an-editor-knows"))
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built dashboard, and what must not leave its folder."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / ".vite").mkdir()
    (folder / "index.html").write_bytes(PAGE)
    (folder / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "assets/index-a1.js").write_bytes(SCRIPT)
    (folder / "assets/index-a1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "assets/index-a1.js.br").write_bytes(b"packed by brotli")
    (folder / "assets/index-a1.js.map").write_text("{}")
    (folder / "assets/inter-a1.woff2").write_bytes(b"wOF2")
    (folder / ".vite/manifest.json").write_text("{}")
    (folder / ".env").write_text("SECRET=1")
    (tmp_path / "secret.txt").write_text("nobody's")
    (folder / "assets/linked.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "assets/out").symlink_to(tmp_path)
    return folder


@pytest.fixture
def local(empty: Database, dist: Path) -> Iterator[Client]:
    with serving_api(empty, dashboard=dist) as client:
        yield client


def get(client: Client, path: str, **headers: str) -> Answer:
    return client.ask(method="GET", path=path, headers=headers)


def test_every_route_of_the_dashboard_is_its_page(local: Client) -> None:
    for path in ("/", "/symbols/BRK.B", "/symbols/AAPL/signals/2026-11-27T15:30Z", "/alerts/rules"):
        answer = get(local, path, **HTML)
        assert (answer.status, answer.body) == (200, PAGE), path
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
    assert get(local, "/").body == PAGE, "whoever asks"
    head = local.ask(method="HEAD", path="/", headers=HTML)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(PAGE))


def test_what_the_api_answers_is_never_a_page(local: Client) -> None:
    for path in ("/api", "/api/", "/api/v1", "/api/v1/nothing", "/healthz/", "/metrics/x"):
        assert get(local, path, **HTML).detail == "There is nothing at this path.", path
    assert get(local, "/healthz", **HTML).headers["content-type"] == "application/json"
    assert local.ask({}, method="POST", path="/", headers={}).status in {404, 405, 415}


def test_a_file_that_is_not_there_is_not_answered_by_a_page(local: Client) -> None:
    assert get(local, "/assets/index-old.js", **HTML).status == 404
    assert get(local, "/nothing").status == 404, "only who navigates is shown a page"
    assert get(local, "/robots.txt", Accept="*/*").detail == "There is nothing at this path."


def test_what_has_a_hash_in_its_name_is_kept_for_ever(local: Client) -> None:
    kinds = {
        "/assets/index-a1.js": "text/javascript; charset=utf-8",
        "/assets/inter-a1.woff2": "font/woff2",
    }
    for path, kind in kinds.items():
        answer = get(local, path)
        assert (answer.status, answer.headers["content-type"]) == (200, kind)
        assert answer.headers["cache-control"] == FOR_EVER
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert get(local, "/favicon.svg").headers["cache-control"] == "no-cache"


def test_a_page_that_did_not_change_is_not_sent_again(local: Client) -> None:
    tag = get(local, "/", **HTML).headers["etag"]
    again = get(local, "/symbols/AAPL", **HTML, **{"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == tag


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("BR", "br"),
        ("*", "br"),
        ("identity", None),
        ("gzip;q=0, br ; q=0.000", None),
        ("gzip;q=lots", None),
        ("", None),
    ],
)
def test_files_are_sent_as_they_were_packed_to_who_can_read_that(
    local: Client, accepted: str, coding: str | None
) -> None:
    answer = get(local, "/assets/index-a1.js", **{"Accept-Encoding": accepted})
    bodies = {"br": b"packed by brotli", "gzip": gzip.compress(SCRIPT), None: SCRIPT}
    assert answer.headers.get("content-encoding") == coding
    assert len(answer.body) == len(bodies[coding])
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"] == get(local, "/assets/index-a1.js").headers["etag"]


def test_nothing_leads_out_of_the_folder_or_to_what_is_hidden(local: Client) -> None:
    for path in (
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "//secret.txt",
        "/assets\\..\\..\\secret.txt",
        "/assets/linked.txt",
        "/assets/out/secret.txt",
        "/.env",
        "/.vite/manifest.json",
        "/assets/index-a1.js.map",
        "/assets/index-a1.js.gz",
        "/assets",
        "/assets/",
        "/index.html%00.js",
    ):
        answer = get(local, path)
        assert answer.status == 404, path
        assert b"nobody" not in answer.body


def test_a_page_may_load_what_we_serve_and_its_stream_and_nothing_else(local: Client) -> None:
    headers = get(local, "/record", **HTML).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert f"connect-src 'self' ws://127.0.0.1:{local.port}" in policy
    assert "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY"
    script = get(local, "/assets/index-a1.js").headers["content-security-policy"]
    assert script.startswith("default-src 'none'")


def test_one_sees_the_dashboard_before_one_logs_in_and_nothing_of_the_api(
    empty: Database, dist: Path
) -> None:
    with serving_api(empty, access=access_by(TOKENS), dashboard=dist) as api:
        assert get(api, "/symbols/AAPL", **HTML).body == PAGE
        assert get(api, "/assets/index-a1.js").status == 200
        assert get(api, "/config.json").status == 200
        for path in ("/api/v1/overview", "/api", "/metrics", "/api/v1/nothing"):
            assert get(api, path, **HTML).status == 401, path


def test_it_is_told_where_dagsters_ui_is(empty: Database, dist: Path) -> None:
    with serving_api(empty, dashboard=dist) as api:
        answer = get(api, "/config.json")
        assert answer.document == {"dagster_url": None}
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-cache"


def test_a_new_build_is_served_at_once_and_an_open_page_goes_on(local: Client, dist: Path) -> None:
    assert get(local, "/").body == PAGE
    dist.rename(dist.with_name("old"))
    assert get(local, "/").body == PAGE, "between two builds"
    (dist / "assets").mkdir(parents=True)
    (dist / "assets/index-b2.js").write_bytes(b"b2")
    (dist / "index.html").write_bytes(PAGE + b"b2")
    assert get(local, "/").body == PAGE + b"b2"
    assert get(local, "/assets/index-b2.js").body == b"b2"
    assert get(local, "/assets/index-a1.js").body == SCRIPT
    assert get(local, "/favicon.svg").status == 404


def test_without_a_dashboard_one_is_told_how_to_build_it(empty: Database, tmp_path: Path) -> None:
    with serving_api(empty, dashboard=tmp_path / "dist") as api:
        for path in ("/", "/symbols/AAPL"):
            told = get(api, path, **HTML)
            assert (told.status, told.headers["content-type"]) == (404, "text/html; charset=utf-8")
            assert b"make dashboard" in told.body
            assert b"/api/v1/openapi.json" in told.body
        assert "make dashboard" in get(api, "/").detail
        (tmp_path / "dist").mkdir()
        (tmp_path / "dist/index.html").write_bytes(PAGE)
        assert get(api, "/").body == PAGE, "no restart is needed"


def test_a_coding_is_taken_as_the_client_weighs_it() -> None:
    assert takes("gzip;q=0.001", "gzip")
    assert takes("deflate, *;q=0.1", "gzip")
    assert not takes("*;q=0", "gzip")
    assert not takes("deflate", "gzip")
