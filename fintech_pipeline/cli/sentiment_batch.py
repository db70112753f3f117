"""`fintech sentiment batch`: the news of the past is scored at half the price, within a day."""

import time
from datetime import date
from typing import TYPE_CHECKING

import click
from rich.console import Console

from fintech_pipeline.cli.parsing import Day
from fintech_pipeline.clock import day_window
from fintech_pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from fintech_pipeline.orchestration.batch_scoring import BatchPass

POLL_SECONDS = 30.0


@click.command()
@click.option("--from", "first", type=Day(), required=True, help="The first UTC day.")
@click.option("--to", "last", type=Day(), required=True, help="The last UTC day, included.")
@click.option("--wait", is_flag=True, help="Wait until all is scored; else run it again later.")
def batch(first: date, last: date, wait: bool) -> None:
    """Score stored news of the past in the vendor's batch mode.

    Picks up what is ready and hands over what waits; the last five days are left to the ticks.
    Afterwards `fintech backfill --again` over the same days asks for nothing of it.

    \b
    Examples:
      fintech sentiment batch --from 2026-01-01 --to 2026-06-30
      fintech sentiment batch --from 2026-01-01 --to 2026-06-30 --wait
    """  # noqa: D301  # click's mark for lines it leaves as they are
    from fintech_pipeline.cli.session import opened_pipeline
    from fintech_pipeline.orchestration.batch_scoring import BatchScoring

    if first > last:
        raise ConfigurationError(f"The days would end on {last}, before they start on {first}.")
    console = Console(stderr=True, highlight=False)
    with opened_pipeline() as pipeline:
        scoring = BatchScoring(pipeline)
        while True:
            done = scoring.once(day_window(first, last))
            _tell(done, console)
            if not wait or not done.waiting:
                return
            time.sleep(POLL_SECONDS)


def _tell(done: "BatchPass", console: Console) -> None:
    if done.stored:
        console.print(f"{done.stored:,} scores came and are stored.")
    if done.failed:
        console.print(f"{done.failed} batches brought nothing; their texts wait again.")
    if done.handed_over:
        console.print(f"{done.handed_over:,} texts were handed over.")
    for error in done.refused:
        console.print(str(error))
    if done.waiting:
        console.print(f"Batches that are not ready: {done.waiting}; that may take a day.")
    elif not (done.stored or done.handed_over or done.refused or done.failed):
        console.print("No text of these days waits for a score.")
