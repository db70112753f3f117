"""`fintech alerts why`: an alert's whole story, or where a rule stands with a symbol."""

from dataclasses import dataclass
from typing import Any

import click
import sqlalchemy as sa
from rich.console import Console
from rich.markup import escape

from fintech_pipeline.alerts.alert_shown import (
    AlertShown,
    EventShown,
    NoticeShown,
    StandingShown,
    silenced_by,
)
from fintech_pipeline.alerts.alert_story import alerts_shown, events_shown, standing_shown
from fintech_pipeline.alerts.rule_store import read_rules
from fintech_pipeline.alerts.rules import Severity, StoredRule
from fintech_pipeline.alerts.silence_store import read_silences
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.alerts.tables import decided_slots
from fintech_pipeline.alerts.wording import condition, span
from fintech_pipeline.cli.alerts_history import became, coloured
from fintech_pipeline.cli.alerts_list import COLOURS
from fintech_pipeline.cli.alerts_shown import at, contact_shown, known_rule, print_json
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.watchlist import Instrument, symbol_of
from fintech_pipeline.orchestration.trials import look_now

WHICH = "Name an alert by its number, or a rule and a symbol: fintech alerts why crash AAPL"
MOST_EVENTS = 5


@click.command()
@click.argument("which", metavar="ID | RULE SYMBOL", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def why(which: tuple[str, ...], as_json: bool) -> None:
    """Tell the whole story of an alert, or why a rule is quiet about a symbol.

    \b
    Examples:
      fintech alerts why 12
      fintech alerts why crash AAPL
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        with pipeline.database.transaction() as connection:
            told = _told(connection, pipeline, which)
        simulated = pipeline.settings.simulated
    if as_json:
        print_json({"simulated": simulated, **told.document()})
        return
    console = Console(highlight=False)
    if simulated:
        console.print("[bold yellow]SIMULATED[/]")
    told.print(console)


@dataclass(frozen=True, slots=True)
class Story:
    """An alert and all that became of it.

    Attributes:
        alert: The alert.
        events: What changed, the oldest first.
        silence: What silences it now.
    """

    alert: AlertShown
    events: list[EventShown]
    silence: Silence | None

    def document(self) -> dict[str, Any]:
        """For programs."""
        silence = self.silence.silence_id if self.silence else None
        return {"alert": self.alert, "silenced_by": silence, "events": self.events}

    def print(self, console: Console) -> None:
        """For a person."""
        one = self.alert
        colour = COLOURS[Severity(one.severity)]
        console.print(
            f"Alert {one.alert_id}: [bold]{escape(one.rule)}[/], {escape(one.subject)},"
            f" [{colour}]{one.severity}[/]",
            soft_wrap=True,
        )
        until = f"until {at(one.resolved_at)}" if one.resolved_at else "and still open"
        console.print(f"From {at(one.started_at)} {until}.")
        if one.acknowledged_by is not None:
            by = f"Acknowledged by {one.acknowledged_by} at {at(one.acknowledged_at)}."
            console.print(escape(by), soft_wrap=True)
        if self.silence is not None:
            console.print(escape(f"Silenced now: {self.silence.told()}"), soft_wrap=True)
        for event in self.events:
            print_event(event, console)


@dataclass(frozen=True, slots=True)
class Quiet:
    """A rule that has no open alert about a subject.

    Attributes:
        stored: The rule.
        subject: The subject.
        standing: Where it stands; None where it is calm.
        reasons: Why nothing fires, sentences.
        events: The last changes, the oldest first.
    """

    stored: StoredRule
    subject: str
    standing: StandingShown | None
    reasons: list[str]
    events: list[EventShown]

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "rule": self.stored.rule.name,
            "subject": self.subject,
            "standing": self.standing,
            "reasons": self.reasons,
            "events": self.events,
        }

    def print(self, console: Console) -> None:
        """For a person."""
        console.print(
            f"[bold]{escape(self.stored.rule.name)}[/] has no open alert about"
            f" {escape(self.subject)}."
        )
        for reason in self.reasons:
            console.print(escape(reason), soft_wrap=True)
        if self.events:
            console.print("What happened last:")
        for event in self.events:
            print_event(event, console)


def print_event(event: EventShown, console: Console) -> None:
    """An event with its reason, and below it each contact."""
    console.print(
        f"{at(event.at)}  {coloured(event.event)}: {escape(event.reason)}", soft_wrap=True
    )
    for notice in event.notices:
        console.print(f"    {escape(_notice(notice))}", soft_wrap=True)


def _notice(notice: NoticeShown) -> str:
    who = f"{notice.person}, {contact_shown(notice.contact)}"
    if notice.delivery_id is None:
        return f"{who}: not told. {notice.reason}"
    parts = [f"{who}: message {notice.delivery_id}, {became(notice)}."]
    if notice.instead_of:
        parts.append(notice.instead_of)
    if notice.told:
        parts.append(notice.told)
    if notice.attempts > 1:
        parts.append(f"It was tried {notice.attempts} times.")
    if notice.cost_usd is not None:
        parts.append(f"It cost ${notice.cost_usd:f}.")
    if notice.escalated_to is not None:
        parts.append(f"The message {notice.escalated_to} goes another way in its place.")
    return " ".join(parts)


def _told(connection: sa.Connection, pipeline: Pipeline, which: tuple[str, ...]) -> Story | Quiet:
    if len(which) == 1 and which[0].isdecimal():
        found = alerts_shown(connection, alert_ids=[int(which[0])])
        if not found:
            raise ConfigurationError(
                f"There is no alert {which[0]}; `fintech alerts list` shows them."
            )
        return _story(connection, pipeline, found[0])
    if len(which) != 2:
        raise click.UsageError(WHICH)
    return _standing(connection, pipeline, *which)


def _story(connection: sa.Connection, pipeline: Pipeline, alert: AlertShown) -> Story:
    silence = None
    if alert.resolved_at is None:
        now = pipeline.clock()
        silence = silenced_by(alert, read_silences(connection, now), now)
    return Story(alert, events_shown(connection, alert_id=alert.alert_id), silence)


def _standing(
    connection: sa.Connection, pipeline: Pipeline, rule: str, typed: str
) -> Story | Quiet:
    stored = known_rule(read_rules(connection), rule)
    watched = {one.symbol: one for one in pipeline.instruments.watched()}
    subject = symbol_of(typed) if symbol_of(typed) in watched else typed
    found = alerts_shown(connection, rule=rule, subject=subject)
    if found:
        return _story(connection, pipeline, found[0])
    standing = standing_shown(connection, rule, subject)
    return Quiet(
        stored,
        subject,
        standing,
        _reasons(connection, pipeline, stored, watched.get(subject), standing),
        events_shown(connection, rule=rule, subjects={subject}, most=MOST_EVENTS),
    )


def _reasons(
    connection: sa.Connection,
    pipeline: Pipeline,
    stored: StoredRule,
    instrument: Instrument | None,
    standing: StandingShown | None,
) -> list[str]:
    """Why the rule does not fire, as far as it is stored."""
    rule = stored.rule
    if not rule.enabled:
        return ["The rule is switched off (enabled = false)."]
    if rule.metric.of_symbols:
        if instrument is None:
            return ["Nobody follows it; `fintech watchlist add` does."]
        if not rule.scope.covers(instrument.symbol, frozenset(instrument.tags)):
            return [f"The rule is not about it: it names {_scope(stored)}."]
    if standing is not None:
        return [
            f"It is {standing.phase.replace('_', ' ')} since {at(standing.active_since)}:"
            f" {standing.reason}"
            if standing.active_since
            else standing.reason
        ]
    held = f", for {span(rule.hold)}" if rule.hold else ""
    waits = f"It is calm: the rule waits for {rule.metric} {condition(rule)}{held}."
    seen = [look_now(pipeline, rule, instrument)] if instrument else []
    return [waits, *seen, _last_look(connection)]


def _scope(stored: StoredRule) -> str:
    scope = stored.rule.scope
    return ", ".join(scope.symbols) or f"the tag {' or '.join(scope.tags)}"


def _last_look(connection: sa.Connection) -> str:
    query = sa.select(decided_slots).order_by(decided_slots.c.slot_at.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return "No slot has been decided yet; only live slots are, while `fintech up` runs."
    return f"The newest slot that was decided is {row.told}"
