"""People: who is told, and how they are reached."""

import asyncio
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Body, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.alerts.changes import Changes
from fintech_pipeline.alerts.editing import remove_person, write_person
from fintech_pipeline.alerts.masking import contact_shown
from fintech_pipeline.alerts.people import Contact, Person
from fintech_pipeline.alerts.people_store import PeopleStore, read_people, read_versions
from fintech_pipeline.alerts.person_definition import definition_of_person
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.api.callers import By, Role
from fintech_pipeline.api.edited import Definition, IfMatch, IfNoneMatch, agreement, shown, written
from fintech_pipeline.api.problems import Refusal, documented, mistaken
from fintech_pipeline.api.services import Given
from fintech_pipeline.api.typed import Name
from fintech_pipeline.errors import ConfigurationError

router = APIRouter(tags=["people"])
UNKNOWN = "There is no such person; see GET /api/v1/people."
EXAMPLE = {
    "time_zone": "Europe/Berlin",
    "quiet_hours": "22:00-07:00",
    "email": "anna@example.com",
    "sms": "+4915112345678",
    "sms_per_day": 10,
}
PersonName = Annotated[Name, Path(examples=["anna"])]


class PersonShown(BaseModel):
    """A person; addresses are whole for editors, and those of Apprise for nobody."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: int = Field(description="Rises with each change.")
    time_zone: str
    quiet_hours: str | None = Field(description="In their time zone, such as 22:00-07:00.")
    sms_per_day: int | None
    contacts: list[Contact]
    definition: dict[str, Any] = Field(description="As in a file; it can be sent back changed.")


def _shown(person: Person, version: int, whole: bool) -> PersonShown:
    contacts = tuple(contact_shown(one, whole) for one in person.contacts)
    seen = Person(person.name, contacts, person.time_zone, person.quiet, person.sms_per_day)
    definition = definition_of_person(seen)
    return PersonShown(
        name=person.name,
        version=version,
        time_zone=person.time_zone,
        quiet_hours=definition.get("quiet_hours"),
        sms_per_day=person.sms_per_day,
        contacts=list(contacts),
        definition=definition,
    )


def _people(connection: sa.Connection) -> list[tuple[Person, int]]:
    versions = read_versions(connection)
    return [(one, versions[one.name]) for one in read_people(connection) if one.name in versions]


def _person(connection: sa.Connection, name: str) -> tuple[Person, int] | None:
    return next((found for found in _people(connection) if found[0].name == name), None)


@router.get("/people")
async def list_people(given: Given, by: By) -> list[PersonShown]:
    """Everybody who can be told, by name."""
    whole = by.role is Role.EDITOR
    return [_shown(*found, whole) for found in await given.reads.of(_people)]


@router.get("/people/{name}", response_model=PersonShown, responses=documented(404))
async def read_person(name: PersonName, given: Given, by: By) -> Response:
    """One person; the ETag is what an edit sends as If-Match."""
    found = await given.reads.of(lambda connection: _person(connection, name))
    if found is None:
        raise Refusal(404, UNKNOWN)
    return shown(_shown(*found, by.role is Role.EDITOR), found[1])


@router.put(
    "/people/{name}",
    response_model=PersonShown,
    responses={201: {"model": PersonShown}, **documented(404, 412, 428)},
)
async def change_person(
    name: PersonName,
    definition: Annotated[Definition, Body(examples=[EXAMPLE])],
    given: Given,
    by: By,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Makes the person what the definition says: new with `If-None-Match: *`, else with If-Match.

    An Apprise address that is sent as it is shown means the one that is stored.
    """
    agreed = agreement(f"person {name}", if_match, if_none_match)
    changes: Changes = await asyncio.to_thread(
        write_person,
        given.database,
        name,
        written(definition),
        by.name,
        given.clock(),
        agreed,
    )
    found = await given.reads.of_primary(lambda connection: _person(connection, name))
    if found is None:
        raise Refusal(404, "They were removed again meanwhile.")
    made = bool(changes.count("person", "added"))
    where = f"/api/v1/people/{name}" if made else ""
    return shown(
        _shown(*found, by.role is Role.EDITOR), found[1], 201 if made else 200, location=where
    )


@router.delete("/people/{name}", status_code=204, responses=documented(404, 409, 412, 428))
async def delete_person(name: PersonName, given: Given, by: By, if_match: IfMatch = None) -> None:
    """Removes a person whom no rule tells; what waits for them is not sent."""
    agreed = agreement(f"person {name}", if_match)
    try:
        await asyncio.to_thread(remove_person, given.database, name, by.name, given.clock(), agreed)
    except ConfigurationError as error:
        raise mistaken(error, 409) from None


@router.post("/people/{name}/contacts/{channel}/enable", responses=documented(404, 409))
async def enable_contact(
    name: PersonName, channel: ChannelName, given: Given, by: By
) -> list[Contact]:
    """Sends to the person's disabled contacts again, as after an opt-out that was taken back."""
    known = await given.reads.of_primary(read_versions)
    if name not in known:
        raise Refusal(404, UNKNOWN)
    try:
        enabled = await asyncio.to_thread(PeopleStore(given.database).enable, name, channel)
    except ConfigurationError as error:
        raise mistaken(error, 409) from None
    whole = by.role is Role.EDITOR
    return [contact_shown(one, whole) for one in _enabled(enabled)]


def _enabled(contacts: list[Contact]) -> list[Contact]:
    return [Contact(one.channel, one.address, one.contact_id) for one in contacts]
