"""`fintech signals forecast`: models of what comes next, and how they did."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.cli.report import SIMULATED
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.orchestration.training import models_and_scores, train_all
from fintech_pipeline.signals.forecasting.learners import LEARNERS
from fintech_pipeline.signals.forecasting.scoring import Score

WIDTH, SHOWN = 150, 50


@click.group()
def forecast() -> None:
    """Models of the direction and volatility of what comes next."""


@forecast.command()
@click.option(
    "--learner", type=click.Choice(list(LEARNERS)), help="The way to learn; else the configured."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def train(learner: str | None, as_json: bool) -> None:
    """Learn a model of each target from what is stored, as the weekly training does.

    Each is judged by what came after the slots it was learnt of. It weighs in signals only while
    it beats the naive forecast, from an hour after it was learnt on.

    \b
    Example:
      fintech signals forecast train
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        step = train_all(pipeline, learner)
        if not step.models:
            raise ConfigurationError(
                f"Nothing was learnt: {'; '.join(step.without.values())}; `fintech backfill` "
                "collects bars."
            )
        told = _told(pipeline, len(step.models))
        simulated = pipeline.settings.simulated
    _tell(told, simulated, as_json)


@forecast.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show(as_json: bool) -> None:
    """Show the newest models, the verdict on each, and how what they foretold turned out.

    \b
    Example:
      fintech signals forecast show
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        told = _told(pipeline, SHOWN)
        simulated = pipeline.settings.simulated
    if not told and not as_json:
        click.echo("No model yet; `fintech signals forecast train` learns the first.")
        return
    _tell(told, simulated, as_json)


def _told(pipeline: Pipeline, count: int) -> list[dict[str, Any]]:
    return [_plain(model, score) for model, score in models_and_scores(pipeline, count)]


def _plain(model: Mapping[str, Any], score: Score) -> dict[str, Any]:
    instants = ("trained_at", "first_slot_at", "last_slot_at")
    return {
        **model,
        **{name: model[name].isoformat().replace("+00:00", "Z") for name in instants},
        "score": asdict(score),
    }


def _tell(told: Sequence[Mapping[str, Any]], simulated: bool, as_json: bool) -> None:
    if as_json:
        document = {"simulated": simulated, "models": list(told)}
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    console = Console(highlight=False, width=min(max(console.width, 110), WIDTH))
    table = Table(header_style="bold")
    for name in ("Model", "Bars", "Target", "Trained", "Samples", "Verdict", "Foretold", "Right"):
        whole = name != "Verdict"
        table.add_column(
            name, justify="right" if name in {"Model", "Samples"} else "left", no_wrap=whole
        )
    for one in told:
        table.add_row(*map(escape, _cells(one)))
    console.print(table)
    if simulated:
        console.print(SIMULATED, style="bold yellow")


def _cells(one: Mapping[str, Any]) -> list[str]:
    score = one["score"]
    right = "–" if score["hits"] is None else f"{score['hits']:.1%} of {score['known']:,}"
    return [
        str(one["id"]),
        f"{one['interval']} {one['learner']}",
        one["target"],
        one["trained_at"][:16] + "Z",
        f"{one['samples']:,}",
        one["verdict"]["sentence"],
        f"{score['foretold']:,}",
        right,
    ]
