"""What the app does for every route: HEAD, compression, and its description of who may."""

import base64
import gzip
import json
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from fintech_pipeline.api.tokens import Tokens
from fintech_pipeline.storage.database import Database
from tests.api.asking import Answer, Client
from tests.api.living import access_by, serving_api

TOKENS = Tokens(SecretStr("what-a-viewer-knows"), SecretStr("what-an-editor-knows"))
BEARER = {"Authorization": "Bearer what-a-viewer-knows"}
DOCUMENT = "/api/v1/openapi.json"


@pytest.fixture
def local(empty: Database) -> Iterator[Client]:
    with serving_api(empty) as client:
        yield client


def _document(client: Client, method: str = "GET", **headers: str) -> Answer:
    return client.ask(method=method, path=DOCUMENT, headers=headers)


def test_the_head_of_an_answer_can_be_had_alone(local: Client) -> None:
    whole, head = _document(local), _document(local, "HEAD")
    assert (head.status, head.body) == (200, b"")
    for name in ("content-length", "content-type", "etag", "cache-control"):
        assert head.headers[name] == whole.headers[name]
    known = _document(local, "HEAD", **{"If-None-Match": whole.headers["etag"]})
    assert known.status == 304


def test_long_answers_are_compressed_for_who_can_read_that(local: Client) -> None:
    plain = _document(local)
    packed = _document(local, **{"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    known = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["etag"]}
    assert _document(local, **known).status == 304


def test_the_document_says_how_to_prove_who_one_is(empty: Database) -> None:
    access = access_by(TOKENS, public_url="https://watch.example")
    with serving_api(empty, access=access) as client:
        assert _document(client).status == 401
        described = json.loads(_document(client, **BEARER).body)
    schemes = described["components"]["securitySchemes"]
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    assert (schemes["session"]["in"], schemes["session"]["name"]) == (
        "cookie",
        "__Host-fintech-session",
    )
    assert described["security"] == [{"token": []}, {"session": []}]
    session = described["paths"]["/api/v1/session"]
    assert session["post"]["security"] == session["delete"]["security"] == []
    assert "security" not in session["get"]
    assert "415" in session["post"]["responses"]
    assert "415" not in session["get"]["responses"]


def test_where_nobody_need_prove_it_the_document_asks_for_nothing(local: Client) -> None:
    described = _document(local).document
    assert "security" not in described
    assert "securitySchemes" not in described["components"]


def test_every_problem_has_the_one_form(local: Client) -> None:
    described = _document(local).document
    for path in described["paths"].values():
        for operation in path.values():
            for status, told in operation["responses"].items():
                if status.startswith(("4", "5")):
                    assert list(told["content"]) == ["application/problem+json"]
    assert local.get("/docs").detail == local.get("/api").detail == "There is nothing at this path."


def test_gzip_is_not_sent_to_who_forbids_it(local: Client) -> None:
    for forbids in ("gzip;q=0", "br, GZIP ; q=0.000", "identity, gzip;q=0."):
        assert "content-encoding" not in _document(local, **{"Accept-Encoding": forbids}).headers
    wants = _document(local, **{"Accept-Encoding": "br;q=0, gzip;q=0.5"})
    assert wants.headers["content-encoding"] == "gzip"


def test_no_answer_sends_anybody_to_the_host_that_was_named(empty: Database) -> None:
    with serving_api(empty, access=access_by(TOKENS)) as client:
        for path in ("/api/v1/watchlist/", "/api/v1/session/", "/healthz/"):
            answer = client.ask(method="GET", path=path, headers={**BEARER, "Host": "evil.example"})
            assert (answer.status, answer.headers.get("location")) == (404, None)


def test_a_method_that_no_route_has_is_told_as_that(local: Client) -> None:
    for method in ("OPTIONS", "TRACE", "LINK"):
        answer = local.ask(method=method, path="/api/v1/watchlist", headers={})
        assert (answer.status, answer.headers["allow"]) == (405, "GET")
        assert answer.detail == f"{method} is not possible at this path."


def test_a_cursor_that_no_database_can_hold_is_none_of_any_list(local: Client) -> None:
    for key in (["\0"], ["\ud800"], [1, "\0"], [1, "\udfff"]):
        cursor = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
        for path in ("runs", "slots", "watchlist", "signals", "articles", "stories", "calls"):
            answer = local.get(f"/api/v1/{path}?cursor={cursor}")
            assert answer.status == 400, (path, key)
            assert "leave it out" in answer.detail
