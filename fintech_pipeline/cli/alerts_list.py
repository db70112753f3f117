"""`fintech alerts list`: what fires, the rules there are, and the people."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.alerts.alert_shown import AlertShown, silenced_by
from fintech_pipeline.alerts.alert_story import alerts_shown
from fintech_pipeline.alerts.people import Person
from fintech_pipeline.alerts.people_store import read_people
from fintech_pipeline.alerts.rule_definition import definition_of
from fintech_pipeline.alerts.rule_sentence import about, begins, ends
from fintech_pipeline.alerts.rule_store import stored_rules
from fintech_pipeline.alerts.rules import Severity, StoredRule
from fintech_pipeline.alerts.silence_store import read_silences
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.alerts.spans import written
from fintech_pipeline.cli.alerts_shown import at, contact_shown, plain, print_json, value_shown
from fintech_pipeline.cli.session import opened_pipeline

RECENT = timedelta(days=1)
COLOURS = {Severity.INFO: "cyan", Severity.WARNING: "yellow", Severity.CRITICAL: "bold red"}


@click.command(name="list")
@click.option("--rules", "show_rules", is_flag=True, help="Show the rules.")
@click.option("--people", "show_people", is_flag=True, help="Show the people.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_alerts(show_rules: bool, show_people: bool, as_json: bool) -> None:
    """Show the open alerts first, then those that ended in the last day.

    \b
    Examples:
      fintech alerts list
      fintech alerts list --rules --people
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline, pipeline.database.transaction() as connection:
        now = pipeline.clock()
        rules, unreadable = stored_rules(connection)
        people = read_people(connection)
        found = alerts_shown(connection, ended_after=now - RECENT)
        silences = read_silences(connection, now)
        simulated = pipeline.settings.simulated
    show_alerts = not (show_rules or show_people)
    if as_json:
        print_json(
            ({"alerts": [_document(one, silences, now) for one in found]} if show_alerts else {})
            | ({"rules": _rules_document(rules, unreadable)} if show_rules else {})
            | ({"people": people} if show_people else {})
        )
        return
    console = Console(highlight=False)
    if simulated:
        console.print("[bold yellow]SIMULATED[/]")
    if show_alerts:
        _print_alerts(found, rules, silences, now, console)
    if show_rules:
        _print_rules(rules, unreadable, console)
    if show_people:
        _print_people(people, console)


def _document(alert: AlertShown, silences: Sequence[Silence], now: datetime) -> dict[str, Any]:
    found = silenced_by(alert, silences, now)
    told: dict[str, Any] = plain(alert)
    return told | {"silenced_by": found.silence_id if found else None}


def _rules_document(
    rules: Sequence[StoredRule], unreadable: Mapping[str, str]
) -> list[dict[str, Any]]:
    readable = [
        {"name": one.rule.name, "version": one.version, "definition": definition_of(one.rule)}
        for one in rules
    ]
    return [*readable, *({"name": name, "error": why} for name, why in unreadable.items())]


def _print_alerts(
    found: Sequence[AlertShown],
    rules: Sequence[StoredRule],
    silences: Sequence[Silence],
    now: datetime,
    console: Console,
) -> None:
    open_ones = sum(one.resolved_at is None for one in found)
    if not found:
        console.print("No alert is open, and none ended in the last day.")
        return
    table = Table("ID", "Severity", "Rule", "About", "Since", "State", "Value")
    for one in found:
        colour = COLOURS[Severity(one.severity)]
        table.add_row(
            str(one.alert_id),
            f"[{colour}]{one.severity}[/]",
            escape(one.rule),
            escape(one.subject),
            at(one.started_at),
            escape(_state(one, silenced_by(one, silences, now))),
            escape(value_shown(rules, one.rule, one.value)),
            style="dim" if one.resolved_at else None,
        )
    console.print(table)
    told = "No alert is open" if not open_ones else f"{open_ones} open"
    console.print(f"{told}; `fintech alerts why ID` tells who was told, and why.")


def _state(alert: AlertShown, silence: Silence | None) -> str:
    if alert.resolved_at is not None:
        return f"ended {alert.resolved_at:%H:%MZ}"
    parts = [(alert.phase or "firing").replace("_", " ")]
    if alert.acknowledged_by is not None:
        parts.append(f"acknowledged by {alert.acknowledged_by}")
    if silence is not None:
        parts.append(f"silence {silence.silence_id}")
    return ", ".join(parts)


def _print_rules(
    rules: Sequence[StoredRule], unreadable: Mapping[str, str], console: Console
) -> None:
    if not rules and not unreadable:
        console.print("There is no rule; `fintech alerts apply -f rules.toml` brings some in.")
        return
    table = Table("Rule", "Severity", "About", "Fires at", "Ends at", "Tells", "Again")
    for one in rules:
        rule = one.rule
        table.add_row(
            escape(rule.name if rule.enabled else f"{rule.name} (off)"),
            f"[{COLOURS[rule.severity]}]{rule.severity}[/]",
            escape(about(rule)),
            escape(begins(rule)),
            escape(ends(rule)),
            escape(", ".join(definition_of(rule)["notify"])),
            written(rule.repeat) if rule.repeat else "",
            style=None if rule.enabled else "dim",
        )
    console.print(table)
    for why in unreadable.values():
        console.print(f"[red]{escape(why)} It is not looked at.[/]", soft_wrap=True)


def _print_people(people: Sequence[Person], console: Console) -> None:
    if not people:
        console.print("There is nobody; `fintech alerts apply -f rules.toml` brings people in.")
        return
    table = Table("Person", "Contacts", "Time zone", "Quiet hours", "SMS a day")
    for person in people:
        quiet = person.quiet
        table.add_row(
            escape(person.name),
            "\n".join(_contact_line(person)),
            person.time_zone,
            f"{quiet.begins:%H:%M}-{quiet.ends:%H:%M}" if quiet else "",
            str(person.sms_per_day or ""),
        )
    console.print(table)


def _contact_line(person: Person) -> list[str]:
    return [
        escape(contact_shown(contact))
        + (
            f"\n[red]disabled: {escape(contact.disabled_because)}[/]"
            if contact.disabled_because
            else ""
        )
        for contact in person.contacts
    ]
