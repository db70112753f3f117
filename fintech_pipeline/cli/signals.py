"""`fintech signals show` and `fintech why`: signals, and how one came about."""

import json
from collections.abc import Mapping
from datetime import datetime

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.cli.outcomes import outcomes
from fintech_pipeline.cli.parsing import Slot, known_symbol
from fintech_pipeline.cli.report import (
    print_json,
    print_table,
    report_of,
    scorers_told,
    scores_behind,
    signal_document,
)
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.cli.strategies import strategies
from fintech_pipeline.cli.verification import audit, replay
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.news.article_store import ArticleSummary
from fintech_pipeline.orchestration.due import TRADING_SIGNALS
from fintech_pipeline.sentiment.provenance import Key, StoredScore, stored_scores
from fintech_pipeline.signals.composite import Signal
from fintech_pipeline.signals.signal_store import StoredSignal


@click.group()
def signals() -> None:
    """Look at stored signals."""


signals.add_command(outcomes)
signals.add_command(strategies)
signals.add_command(replay)
signals.add_command(audit)


@signals.command()
@click.option("--slot", type=Slot(), help="The slot; the newest with signals without it.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show(slot: datetime | None, as_json: bool) -> None:
    """Show the signals of a slot as they are stored; nothing is computed."""
    with opened_pipeline() as pipeline:
        slot_at = slot or pipeline.signals.newest_slot(pipeline.strategy.label)
        if slot_at is None:
            raise ConfigurationError("There is no signal yet; `fintech tick` makes the first.")
        report = report_of(pipeline, slot_at)
    if as_json:
        print_json(report)
    else:
        print_table(report)


@click.command()
@click.argument("symbol")
@click.option("--slot", type=Slot(), help="The slot; the newest with a signal without it.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def why(symbol: str, slot: datetime | None, as_json: bool) -> None:
    """Tell how the signal of SYMBOL came about, in numbers that add up.

    \b
    Example:
      fintech why AAPL --slot 2025-05-20T16:00Z
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        instrument = known_symbol(symbol, pipeline.instruments.watched())
        stored = _stored(pipeline, instrument.symbol, slot)
        shares = [share.article_id for share in stored.signal.articles]
        articles = pipeline.articles.summaries(shares) if shares else {}
        scores = stored_scores(pipeline.database, shares)
        simulated = pipeline.settings.simulated
    if as_json:
        document = signal_document(stored, articles, scores, instrument.currency)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    signal = stored.signal
    console = Console(highlight=False, width=min(Console().width, 120))
    console.print(
        f"{signal.symbol} at {signal.slot_at:%Y-%m-%d %H:%MZ}: "
        f"[bold]{signal.action.replace('_', ' ')}[/], score {signal.score:+.6f}, "
        f"confidence {signal.confidence:.2f}, price {signal.price:,.2f} {instrument.currency}"
    )
    console.print(
        f"Inputs known by {stored.cutoff_at:%Y-%m-%d %H:%M:%SZ}, strategy {signal.strategy}, "
        f"revision {stored.revision}, run {stored.run_id}"
    )
    table = Table("Component", title="weight × value = contribution", title_justify="left")
    for name in ("Weight", "Value", "Contribution"):
        table.add_column(name, justify="right")
    table.add_column("Because")
    for part in signal.contributions:
        table.add_row(
            part.name.replace("_", " "),
            f"{part.weight:.6f}",
            f"{part.value:+.6f}",
            f"{part.contribution:+.6f}",
            part.reason,
        )
    for name, reason in signal.missing:
        table.add_row(name.replace("_", " "), "", "missing", "", reason, style="dim")
    table.add_section()
    table.add_row("score", "", "", f"{signal.score:+.6f}", "the sum")
    console.print(table)
    if signal.articles:
        console.print(_news_table(signal, articles, scores))
        for line in scorers_told(scores_behind(signal, scores)):
            console.print(line, markup=False, soft_wrap=True)
    if simulated:
        console.print("SIMULATED: a made-up exchange, not a market.", style="bold yellow")


def _news_table(
    signal: Signal, articles: Mapping[int, ArticleSummary], scores: Mapping[Key, StoredScore]
) -> Table:
    table = Table(title="The news component, article by article", title_justify="left")
    table.add_column("Adds", justify="right")
    table.add_column("Known")
    table.add_column("Outlet")
    table.add_column("Headline, and its score")
    for share in signal.articles:
        article = articles[share.article_id]
        found = scores.get((share.article_id, signal.symbol, share.model_version))
        told = [escape(article.headline), *([_score_told(found)] if found else [])]
        known = f"{article.known_at:%m-%d %H:%M}"
        table.add_row(f"{share.share:+.6f}", known, escape(article.outlet), "\n".join(told))
    return table


def _score_told(stored: StoredScore) -> str:
    score, whose = stored.score, " (stand-in)" if stored.stands_in else ""
    return f"[dim]{score.label} {score.value:+.2f}{whose}: {escape(score.reason)}[/]"


def _stored(pipeline: Pipeline, symbol: str, slot: datetime | None) -> StoredSignal:
    label = pipeline.strategy.label
    if slot is None:
        newest = pipeline.signals.newest(symbol, label)
        if not newest:
            raise ConfigurationError(f"{symbol} has no signal yet; `fintech tick` makes the first.")
        return newest[0]
    for stored in pipeline.signals.at_slot(slot, label):
        if stored.signal.symbol == symbol:
            return stored
    reason = pipeline.slots.reasons(TRADING_SIGNALS, slot).get(symbol)
    told = f": {reason}" if reason else "; `fintech tick --slot` would judge it"
    raise ConfigurationError(f"{symbol} has no signal at {slot:%Y-%m-%d %H:%MZ}{told}.")
