"""`fintech signals judge`: signals of stored history, in bulk."""

from datetime import date

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from fintech_pipeline.cli.parsing import Day, known_strategy
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.clock import day_window, days_of
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.orchestration.rejudging import Rejudged, chunks, rejudge


@click.command()
@click.option("--from", "first", type=Day(), required=True, help="The first UTC day.")
@click.option("--to", "last", type=Day(), help="The last UTC day, included; today without it.")
@click.option("--strategy", help="One of those configured, by name or label; all without it.")
def judge(first: date, last: date | None, strategy: str | None) -> None:
    """Judge stored history: compute the signals of past days from what is stored.

    Nothing is collected and nobody is alerted. What equals a stored signal changes nothing; what
    differs is stored beside it as a revision.

    \b
    Example:
      fintech signals judge --from 2012-08-13 --to 2017-08-11 --strategy swing
    """  # noqa: D301  # click's mark for lines it leaves as they are
    console = Console(stderr=True, highlight=False)
    with opened_pipeline() as pipeline:
        now = pipeline.clock()
        chosen = [known_strategy(strategy, pipeline.strategies)] if strategy else None
        days = _days(pipeline, first, last)
        parts = chunks(chosen or pipeline.strategies, days, now, f"judge-{now:%Y%m%dT%H%M%SZ}")
        columns = (
            TextColumn("Judging {task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
        )
        found = Rejudged()
        with Progress(*columns, console=console, transient=not console.is_terminal) as progress:
            task = progress.add_task("", total=sum(len(part.work.days) for part in parts))
            for part in parts:
                progress.update(task, description=f"from {part.work.days[0]}")
                found += rejudge(pipeline, part)
                progress.advance(task, len(part.work.days))
        names = ", ".join(one.label for one in chosen or pipeline.strategies)
    if not found.made:
        raise ConfigurationError(
            f"There is nothing to judge for {names} from {days[0]} to {days[-1]}: no bars that "
            "make a signal are stored; `fintech backfill` collects them."
        )
    console.print(
        f"Judged {days[0]} to {days[-1]} by {names}: {found.made:,} signals, {found.written:,} of "
        "them new or changed."
    )


def _days(pipeline: Pipeline, first: date, last: date | None) -> list[date]:
    today = pipeline.clock().date()
    until = last or today
    if until > today:
        raise ConfigurationError(f"{until} lies in the future; today is {today} (UTC).")
    if first > until:
        raise ConfigurationError(f"The days would end on {until}, before they start on {first}.")
    return days_of(day_window(first, until))
