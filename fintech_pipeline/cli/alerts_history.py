"""`fintech alerts history`: what changed, why, and what each message became."""

from collections.abc import Sequence
from datetime import timedelta

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.alerts.alert_shown import EventShown, NoticeShown
from fintech_pipeline.alerts.alert_story import events_shown
from fintech_pipeline.cli.alerts_shown import at, print_json
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.market.watchlist import symbol_of

DAYS = 7
MOST_SHOWN = 50
COLOURS = {
    "fired": "bold red",
    "repeated": "red",
    "resolved": "green",
    "pending": "yellow",
    "no_data": "magenta",
    "error": "magenta",
}


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), default=DAYS, show_default=True)
@click.option("--rule", help="Only of this rule, which may be gone.")
@click.option("--symbol", help="Only about this symbol, part of the pipeline or provider.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def history(days: int, rule: str | None, symbol: str | None, as_json: bool) -> None:
    """Show what changed, why, and what became of each message, the newest last.

    \b
    Example:
      fintech alerts history --days 30 --rule crash
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline, pipeline.database.transaction() as connection:
        found = events_shown(
            connection,
            rule=rule,
            subjects=None if symbol is None else {symbol, symbol_of(symbol)},
            since=pipeline.clock() - timedelta(days=days),
            # One more than is shown, to know that there are more.
            most=None if as_json else MOST_SHOWN + 1,
        )
        simulated = pipeline.settings.simulated
    if as_json:
        print_json({"simulated": simulated, "events": found})
        return
    console = Console(highlight=False)
    if simulated:
        console.print("[bold yellow]SIMULATED[/]")
    if not found:
        console.print(f"Nothing happened in the last {days} days.")
        return
    console.print(_table(found[-MOST_SHOWN:]))
    if len(found) > MOST_SHOWN:
        console.print(f"These are the newest {MOST_SHOWN}; --json has them all.")


def _table(events: Sequence[EventShown]) -> Table:
    table = Table("At", "Alert", "Rule", "About", "Event", "Why, and who was told")
    for one in events:
        told = "".join(f"\n{escape(_short(notice))}" for notice in one.notices)
        table.add_row(
            at(one.at),
            str(one.alert_id or ""),
            escape(one.rule),
            escape(one.subject),
            coloured(one.event),
            f"{escape(one.reason)}[dim]{told}[/]",
        )
    return table


def coloured(event: str) -> str:
    """The event in the colour of what it means."""
    told, colour = event.replace("_", " "), COLOURS.get(event)
    return f"[{colour}]{told}[/]" if colour else told


def _short(notice: NoticeShown) -> str:
    who = f"{notice.person} by {notice.contact.channel}"
    if notice.delivery_id is None:
        return f"{who}: not told. {notice.reason}"
    # Why it is not there: what the other side said. Of what arrived it says nothing of interest.
    why = f". {notice.told}" if notice.told and notice.progress in {"planned", "failed"} else ""
    return f"{who}: message {notice.delivery_id}, {became(notice)}{why}"


def became(notice: NoticeShown) -> str:
    """How far the message has come, and since when, as a phrase."""
    progress = notice.progress or "planned"
    if progress == "planned":
        return f"waits, due {at(notice.due_at)}"
    when = notice.ended_at or notice.accepted_at
    return f"{progress}{f' {at(when)}' if when else ''}"
