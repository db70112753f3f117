"""Alert rules: seen, made, changed, removed, and tried on history."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Body, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.alerts.alert_story import standings_shown
from fintech_pipeline.alerts.changes import Changes, EndedAlert
from fintech_pipeline.alerts.editing import remove_rule, write_rule
from fintech_pipeline.alerts.people_store import read_people
from fintech_pipeline.alerts.rule_definition import read_rule
from fintech_pipeline.alerts.rule_files import RuleFile
from fintech_pipeline.alerts.rule_reading import RuleShown, rule_shown, rules_page
from fintech_pipeline.alerts.rule_warnings import warnings_of
from fintech_pipeline.api.callers import By
from fintech_pipeline.api.edited import Definition, IfMatch, IfNoneMatch, agreement, shown, written
from fintech_pipeline.api.paging import Cursor, Limit, Page, page_of, place_of
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.api.typed import Name
from fintech_pipeline.market.instrument_store import watched_instruments
from fintech_pipeline.settings import Settings

router = APIRouter(tags=["rules"])
UNKNOWN = "There is no such rule; see GET /api/v1/rules."
MOST_STANDINGS = 1000
EXAMPLE = {
    "metric": "price_change_pct",
    "window": "2h",
    "below": -5,
    "clear": -3,
    "for": "1h",
    "severity": "critical",
    "notify": ["anna", "ben by sms"],
}
RuleName = Annotated[Name, Path(examples=["crash"])]


class Standing(BaseModel):
    """Where the rule stands with a subject that is not calm."""

    model_config = ConfigDict(frozen=True)

    subject: str
    phase: str = Field(description="pending, firing, no_data or error")
    active_since: datetime | None = Field(description="Since when its condition holds (UTC).")
    looked_at: datetime
    reason: str
    alert_id: int | None


class RuleWhole(BaseModel):
    """A rule, how it stands, and what there is to say of it."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: int = Field(description="Rises with each change.")
    definition: dict[str, Any] = Field(description="As in a file; it can be sent back changed.")
    changed_at: datetime
    sentence: str = Field(description="What it says, in words.")
    error: str | None = Field(description="Why it can't be read and is not looked at.")
    firing: int
    pending: int
    standings: list[Standing] = Field(description=f"By subject, {MOST_STANDINGS} at the most.")
    warnings: list[str] = Field(description="What is right and yet tells nobody anything.")


class RuleChanged(RuleWhole):
    """A rule as it is after a change."""

    ended: list[EndedAlert] = Field(
        default_factory=list, description="The open alerts that ended with the change."
    )


def _whole(connection: sa.Connection, name: str, settings: Settings) -> dict[str, Any] | None:
    found = rule_shown(connection, name)
    if found is None:
        return None
    standings = [
        Standing(subject=subject, **asdict(one))
        for subject, one in standings_shown(connection, name, MOST_STANDINGS)
    ]
    warnings = _warnings(connection, found, settings)
    return {**asdict(found), "standings": standings, "warnings": warnings}


def _warnings(connection: sa.Connection, found: RuleShown, settings: Settings) -> list[str]:
    rule, _ = read_rule("", found.name, found.definition)
    if rule is None:
        return []
    told = {one.person for one in rule.recipients}
    people = tuple(one for one in read_people(connection) if one.name in told)
    disabled = [
        f"{person.name} gets nothing by {contact.channel}: that contact is disabled;"
        f" POST /api/v1/people/{person.name}/contacts/{contact.channel}/enable sends there again."
        for person in people
        for contact in person.contacts
        if contact.disabled_because is not None
    ]
    # Who sends has the variables of Apprise addresses; this process need not.
    file, watched = RuleFile(people, (rule,)), watched_instruments(connection)
    return [*disabled, *warnings_of(file, settings, watched, known=lambda _: True)]


@router.get("/rules")
async def list_rules(given: Given, limit: Limit = 100, cursor: Cursor = None) -> Page[RuleShown]:
    """The rules by name."""
    place = place_of(cursor, str)
    after = None if place is None else str(place[0])
    found = await given.reads.of(
        lambda connection: rules_page(connection, after=after, most=limit + 1)
    )
    return page_of(found, limit, lambda one: (one.name,))


@router.get("/rules/{name}", response_model=RuleWhole, responses=documented(404))
async def read_rule_whole(name: RuleName, given: Given) -> Response:
    """One rule; the ETag is what an edit sends as If-Match."""
    found = await given.reads.of(lambda connection: _whole(connection, name, given.settings))
    if found is None:
        raise Refusal(404, UNKNOWN)
    return shown(RuleWhole(**found), found["version"])


@router.put(
    "/rules/{name}",
    response_model=RuleChanged,
    responses={201: {"model": RuleChanged}, **documented(404, 412, 428)},
)
async def change_rule(
    name: RuleName,
    definition: Annotated[Definition, Body(examples=[EXAMPLE])],
    given: Given,
    by: By,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Makes the rule what the definition says: new with `If-None-Match: *`, else with If-Match.

    It is the same change as by `fintech alerts apply`: alerts that it is not about any more end.
    Every mistake is told at once, in `errors`.
    """
    agreed = agreement(f"rule {name}", if_match, if_none_match)
    changes: Changes = await asyncio.to_thread(
        write_rule, given.database, name, written(definition), by.name, given.clock(), agreed
    )
    found = await given.reads.of_primary(
        lambda connection: _whole(connection, name, given.settings)
    )
    if found is None:
        raise Refusal(404, "The rule was removed again meanwhile.")
    made = bool(changes.count("rule", "added"))
    changed = RuleChanged(**found, ended=list(changes.ended))
    where = f"/api/v1/rules/{name}" if made else ""
    return shown(changed, found["version"], 201 if made else 200, location=where)


@router.delete("/rules/{name}", status_code=204, responses=documented(404, 412, 428))
async def delete_rule(name: RuleName, given: Given, by: By, if_match: IfMatch = None) -> None:
    """Removes the rule; its open alerts end, and nobody is told of such an end."""
    agreed = agreement(f"rule {name}", if_match)
    await asyncio.to_thread(remove_rule, given.database, name, by.name, given.clock(), agreed)
