"""`fintech alerts apply`: people and rules as a file has them, and what that changes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from fintech_pipeline.alerts.changes import Change, Changes, KeyChange
from fintech_pipeline.alerts.channels.apprise.address import NAME
from fintech_pipeline.alerts.rule_files import RuleFile, read_rule_file
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.cli.alerts_shown import address_shown, author, by_option, print_json
from fintech_pipeline.cli.report import warn_of
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.settings import is_set

MOST_SHOWN = 40
_SIGNS = {"added": ("+", "green"), "changed": ("~", "yellow"), "removed": ("-", "red")}


@click.command()
@click.option(
    "-f",
    "--file",
    "path",
    required=True,
    type=click.Path(path_type=Path),
    help="People and rules, a TOML file.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@by_option
def apply(path: Path, dry_run: bool, as_json: bool, by: str | None) -> None:
    """Make people and rules what a file says, all of it or nothing, and show what changes.

    The file is the whole truth: what it does not name is removed, and its open alerts end.

    \b
    Examples:
      fintech alerts apply -f rules.toml --dry-run
      fintech alerts apply -f rules.toml
    """  # noqa: D301  # click's mark for lines it leaves as they are
    try:
        file = read_rule_file(path.expanduser())
    except ConfigurationError as error:
        raise ConfigurationError(f"{error}\nNothing was changed.") from None
    with opened_pipeline() as pipeline:
        store = RuleStore(pipeline.database)
        changes = _discreet(store.apply(file, author(by), pipeline.clock(), dry_run=dry_run))
        warnings = [*changes.hints, *warnings_of(file, pipeline)]
    if as_json:
        print_json({"dry_run": dry_run, "changes": changes.changes, "ended": changes.ended})
    else:
        print_changes(changes, Console(highlight=False))
        if dry_run and changes:
            click.echo("Nothing was changed: this was a dry run.")
    warn_of(warnings)


def print_changes(changes: Changes, console: Console) -> None:
    """Prints what changes, as a difference, for a person."""
    for one in changes.changes[:MOST_SHOWN]:
        sign, colour = _SIGNS[one.did]
        console.print(f"[{colour}]{sign} {one.kind} {escape(one.name)}[/]")
        for key in one.keys:
            console.print(f"    {key.key:<13} {escape(_told(one, key))}", soft_wrap=True)
    if len(changes.changes) > MOST_SHOWN:
        console.print(f"… and {len(changes.changes) - MOST_SHOWN} more; --json has them all.")
    for ended in changes.ended[:MOST_SHOWN]:
        about = f"alert {ended.alert_id} ({ended.rule}, {ended.subject}) ends: {ended.reason}"
        console.print(escape(about), soft_wrap=True)
    console.print(changes.sentence(), soft_wrap=True)


def _told(change: Change, key: KeyChange) -> str:
    new = "not set" if key.new is None else _value(key.new)
    if change.did == "added":
        return new
    return f"{'not set' if key.old is None else _value(key.old)} → {new}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _discreet(changes: Changes) -> Changes:
    """The same without what an Apprise address may hold."""

    def hidden(value: Any) -> Any:
        if isinstance(value, list):
            return [hidden(one) for one in value]
        return address_shown(ChannelName.APPRISE, value) if isinstance(value, str) else value

    def of(change: Change) -> Change:
        keys = tuple(
            KeyChange(one.key, hidden(one.old), hidden(one.new))
            if one.key == ChannelName.APPRISE
            else one
            for one in change.keys
        )
        return replace(change, keys=keys)

    return replace(changes, changes=tuple(map(of, changes.changes)))


def warnings_of(
    file: RuleFile, pipeline: Pipeline, known: Callable[[str], bool] = is_set
) -> list[str]:
    """What of the file is right and yet tells nobody anything, a sentence each.

    Args:
        file: People and rules.
        pipeline: What is followed, and by which ways messages can leave.
        known: Whether a variable of the environment is set.
    """
    watched = pipeline.instruments.watched()
    tags = {tag for one in watched for tag in one.tags}
    return [
        *_nowhere(file, {one.symbol for one in watched}, tags),
        *_unsendable(file, pipeline),
        *_unset(file, known),
    ]


def _nowhere(file: RuleFile, followed: set[str], tags: set[str]) -> list[str]:
    told = []
    for rule in file.rules:
        if strange := [one for one in rule.scope.symbols if one not in followed]:
            told.append(
                f"The rule {rule.name} names {_some(strange)}, which nobody follows;"
                f" `fintech watchlist add {strange[0]}` does."
            )
        if strange := [one for one in rule.scope.tags if one not in tags]:
            told.append(
                f"The rule {rule.name} names the tag {_some(strange)}, which no symbol carries;"
                f" `fintech watchlist add SYMBOL --tag {strange[0]}` gives it."
            )
    return told


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def _unsendable(file: RuleFile, pipeline: Pipeline) -> list[str]:
    """The channels of the people by which this configuration sends nothing."""
    alerts = pipeline.settings.alerts
    used = {contact.channel for person in file.people for contact in person.contacts}
    told = []
    if ChannelName.EMAIL in used and alerts.smtp is None:
        told.append("No email leaves: the configuration has no mail server, [alerts.smtp].")
    if ChannelName.SMS in used and alerts.twilio is None:
        told.append("No SMS leaves: the configuration has no SMS vendor, [alerts.twilio].")
    return told


def _unset(file: RuleFile, known: Callable[[str], bool]) -> list[str]:
    return [
        f"{person.name}'s Apprise address uses ${{{name}}}, which is not set here; `fintech"
        " deliver` needs it."
        for person in file.people
        for contact in person.contacts
        if contact.channel is ChannelName.APPRISE
        for name in NAME.findall(contact.address)
        if not known(name)
    ]
