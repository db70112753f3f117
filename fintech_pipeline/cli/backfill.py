"""`fintech backfill`: whole days, a run a month, only what is missing."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from fintech_pipeline.cli.parsing import Day
from fintech_pipeline.cli.report import warn_of
from fintech_pipeline.cli.session import opened_launcher, opened_pipeline
from fintech_pipeline.clock import day_window, days_of
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError, PipelineError
from fintech_pipeline.orchestration.healing import first_day, missing_days, steps_done, steps_due

POLL_SECONDS = 0.3


@click.command()
@click.option("--from", "first", type=Day(), help="The first UTC day; four days ago without it.")
@click.option("--to", "last", type=Day(), help="The last UTC day, included; today without it.")
@click.option("--again", is_flag=True, help="Complete days too; changes become revisions.")
def backfill(first: date | None, last: date | None, again: bool) -> None:
    """Collect, score and judge every slot of the days that is missing.

    \b
    Examples:
      fintech backfill
      fintech --config examples/files.toml backfill --from 2025-04-14 --to 2025-05-20
    """  # noqa: D301  # click's mark for lines it leaves as they are
    console = Console(stderr=True, highlight=False)
    with opened_pipeline() as pipeline:
        days = _days(pipeline, first, last)
        wanted = days if again else _missing(pipeline, days)
        # Opened even where nothing is missing: it gives the runs of killed commands their end.
        with opened_launcher(pipeline) as launcher:
            if not wanted:
                console.print(f"Nothing is missing from {days[0]} to {days[-1]}.")
                return
            with _progress(pipeline, wanted, again, console):
                runs = launcher.backfill(wanted)
            faults = launcher.faults(runs)
        made = pipeline.signals.count(day_window(wanted[0], wanted[-1]))
    console.print(
        f"Backfilled {_count(len(wanted), 'day')} from {wanted[0]} to {wanted[-1]} in "
        f"{_count(len(runs), 'run')}; {made:,} signals stand there."
    )
    warn_of(faults)


def _days(pipeline: Pipeline, first: date | None, last: date | None) -> list[date]:
    today = pipeline.clock().date()
    starts_on = pipeline.settings.pipeline.starts_on
    until = last or today
    since = first or first_day(pipeline, until)
    if until > today:
        raise ConfigurationError(f"{until} lies in the future; today is {today} (UTC).")
    if since > until:
        raise ConfigurationError(f"The backfill would end on {until}, before it starts on {since}.")
    if since < starts_on:
        raise ConfigurationError(
            f"{since} lies before {starts_on}, where this configuration starts "
            "(pipeline.starts_on)."
        )
    return days_of(day_window(since, until))


def _missing(pipeline: Pipeline, days: Sequence[date]) -> list[date]:
    return missing_days(pipeline, day_window(days[0], days[-1]))


@contextmanager
def _progress(
    pipeline: Pipeline, days: Sequence[date], again: bool, console: Console
) -> Iterator[None]:
    """A bar over the steps done, read from the slots table, wherever the run may be."""
    total = steps_due(pipeline, days)
    columns = (
        TextColumn("Backfilling"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.completed} of {task.total} steps"),
        TimeRemainingColumn(),
    )
    ended = threading.Event()
    with Progress(*columns, console=console, transient=not console.is_terminal) as progress:
        task = progress.add_task("slots", total=total)
        since = pipeline.clock() if again else None

        def watch() -> None:
            while not ended.wait(POLL_SECONDS):
                # A database that goes away is the run's to tell.
                with suppress(PipelineError):
                    progress.update(task, completed=steps_done(pipeline, days, since))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
            progress.update(task, completed=total)
        finally:
            ended.set()
            watcher.join()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
