"""The API: what is stored, live, over HTTP."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from fintech_pipeline.api.conditional import Conditional
from fintech_pipeline.api.measured import Measured
from fintech_pipeline.api.problems import Problem, documented, tell_problems
from fintech_pipeline.api.routes import ROOT_ROUTERS, ROUTERS
from fintech_pipeline.api.services import Services

PREFIX = "/api/v1"
LEAST_BYTES = 1000
"""A shorter answer is not worth compressing."""
ALWAYS = (401, 403, 408, 413, 422, 429, 500, 503)
"""What any route may answer."""
COMPRESSION = 4
"""Of 9: most of the gain for a third of the time."""


def api_app(services: Services, routers: Iterable[APIRouter] = ROUTERS) -> ASGIApp:
    """The app; it reads no setting of its own and contacts nothing yet.

    Args:
        services: What the routes use.
        routers: What there is to ask.
    """
    answering = Conditional(described_app(services, routers))
    return Measured(GZipMiddleware(answering, LEAST_BYTES, COMPRESSION), services.metrics, PREFIX)


def described_app(services: Services, routers: Iterable[APIRouter] = ROUTERS) -> FastAPI:
    """The routes alone, with their OpenAPI document at `/api/v1/openapi.json`."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        try:
            async with services.health.watching():
                yield
        finally:
            await services.reads.close()

    app = FastAPI(
        title="Market watch",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        lifespan=life,
    )
    app.state.services = services
    tell_problems(app)
    for router in routers:
        app.include_router(router, prefix=PREFIX, responses=documented(*ALWAYS))
    for router in ROOT_ROUTERS:
        app.include_router(router)
    described = app.openapi()
    described["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    return app
