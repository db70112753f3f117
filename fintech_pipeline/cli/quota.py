"""`fintech quota`: what was asked of each vendor today, and what may still be asked."""

import json
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.quota.allowances import PLANS
from fintech_pipeline.quota.refusals import clock_time
from fintech_pipeline.quota.spending import Spending, spending
from fintech_pipeline.settings import Settings
from fintech_pipeline.vendors import ledger_names

NOBODY = (
    "This configuration asks no vendor: simulated data and files need no quota. A plan that is "
    "set under quota.PROVIDER shows that provider here."
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def quota(as_json: bool) -> None:
    """Show what was asked of each provider today, for what, what is left, and until when."""
    with opened_pipeline() as pipeline:
        settings = pipeline.settings
        found = [
            spending(pipeline.ledger, name, settings.quota.allowance(provider))
            for provider in asked(settings)
            for name in ledger_names(settings, provider)
        ]
    if as_json:
        click.echo(json.dumps({"providers": [document(one) for one in found]}, indent=2))
    elif not found:
        click.echo(NOBODY)
    else:
        Console(highlight=False).print(_table(found))


def asked(settings: Settings) -> list[str]:
    """The vendors that the configuration asks, or whose plan it sets."""
    chains = {*settings.market.providers, *settings.news.providers}
    return sorted(name for name in PLANS if name in chains or settings.quota.changes(name))


def document(one: Spending) -> dict[str, Any]:
    """A provider's standing as it is printed in JSON."""
    state = one.standing
    return {
        "provider": one.provider,
        "plan": {
            "per_second": one.allowance.per_second,
            "per_minute": one.allowance.per_minute,
            "per_day": one.allowance.per_day,
            "reset_zone": one.allowance.reset_zone,
        },
        "spent": one.spent,
        "left": one.left,
        "resets_at": _iso(one.resets_at),
        "purposes": [
            {
                "purpose": part.purpose,
                "calls": part.calls,
                "spent": part.spent,
                "without_answer": part.without_answer,
            }
            for part in one.purposes
        ],
        "circuit": {
            "failures": state.failures,
            "paused_until": _iso(state.paused_until) if _ahead(one) else None,
            "told": state.told,
        },
    }


def _table(found: list[Spending]) -> Table:
    table = Table()
    for name in ("Provider", "Plan", "Spent today"):
        table.add_column(name)
    table.add_column("Left", justify="right")
    table.add_column("Full again", no_wrap=True)
    table.add_column("Circuit")
    for one in found:
        table.add_row(
            one.provider,
            str(one.allowance),
            _purposes(one),
            "no limit" if one.left is None else str(one.left),
            clock_time(one.resets_at, one.standing.now),
            _circuit(one),
        )
    return table


def _purposes(one: Spending) -> str:
    if not one.purposes:
        return "nothing yet"
    lines = []
    for part in one.purposes:
        without = f", {part.without_answer} without an answer" if part.without_answer else ""
        lines.append(f"{part.spent} {part.purpose}{without}")
    return "\n".join(lines)


def _circuit(one: Spending) -> str:
    state = one.standing
    if state.paused_until is not None and _ahead(one):
        return f"[red]no calls until {clock_time(state.paused_until, state.now)}[/]"
    return f"[yellow]{state.failures} failures in a row[/]" if state.failures else "closed"


def _ahead(one: Spending) -> bool:
    until = one.standing.paused_until
    return until is not None and until > one.standing.now


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")
