"""How long each answer takes, by route; plain ASGI around everything."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fintech_pipeline.api.metrics import Metrics

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


class Measured:
    """Measures what an app answers, refusals too.

    Args:
        app: What answers.
        metrics: Where it is counted.
        prefix: What the routers stand below, but for those at the root.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, prefix: str) -> None:
        self._app, self._metrics, self._prefix = app, metrics, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), "none"

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            route = self._template(scope)
            method = scope["method"] if scope["method"] in METHODS else "other"
            taken = time.perf_counter() - began
            self._metrics.requests.labels(method, route, status).observe(taken)

    def _template(self, scope: Scope) -> str:
        """The route's path as it is declared; what no route answers has no name."""
        path = getattr(scope.get("route"), "path", None)
        if path is None:
            return "none"
        below = scope["path"].startswith(f"{self._prefix}/")
        # FastAPI tells a route without the prefix that its router was given.
        return f"{self._prefix}{path}" if below and not path.startswith(self._prefix) else str(path)
