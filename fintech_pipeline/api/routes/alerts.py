"""Alerts: what fires, what has ended, why, who was told, and who looks after it."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.alerts.acknowledging import Acknowledged, acknowledge
from fintech_pipeline.alerts.alert_shown import AlertShown, EventShown, silenced_by
from fintech_pipeline.alerts.alert_story import alerts_page, alerts_shown, events_shown
from fintech_pipeline.alerts.masking import event_shown
from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.silence_store import read_silences, silences_at, silences_of
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.api.callers import By, Role
from fintech_pipeline.api.paging import Cursor, Limit, Page, page_of, place_of
from fintech_pipeline.api.parameters import Instant, past_slot
from fintech_pipeline.api.problems import Refusal, documented, mistaken
from fintech_pipeline.api.services import Given
from fintech_pipeline.api.typed import Comment, Name, Number, SubjectName
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.watchlist import symbol_of
from fintech_pipeline.storage.database import Database

router = APIRouter(tags=["alerts"])
MOST_EVENTS = 500


At = Annotated[
    Instant | None,
    Query(
        description="As they stood at this past slot; without `state` those that were open then."
        " An instant between two slots means the one before. Left out: now.",
        examples=["2026-03-02T14:30:00Z"],
    ),
]


class State(StrEnum):
    """Whether an alert has ended."""

    OPEN = "open"
    RESOLVED = "resolved"


class AlertListed(BaseModel):
    """An alert and where it stands."""

    model_config = ConfigDict(frozen=True)

    alert_id: int
    rule: str
    subject: str = Field(description="The symbol, the part of the pipeline, or the provider.")
    tags: list[str]
    severity: Severity
    started_at: datetime
    resolved_at: datetime | None = Field(description="Null while it is open.")
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    phase: str | None = Field(description="Of an open one: firing, no_data or error.")
    value: float | None = Field(description="Of an open one: the last value, of its metric.")
    reason: str = Field(description="Why it stands so, a sentence.")
    silenced_by: int | None = Field(description="The silence that covers it now.")


class AlertStory(AlertListed):
    """An alert and all that became of it."""

    silences: list[Silence] = Field(description="Those that covered it at some time.")
    events: list[EventShown] = Field(
        description=f"What changed and who was told of it, the oldest first; the newest "
        f"{MOST_EVENTS} at the most."
    )


class Acknowledgement(BaseModel):
    """That somebody looks after an alert."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"comment": "Looking into it."}]},
    )

    comment: Comment = ""


SILENT = Acknowledgement()


def _listed(alert: AlertShown, silences: list[Silence], now: datetime) -> dict[str, Any]:
    silence = None if alert.resolved_at else silenced_by(alert, silences, now)
    return asdict(alert) | {"silenced_by": silence and silence.silence_id}


@router.get("/alerts")
async def list_alerts(
    given: Given,
    state: Annotated[State | None, Query(description="Only those.")] = None,
    rule: Annotated[Name | None, Query(description="Only of this rule.")] = None,
    symbol: Annotated[SubjectName | None, Query(description="Only about this subject.")] = None,
    severity: Annotated[Severity | None, Query(description="Only of this severity.")] = None,
    at: At = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AlertListed]:
    """Alerts, the newest first.

    As of a past slot each is told as its newest event until then left it: what ended or was
    acknowledged later is not yet. Tags and names are those of now.
    """
    place, now = place_of(cursor, int), given.clock()
    past = None if at is None else past_slot(at, now)
    if past is not None:
        now, state = past, state or State.OPEN

    def read(connection: sa.Connection) -> tuple[list[AlertShown], list[Silence]]:
        found = alerts_page(
            connection,
            is_open=None if state is None else state is State.OPEN,
            at=past,
            rule=rule,
            subjects=None if symbol is None else {symbol, symbol_of(symbol)},
            severity=severity,
            before=None if place is None else int(place[0]),
            most=limit + 1,
        )
        quiet = read_silences(connection, now) if past is None else silences_at(connection, past)
        return found, quiet

    found, silences = await given.reads.of(read)
    listed = [AlertListed(**_listed(one, silences, now)) for one in found]
    return page_of(listed, limit, lambda one: (one.alert_id,))


@router.get("/alerts/{alert_id}", responses=documented(404))
async def read_alert(alert_id: Annotated[Number, Path()], given: Given, by: By) -> AlertStory:
    """One alert with its whole story: each change, why, who was told of it and who was not."""
    whole, now = by.role is Role.EDITOR, given.clock()

    def read(connection: sa.Connection) -> AlertStory | None:
        found = alerts_shown(connection, alert_ids=[alert_id])
        if not found:
            return None
        silences = silences_of(connection, found[0], now)
        events = events_shown(connection, alert_id=alert_id, most=MOST_EVENTS)
        return AlertStory(
            **_listed(found[0], silences, now),
            silences=silences,
            events=[event_shown(one, whole) for one in events],
        )

    story = await given.reads.of(read)
    if story is None:
        raise _unknown(alert_id)
    return story


@router.post(
    "/alerts/{alert_id}/acknowledgement",
    status_code=201,
    responses={
        200: {"model": Acknowledged, "description": "Somebody was first."},
        **documented(404, 409),
    },
)
async def acknowledge_alert(
    alert_id: Annotated[Number, Path()],
    given: Given,
    by: By,
    response: Response,
    said: Annotated[Acknowledgement, Body()] = SILENT,
) -> Acknowledged:
    """Says that somebody looks after the alert: only its end is told from now on.

    Whoever was first stays; told again it changes nothing.
    """
    try:
        done = await asyncio.to_thread(
            _acknowledged, given.database, alert_id, by.name, given.clock(), said.comment
        )
    except ConfigurationError as error:
        raise mistaken(error, 409) from None
    if not done.now:
        response.status_code = 200
    return done


def _acknowledged(
    database: Database, alert_id: int, by: str, at: datetime, comment: str
) -> Acknowledged:
    with database.transaction() as connection:
        if not alerts_shown(connection, alert_ids=[alert_id]):
            raise _unknown(alert_id)
        return acknowledge(connection, alert_id, by, at, comment)


def _unknown(alert_id: int) -> Refusal:
    return Refusal(404, f"There is no alert {alert_id}; see GET /api/v1/alerts.")
