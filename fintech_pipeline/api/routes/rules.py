"""Alert rules: what people are told of."""

import asyncio
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Body, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.alerts.alert_shown import StandingShown
from fintech_pipeline.alerts.alert_story import standings_shown
from fintech_pipeline.alerts.editing import remove_rule as remove_stored
from fintech_pipeline.alerts.editing import write_rule as write_stored
from fintech_pipeline.alerts.people_store import read_people
from fintech_pipeline.alerts.rule_definition import read_rule as read_definition
from fintech_pipeline.alerts.rule_files import RuleFile
from fintech_pipeline.alerts.rule_reading import RuleShown, rule_shown, rules_page
from fintech_pipeline.alerts.rule_warnings import warnings_of
from fintech_pipeline.api.callers import By
from fintech_pipeline.api.conditional import (
    IfMatch,
    IfNoneMatch,
    require_match,
    require_state,
    version_tag,
)
from fintech_pipeline.api.paging import Cursor, Limit, Page, page_of, place_of
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given, Services
from fintech_pipeline.api.spans import TEXT
from fintech_pipeline.market.instrument_store import watched_instruments

router = APIRouter(tags=["rules"])
NONE = "There is no rule of that name; see GET /api/v1/rules."
MOST_STANDINGS = 500
EXAMPLE = {
    "metric": "score",
    "symbols": ["NVDA"],
    "above": 0.6,
    "clear": 0.4,
    "for": "1h",
    "severity": "warning",
    "notify": ["anna by sms"],
}
Name = Annotated[str, Path(max_length=100, pattern=TEXT, examples=["nvda-strong"])]
Definition = Annotated[
    dict[str, Any],
    Body(description="The keys of a rule, as in a file of rules.", examples=[EXAMPLE]),
]


class SubjectStanding(BaseModel):
    """Where a rule stands with one of its subjects."""

    model_config = ConfigDict(frozen=True)

    subject: str
    standing: StandingShown


class WholeRule(BaseModel):
    """A rule, how it stands, and what may be amiss with it."""

    model_config = ConfigDict(frozen=True)

    rule: RuleShown
    standings: list[SubjectStanding] = Field(
        description=f"With each subject that is not calm, {MOST_STANDINGS} at the most."
    )
    warnings: list[str] = Field(description="Why it tells nobody anything, a sentence each.")


@router.get("/rules", responses=documented(400))
async def list_rules(given: Given, cursor: Cursor = None, limit: Limit = 100) -> Page[RuleShown]:
    """The rules by name; `version` is what an edit sends as If-Match."""
    place = place_of(cursor, str)
    after = None if place is None else str(place[0])
    if after is not None and "\0" in after:
        raise Refusal(400, "The cursor is none of this list; leave it out to begin anew.")
    found = await given.reads.of(
        lambda connection: rules_page(connection, after=after, most=limit + 1)
    )
    return page_of(found, limit, lambda one: (one.name,))


@router.get("/rules/{name}", responses=documented(404))
async def read_rule(name: Name, given: Given, response: Response) -> WholeRule:
    """One rule, with the ETag that an edit sends as If-Match."""
    found = await given.reads.of(lambda connection: _whole(connection, name, given))
    if found is None:
        raise Refusal(404, NONE)
    response.headers["ETag"] = version_tag(found.rule.version)
    return found


@router.put(
    "/rules/{name}",
    responses={
        201: {"model": WholeRule, "description": "There was no such rule before."},
        **documented(400, 412, 428),
    },
)
async def write_rule(
    name: Name,
    definition: Definition,
    given: Given,
    by: By,
    response: Response,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> WholeRule:
    """Makes a rule what the body says; all that is wrong with it is told at once.

    What POST /api/v1/trials says of it beforehand is how often it would have fired.
    """
    made = False

    def agreed(version: int | None) -> None:
        nonlocal made
        require_state(version, if_match, if_none_match)
        made = version is None

    await asyncio.to_thread(
        write_stored, given.database, name, definition, by.name, given.clock(), agreed
    )
    found = await given.reads.of_primary(lambda connection: _whole(connection, name, given))
    if found is None:
        raise Refusal(412, "Somebody has removed the rule meanwhile; read the list again.")
    response.headers["ETag"] = version_tag(found.rule.version)
    if made:
        response.status_code = 201
        response.headers["Location"] = f"/api/v1/rules/{name}"
    return found


@router.delete("/rules/{name}", status_code=204, responses=documented(404, 412, 428))
async def remove_rule(name: Name, given: Given, by: By, if_match: IfMatch = None) -> None:
    """Removes a rule; its open alerts end."""

    def agreed(version: int | None) -> None:
        if version is None:
            raise Refusal(404, NONE)
        require_match(if_match, version)

    await asyncio.to_thread(remove_stored, given.database, name, by.name, given.clock(), agreed)


def _whole(connection: sa.Connection, name: str, given: Services) -> WholeRule | None:
    found = rule_shown(connection, name)
    if found is None:
        return None
    standing = standings_shown(connection, name, MOST_STANDINGS)
    return WholeRule(
        rule=found,
        standings=[SubjectStanding(subject=one, standing=shown) for one, shown in standing],
        warnings=_warnings(connection, found, given),
    )


def _warnings(connection: sa.Connection, found: RuleShown, given: Services) -> list[str]:
    """What of a rule that can be read tells nobody anything."""
    rule, _ = read_definition(f"Rule {found.name}", found.name, found.definition)
    if rule is None:
        return []
    told = {one.person for one in rule.recipients}
    people = tuple(one for one in read_people(connection) if one.name in told)
    file = RuleFile(people, (rule,))
    # What the deliverer's environment holds is not known here.
    return warnings_of(file, given.settings, watched_instruments(connection), lambda _: True)
