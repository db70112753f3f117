"""`fintech watchlist`: what is followed."""

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from fintech_pipeline.cli.following import follow
from fintech_pipeline.cli.report import warn_of
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.market.lookup import Wish
from fintech_pipeline.market.watchlist import symbol_of


@click.group()
def watchlist() -> None:
    """Show and change the instruments that are followed."""


@watchlist.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show(as_json: bool) -> None:
    """Show the watchlist."""
    with opened_pipeline() as pipeline:
        watched = pipeline.instruments.watched()
    if as_json:
        click.echo(json.dumps([asdict(instrument) for instrument in watched], indent=2))
        return
    table = Table("Symbol", "Name", "Aliases", "Exchange", "Currency", "Tags")
    for one in watched:
        aliases, tags = ", ".join(one.aliases), ", ".join(one.tags)
        table.add_row(one.symbol, one.name, aliases, one.mic, one.currency, tags)
    Console(highlight=False).print(table)


@watchlist.command()
@click.argument("symbol")
@click.option("--name", help="The company's or fund's name; else it is looked up.")
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    help="A name in headlines; repeatable. On one that is followed they replace the others.",
)
@click.option("--mic", help="The exchange's ISO 10383 code, e.g. XNAS, XTKS, XASX.")
@click.option("--currency", help="The prices' ISO 4217 code; else what the exchange trades in.")
@click.option(
    "--tag",
    "tags",
    multiple=True,
    help="What you group it by, for alert rules; repeatable. They replace those it has.",
)
@click.option("--no-tags", is_flag=True, help="Take its tags away.")
def add(
    symbol: str,
    name: str | None,
    aliases: tuple[str, ...],
    mic: str | None,
    currency: str | None,
    tags: tuple[str, ...],
    no_tags: bool,
) -> None:
    """Follow SYMBOL from the next tick on.

    Its name, the names that headlines use, its exchange and currency are looked up where yahoo,
    edgar or alpha_vantage is configured. What you say wins; what is stored already is kept.

    \b
    Examples:
      fintech watchlist add NVDA
      fintech watchlist add 7203 --mic XTKS
      fintech watchlist add NVDA --tag chips --tag core
      fintech watchlist add NVDA --name "NVIDIA Corporation" --alias Nvidia --mic XNAS
    """  # noqa: D301  # click's mark for lines it leaves as they are
    if tags and no_tags:
        raise click.UsageError("--tag and --no-tags contradict each other; write one of them")
    named = tags if tags or no_tags else None
    wish = Wish(symbol_of(symbol), name, aliases, mic, currency, named)
    with opened_pipeline() as pipeline:
        told = follow(pipeline, wish)
    click.echo(told.sentence)
    warn_of(told.warnings)


@watchlist.command()
@click.argument("symbol")
def remove(symbol: str) -> None:
    """Follow SYMBOL no longer; what is stored of it stays."""
    with opened_pipeline() as pipeline:
        pipeline.instruments.remove(symbol_of(symbol))
    click.echo(f"{symbol_of(symbol)} is no longer followed; its history stays.")
