"""A person's definition: the keys that a file has of them. Pure."""

import difflib
import re
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import time
from types import MappingProxyType
from typing import Any

from fintech_pipeline.alerts.people import Contact, Person, QuietHours
from fintech_pipeline.alerts.phone import phone_number
from fintech_pipeline.alerts.reading import Table, short
from fintech_pipeline.alerts.rules import NAME, ChannelName

KEYS = (
    "time_zone",
    "quiet_hours",
    *(str(channel) for channel in ChannelName),
    "sms_per_day",
)
"""In the order in which they are written and told."""
MOST_SMS = 1000
MOST_LETTERS = 254

_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}"
)
_VARIABLE = r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"
_APPRISE = re.compile(rf"(?:[A-Za-z][A-Za-z0-9+.-]*://\S+|{_VARIABLE}\S*)")


def read_person(
    where: str, name: str, definition: Mapping[str, Any]
) -> tuple[Person | None, list[str]]:
    """The person that the definition means, or what is wrong with it.

    Args:
        where: How a sentence about it begins.
        name: The person's name.
        definition: Its keys.

    Returns:
        The person, and no mistake; or None, and at least one sentence.
    """
    table = Table(where, definition)
    if not NAME.fullmatch(name):
        table.wrong(
            f"{short(name)} is no name; write it in small letters, digits, - and _, at most 40"
        )
    table.only(KEYS)
    contacts = _contacts(table)
    if not contacts and not table.mistakes:
        table.wrong('there is no way to reach them; write email = "…", sms, apprise or console')
    sms_per_day = table.count("sms_per_day", MOST_SMS)
    if "sms_per_day" in table and "sms" not in table:
        table.wrong("sms_per_day is there, but no sms; write the number, or leave it out")
    person = Person(name, contacts, _time_zone(table), _quiet(table), sms_per_day)
    return (None if table.mistakes else person), table.mistakes


def definition_of_person(person: Person) -> dict[str, Any]:
    """The person as plain data, from which `read_person` makes the same one again.

    Numbers in the database and why a contact is disabled are not part of it.
    """
    found: dict[str, Any] = {}
    if person.time_zone != "UTC":
        found["time_zone"] = person.time_zone
    if person.quiet is not None:
        found["quiet_hours"] = f"{person.quiet.begins:%H:%M}-{person.quiet.ends:%H:%M}"
    for channel in ChannelName:
        addresses = [one.address for one in person.contacts if one.channel is channel]
        if channel is ChannelName.CONSOLE and addresses:
            found["console"] = True
        elif addresses:
            found[str(channel)] = addresses[0] if len(addresses) == 1 else addresses
    if person.sms_per_day is not None:
        found["sms_per_day"] = person.sms_per_day
    return found


def _contacts(table: Table) -> tuple[Contact, ...]:
    found = []
    for channel, read in _ADDRESSES.items():
        addresses = []
        for written in table.texts(str(channel)):
            try:
                addresses.append(read(written.strip()))
            except ValueError as error:
                table.wrong(f"{channel}: {str(error).rstrip('.')}")
        if len(set(addresses)) < len(addresses):
            table.wrong(f"{channel} has the same address twice")
        found += [Contact(channel, address) for address in addresses]
    if table.flag("console", default=False):
        found.append(Contact(ChannelName.CONSOLE, ""))
    return tuple(found)


def mail_address(text: str) -> str:
    """The address, which is ASCII, as it is written.

    Raises:
        ValueError: It is none; a sentence says what to write.
    """
    if len(text) > MOST_LETTERS or not _MAIL.fullmatch(text) or ".." in text:
        raise ValueError(f'{short(text)} is no mail address; write it like "anna@example.com"')
    return text


def apprise_address(text: str) -> str:
    """The address as it is written, with `${NAME}` for what the environment gives.

    Raises:
        ValueError: It is none; the sentence never holds it, since it may be a secret.
    """
    rest = re.sub(_VARIABLE, "", text)
    if not _APPRISE.fullmatch(text) or "${" in rest or not text.isprintable():
        raise ValueError(
            'it is no Apprise address; write it like "ntfy://topic", a secret in it as "${NAME}"'
        )
    return text


_ADDRESSES: Mapping[ChannelName, Callable[[str], str]] = MappingProxyType(
    {
        ChannelName.EMAIL: mail_address,
        ChannelName.SMS: phone_number,
        ChannelName.APPRISE: apprise_address,
    }
)


def _time_zone(table: Table) -> str:
    zone = table.text("time_zone", "UTC")
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        names = {name.lower(): name for name in zoneinfo.available_timezones()}
        near = difflib.get_close_matches(zone.lower(), names, n=1)
        told = f"did you mean {names[near[0]]}" if near else 'write it like "Europe/Berlin"'
        table.wrong(f"time_zone: {short(zone)} is no time zone; {told}")
        return "UTC"
    return zone


def _quiet(table: Table) -> QuietHours | None:
    text = table.text("quiet_hours")
    if "quiet_hours" not in table:
        return None
    found = _HOURS.fullmatch(text)
    begins = _time(*found.group(1, 2)) if found else None
    ends = _time(*found.group(3, 4)) if found else None
    if begins is None or ends is None:
        table.wrong(f'quiet_hours must be like "22:00-07:00", not {short(text)}')
        return None
    if begins == ends:
        table.wrong(f"quiet_hours {text} have no length; leave them out for none")
        return None
    return QuietHours(begins, ends)


def _time(hour: str, minute: str) -> time | None:
    """The time of day, 24:00 being the next midnight; None where there is no such time."""
    if (hour, minute) == ("24", "00"):
        return time()
    return time(int(hour), int(minute)) if int(hour) < 24 and int(minute) < 60 else None
