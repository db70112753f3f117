"""`fintech signals`: signals as they are stored, and what looks at many of them."""

from datetime import datetime

import click

from fintech_pipeline.cli.backtest import backtest
from fintech_pipeline.cli.forecast import forecast
from fintech_pipeline.cli.judge import judge
from fintech_pipeline.cli.outcomes import outcomes
from fintech_pipeline.cli.parsing import Slot, known_strategy
from fintech_pipeline.cli.report import (
    print_json,
    print_table,
    report_of,
)
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.cli.strategies import strategies
from fintech_pipeline.cli.verification import audit, replay
from fintech_pipeline.errors import ConfigurationError


@click.group()
def signals() -> None:
    """Look at stored signals."""


signals.add_command(backtest)
signals.add_command(forecast)
signals.add_command(judge)
signals.add_command(outcomes)
signals.add_command(strategies)
signals.add_command(replay)
signals.add_command(audit)


@signals.command()
@click.option("--slot", type=Slot(), help="The slot; the newest with signals without it.")
@click.option("--strategy", help="One of those configured, by name or label; else the primary.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show(slot: datetime | None, strategy: str | None, as_json: bool) -> None:
    """Show the signals of a slot as they are stored; nothing is computed.

    \b
    Example:
      fintech signals show --strategy swing
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        chosen = known_strategy(strategy, pipeline.strategies) if strategy else pipeline.strategy
        slot_at = slot or pipeline.signals.newest_slot(chosen.label)
        if slot_at is None:
            raise ConfigurationError(
                f"There is no signal of {chosen.label} yet; `fintech tick` makes the first."
                if strategy
                else "There is no signal yet; `fintech tick` makes the first."
            )
        report = report_of(pipeline, slot_at, strategy=chosen)
    if as_json:
        print_json(report)
    else:
        print_table(report)
