"""Alerts: what fired, why, who was told, and who looks after it."""

import asyncio
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.alerts.acknowledging import acknowledge
from fintech_pipeline.alerts.alert_shown import AlertShown, EventShown
from fintech_pipeline.alerts.alert_story import alerts_page, alerts_shown, events_shown
from fintech_pipeline.alerts.masking import event_shown
from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.silence_store import silences_of
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.api.callers import By, Role
from fintech_pipeline.api.paging import Cursor, Limit, Page, page_of, place_of
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given, Services
from fintech_pipeline.api.spans import TEXT

router = APIRouter(tags=["alerts"])
NONE = "There is no alert of that number; see GET /api/v1/alerts."
MOST_EVENTS = 1000
AlertId = Annotated[int, Path(ge=1, lt=2**63, examples=[12])]


class State(StrEnum):
    """Whether an alert goes on."""

    OPEN = "open"
    RESOLVED = "resolved"


class AlertStory(BaseModel):
    """An alert with all that became of it."""

    model_config = ConfigDict(frozen=True)

    alert: AlertShown
    events: list[EventShown] = Field(
        description=f"What changed, why, and who was told of it; the newest {MOST_EVENTS}."
    )
    silences: list[Silence] = Field(description="Those that covered it at some time.")


class Acknowledgement(BaseModel):
    """That somebody looks after an alert."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [{"comment": "On it."}]}
    )

    comment: str = Field(default="", max_length=500, pattern=TEXT)


class AcknowledgedBy(BaseModel):
    """Who looks after an alert; whoever was first stays."""

    model_config = ConfigDict(frozen=True)

    alert_id: int
    by: str
    at: datetime
    new: bool = Field(description="Whether it was acknowledged only now.")


@router.get("/alerts", responses=documented(400))
async def list_alerts(
    given: Given,
    state: Annotated[State | None, Query(description="Only those in it.")] = None,
    rule: Annotated[
        str | None, Query(max_length=100, pattern=TEXT, description="Only those of this rule.")
    ] = None,
    symbol: Annotated[
        str | None,
        Query(max_length=100, pattern=TEXT, description="Only those about it, or about this part."),
    ] = None,
    severity: Annotated[Severity | None, Query(description="Only those of it.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[AlertShown]:
    """Alerts, the newest first."""
    place = place_of(cursor, int)

    def read(connection: sa.Connection) -> list[AlertShown]:
        return alerts_page(
            connection,
            is_open=None if state is None else state is State.OPEN,
            rule=rule,
            subjects=None if symbol is None else {symbol, symbol.upper()},
            severity=severity,
            before=None if place is None else int(place[0]),
            most=limit + 1,
        )

    return page_of(await given.reads.of(read), limit, lambda one: (one.alert_id,))


@router.get("/alerts/{alert_id}", responses=documented(404))
async def read_alert(alert_id: AlertId, given: Given, by: By) -> AlertStory:
    """Everything about one alert, as `fintech alerts why` tells it."""

    def read(connection: sa.Connection) -> AlertStory | None:
        found = alerts_shown(connection, alert_ids=[alert_id])
        if not found:
            return None
        events = events_shown(connection, alert_id=alert_id, most=MOST_EVENTS)
        return AlertStory(
            alert=found[0],
            events=[event_shown(one, by.role is Role.EDITOR) for one in events],
            silences=silences_of(connection, found[0], given.clock()),
        )

    story = await given.reads.of(read)
    if story is None:
        raise Refusal(404, NONE)
    return story


@router.post("/alerts/{alert_id}/acknowledgement", responses=documented(404, 409))
async def acknowledge_alert(
    alert_id: AlertId, said: Acknowledgement, given: Given, by: By
) -> AcknowledgedBy:
    """Says that you look after an open alert: nobody is told of it again, only of its end."""
    return await asyncio.to_thread(_acknowledged, given, alert_id, by.name, said.comment)


def _acknowledged(given: Services, alert_id: int, by: str, comment: str) -> AcknowledgedBy:
    with given.database.transaction() as connection:
        found = alerts_shown(connection, alert_ids=[alert_id])
        if not found:
            raise Refusal(404, NONE)
        if found[0].resolved_at is not None and found[0].acknowledged_by is None:
            raise Refusal(409, "The alert has ended; there is nothing to acknowledge.")
        done = acknowledge(connection, alert_id, by, given.clock(), comment)
    return AcknowledgedBy(alert_id=alert_id, by=done.by, at=done.at, new=done.now)
