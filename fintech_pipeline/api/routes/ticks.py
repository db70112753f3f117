"""Ticks: asking for the run of one slot."""

import asyncio
from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.api.parameters import Instant
from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.api.services import Given, Services
from fintech_pipeline.clock import day_window, is_slot, slot_at_or_before

router = APIRouter(tags=["runs"])


class TickWanted(BaseModel):
    """Which slot is to be done."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"slot_at": "2026-03-02T15:00Z"}]},
    )

    slot_at: Instant | None = Field(
        default=None,
        description="On the half-hour grid (UTC); null for the newest that may have bars.",
    )


class TickAsked(BaseModel):
    """The run that does the slot, now or soon."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    slot_at: datetime


@router.post(
    "/ticks",
    status_code=202,
    responses={202: {"headers": {"Location": {"schema": {"type": "string"}}}}},
)
async def start_tick(
    wanted: TickWanted, given: Given, request: Request, response: Response
) -> TickAsked:
    """Asks for the run of a slot, and does not wait for it; Location says where it is shown.

    While a run of that slot is under way, it is the answer, and no other is started.
    """
    slot_at = _slot(wanted, given)
    run_id = await asyncio.to_thread(given.runs.tick, slot_at)
    response.headers["Location"] = request.app.url_path_for("read_run", run_id=run_id)
    return TickAsked(run_id=run_id, slot_at=slot_at)


def _slot(wanted: TickWanted, given: Services) -> datetime:
    now = given.clock()
    if wanted.slot_at is None:
        return slot_at_or_before(now - given.settings.market.delay)
    slot_at, newest = wanted.slot_at, slot_at_or_before(now)
    if slot_at > newest:
        raise Refusal(
            422,
            f"The slot {slot_at:%Y-%m-%d %H:%MZ} lies in the future; the newest that has ended is "
            f"{newest:%Y-%m-%d %H:%MZ}.",
        )
    if not is_slot(slot_at):
        raise Refusal(422, "A slot lies on the half-hour grid: its minutes are 00 or 30.")
    starts_on = given.settings.pipeline.starts_on
    if slot_at <= day_window(starts_on).start:  # midnight ends the day before
        raise Refusal(
            422,
            f"The slot {slot_at:%Y-%m-%d %H:%MZ} lies before {starts_on}, where this configuration "
            "starts (pipeline.starts_on).",
        )
    return slot_at
