"""`fintech alerts apply`: people and rules as a file has them, and what that changes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from fintech_pipeline.alerts.changes import Change, Changes, KeyChange
from fintech_pipeline.alerts.rule_files import RuleFile, read_rule_file
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.alerts.rule_warnings import warnings_of
from fintech_pipeline.alerts.rules import ChannelName, Rule
from fintech_pipeline.cli.alerts_shown import address_shown, author, by_option, print_json
from fintech_pipeline.cli.alerts_test import print_trial
from fintech_pipeline.cli.report import warn_of
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.orchestration.trials import USUAL_DAYS, try_rules

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
        warnings = [
            *changes.hints,
            *warnings_of(file, pipeline.settings, pipeline.instruments.watched()),
        ]
        new = _new(file, changes)
        trials = try_rules(pipeline, new)
    if as_json:
        print_json({"dry_run": dry_run, "changes": changes.changes, "ended": changes.ended})
        warn_of(warnings)
        return
    console = Console(highlight=False)
    print_changes(changes, console)
    if dry_run and changes:
        click.echo("Nothing was changed: this was a dry run.")
    for rule, trial in zip(new, trials, strict=True):
        print_trial(rule, trial, USUAL_DAYS, console)
    warn_of(warnings)


def _new(file: RuleFile, changes: Changes) -> list[Rule]:
    """The rules about symbols that are added or changed: what they would have done is told."""
    named = {one.name for one in changes.changes if one.kind == "rule" and one.did != "removed"}
    return [rule for rule in file.rules if rule.name in named and rule.metric.of_symbols]


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
