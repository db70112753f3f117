"""What every request passes, a WebSocket's too, before any route: on a real server."""

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from pydantic import SecretStr
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fintech_pipeline.api.access import ApiAccess
from fintech_pipeline.api.callers import By, Role
from fintech_pipeline.api.guard import Guard, State
from fintech_pipeline.api.limits import Buckets, Limits
from fintech_pipeline.api.login import Login
from fintech_pipeline.api.problems import tell_problems
from fintech_pipeline.api.tokens import Tokens
from tests.api.asking import PLENTY, Client
from tests.api.living import NOW, access_by

TOKENS = Tokens(SecretStr("what-a-viewer-knows"), SecretStr("what-an-editor-knows"))
BEARER = {"Authorization": "Bearer what-a-viewer-knows"}


def _app() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)
    tell_problems(app)

    @app.get("/page")
    async def page() -> HTMLResponse:
        return HTMLResponse("<p>Hello")

    @app.get("/api/fails")
    async def fails() -> None:
        raise ValueError(TOKENS.viewer.get_secret_value())

    @app.get("/api/who")
    async def who(by: By) -> str:
        return f"{by.role}: {by.name}"

    @app.websocket("/stream")
    async def stream(connection: WebSocket, by: By) -> None:
        await connection.accept()
        with contextlib.suppress(WebSocketDisconnect):
            await connection.send_text(f"{by.role}: {by.name}")
            raise ValueError(await connection.receive_text())

    return app


@contextlib.contextmanager
def serving(
    access: ApiAccess, limits: Limits = PLENTY, state: State | None = None
) -> Iterator[Client]:
    guard = Guard(_app(), limits, Buckets(limits.per_minute, lambda: 0.0), access, state or State())
    config = uvicorn.Config(guard, ws="websockets-sansio", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield Client(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def local() -> Iterator[Client]:
    with serving(access_by()) as client:
        yield client


@pytest.fixture
def guarded() -> Iterator[Client]:
    with serving(access_by(TOKENS)) as client:
        yield client


@contextlib.asynccontextmanager
async def streaming(
    client: Client, headers: dict[str, str] | None = None, **others: Any
) -> AsyncIterator[ClientConnection]:
    address = f"ws://127.0.0.1:{client.port}/stream"
    async with connect(address, additional_headers=headers, proxy=None, **others) as stream:
        yield stream


async def _refused(client: Client, headers: dict[str, str], **others: Any) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as refused:
        async with streaming(client, headers, **others):
            pass
    return refused.value


def _login(access: ApiAccess) -> Login:
    assert access.login is not None
    return access.login


def _cookie(access: ApiAccess, role: Role = Role.VIEWER) -> dict[str, str]:
    sessions = _login(access).sessions
    return {"Cookie": f"fintech-session={sessions.sealed(sessions.begun(role, 'Ada'))}"}


async def _heard(client: Client, headers: dict[str, str], **others: Any) -> str | bytes:
    async with streaming(client, headers, **others) as stream:
        return await stream.recv()


def test_a_stream_is_for_who_may_look(guarded: Client) -> None:
    assert asyncio.run(_heard(guarded, BEARER)) == "viewer: viewer"
    for headers in ({}, {"Authorization": "Bearer what-nobody-knows"}):
        answer = asyncio.run(_refused(guarded, headers)).response
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert b"The token is missing or wrong" in answer.body
        assert answer.headers["x-request-id"]


def test_a_page_of_another_site_gets_no_stream_with_the_cookie_of_ours() -> None:
    """Browsers send cookies with WebSockets of any page, and no CSRF token with those of ours."""
    access = access_by(TOKENS)
    cookie = _cookie(access)
    with serving(access) as client:
        ours = f"http://127.0.0.1:{client.port}"
        assert asyncio.run(_heard(client, cookie, origin=ours)) == "viewer: Ada"
        for foreign in ("https://evil.example", "null", f"http://localhost:{client.port}"):
            answer = asyncio.run(_refused(client, cookie, origin=foreign)).response
            assert answer.status_code == 403
            assert b"A page of another site may not ask here." in answer.body


def test_on_this_machine_a_page_of_the_internet_gets_no_stream(local: Client) -> None:
    assert asyncio.run(_heard(local, {})) == "editor: local"
    assert asyncio.run(_heard(local, {}, origin=f"http://127.0.0.1:{local.port}"))
    answer = asyncio.run(_refused(local, {}, origin="http://evil.example")).response
    assert answer.status_code == 403


def test_a_stream_ends_with_its_session(caplog: pytest.LogCaptureFixture) -> None:
    present: list[datetime] = [NOW]
    access = access_by(TOKENS, clock=lambda: present[0])
    cookie = _cookie(access)
    present[0] += timedelta(hours=12, seconds=-0.4)

    async def until_closed(client: Client) -> ConnectionClosed:
        async with streaming(client, cookie) as stream:
            assert await stream.recv() == "viewer: Ada"
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(stream.recv(), 5)
            return closed.value

    with caplog.at_level(logging.INFO), serving(access) as client:
        received = asyncio.run(until_closed(client)).rcvd
        present[0] += timedelta(seconds=1)
        answer = asyncio.run(_refused(client, cookie)).response
    assert received is not None
    assert (received.code, received.reason) == (1008, "The session has expired; log in again.")
    assert answer.status_code == 401
    assert answer.headers["set-cookie"].startswith("fintech-session=; Max-Age=0")
    first, second = (one.getMessage() for one in caplog.records if one.name == "fintech.api")
    assert first.startswith("127.0.0.1 STREAM /stream 101 ")
    assert second.startswith("127.0.0.1 STREAM /stream 401 ")


def test_a_stream_that_fails_is_closed_and_the_log_says_where(
    guarded: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async def failed() -> ConnectionClosed:
        async with streaming(guarded, BEARER) as stream:
            await stream.recv()
            await stream.send("words of a client")
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(stream.recv(), 5)
            return closed.value

    with caplog.at_level(logging.INFO):
        received = asyncio.run(failed()).rcvd
    assert received is not None
    assert received.code == 1011
    assert "ValueError in " in caplog.text
    assert "words of a client" not in caplog.text


def test_streams_count_as_requests() -> None:
    with serving(access_by(), replace(PLENTY, per_minute=20)) as client:
        for _ in range(2):
            asyncio.run(_heard(client, {}))
        answer = asyncio.run(_refused(client, {})).response
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) <= 3
        assert client.get("/api/who").status == 429


def _wait_for(line: str, caplog: pytest.LogCaptureFixture) -> None:
    """The line is written just after the answer."""
    deadline = time.monotonic() + 5
    while line not in caplog.text:
        assert time.monotonic() < deadline, caplog.text
        time.sleep(0.01)


def test_a_head_of_sensible_length_passes_and_a_longer_one_does_not(local: Client) -> None:
    query = "/api/who?x=" + "a" * (8000 - len("/api/who?x=") + 1)  # the mark itself is not counted
    assert local.get(query).status == 200
    answer = local.get(query + "a")
    assert (answer.status, answer.detail) == (
        414,
        "The path and its query are longer than 8,000 bytes.",
    )
    assert local.get("/" + "a" * 8000).status == 414
    many = {f"X-{number}": "a" * 990 for number in range(17)}
    answer = local.ask(method="GET", path="/api/who", headers=many)
    assert (answer.status, answer.detail) == (
        431,
        "The headers are longer than 16,000 bytes together.",
    )
    del many["X-1"]
    assert local.ask(method="GET", path="/api/who", headers=many).status == 200


def test_every_answer_has_an_id_that_the_log_and_a_failure_tell(
    guarded: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answers = [
            guarded.ask(method="GET", path=path, headers=headers)
            for path, headers in (("/api/who", BEARER), ("/api/who", {}), ("/api/fails", BEARER))
        ]
        ids = [one.headers["x-request-id"] for one in answers]
        _wait_for(f" ms {ids[2]}", caplog)
    assert [one.status for one in answers] == [200, 401, 500]
    assert len(set(ids)) == 3
    lines = [one.getMessage() for one in caplog.records if " ms " in one.getMessage()]
    assert [line.rsplit(" ", 1)[1] for line in lines] == ids
    assert answers[2].detail.endswith(f"its log says where, under {ids[2]}.")
    assert f"ValueError in {ids[2]}, at" in caplog.text
    assert "what-a-viewer-knows" not in caplog.text
    chosen = guarded.ask(method="GET", path="/api/who", headers={**BEARER, "X-Request-Id": "mine"})
    assert chosen.headers["x-request-id"] not in {*ids, "mine"}


def test_a_page_may_load_what_is_ours_and_nothing_else(local: Client) -> None:
    policy = local.get("/page").headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'self'",
        "base-uri": "'none'",
        "connect-src": f"'self' ws://127.0.0.1:{local.port}",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "img-src": "'self' data:",
        "object-src": "'none'",
    }


def test_every_answer_keeps_the_browser_from_what_it_need_not_do(local: Client) -> None:
    for path, policy in (("/api/who", "default-src 'none'; frame-ancestors 'none'"), ("/no", None)):
        headers = local.get(path).headers
        assert headers["content-security-policy"] == (
            policy or "default-src 'none'; frame-ancestors 'none'"
        )
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["permissions-policy"].startswith("camera=(), ")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers


def test_who_goes_away_before_his_body_came_is_taken_down_and_fails_nothing(
    local: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        with local.wire() as wire:
            wire.sendall(
                b"POST /api/who HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: 50\r\n\r\n{"
            )
        assert local.get("/api/who").status == 200
        _wait_for("POST /api/who gone ", caplog)
