"""`fintech sentiment`: why a headline scores as it does, how good the model is, how it is made."""

import json
import os
from pathlib import Path

import click

from fintech_pipeline.cli.sentiment_batch import batch
from fintech_pipeline.cli.sentiment_explain import explain
from fintech_pipeline.errors import ConfigurationError

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_DATA = click.option(
    "--data", type=_FOLDER, required=True, help="The folder that holds the labelled sets."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print as JSON.")


@click.group()
def sentiment() -> None:
    """Explain a score; score the past in batches; measure and train the local model."""


sentiment.add_command(batch)
sentiment.add_command(explain)


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
