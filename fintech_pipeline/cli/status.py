"""`fintech status`: what has been done of what was due, and what lacks."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.orchestration.freshness import Status, read_status

SHOWN = 8
MOST_LETTERS = 160


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def status(as_json: bool) -> None:
    """Show what each asset has done of what was due in the last day, and what is missing."""
    with opened_pipeline() as pipeline:
        found, settings = read_status(pipeline), pipeline.settings
    if as_json:
        document = {
            "configuration": settings.name,
            "simulated": settings.simulated,
            "now": found.now,
            "next_tick_at": found.next_tick_at,
            "missing_days": [str(day) for day in found.missing_days],
            "assets": [{**asdict(one), "due": found.due[one.asset]} for one in found.assets],
            "lacking": [asdict(lack) for lack in found.lacking],
            "fallbacks": [asdict(use) for use in found.fallbacks],
        }
        click.echo(json.dumps(document, indent=2, default=str, ensure_ascii=False))
        return
    simulated = " [bold yellow]SIMULATED[/]" if settings.simulated else ""
    console = Console(highlight=False)
    console.print(f"Configuration {settings.name}{simulated}, {found.now:%Y-%m-%d %H:%M:%SZ}")
    print_status(found, console)


def print_status(found: Status, console: Console) -> None:
    """Prints it for a person."""
    table = Table()
    table.add_column("Asset", no_wrap=True)
    table.add_column("Done up to", no_wrap=True)
    table.add_column("Written")
    table.add_column("Slots of 24 h", justify="right")
    table.add_column("Incomplete", justify="right")
    for one in found.assets:
        table.add_row(
            one.asset,
            f"{one.newest_slot_at:%Y-%m-%d %H:%MZ}" if one.newest_slot_at else "none yet",
            ago(found.now, one.updated_at),
            f"{one.slots} of {found.due[one.asset]}",
            str(one.partial),
        )
    console.print(table)
    lacks = [(x.asset, x.who, x.slots, x.newest_slot_at, x.reason) for x in found.lacking]
    _print_each("lacks", lacks, console)
    told = [
        (x.asset, x.symbol, x.slots, x.newest_slot_at, f"from {x.provider} instead: {x.because}")
        for x in found.fallbacks
    ]
    _print_each("fallback", told, console)
    console.print(f"The next tick is due at {found.next_tick_at:%H:%MZ} while `fintech up` runs.")
    if found.missing_days:
        first, last = found.missing_days[0], found.missing_days[-1]
        between = f"on {first}" if first == last else f"between {first} and {last}"
        console.print(
            f"Slots {between} are missing; `fintech up` heals them, `fintech backfill --from"
            f" {first}` does it now.",
            soft_wrap=True,
        )


def _print_each(
    word: str, told: Sequence[tuple[str, str, int, datetime, str]], console: Console
) -> None:
    """A line each for the first few: asset, who, in how many slots, the newest of them, what."""
    for asset, who, slots, newest_slot_at, what in told[:SHOWN]:
        times = f"{slots} slots" if slots > 1 else f"{newest_slot_at:%H:%MZ}"
        text = f"{asset}, {who}, {times}: {what}"
        short = text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
        console.print(f"[yellow]{word}[/] {escape(short)}", soft_wrap=True)
    if len(told) > SHOWN:
        console.print(f"… and {len(told) - SHOWN} more; --json has them all.")


def ago(now: datetime, then: datetime | None) -> str:
    """How long ago it was, in words."""
    if then is None:
        return "never"
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"
