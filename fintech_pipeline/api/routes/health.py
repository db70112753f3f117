"""Whether the API is alive and ready, and what Prometheus is told; at the root, for machines."""

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from fintech_pipeline.api.health import Readiness
from fintech_pipeline.api.metrics import MEDIA_TYPE
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers; it says nothing of the database."""

    status: Literal["alive"] = "alive"


@router.get("/healthz")
async def read_health() -> Alive:
    """Whether the process is alive; one that does not answer is better started again."""
    return Alive()


@router.get("/readyz", responses=documented(503))
async def read_readiness(given: Given) -> Readiness:
    """Whether it should be asked: 503 without the database, or while it is about to end.

    Degraded is an answer as well: it can be asked, and something is not as it should be.
    """
    found = await given.health.readiness()
    if found.status == "not ready":
        raise Refusal(503, " ".join(found.reasons), 5)
    return found


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": "fintech_database_up 1.0\n"}}}},
)
async def read_metrics(given: Given) -> PlainTextResponse:
    """What is measured, in the text format of Prometheus."""
    return PlainTextResponse(await given.health.measure(), media_type=MEDIA_TYPE)
