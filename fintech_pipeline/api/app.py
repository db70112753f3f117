"""The API: what is stored, live, over HTTP."""

import re
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from fintech_pipeline.api.access import SESSION, ApiAccess, is_page
from fintech_pipeline.api.conditional import Conditional
from fintech_pipeline.api.description import describe
from fintech_pipeline.api.guard import Guard, State
from fintech_pipeline.api.limits import Buckets, Limits
from fintech_pipeline.api.measured import Measured
from fintech_pipeline.api.pages import Pages
from fintech_pipeline.api.problems import Refusal, documented, tell_problems
from fintech_pipeline.api.routes import ROOT_ROUTERS, ROUTERS
from fintech_pipeline.api.services import Services

PREFIX = "/api/v1"
STREAM = f"{PREFIX}/stream"
NO_STREAM = f"There is no WebSocket at this path; the stream is {STREAM}."
LEAST_BYTES = 1000
"""A shorter answer is not worth compressing."""
ALWAYS = (400, 401, 403, 408, 413, 414, 421, 422, 429, 431, 500, 503)
"""What any route may answer."""
NO_GZIP = re.compile(r"gzip\s*;\s*q\s*=\s*0(\.0*)?", re.IGNORECASE)
COMPRESSION = 1
"""Of 9: most of the gain for a third of the time."""


def api_app(
    services: Services,
    *,
    access: ApiAccess,
    limits: Limits,
    state: State,
    routers: Iterable[APIRouter] = ROUTERS,
    seconds: Callable[[], float] = time.monotonic,
    dashboard: Path | None = None,
) -> ASGIApp:
    """The app behind its guard; it reads no setting of the environment and contacts nothing yet.

    Args:
        services: What the routes use.
        access: Who may do what.
        limits: How much may be asked.
        state: How the server is.
        routers: What there is to ask.
        seconds: A clock that never goes back, in seconds.
        dashboard: The folder of the built dashboard, where there is one.
    """
    app = described_app(access, routers)
    app.state.services = services
    buckets, proxies = Buckets(limits.per_minute, seconds), services.settings.api.proxies
    pages = Pages(dashboard, {"dagster_url": services.settings.api.dagster_url})
    guard = Guard(_answering(app, pages), limits, buckets, access, state, seconds, proxies)
    return Measured(guard, services.metrics, PREFIX)  # around it: refusals count too


def described_app(access: ApiAccess, routers: Iterable[APIRouter] = ROUTERS) -> FastAPI:
    """The routes alone, with their OpenAPI document at `/api/v1/openapi.json`.

    Args:
        access: Who may do what.
        routers: What there is to ask.
    """
    app = FastAPI(
        title="Market watch",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        lifespan=_life,
        # A redirect would name the header Host, which anybody writes, and not know of https.
        redirect_slashes=False,
    )
    app.state.access = access
    tell_problems(app)
    for router in routers:
        app.include_router(router, prefix=PREFIX, responses=documented(*ALWAYS))
    for router in ROOT_ROUTERS:
        app.include_router(router)
    describe(app, access)
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    try:
        async with services.stream.running(), services.health.watching():
            yield
    finally:
        await services.reads.close()
        await services.analyzer.close()


def _answering(app: ASGIApp, pages: Pages) -> ASGIApp:
    """The routes, with ETags and compressed, and beside them the pages.

    What holds a session's CSRF token is not compressed: its length would tell of it whoever can
    have something of his own answered beside it (BREACH).
    """
    plain = Conditional(app)
    compressed = GZipMiddleware(plain, LEAST_BYTES, COMPRESSION)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] != STREAM:
            await receive()
            await Refusal(404, NO_STREAM).response()(scope, receive, send)
            return
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # the server leaves out the body
        if is_page(scope):
            await pages(scope, receive, send)
            return
        packed = scope["type"] == "http" and scope["path"] != SESSION and _takes_gzip(scope)
        await (compressed if packed else plain)(scope, receive, send)

    return answer


def _takes_gzip(scope: Scope) -> bool:
    """Whether the client does not forbid it; the middleware only looks for the word."""
    told = Headers(scope=scope).getlist("accept-encoding")
    return not any(NO_GZIP.fullmatch(one.strip()) for line in told for one in line.split(","))
