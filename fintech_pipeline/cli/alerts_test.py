"""`fintech alerts test`: what rules would have done, and whether a person can be reached."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.alert_channels import channels_of
from fintech_pipeline.alerts.channels.channel import Receipt
from fintech_pipeline.alerts.delivery import LACKING
from fintech_pipeline.alerts.people import Contact, Person
from fintech_pipeline.alerts.people_store import read_people
from fintech_pipeline.alerts.reading import near
from fintech_pipeline.alerts.rule_files import read_rule_file
from fintech_pipeline.alerts.rule_store import read_rules
from fintech_pipeline.alerts.rules import Rule, Severity
from fintech_pipeline.alerts.told import Message, Telling, Told
from fintech_pipeline.alerts.trial import Trial, told_of
from fintech_pipeline.cli.alerts_shown import at, contact_shown, known_rule, print_json
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError, DeliveryError
from fintech_pipeline.orchestration.trials import USUAL_DAYS, try_rules

SHOWN = 20
WHICH = "Name a rule to try, or a person to reach with --to; `fintech alerts list --rules` has all"


@click.command()
@click.argument("names", metavar="[RULE]...", nargs=-1)
@click.option(
    "-f",
    "--file",
    "path",
    type=click.Path(path_type=Path),
    help="Try the rules of this file, which need not be applied.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=USUAL_DAYS,
    show_default=True,
    help="How far back.",
)
@click.option("--to", "person", help="Send this person a test by every way they have.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def test(
    names: tuple[str, ...], path: Path | None, days: int, person: str | None, as_json: bool
) -> None:
    """Try rules on what is stored, or send a person a test.

    \b
    Examples:
      fintech alerts test crash            when it would have fired in the last month
      fintech alerts test -f rules.toml    all rules of a file, before it is applied
      fintech alerts test --to anna        an email, an SMS: whatever anna has
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        if person is not None:
            _reach(pipeline, person)
            return
        rules = _rules(pipeline, names, path)
        trials = try_rules(pipeline, rules, days)
    if as_json:
        print_json({"days": days, "trials": trials})
        return
    console = Console(highlight=False)
    for rule in rules:
        found = next((one for one in trials if one.rule == rule.name), None)
        print_trial(rule, found, days, console, whole=len(rules) == 1)


def print_trial(
    rule: Rule, trial: Trial | None, days: int, console: Console, *, whole: bool = False
) -> None:
    """Prints what a rule would have done.

    Args:
        rule: The rule.
        trial: What it would have done; None where it has no history.
        days: How far back was looked.
        console: Where to.
        whole: Whether each alert is listed.
    """
    if trial is None:
        told = "is about the pipeline itself, of which no history is kept"
        console.print(f"{escape(rule.name)} {told}.", soft_wrap=True)
        return
    console.print(escape(told_of(rule, trial, days)), soft_wrap=True)
    if trial.warning:
        console.print(f"[yellow]Warning:[/] {escape(trial.warning)}", soft_wrap=True)
    if whole and trial.firings:
        console.print(_table(trial))
        if len(trial.firings) > SHOWN:
            console.print(f"… and {len(trial.firings) - SHOWN} before; --json has them all.")


def _table(trial: Trial) -> Table:
    table = Table()
    for name in ("Began", "Ended", "Symbol", "Why"):
        table.add_column(name, no_wrap=name != "Why")
    for one in reversed(trial.firings[-SHOWN:]):
        ended = at(one.ended_at) or "goes on"
        table.add_row(at(one.started_at), ended, one.subject, escape(one.reason))
    return table


def _rules(pipeline: Pipeline, names: Sequence[str], path: Path | None) -> list[Rule]:
    if path is not None:
        rules = list(read_rule_file(path.expanduser()).rules)
        if strange := [name for name in names if name not in {one.name for one in rules}]:
            raise ConfigurationError(f"{path.name} has no rule {strange[0]}.")
        return [one for one in rules if not names or one.name in names]
    if not names:
        raise click.UsageError(WHICH)
    with pipeline.database.transaction() as connection:
        stored = read_rules(connection)
    return [known_rule(stored, name).rule for name in names]


def _reach(pipeline: Pipeline, name: str) -> None:
    """Sends a test by every way the person has, and says what became of each.

    Raises:
        DeliveryError: One of them did not take it.
    """
    with pipeline.database.transaction() as connection:
        people = {one.name: one for one in read_people(connection)}
    if name not in people:
        told = near(name, list(people)) if people else "`fintech alerts apply` brings people in"
        raise ConfigurationError(f"There is no person {name}; {told}.")
    channels = channels_of(
        pipeline.settings, pipeline.database, pipeline.ledger, pipeline.clock, sys.stdout
    )
    failed = 0
    for contact in people[name].contacts:
        channel = channels.get(contact.channel)
        if channel is None:
            answer: Receipt | DeliveryError = DeliveryError(LACKING[contact.channel])
        elif contact.disabled_because is not None:
            answer = DeliveryError(f"Nothing is sent there: {contact.disabled_because}")
        else:
            [(_, answer)] = channel.send([_message(pipeline, people[name], contact)])
        failed += isinstance(answer, DeliveryError)
        told = answer.told if isinstance(answer, Receipt) else str(answer)
        click.echo(f"{contact_shown(contact)}: {told}")
    if failed:
        raise DeliveryError(f"{name} was not reached by {failed} of {len(people[name].contacts)}")


def _message(pipeline: Pipeline, person: Person, contact: Contact) -> Message:
    now = pipeline.clock()
    told = Told(
        alert_id=0,
        telling=Telling.TEST,
        rule="test",
        severity=Severity.INFO,
        subject="Test",
        subject_name="",
        reason=f"This is how alerts reach {person.name} by {contact.channel}.",
        at=now,
        since=now,
        metric="test",
        value=None,
        simulated=pipeline.settings.simulated,
    )
    return Message(0, person.name, contact, now, (told,), time_zone=person.time_zone)
