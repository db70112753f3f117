"""What stands before every route: who may ask, how often, how much; and one line of log for each.

A plain ASGI layer, because a body must be measured while it is read, before anything parses it.
"""

import asyncio
import logging
import secrets
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fintech_pipeline.api.access import Access, Admitted
from fintech_pipeline.api.bodies import Gone, body_of, read_on
from fintech_pipeline.api.headers import security_headers
from fintech_pipeline.api.limits import Buckets, Limits
from fintech_pipeline.api.origins import address_of
from fintech_pipeline.api.problems import FAILED, Refusal

PROBES = {"/healthz", "/readyz"}
"""What the kubelet asks: without a token, and as often as it likes."""
OPENLY = Admitted(None)
BODIES = {"POST", "PUT", "PATCH"}
"""What is sent with a body; no route takes any other but DELETE, which needs none."""
CLOSING = {"Connection": "close"}
TOO_SLOW = 408
POLICY_VIOLATION, INTERNAL_ERROR = 1008, 1011
"""Why a WebSocket is closed (RFC 6455, section 7.4.1)."""
EXPIRED = "The session has expired; log in again."
STARTING = {"http.response.start", "websocket.http.response.start", "websocket.accept"}

log = logging.getLogger("fintech.api")


@dataclass(slots=True)
class State:
    """How the server is.

    Attributes:
        draining: It is about to end: still answers, but wants no new client.
        cut_off: How many requests had to be given up at the end.
    """

    draining: bool = False
    cut_off: int = 0


@dataclass(slots=True)
class _Told:
    """Tells the client, with the headers that every answer has."""

    send: Send
    state: State
    request_id: str
    host: str
    https: bool
    status: str = ""

    async def __call__(self, message: Message) -> None:
        if message["type"] in STARTING:
            self.status = str(message.get("status", 101))
            message.setdefault("headers", [])
            self._complete(MutableHeaders(scope=message))
        await self.send(message)

    def _complete(self, headers: MutableHeaders) -> None:
        kind = headers.get("content-type", "")
        headers.update(security_headers(kind, self.host, https=self.https))
        headers["X-Request-Id"] = self.request_id
        headers.setdefault("Cache-Control", "no-store")
        if self.state.draining and self.status != "101":
            # A client that keeps its connection would never look for another server.
            headers.update(CLOSING)


@dataclass(frozen=True, slots=True)
class Guard:
    """The app behind its checks.

    Attributes:
        app: What answers.
        limits: How much may be asked.
        buckets: How often.
        access: Who may.
        state: How the server is.
        seconds: A clock that never goes back, in seconds.
        proxies: How many proxies stand in front whose word for an address is believed.
    """

    app: ASGIApp
    limits: Limits
    buckets: Buckets
    access: Access
    state: State
    seconds: Callable[[], float] = time.monotonic
    proxies: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        began, headers, request_id = self.seconds(), Headers(scope=scope), secrets.token_hex(6)
        peer = scope["client"][0] if scope.get("client") else "-"
        address = address_of(peer, ",".join(headers.getlist("x-forwarded-for")), self.proxies)
        https = self.access.https or scope["scheme"] in {"https", "wss"}
        told = _Told(send, self.state, request_id, headers.get("host", ""), https)
        known = {**scope.get("state", {}), "request_id": request_id, "address": address}
        try:
            # The same scope, not a copy: whoever stands around this sees which route answered.
            scope["state"] = known
            await self._answer(scope, receive, told)
        except Gone:
            told.status = "gone"
        except asyncio.CancelledError:
            self.state.cut_off += scope["type"] == "http"
            told.status = "cut off"
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, its text may quote the client
            at = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s in %s, at\n%s", type(error).__name__, request_id, at)  # noqa: TRY400  # see above
            await self._failed(scope, receive, told)
        finally:
            if scope["path"] not in PROBES:
                took = (self.seconds() - began) * 1000
                self._log(scope, address, told, took)

    async def _answer(self, scope: Scope, receive: Receive, told: _Told) -> None:
        headers = Headers(scope=scope)
        try:
            admitted = OPENLY if scope["path"] in PROBES else self._admit(scope, headers)
            if scope["type"] == "websocket":
                body = b""
            else:
                body = await body_of(receive, headers, self.limits)
        except Refusal as refusal:
            await _refuse(refusal, scope, receive, told)
            return
        scope["state"]["caller"] = admitted.caller
        if scope["type"] == "websocket":
            await self.app(scope, _until_expired(receive, told, admitted.seconds_left), told)
            return
        bodies = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def replay() -> Message:
            return next(bodies, None) or await receive()

        await self.app(scope, replay, told)

    def _admit(self, scope: Scope, headers: Headers) -> Admitted:
        """Lets the request pass.

        Raises:
            Refusal: It is too large, too soon after others, from somebody who may not, or no JSON.
        """
        _require_small(scope, self.limits)
        address = scope["state"]["address"]
        wait = self.buckets.wait_seconds(address)
        if wait:
            raise Refusal(429, f"More than {self.limits.per_minute} requests a minute.", wait)
        admitted = self.access.admit(scope, address)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        method = scope.get("method", "GET")
        form = self.access.takes_form(scope["path"])
        if method in BODIES and kind != "application/json" and not form:
            raise Refusal(415, "The body must be JSON, sent as Content-Type: application/json.")
        return admitted

    async def _failed(self, scope: Scope, receive: Receive, told: _Told) -> None:
        if not told.status:
            refusal = Refusal(500, FAILED.format(request_id=told.request_id))
            await _refuse(refusal, scope, receive, told)
        elif told.status == "101":
            await told({"type": "websocket.close", "code": INTERNAL_ERROR})

    @staticmethod
    def _log(scope: Scope, address: str, told: _Told, milliseconds: float) -> None:
        """One line; neither a query nor a body, which hold what people send."""
        method, path = scope.get("method", "STREAM")[:10], quote(scope["path"])[:80]
        log.info(
            "%s %s %s %s %.1f ms %s",
            *(address, method, path, told.status, milliseconds, told.request_id),
        )


def _require_small(scope: Scope, limits: Limits) -> None:
    """Lets pass what has a head of a sensible length.

    Raises:
        Refusal: It is longer.
    """
    path = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    if path > limits.path_bytes:
        raise Refusal(414, f"The path and its query are longer than {limits.path_bytes:,} bytes.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > limits.head_bytes:
        raise Refusal(431, f"The headers are longer than {limits.head_bytes:,} bytes together.")


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: _Told) -> None:
    if scope["type"] == "http":
        if refusal.status != TOO_SLOW and "expect" not in Headers(scope=scope):
            await read_on(receive)
        await refusal.response(CLOSING)(scope, receive, send)
        return
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        await refusal.response()(scope, receive, send)
        return
    send.status = str(refusal.status)
    reason = refusal.detail.encode()[:120].decode("utf-8", "ignore")
    await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": reason})


def _until_expired(receive: Receive, send: Send, seconds_left: float | None) -> Receive:
    """Hears a WebSocket until its session ends; then it is closed, and the app hears of that."""
    if seconds_left is None:
        return receive
    ends_at = asyncio.get_running_loop().time() + seconds_left

    async def heard() -> Message:
        try:
            async with asyncio.timeout_at(ends_at):
                return await receive()
        except TimeoutError:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": EXPIRED})
            return {"type": "websocket.disconnect", "code": POLICY_VIOLATION, "reason": EXPIRED}

    return heard
