"""`fintech status`: what has been done, and how fresh it is."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta

import click
from rich.console import Console
from rich.table import Table

from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.clock import SLOT, Window, slot_at_or_before
from fintech_pipeline.orchestration.due import ASSETS
from fintech_pipeline.orchestration.healing import missing_lately

SPAN = timedelta(days=1)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def status(as_json: bool) -> None:
    """Show each asset's newest slot, the last day's coverage and what is missing."""
    with opened_pipeline() as pipeline:
        now = pipeline.clock()
        assets = pipeline.slots.status(ASSETS, Window(now - SPAN, now))
        missing = missing_lately(pipeline)
        settings = pipeline.settings
    after = timedelta(minutes=settings.pipeline.minutes_after_slot)
    next_tick_at = slot_at_or_before(now - after) + SLOT + after
    if as_json:
        document = {
            "configuration": settings.name,
            "simulated": settings.simulated,
            "now": now,
            "next_tick_at": next_tick_at,
            "missing_days": [str(day) for day in missing],
            "assets": [asdict(asset) for asset in assets],
        }
        click.echo(json.dumps(document, indent=2, default=str))
        return
    console = Console(highlight=False)
    simulated = " [bold yellow]SIMULATED[/]" if settings.simulated else ""
    console.print(f"Configuration {settings.name}{simulated}, {now:%Y-%m-%d %H:%M:%SZ}")
    table = Table("Asset", "Newest slot", "Written", "Slots of the last 24 h", "Incomplete")
    for asset in assets:
        table.add_row(
            asset.asset,
            f"{asset.newest_slot_at:%Y-%m-%d %H:%MZ}" if asset.newest_slot_at else "none yet",
            _ago(now, asset.updated_at),
            str(asset.slots),
            str(asset.partial),
        )
    console.print(table)
    console.print(f"The next tick is due at {next_tick_at:%H:%MZ} while `fintech up` runs.")
    if missing:
        console.print(
            f"Slots are missing from {missing[0]} to {missing[-1]}; `fintech backfill` fills them."
        )


def _ago(now: datetime, then: datetime | None) -> str:
    if then is None:
        return "never"
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"
