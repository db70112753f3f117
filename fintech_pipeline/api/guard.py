"""What stands before every route: who may ask, how often, how much; and one line of log for each.

A plain ASGI layer, because a body must be measured while it is read, before anything parses it.
"""

import asyncio
import hmac
import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import SecretStr
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fintech_pipeline.api.limits import Buckets, Limits
from fintech_pipeline.api.problems import FAILED, Refusal

PROBES = {"/healthz", "/readyz"}
"""What the kubelet asks: without a token, and as often as it likes."""
LOCAL_NAMES = {"127.0.0.1", "localhost", "[::1]"}
SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
CLOSING = {"Connection": "close"}
TOO_SLOW = 408
LEFT_BYTES, LEFT_SECONDS = 1024 * 1024, 1.0
"""So much of a refused body is still read: closed at once, the client might not see the answer."""

log = logging.getLogger("fintech.analyzer")


@dataclass(slots=True)
class State:
    """How the server is.

    Attributes:
        draining: It is about to end: still answers, but wants no new client.
        cut_off: How many requests had to be given up at the end.
    """

    draining: bool = False
    cut_off: int = 0


class Gone(Exception):
    """The client went away before its request was complete."""


@dataclass(slots=True)
class _Told:
    """Tells the client, with the headers that every answer has."""

    send: Send
    state: State
    status: str = ""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = str(message["status"])
            headers = MutableHeaders(scope=message)
            headers.update(SECURITY)
            if self.state.draining:
                # A client that keeps its connection would never look for another server.
                headers.update(CLOSING)
        await self.send(message)


@dataclass(frozen=True, slots=True)
class Guard:
    """The app behind its checks.

    Attributes:
        app: What answers.
        limits: How much may be asked.
        buckets: How often.
        token: What a client must know; None where only this machine can ask.
        state: How the server is.
        seconds: A clock that never goes back, in seconds.
    """

    app: ASGIApp
    limits: Limits
    buckets: Buckets
    token: SecretStr | None
    state: State
    seconds: Callable[[], float] = time.monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        began = self.seconds()
        told = _Told(send, self.state)
        try:
            await self._answer(scope, receive, told)
        except Gone:
            told.status = "gone"
        except asyncio.CancelledError:
            self.state.cut_off += 1
            told.status = "cut off"
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, its text may quote the client
            at = traceback.format_tb(error.__traceback__)
            log.error("%s, at\n%s", type(error).__name__, "".join(at))  # noqa: TRY400  # see above
            if not told.status:
                await Refusal(500, FAILED).response()(scope, receive, told)
        finally:
            if scope["path"] not in PROBES:
                self._log(scope, told.status, self.seconds() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            if scope["path"] not in PROBES:
                self._admit(scope, headers)
            body = await self._body(receive, headers)
        except Refusal as refusal:
            if refusal.status != TOO_SLOW and "expect" not in headers:
                await _read_on(receive)
            await refusal.response(CLOSING)(scope, receive, send)
            return
        bodies = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def replay() -> Message:
            return next(bodies, None) or await receive()

        await self.app(scope, replay, send)

    def _admit(self, scope: Scope, headers: Headers) -> None:
        """Lets the request pass.

        Raises:
            Refusal: It comes too soon after others, from somebody unknown, or is no JSON.
        """
        wait = self.buckets.wait_seconds(_address(scope))
        if wait:
            raise Refusal(429, f"More than {self.limits.per_minute} requests a minute.", wait)
        if self.token is None:
            # A page on the internet may give its own name this machine's address.
            if _host_name(headers.get("host", "")) not in LOCAL_NAMES:
                raise Refusal(421, "Without a token it is asked as localhost only.")
        elif not _knows(self.token, headers.get("authorization", "")):
            raise Refusal(401, "The token is missing or wrong: Authorization: Bearer TOKEN.")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["method"] == "POST" and kind != "application/json":
            raise Refusal(415, "The body must be JSON, sent as Content-Type: application/json.")

    async def _body(self, receive: Receive, headers: Headers) -> bytes:
        """The body, measured as it comes.

        Raises:
            Refusal: It is too long or too slow.
            Gone: The client went away.
        """
        most, body = self.limits.body_bytes, bytearray()
        told = headers.get("content-length", "0")
        too_long = Refusal(413, f"The body is longer than {most:,} bytes.")
        if told.isdecimal() and int(told) > most:
            raise too_long
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                more = True
                while more:
                    piece, more = await _piece(receive)
                    body += piece
                    if len(body) > most:
                        raise too_long
        except TimeoutError:
            seconds = self.limits.body_seconds
            raise Refusal(
                TOO_SLOW, f"The body did not come within {seconds:.0f} seconds."
            ) from None
        return bytes(body)

    def _log(self, scope: Scope, status: str, seconds: float) -> None:
        """One line; neither a query nor a body, which hold what people send."""
        method, path = scope["method"][:10], quote(scope["path"])[:80]
        log.info("%s %s %s %s %.1f ms", _address(scope), method, path, status, seconds * 1000)


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    return message.get("body", b""), message.get("more_body", False)


async def _read_on(receive: Receive) -> None:
    read, more = 0, True
    try:
        async with asyncio.timeout(LEFT_SECONDS):
            while more and read < LEFT_BYTES:
                piece, more = await _piece(receive)
                read += len(piece)
    except TimeoutError:
        return


def _knows(token: SecretStr, header: str) -> bool:
    scheme, _, given = header.partition(" ")
    same = hmac.compare_digest(given.strip().encode(), token.get_secret_value().encode())
    return same and scheme.lower() == "bearer"


def _address(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else "-"


def _host_name(host: str) -> str:
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
