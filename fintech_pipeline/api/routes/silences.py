"""Silences: what nobody is told of for a while."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.silence_store import SilenceStore, read_silence, silences_page
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.api.callers import By
from fintech_pipeline.api.instants import Instant
from fintech_pipeline.api.paging import Cursor, Limit, Page, page_of, place_of
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.api.spans import TEXT

router = APIRouter(tags=["silences"])
NONE = "There is no silence of that number; see GET /api/v1/silences."
SilenceId = Annotated[int, Path(ge=1, lt=2**63, examples=[3])]
Word = Annotated[str, Field(min_length=1, max_length=100, pattern=TEXT)]


class SilenceWanted(BaseModel):
    """What is not told for a while; all that is given must fit an alert."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "subject": "AAPL",
                    "ends_at": "2026-03-02T18:00:00Z",
                    "comment": "The earnings call.",
                }
            ]
        },
    )

    rule: Word | None = Field(default=None, description="The rule's name.")
    subject: Word | None = Field(default=None, description="The symbol, or the part or provider.")
    tag: Word | None = Field(default=None, description="A tag that the symbol carries.")
    severity: Severity | None = None
    alert_id: int | None = Field(
        default=None, ge=1, lt=2**63, description="This one alert, until it has ended."
    )
    starts_at: Instant | None = Field(default=None, description="Null: now.")
    ends_at: Instant | None = Field(default=None, description="Needed but with `alert_id`.")
    comment: str = Field(default="", max_length=500, pattern=TEXT, description="Why.")

    @model_validator(mode="after")
    def _whole(self) -> "SilenceWanted":
        about = (self.rule, self.subject, self.tag, self.severity)
        if self.alert_id is None and not any(about):
            raise ValueError("say what is silenced: rule, subject, tag, severity or alert_id")
        if self.alert_id is None and self.ends_at is None:
            raise ValueError("say until when: ends_at, or alert_id for until it has ended")
        return self


@router.get("/silences", responses=documented(400))
async def list_silences(
    given: Given,
    lasting: Annotated[
        bool | None, Query(description="Those that last or will; or those that have ended.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[Silence]:
    """Silences, the newest first."""
    place = place_of(cursor, int)
    before = None if place is None else int(place[0])
    now = given.clock()
    found = await given.reads.of(
        lambda connection: silences_page(
            connection, now, lasting=lasting, before=before, most=limit + 1
        )
    )
    return page_of(found, limit, lambda one: (one.silence_id,))


@router.get("/silences/{silence_id}", responses=documented(404))
async def show_silence(silence_id: SilenceId, given: Given) -> Silence:
    """One silence."""
    found = await given.reads.of(lambda connection: read_silence(connection, silence_id))
    if found is None:
        raise Refusal(404, NONE)
    return found


@router.post("/silences", status_code=201)
async def add_silence(wanted: SilenceWanted, given: Given, by: By, response: Response) -> Silence:
    """Silences something from now on, or from a later moment."""
    now = given.clock()
    starts_at = wanted.starts_at or now
    if wanted.ends_at is not None and wanted.ends_at <= max(now, starts_at):
        raise Refusal(422, "The silence would end before it begins, or has ended; mend ends_at.")
    silence = Silence(
        0,
        by.name,
        wanted.comment,
        starts_at,
        wanted.ends_at,
        wanted.rule,
        wanted.subject,
        wanted.tag,
        wanted.severity,
        wanted.alert_id,
    )
    made = await asyncio.to_thread(SilenceStore(given.database).add, silence)
    response.headers["Location"] = f"/api/v1/silences/{made.silence_id}"
    return made


@router.delete("/silences/{silence_id}", responses=documented(404, 409))
async def end_silence(silence_id: SilenceId, given: Given) -> Silence:
    """Ends a silence now; it stays in the list of those that were."""
    found = await given.reads.of_primary(lambda connection: read_silence(connection, silence_id))
    if found is None:
        raise Refusal(404, NONE)
    if found.ends_at is not None and found.ends_at <= given.clock():
        raise Refusal(409, "The silence has ended already.")
    return await asyncio.to_thread(SilenceStore(given.database).end, silence_id, given.clock())
