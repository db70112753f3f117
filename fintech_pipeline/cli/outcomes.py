"""`fintech signals outcomes`: what became of the signals."""

import json
from datetime import UTC, date, datetime, timedelta

import click
from rich.console import Console

from fintech_pipeline.cli.parsing import Day, known_symbol
from fintech_pipeline.cli.report import SIMULATED, table_of
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.clock import Window, day_window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.orchestration.review import look_back, stores_of
from fintech_pipeline.signals.hindsight import Asked, Review
from fintech_pipeline.signals.outcome_telling import (
    calibration_tables,
    headline,
    strategy_tables,
)
from fintech_pipeline.signals.review_document import plain
from fintech_pipeline.signals.settling import settle

WIDTH = 150


@click.command()
@click.option("--from", "first", type=Day(), help="The first UTC day; the first there is without.")
@click.option("--to", "last", type=Day(), help="The last UTC day, included; today without it.")
@click.option("--strategy", help="One strategy's label, such as balanced-2; all without it.")
@click.option("--symbol", help="One symbol; all without it.")
@click.option(
    "--backfilled", is_flag=True, help="The backfilled history in place of the live signals."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def outcomes(
    first: date | None,
    last: date | None,
    strategy: str | None,
    symbol: str | None,
    backfilled: bool,
    as_json: bool,
) -> None:
    """Tell what became of the signals: hits, correlations, returns, calibration.

    Live signals are settled first, as the daily review does. A backfilled history is judged the
    same way, apart, and nothing of that is stored.

    \b
    Examples:
      fintech signals outcomes
      fintech signals outcomes --backfilled --from 2025-03-03 --to 2025-06-17 --symbol AAPL
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        now = pipeline.clock()
        asked = Asked(
            not backfilled,
            _window(first, last, now),
            [_known(pipeline, strategy, live=not backfilled)] if strategy else None,
            [known_symbol(symbol, pipeline.instruments.watched()).symbol] if symbol else None,
        )
        if asked.live:
            settle(stores_of(pipeline), now)
        found = look_back(pipeline, asked)
        simulated = pipeline.settings.simulated
    if as_json:
        document = {"simulated": simulated, "review": plain(found)}
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _print(found, simulated)


def _window(first: date | None, last: date | None, now: datetime) -> Window:
    if first and last and last < first:
        raise ConfigurationError(f"The review would end on {last}, before it starts on {first}.")
    start = day_window(first).start if first else datetime(1998, 1, 1, tzinfo=UTC)
    # Signals are of slots that have ended.
    end = day_window(last).end if last else now + timedelta(days=1)
    if end < start:
        raise ConfigurationError(f"{first} lies in the future; today is {now:%Y-%m-%d} (UTC).")
    return Window(start, end)


def _known(pipeline: Pipeline, label: str, *, live: bool) -> str:
    known = pipeline.outcomes.strategies(live=live)
    if label in known:
        return label
    kind = "live" if live else "backfilled"
    there = f"there are those of {', '.join(known)}" if known else "there are none at all"
    raise ConfigurationError(f"There are no {kind} signals of the strategy {label}; {there}.")


def _print(found: Review, simulated: bool) -> None:
    console = Console(highlight=False)
    console = Console(highlight=False, width=min(max(console.width, 110), WIDTH))
    kind = "Live signals" if found.live else "Backfilled history (nobody acted on it)"
    console.print(f"[bold]{kind}[/]")
    if not found.strategies:
        console.print("No signal yet.")
    for one in found.strategies:
        console.print(headline(one), markup=False)
        if one.looks:
            console.print(f"Turnover: {one.turnover:.1%} of a position a signal.")
        for told in strategy_tables(one):
            console.print(table_of(told))
    for horizon in found.sentiment:
        for told in calibration_tables(horizon.horizon, horizon.models, horizon.outlets):
            console.print(table_of(told))
    if simulated:
        console.print(SIMULATED, style="bold yellow")
