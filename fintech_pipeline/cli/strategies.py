"""`fintech signals strategies`: what weighs the components, and where the actions begin."""

import json

import click
from rich.console import Console
from rich.table import Table

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.settings import load_settings
from fintech_pipeline.signals.definition import definition
from fintech_pipeline.signals.strategy import Regime, Strategy
from fintech_pipeline.signals.strategy_files import load_strategies, shipped_besides

_JUDGES = {Interval.HALF_HOUR: "half hours", Interval.DAY: "days"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def strategies(as_json: bool) -> None:
    """Show the strategies that are configured, the primary one first, and those that ship.

    Their files are read and nothing else, so that a new one can be tried out.

    \b
    Example:
      FINTECH_SIGNALS__STRATEGIES='["mine.toml"]' fintech signals strategies
    """  # noqa: D301  # click's mark for lines it leaves as they are
    named = load_settings().signals.strategies
    configured = load_strategies(named)
    others = shipped_besides(named)
    if as_json:
        uses = ["primary", *["configured"] * (len(configured) - 1), *["shipped"] * len(others)]
        documents = [
            {"use": use, "label": one.label, **definition(one)}
            for use, one in zip(uses, [*configured, *others], strict=True)
        ]
        click.echo(json.dumps(documents, indent=2))
        return
    table = Table(
        "Strategy", "Judges", "Weights", "Action: from, until", "Regimes", show_lines=True
    )
    for place, one in enumerate(configured):
        table.add_row(*_cells(one, "primary" if place == 0 else "configured"))
    for one in others:
        table.add_row(*_cells(one, "shipped"), style="dim")
    Console(highlight=False, width=min(Console().width, 120)).print(table)


def _cells(strategy: Strategy, use: str) -> tuple[str, ...]:
    weights = (f"{_told(name)} {weight:.4g}" for name, weight in strategy.weights.items())
    bands = [*strategy.bands.items()][::-1]
    return (
        f"{strategy.label}\n({use})",
        _JUDGES[strategy.interval],
        "\n".join(weights),
        "\n".join(f"{_told(action)} {band.enter:+g}, {band.leave:+g}" for action, band in bands),
        "\n".join(map(_regime_told, strategy.regimes)) or "none",
    )


def _regime_told(regime: Regime) -> str:
    changes = ", ".join(f"{_told(name)} × {factor:g}" for name, factor in regime.weights.items())
    return f"{regime.name}, {_told(regime.indicator)} above {regime.above:g}: {changes}"


def _told(name: str) -> str:
    return name.replace("_", " ")
