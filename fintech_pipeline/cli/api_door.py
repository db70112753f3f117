"""What stands before the API's routes. REPLACE AT THE MERGE.

Parts "access" (who may ask) and "operations" (probes that look at the database) have the real ones;
until then this door knows both tokens, and the probes tell whether the process drains.
"""

import time
from dataclasses import dataclass
from hmac import compare_digest

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fintech_pipeline.api.callers import Caller, Role
from fintech_pipeline.api.guard import PROBES, Guard, State
from fintech_pipeline.api.limits import Buckets, Limits
from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.cli.api_tokens import ApiTokens

READING = {"GET", "HEAD"}


@dataclass(frozen=True, slots=True)
class _Door:
    app: ASGIApp
    tokens: ApiTokens
    limits: Limits
    state: State

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        role = Role.EDITOR
        if scope["type"] == "http" and scope["path"] not in PROBES:
            _, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
            editor, viewer = self.tokens.editor, self.tokens.viewer
            if compare_digest(given.encode(), viewer.get_secret_value().encode()):
                role = Role.VIEWER
            elif not compare_digest(given.encode(), editor.get_secret_value().encode()):
                refusal = Refusal(
                    401, "The token is missing or wrong: Authorization: Bearer TOKEN."
                )
                await refusal.response()(scope, receive, send)
                return
            if role is Role.VIEWER and scope["method"] not in READING:
                await Refusal(403, "A viewer may only look.").response()(scope, receive, send)
                return
        scope.setdefault("state", {})["caller"] = Caller(role, str(role))
        await self.app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class _Probes:
    app: ASGIApp
    state: State

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in PROBES:
            away = self.state.draining and scope["path"] == "/readyz"
            await Response(status_code=503 if away else 200)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def guarded(app: ASGIApp, tokens: ApiTokens | None, limits: Limits, state: State) -> ASGIApp:
    """The app behind its door."""
    inner: ASGIApp = _Probes(app, state)
    if tokens is None:
        return Guard(inner, limits, Buckets(limits.per_minute, time.monotonic), None, state)
    return _Door(inner, tokens, limits, state)
