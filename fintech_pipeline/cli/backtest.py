"""`fintech signals backtest`: what trading a strategy's signals would have brought."""

import contextlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from fintech_pipeline.cli.parsing import Day
from fintech_pipeline.cli.report import SIMULATED, table_of
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.orchestration.backtesting import Asked, configured_terms
from fintech_pipeline.orchestration.backtesting import backtest as tried
from fintech_pipeline.signals.backtesting.backtest import document
from fintech_pipeline.signals.backtesting.page import page
from fintech_pipeline.signals.backtesting.telling import (
    headline,
    luck_told,
    tables,
    terms_told,
)
from fintech_pipeline.signals.backtesting.terms import Sizing, Terms
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.signals.strategy_files import load_strategy

WIDTH = 110


@click.command()
@click.argument("strategy", required=False)
@click.option(
    "--from",
    "first",
    type=Day(),
    help="The first UTC day; a year of half hours or ten of days back without it.",
)
@click.option(
    "--to", "last", type=Day(), help="The last UTC day, included; the newest with a bar without it."
)
@click.option("--long-short/--long-only", default=None, help="Whether a sell signal sells short.")
@click.option(
    "--sizing", type=click.Choice([str(one) for one in Sizing]), help="How large positions are."
)
@click.option("--commission-bps", type=float, help="Of what is traded, in basis points.")
@click.option("--half-spread-bps", type=float, help="Half the spread, in basis points.")
@click.option("--slippage-bps", type=float, help="In basis points.")
@click.option("--band", type=float, help="How far a position may drift, as a share of it.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with charts to this file, too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def backtest(
    strategy: str | None,
    first: date | None,
    last: date | None,
    html: Path | None,
    as_json: bool,
    **terms: Any,
) -> None:
    """Trade a strategy's signals on stored history: next open, costs, and how much may be luck.

    STRATEGY is one that is configured or shipped, by name, or the path of a file; the primary one
    without it. What is tried is kept, because who tries often finds something by luck: the Sharpe
    ratio is deflated by the number of trials.

    \b
    Examples:
      fintech signals backtest
      fintech signals backtest swing --from 2012-09-04 --to 2017-09-01 --html swing.html
    """  # noqa: D301  # click's mark for lines it leaves as they are
    if html is not None and not html.resolve().parent.is_dir():
        raise ConfigurationError(f"{html} cannot be written: its folder is not there.")
    with opened_pipeline() as pipeline:
        asked = Asked(_named(pipeline, strategy), _terms(pipeline, terms), first, last)
        number, made = tried(pipeline, asked)
    told = {"id": number, **document(made)}
    if html is not None:
        _write(html, page(told))
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _print(told, html)


def _write(file: Path, text: str) -> None:
    """Writes the page as a whole, or leaves what was there before."""
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.write_text(text, "utf-8")
        draft.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}.") from None


def _named(pipeline: Pipeline, named: str | None) -> Strategy:
    """The strategy that is configured, shipped, or lies in a file."""
    if named is None:
        return pipeline.strategy
    for one in pipeline.strategies:
        if named in {one.name, one.label}:
            return one
    # A path is one where it looks like one; a name is looked for among those that ship.
    looks = "/" in named or named.endswith(".toml")
    return load_strategy(Path(named) if looks else named)


def _terms(pipeline: Pipeline, given: dict[str, Any]) -> Terms:
    chosen = {name: value for name, value in given.items() if value is not None}
    if "sizing" in chosen:
        chosen["sizing"] = Sizing(chosen["sizing"])
    try:
        return replace(configured_terms(pipeline), **chosen)
    except ValueError as error:
        raise ConfigurationError(f"A backtest on these terms is not possible: {error}.") from None


def _print(told: dict[str, Any], html: Path | None) -> None:
    console = Console(highlight=False)
    console = Console(highlight=False, width=min(console.width, WIDTH))
    for sentence in (headline(told), terms_told(told), luck_told(told)):
        console.print(sentence, markup=False)
    for one in tables(told):
        console.print(table_of(one))
    if told["left_out"]:
        names = ", ".join(told["left_out"])
        console.print(f"Left out, as no bar of them is stored in the range: {names}.", markup=False)
    if html is not None:
        console.print(f"{html} has it with charts.", markup=False)
    if told["simulated"]:
        console.print(SIMULATED, style="bold yellow")
