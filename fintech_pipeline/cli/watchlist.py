"""`fintech watchlist`: what is followed."""

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument


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
    table = Table("Symbol", "Name", "Aliases", "Exchange", "Currency")
    for one in watched:
        table.add_row(one.symbol, one.name, ", ".join(one.aliases), one.mic, one.currency)
    Console(highlight=False).print(table)


@watchlist.command()
@click.argument("symbol")
@click.option("--name", help="The company's name; the symbol without it.")
@click.option("--alias", "aliases", multiple=True, help="Another name in headlines; repeatable.")
@click.option("--mic", help="The exchange's ISO 10383 code, e.g. XNAS, XTKS, XASX.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217 code.")
def add(
    symbol: str, name: str | None, aliases: tuple[str, ...], mic: str | None, currency: str
) -> None:
    """Follow SYMBOL from the next tick on.

    \b
    Example:
      fintech watchlist add NVDA --name "NVIDIA Corporation" --alias Nvidia --mic XNAS
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        exchange = mic or ("XSIM" if pipeline.settings.simulated else "XNYS")
        if pipeline.settings.simulated and exchange != "XSIM":
            raise ConfigurationError("A simulated watchlist trades on XSIM only; leave --mic out.")
        calendar_of(exchange)
        try:
            instrument = Instrument(
                symbol.upper(), name or symbol.upper(), aliases, exchange, currency
            )
        except ValueError as error:
            raise ConfigurationError(f"{error}; nothing was added.") from None
        pipeline.instruments.add(instrument)
    click.echo(f"{instrument.symbol} is followed from the next tick on.")


@watchlist.command()
@click.argument("symbol")
def remove(symbol: str) -> None:
    """Follow SYMBOL no longer; what is stored of it stays."""
    with opened_pipeline() as pipeline:
        pipeline.instruments.remove(symbol.upper())
    click.echo(f"{symbol.upper()} is no longer followed; its history stays.")
