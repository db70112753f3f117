"""What the commands of `fintech alerts` share: how contacts, instants and authors are shown."""

import getpass
import json
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

import click

from fintech_pipeline.alerts.channels.apprise.address import shown
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.reading import near
from fintech_pipeline.alerts.rules import ChannelName, StoredRule
from fintech_pipeline.alerts.spans import span_of
from fintech_pipeline.alerts.wording import figure
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.quota.money import exact

Command = TypeVar("Command", bound=Callable[..., Any])
MOST_LETTERS = 40


def by_option(command: Command) -> Command:
    """The option by which somebody says who they are."""
    return click.option("--by", help="Who you are; else the name you are logged in by.")(command)


def author(by: str | None) -> str:
    """Who does it: as they say, else as whom they are logged in."""
    if by is not None and by.strip():
        return " ".join(by.split())[:MOST_LETTERS]
    try:
        return getpass.getuser()
    # A container's user may have a number and no name.
    except (KeyError, OSError):
        return "somebody"


def contact_shown(contact: Contact) -> str:
    """A contact as a phrase: `email anna@example.com`; an Apprise address is never shown whole."""
    address = address_shown(str(contact.channel), contact.address)
    return f"{contact.channel} {address}".strip()


def address_shown(channel: str, address: str) -> str:
    """The address, or what of it may be shown."""
    return shown(address) if channel == ChannelName.APPRISE else address


def at(instant: datetime | None) -> str:
    """An instant in a table (UTC)."""
    return f"{instant:%Y-%m-%d %H:%MZ}" if instant else ""


def value_shown(rules: Sequence[StoredRule], rule: str, value: float | None) -> str:
    """A value as its rule's metric is told; a bare number where the rule is gone."""
    if value is None:
        return ""
    found = next((one.rule for one in rules if one.rule.name == rule), None)
    return figure(found.key, value) if found else f"{value:g}"


def known_rule(rules: Sequence[StoredRule], name: str) -> StoredRule:
    """The rule of that name.

    Raises:
        ConfigurationError: There is none.
    """
    for one in rules:
        if one.rule.name == name:
            return one
    names = [one.rule.name for one in rules]
    told = near(name, names[:20]) if names else "`fintech alerts apply` brings rules in"
    raise ConfigurationError(f"There is no rule {name}; {told}.")


class Span(click.ParamType[timedelta]):
    """A span of time, such as 45m, 2h or 1d 12h; a year at most."""

    name = "span"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """The span, longer than nothing."""
        try:
            span = span_of(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not timedelta(0) < span <= timedelta(days=366):
            self.fail(f'"{value}" is not between a minute and a year', param, ctx)
        return span


def print_json(document: Any) -> None:
    """Prints data for programs; instants in ISO 8601, UTC."""
    click.echo(json.dumps(plain(document), indent=2, ensure_ascii=False))


def plain(value: Any) -> Any:
    """What JSON knows in the place of what Python has."""
    if isinstance(value, Contact):
        return {
            "channel": str(value.channel),
            "address": address_shown(str(value.channel), value.address),
            "disabled_because": value.disabled_because,
        }
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return _plain_atom(value)


def _plain_atom(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Decimal):
        return exact(value)
    if isinstance(value, Enum):
        return str(value)
    return value
