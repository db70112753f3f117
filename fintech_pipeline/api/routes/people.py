"""People: who can be told, and how."""

import asyncio
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Body, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.alerts.editing import remove_person as remove_stored
from fintech_pipeline.alerts.editing import write_person as write_stored
from fintech_pipeline.alerts.masking import contact_shown
from fintech_pipeline.alerts.people import Person
from fintech_pipeline.alerts.people_store import PeopleStore, read_people, read_versions
from fintech_pipeline.alerts.person_definition import definition_of_person
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.api.callers import By, Role
from fintech_pipeline.api.conditional import (
    IfMatch,
    IfNoneMatch,
    require_match,
    require_state,
    version_tag,
)
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given, Services
from fintech_pipeline.api.spans import TEXT

router = APIRouter(tags=["people"])
NOBODY = "There is no person of that name; see GET /api/v1/people."
EXAMPLE = {
    "email": "anna@example.org",
    "sms": "+491701234567",
    "time_zone": "Europe/Berlin",
    "quiet_hours": "22:00-07:00",
}
Name = Annotated[str, Path(max_length=100, pattern=TEXT, examples=["anna"])]
Definition = Annotated[
    dict[str, Any],
    Body(description="The keys of a person, as in a file of people.", examples=[EXAMPLE]),
]


class ContactShown(BaseModel):
    """A way to reach somebody."""

    model_config = ConfigDict(frozen=True)

    channel: ChannelName
    address: str = Field(description="A part of it for who may only look; no secret for anybody.")
    disabled_because: str | None = Field(description="Why nothing is sent there; null where it is.")


class PersonShown(BaseModel):
    """Somebody who can be told."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: int = Field(description="What an edit sends as If-Match.")
    contacts: list[ContactShown]
    time_zone: str
    quiet_hours: str | None = Field(description="From and until, in their time zone.")
    sms_per_day: int | None = Field(description="At most so many SMS a day; null: no limit.")


class PeopleShown(BaseModel):
    """Everybody who can be told."""

    model_config = ConfigDict(frozen=True)

    people: list[PersonShown]


@router.get("/people")
async def list_people(given: Given, by: By) -> PeopleShown:
    """Everybody who can be told, by name; addresses are whole only for who may change them."""
    found = await given.reads.of(_stored)
    return PeopleShown(people=[_shown(*one, by.role) for one in found.values()])


@router.get("/people/{name}", responses=documented(404))
async def read_person(name: Name, given: Given, by: By, response: Response) -> PersonShown:
    """One person, with the ETag that an edit sends as If-Match."""
    found = (await given.reads.of(_stored)).get(name)
    if found is None:
        raise Refusal(404, NOBODY)
    response.headers["ETag"] = version_tag(found[1])
    return _shown(*found, by.role)


@router.put(
    "/people/{name}",
    responses={
        201: {"model": PersonShown, "description": "There was no such person before."},
        **documented(400, 412, 428),
    },
)
async def write_person(
    name: Name,
    definition: Definition,
    given: Given,
    by: By,
    response: Response,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> PersonShown:
    """Makes a person what the body says; all that is wrong with it is told at once.

    An Apprise address that is sent as it is shown means the one that is stored.
    """
    made = False

    def agreed(version: int | None) -> None:
        nonlocal made
        require_state(version, if_match, if_none_match)
        made = version is None

    await asyncio.to_thread(
        write_stored, given.database, name, definition, by.name, given.clock(), agreed
    )
    return await _written(name, given, by, response, made=made)


@router.delete("/people/{name}", status_code=204, responses=documented(404, 412, 428))
async def remove_person(name: Name, given: Given, by: By, if_match: IfMatch = None) -> None:
    """Removes a person whom no rule tells."""

    def agreed(version: int | None) -> None:
        if version is None:
            raise Refusal(404, NOBODY)
        require_match(if_match, version)

    await asyncio.to_thread(remove_stored, given.database, name, by.name, given.clock(), agreed)


@router.post("/people/{name}/contacts/{channel}/enable", responses=documented(404))
async def enable_contacts(name: Name, channel: ChannelName, given: Given, by: By) -> PersonShown:
    """Sends to a person by a channel again that was disabled, as after a bad number."""
    if name not in await given.reads.of_primary(_stored):
        raise Refusal(404, NOBODY)
    await asyncio.to_thread(PeopleStore(given.database).enable, name, channel)
    return _shown(*(await given.reads.of_primary(_stored))[name], by.role)


async def _written(
    name: str, given: Services, by: By, response: Response, *, made: bool
) -> PersonShown:
    found = (await given.reads.of_primary(_stored)).get(name)
    if found is None:
        raise Refusal(412, "Somebody has removed the person meanwhile; read the list again.")
    response.headers["ETag"] = version_tag(found[1])
    if made:
        response.status_code = 201
        response.headers["Location"] = f"/api/v1/people/{name}"
    return _shown(*found, by.role)


def _stored(connection: sa.Connection) -> dict[str, tuple[Person, int]]:
    versions = read_versions(connection)
    # Somebody may be added between the two readings; the next one shows them.
    found = [one for one in read_people(connection) if one.name in versions]
    return {one.name: (one, versions[one.name]) for one in found}


def _shown(person: Person, version: int, role: Role) -> PersonShown:
    contacts = [contact_shown(one, role is Role.EDITOR) for one in person.contacts]
    return PersonShown(
        name=person.name,
        version=version,
        contacts=[
            ContactShown(
                channel=one.channel, address=one.address, disabled_because=one.disabled_because
            )
            for one in contacts
        ],
        time_zone=person.time_zone,
        quiet_hours=definition_of_person(person).get("quiet_hours"),
        sms_per_day=person.sms_per_day,
    )
