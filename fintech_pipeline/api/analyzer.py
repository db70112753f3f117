"""The analyzer: scores a text on demand, over HTTP, by the models that the pipeline uses."""

import time
from collections.abc import Callable, Sequence
from typing import Literal

from fastapi import FastAPI, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, SecretStr
from starlette.types import ASGIApp

from fintech_pipeline.api.access import TokenAccess
from fintech_pipeline.api.analysis import Analysis, Names, Question
from fintech_pipeline.api.guard import Guard, State
from fintech_pipeline.api.limits import Buckets, Limits
from fintech_pipeline.api.own_analyzer import OwnAnalyzer
from fintech_pipeline.api.problems import Problem, Refusal, documented, tell_problems
from fintech_pipeline.clock import Clock
from fintech_pipeline.sentiment.model import SentimentModel

TITLE = "Analyzer"


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """The process has its models and takes requests."""

    status: Literal["ready"] = "ready"
    models: list[str]


def analyzer_app(
    models: Sequence[SentimentModel],
    names: Names,
    limits: Limits,
    clock: Clock,
    *,
    token: SecretStr | None,
    state: State,
    seconds: Callable[[], float] = time.monotonic,
) -> ASGIApp:
    """The app; it reads no setting and contacts nothing but its models.

    Args:
        models: The chain, loaded; the first that can be asked answers.
        names: What texts call the followed symbols.
        limits: How much may be asked.
        clock: The present.
        token: What clients must know; None lets only this machine ask.
        state: How the server is, for `/readyz`.
        seconds: A clock that never goes back, in seconds.
    """
    app = FastAPI(title=TITLE, version="1", docs_url=None, redoc_url=None)
    tell_problems(app, "a JSON object with a text and a symbol")
    own = OwnAnalyzer(models, names, limits, clock)
    secured = [] if token is None else [Security(HTTPBearer(auto_error=False))]
    problems = documented(400, 401, 408, 413, 415, 421, 422, 429, 500, 503)

    @app.post("/v1/analyze", responses=problems, dependencies=secured)
    async def analyze_text(question: Question) -> Analysis:
        """Judge a text for a symbol; a text that cannot be judged gets no number."""
        return await own.judge(question)

    @app.get("/healthz")
    async def alive() -> Alive:
        """Tell that the process answers."""
        return Alive()

    @app.get("/readyz", responses=documented(503))
    async def ready() -> Ready:
        """Tell whether new requests are welcome."""
        if state.draining:
            raise Refusal(503, "The analyzer is about to end; ask another one.")
        return Ready(models=[model.version for model in models])

    _describe_problems(app)
    buckets = Buckets(limits.per_minute, seconds)
    return Guard(app, limits, buckets, TokenAccess(token), state, seconds)


def _describe_problems(app: FastAPI) -> None:
    described = app.openapi()
    described["components"]["schemas"]["Problem"] = Problem.model_json_schema()
