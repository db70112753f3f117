"""`fintech quota`: what was asked of each vendor today, and what may still be asked."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.quota.calls import Usage
from fintech_pipeline.quota.money import exact
from fintech_pipeline.quota.refusals import clock_time
from fintech_pipeline.quota.spending import (
    Spending,
    cost_told,
    left_alone,
    spendings,
    trouble_told,
)
from fintech_pipeline.vendors import plans

NOBODY = (
    "This configuration asks no vendor: simulated data and files need no quota. A plan that is "
    "set under quota.PROVIDER shows that provider here."
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def quota(as_json: bool) -> None:
    """Show what was asked of each provider today, for what, what is left, and until when."""
    with opened_pipeline() as pipeline:
        found = spendings(pipeline.ledger, plans(pipeline.settings))
    if as_json:
        click.echo(json.dumps({"providers": [document(one) for one in found]}, indent=2))
    elif not found:
        click.echo(NOBODY)
    else:
        _print(found, Console(highlight=False))


def document(one: Spending) -> dict[str, Any]:
    """A provider's standing as it is printed in JSON."""
    state, budget = one.standing, one.allowance.usd_per_day
    return {
        "provider": one.provider,
        "plan": {
            "per_second": one.allowance.per_second,
            "per_minute": one.allowance.per_minute,
            "per_day": one.allowance.per_day,
            "reset_zone": one.allowance.reset_zone,
            "usd_per_day": None if budget is None else exact(budget),
        },
        "spent": one.spent,
        **used(one.usage),
        "left": one.left,
        "resets_at": iso(one.resets_at),
        "purposes": [
            {
                "purpose": part.purpose,
                "calls": part.calls,
                "spent": part.spent,
                "without_answer": part.without_answer,
                **used(part.usage),
            }
            for part in one.purposes
        ],
        "circuit": {
            "failures": state.failures,
            "paused_until": iso(state.paused_until) if left_alone(one) else None,
            "told": state.told,
        },
    }


def used(usage: Usage) -> dict[str, Any]:
    """What calls used as it is printed in JSON."""
    return {
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "cost_usd": exact(usage.cost_usd),
    }


def left_told(one: Spending) -> str:
    """How much is left, in as few letters as a cell has."""
    return "no limit" if one.left is None else str(one.left)


def _print(found: Sequence[Spending], console: Console) -> None:
    """As a table for 80 columns; beneath it a sentence for each provider that is not asked."""
    table = Table()
    table.add_column("Provider", overflow="fold")
    table.add_column("Plan", no_wrap=True)
    table.add_column("Spent today", ratio=1)
    table.add_column("Left", justify="right", no_wrap=True)
    table.add_column("Full again", no_wrap=True)
    for one in found:
        resets_at = "\n".join(clock_time(one.resets_at, one.standing.now).split())
        table.add_row(
            escape(one.provider),
            str(one.allowance).replace(", ", "\n"),
            escape(_spent(one)),
            left_told(one),
            resets_at if one.left is not None else "–",
        )
    console.print(table)
    for one in found:
        told = trouble_told(one)
        if told:
            colour = "red" if left_alone(one) else "yellow"
            console.print(f"[{colour}]{escape(one.provider)}[/] {told}.", soft_wrap=True)


def _spent(one: Spending) -> str:
    if not one.purposes:
        return "nothing yet"
    lines, cost = [], cost_told(one).replace(" for ", "\nfor ")
    for part in one.purposes:
        failed = f", {part.without_answer} in vain" if part.without_answer else ""
        lines.append(f"{part.spent} for {part.purpose}{failed}")
    if len(lines) > 1:
        lines.append(f"{one.spent} in all")
    return "\n".join([*lines, cost] if cost else lines)


def iso(instant: datetime | None) -> str | None:
    """The instant as JSON has it."""
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")
