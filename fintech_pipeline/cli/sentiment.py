"""`fintech sentiment`: why a headline scores as it does, how good the model is, how it is made."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.cli.parsing import known_symbol
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.watchlist import Instrument, symbol_of
from fintech_pipeline.settings import load_settings

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_DATA = click.option(
    "--data", type=_FOLDER, required=True, help="The folder that holds the labelled sets."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print as JSON.")


@click.group()
def sentiment() -> None:
    """Explain a score; measure and train the local model."""


@sentiment.command()
@click.argument("headline")
@click.option("--symbol", required=True, help="For whom it is good or bad.")
@click.option("--summary", default="", help="The article's summary, if it has one.")
@_JSON
def explain(headline: str, symbol: str, summary: str, as_json: bool) -> None:
    """Tell how HEADLINE scores for a symbol of the watchlist, and which words moved it.

    \b
    Example:
      fintech sentiment explain "Intel falls as AMD soars" --symbol AMD
    """  # noqa: D301  # click's mark for lines it leaves as they are
    from fintech_pipeline.sentiment.models.local.explanation import explain as explained
    from fintech_pipeline.sentiment.models.local.model import LocalModel
    from fintech_pipeline.sentiment.scores import SentimentScore, Text

    instrument = _instrument(symbol)
    names = (instrument.symbol, instrument.name, *instrument.aliases)
    text = Text(0, instrument.symbol, names, headline, summary)
    model = LocalModel()
    (score,) = model.score([text])
    if not isinstance(score, SentimentScore):
        raise ConfigurationError(f"{model.version} gave no score.")
    found = explained(model, text)
    if as_json:
        document = {
            "headline": headline,
            "symbol": instrument.symbol,
            "label": score.label,
            "score": score.value,
            "confidence": score.confidence,
            "reason": score.reason,
            "model": model.version,
            "cost_usd": str(score.cost_usd),
            "evidence": dict(zip(("negative", "neutral", "positive"), found.evidence, strict=True)),
            "shares": [asdict(share) for share in found.shares],
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False, width=min(Console().width, 120))
    console.print(
        f"{escape(instrument.symbol)}: [bold]{score.label}[/], score {score.value:+.4f}, "
        f"confidence {score.confidence:.2f}: {escape(score.reason)}"
    )
    console.print(f"Model {model.version}, cost {score.cost_usd} USD")
    table = Table("Word", title="What speaks for each class", title_justify="left")
    for name in ("Negative", "Neutral", "Positive"):
        table.add_column(name, justify="right")
    for share in found.shares:
        row = (share.negative, share.neutral, share.positive)
        table.add_row(escape(share.told), *(f"{one:+.4f}" for one in row))
    table.add_section()
    table.add_row("the sum", *(f"{one:+.4f}" for one in found.evidence))
    table.add_row("how likely, e^sum over all three", *(f"{p:.4f}" for p in found.probabilities))
    console.print(table)
    console.print("score = how likely positive - how likely negative")


def _instrument(symbol: str) -> Instrument:
    """The instrument as configured, else as it was added to the stored watchlist."""
    configured = [watched.instrument() for watched in load_settings().watchlist]
    found = [one for one in configured if one.symbol == symbol_of(symbol)]
    if found:
        return found[0]
    from fintech_pipeline.cli.session import opened_pipeline

    with opened_pipeline() as pipeline:
        return known_symbol(symbol, pipeline.instruments.watched())


@sentiment.command()
@_DATA
@click.option(
    "--cross-validate",
    is_flag=True,
    help="Train five times besides, to judge all of SEntFiN; takes minutes.",
)
@_JSON
def evaluate(data: Path, cross_validate: bool, as_json: bool) -> None:
    """Measure the local model on labelled sets it has not seen, VADER beside it.

    \b
    Example:
      fintech sentiment evaluate --data ../shared/data/labelled
    """  # noqa: D301  # click's mark for lines it leaves as they are
    from fintech_pipeline.cli import sentiment_report
    from fintech_pipeline.sentiment.judging import compare, speed, speed_examples
    from fintech_pipeline.sentiment.models.local.model import LocalModel

    model = LocalModel()
    found = compare(model, data, cross_validate=cross_validate)
    fast = speed(model, speed_examples(data))
    if as_json:
        document = sentiment_report.document(model.version, found, fast)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        sentiment_report.print_all(model.version, found, fast)


@sentiment.command()
@_DATA
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the weights go; without it to where the model reads them.",
)
def train(data: Path, out: Path | None) -> None:
    """Train the local model on SEntFiN; takes minutes. The same data give the same bytes.

    \b
    Example:
      fintech sentiment train --data ../shared/data/labelled --out weights.tsv
    """  # noqa: D301  # click's mark for lines it leaves as they are
    from fintech_pipeline.sentiment.evaluation import figures_of
    from fintech_pipeline.sentiment.labelled import read_sentfin
    from fintech_pipeline.sentiment.models.local.weights import PATH, version_of
    from fintech_pipeline.sentiment.training.learning import divide
    from fintech_pipeline.sentiment.training.learning import train as trained

    target = out or PATH
    if not os.access(target.parent, os.W_OK):
        raise ConfigurationError(f"{target} can't be written; choose another file with --out.")
    division = divide(read_sentfin(data))
    click.echo(
        f"Learning from {len(division.learned):,} titles, {len(division.held_back):,} held back …",
        err=True,
    )
    made = trained(division)
    beside = target.with_name(f".{target.name}.new")
    beside.write_bytes(made.content)
    beside.replace(target)
    figures = figures_of(
        [guess.example.label for guess in made.guesses],
        [guess.label for guess in made.guesses],
        [guess.confidence for guess in made.guesses],
    )
    click.echo(
        f"{version_of(made.content)}: {len(made.content):,} bytes in {target}. Five-fold, each "
        f"entity: accuracy {figures.accuracy:.3f}, macro-F1 {figures.macro_f1:.3f}; "
        f"temperature {made.temperature}."
    )
