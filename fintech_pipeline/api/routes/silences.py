"""Silences: what nobody is told of for a while."""

import asyncio
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, model_validator

from fintech_pipeline.alerts.alert_shown import silenced_by
from fintech_pipeline.alerts.alert_story import alerts_shown
from fintech_pipeline.alerts.reading import near
from fintech_pipeline.alerts.rule_store import read_definitions
from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.silence_store import SilenceStore, read_silence, silences_page
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.alerts.spans import span_of
from fintech_pipeline.api.callers import By
from fintech_pipeline.api.paging import Cursor, Limit, Page, page_of, place_of
from fintech_pipeline.api.problems import Refusal, documented, mistaken
from fintech_pipeline.api.services import Given
from fintech_pipeline.api.typed import Comment, Name, Number, SubjectName
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.instrument_store import watched_instruments
from fintech_pipeline.market.watchlist import symbol_of

router = APIRouter(tags=["silences"])
NEW = 0
LONGEST = timedelta(days=366)
EXAMPLE: dict[str, JsonValue] = {
    "rule": "crash",
    "symbol": "AAPL",
    "for": "2h",
    "comment": "earnings call",
}


class State(StrEnum):
    """Whether a silence has ended."""

    LASTING = "lasting"
    ENDED = "ended"


class SilenceShown(BaseModel):
    """A silence; what is left empty matches everything."""

    model_config = ConfigDict(frozen=True)

    silence_id: int
    matched: str = Field(description="What it silences, a phrase.")
    rule: str | None
    symbol: str | None = Field(description="The symbol, part of the pipeline or provider.")
    tag: str | None
    severity: Severity | None
    alert_id: int | None
    starts_at: datetime
    ends_at: datetime | None = Field(
        description="Null until somebody ends it, or until the end of its alert."
    )
    author: str
    comment: str


class SilenceMade(SilenceShown):
    """A silence that was just made."""

    covers: list[int] = Field(description="The open alerts that it covers now.")


class SilenceAsked(BaseModel):
    """What is silenced: all that is named must match; or one alert, to its end."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        json_schema_extra={"examples": [EXAMPLE]},
    )

    rule: Name | None = None
    symbol: SubjectName | None = None
    tag: Name | None = None
    severity: Severity | None = None
    span: str | None = Field(
        default=None, alias="for", max_length=40, description="For how long: 45m, 2h, 1d."
    )
    ends_at: AwareDatetime | None = Field(default=None, description="Or until when.")
    alert_id: Number | None = Field(default=None, description="One alert, to its end.")
    comment: Comment = ""

    @model_validator(mode="after")
    def _is_whole(self) -> "SilenceAsked":
        named = (self.rule, self.symbol, self.tag, self.severity) != (None, None, None, None)
        timed = (self.span is not None) + (self.ends_at is not None)
        if self.alert_id is not None:
            if named or timed:
                raise ValueError("alert_id names one alert and its end; leave the rest out")
            return self
        if not named:
            raise ValueError("say what is silenced: rule, symbol, tag or severity, or alert_id")
        if timed != 1:
            raise ValueError('say how long, with one of for, like "2h", and ends_at')
        return self

    def until(self, now: datetime) -> datetime | None:
        """When it ends (UTC); None with its alert.

        Raises:
            Refusal: That is no span of time, or not between now and a year from now.
        """
        if self.span is None and self.ends_at is None:
            return None
        try:
            end = now + span_of(self.span) if self.span is not None else self.ends_at
        except (ValueError, OverflowError):
            raise Refusal(422, 'for is no span of time; write it like "45m" or "2h".') from None
        if end is None or not now < end <= now + LONGEST:
            raise Refusal(422, "A silence ends after now, and within a year.")
        return end


def _shown(one: Silence) -> SilenceShown:
    return SilenceShown(
        silence_id=one.silence_id,
        matched=one.matched(),
        rule=one.rule,
        symbol=one.subject,
        tag=one.tag,
        severity=one.severity,
        alert_id=one.alert_id,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        author=one.author,
        comment=one.comment,
    )


@router.get("/silences")
async def list_silences(
    given: Given,
    state: Annotated[State | None, Query(description="Only those.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[SilenceShown]:
    """Silences, the newest first."""
    place, now = place_of(cursor, int), given.clock()
    found = await given.reads.of(
        lambda connection: silences_page(
            connection,
            now,
            lasting=None if state is None else state is State.LASTING,
            before=None if place is None else int(place[0]),
            most=limit + 1,
        )
    )
    return page_of([_shown(one) for one in found], limit, lambda one: (one.silence_id,))


@router.get("/silences/{silence_id}", responses=documented(404))
async def read_one_silence(silence_id: Annotated[Number, Path()], given: Given) -> SilenceShown:
    """One silence, also one that has ended."""
    found = await given.reads.of(lambda connection: read_silence(connection, silence_id))
    if found is None:
        raise _unknown(silence_id)
    return _shown(found)


@router.post("/silences", status_code=201)
async def create_silence(
    asked: Annotated[SilenceAsked, Body()], given: Given, by: By, response: Response
) -> SilenceMade:
    """Tells nobody of what matches all that is named, from now on.

    Who was told of an alert's beginning is told of its end all the same.
    """
    now = given.clock()
    ends_at = asked.until(now)
    subject = await given.reads.of_primary(lambda connection: _meant(connection, asked))
    wished = Silence(
        NEW,
        by.name,
        asked.comment,
        now,
        ends_at,
        asked.rule,
        subject,
        asked.tag,
        asked.severity,
        asked.alert_id,
    )
    made = await asyncio.to_thread(SilenceStore(given.database).add, wished)
    covers = await given.reads.of_primary(
        lambda connection: [
            one.alert_id
            for one in alerts_shown(connection)
            if silenced_by(one, [made], now) is not None
        ]
    )
    response.headers["Location"] = f"/api/v1/silences/{made.silence_id}"
    return SilenceMade(**_shown(made).model_dump(), covers=covers)


def _meant(connection: sa.Connection, asked: SilenceAsked) -> str | None:
    """The subject as it is known: a symbol as it is followed, anything else as it is typed.

    Raises:
        ConfigurationError: There is no such rule.
    """
    if asked.rule is not None:
        known = list(read_definitions(connection))
        if asked.rule not in known:
            told = near(asked.rule, known[:20]) if known else "PUT /api/v1/rules/{name} makes one"
            raise ConfigurationError(f"There is no rule {asked.rule}; {told}.")
    if asked.symbol is None:
        return None
    symbol = symbol_of(asked.symbol)
    followed = {one.symbol for one in watched_instruments(connection)}
    return symbol if symbol in followed else asked.symbol


@router.delete("/silences/{silence_id}", status_code=204, responses=documented(404, 409))
async def end_silence(silence_id: Annotated[Number, Path()], given: Given) -> None:
    """Ends the silence now; it stays readable."""
    if await given.reads.of_primary(lambda one: read_silence(one, silence_id)) is None:
        raise _unknown(silence_id)
    try:
        await asyncio.to_thread(SilenceStore(given.database).end, silence_id, given.clock())
    except ConfigurationError as error:
        raise mistaken(error, 409) from None


def _unknown(silence_id: int) -> Refusal:
    return Refusal(404, f"There is no silence {silence_id}; see GET /api/v1/silences.")
