"""Keeps pages of other sites from Dagster's UI, which has no login and obeys whoever reaches it.

A browser on the machine where `fintech up` runs reaches it, and one before a port that
kubectl forwards: a page of anybody's could have it start and end runs. Dagster takes a
mutation in the address of a GET, as an image has one, and a WebSocket of any page.
"""

import ipaddress
import sys

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from fintech_pipeline.api.origins import is_foreign, is_local

FOREIGN = "A page of another site may not ask here."
BY_GET = "GraphQL is asked by POST here: what changes something is no address to follow."
RENAMED = "A page may ask here by the name localhost only."
POLICY_VIOLATION = 1008
WEBSERVER = "dagster_webserver.webserver"


class PageGuard:
    """A plain ASGI layer before Dagster's own.

    Args:
        app: What answers.
        read_only: Whether it changes nothing; then a proxy may give it any name.
    """

    def __init__(self, app: ASGIApp, *, read_only: bool) -> None:
        self._app, self._read_only = app, read_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or refuses it with a sentence."""
        why = refusal(scope, read_only=self._read_only)
        if why is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": why})
        else:
            await PlainTextResponse(why, 403)(scope, receive, send)


def refusal(scope: Scope, *, read_only: bool) -> str | None:
    """Why a request may not pass; None where it may. Programs, which send no Origin, may.

    Args:
        scope: ASGI's.
        read_only: Whether nothing can be changed.
    """
    if scope["type"] not in {"http", "websocket"}:
        return None
    headers = Headers(scope=scope)
    if is_foreign(headers, None):
        return FOREIGN
    host = headers.get("host", "")
    # A page may give its own name this machine's address; it is its own site then.
    if "origin" in headers and not (read_only or is_local(host) or is_address(host)):
        return RENAMED
    asks_by_address = b"query=" in scope["query_string"] and scope["path"].endswith("/graphql")
    return BY_GET if asks_by_address else None


def is_address(host: str) -> bool:
    """Whether the header Host is an address, which no name leads to."""
    name, _, port = host.rpartition(":")
    given = name if port.isdecimal() and name else host
    try:
        ipaddress.ip_address(given.strip("[]"))
    except ValueError:
        return False
    return True


def guard_webserver() -> None:
    """Puts the guard before Dagster's webserver, where this process is one; twice is once.

    Dagster has no place for a layer of one's own, but each of its processes loads our storage
    before it builds anything, `dagster dev`'s webserver too.
    """
    webserver = sys.modules.get(WEBSERVER)
    if webserver is None or hasattr(webserver.DagsterWebserver, "unguarded_middleware"):
        return
    built = webserver.DagsterWebserver
    built.unguarded_middleware = built.build_middleware

    def build_middleware(self: object) -> list[Middleware]:
        read_only = "--read-only" in sys.argv
        return [Middleware(PageGuard, read_only=read_only), *built.unguarded_middleware(self)]

    built.build_middleware = build_middleware
