"""Backfills: asking for whole past days."""

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.api.parameters import Day
from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.api.services import Given, Services
from fintech_pipeline.clock import day_window, days_of

router = APIRouter(tags=["runs"])
MOST_DAYS = 366
"""A run a month is asked for while the client waits; more is a matter for `fintech backfill`."""


class BackfillWanted(BaseModel):
    """Which days are to be done."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"first_on": "2026-02-02", "last_on": "2026-02-06"}]},
    )

    first_on: Day = Field(description="The first UTC day.")
    last_on: Day = Field(description="The last UTC day, included.")
    again: Annotated[
        bool, Field(description="Complete days too; what comes out differently is a revision.")
    ] = False


class BackfillAsked(BaseModel):
    """The runs that do the days, one after the other; none where nothing was missing."""

    model_config = ConfigDict(frozen=True)

    run_ids: list[str]
    days: list[date] = Field(description="The days that are done, rising.")


@router.post(
    "/backfills",
    status_code=202,
    responses={202: {"headers": {"Location": {"schema": {"type": "string"}}}}},
)
async def start_backfill(
    wanted: BackfillWanted, given: Given, request: Request, response: Response
) -> BackfillAsked:
    """Asks for the days that lack something, a run a month and stretch, and waits for none.

    Location names the first run. While a run of the same days is under way it is the answer, so
    that asking twice starts nothing twice.
    """
    _require_possible(wanted, given)
    days = await asyncio.to_thread(_days, wanted, given)
    run_ids = await asyncio.to_thread(given.runs.backfill, days) if days else []
    if run_ids:
        response.headers["Location"] = request.app.url_path_for("read_run", run_id=run_ids[0])
    return BackfillAsked(run_ids=run_ids, days=days)


def _days(wanted: BackfillWanted, given: Services) -> list[date]:
    if wanted.again:
        return days_of(day_window(wanted.first_on, wanted.last_on))
    return given.progress.missing_days(wanted.first_on, wanted.last_on)


def _require_possible(wanted: BackfillWanted, given: Services) -> None:
    today, starts_on = given.clock().date(), given.settings.pipeline.starts_on
    first_on, last_on = wanted.first_on, wanted.last_on
    if last_on > today:
        raise Refusal(422, f"{last_on} lies in the future; today is {today} (UTC).")
    if first_on > last_on:
        raise Refusal(422, f"The backfill would end on {last_on}, before it starts on {first_on}.")
    if first_on < starts_on:
        raise Refusal(
            422,
            f"{first_on} lies before {starts_on}, where this configuration starts "
            "(pipeline.starts_on).",
        )
    if (last_on - first_on).days >= MOST_DAYS:
        raise Refusal(
            422, f"These are more than {MOST_DAYS} days; ask for less, or use `fintech backfill`."
        )
