"""`fintech tick`: one slot, now or any in the past."""

from datetime import datetime

import click

from fintech_pipeline.cli.parsing import Slot
from fintech_pipeline.cli.report import SlotReport, print_json, print_table, report_of, warn_of
from fintech_pipeline.cli.session import opened_launcher, opened_pipeline
from fintech_pipeline.clock import slot_at_or_before, slot_day
from fintech_pipeline.errors import ConfigurationError


@click.command()
@click.option(
    "--slot",
    type=Slot(),
    help="The slot, e.g. 2025-05-20T16:00Z; without it the newest that may have bars.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the signals as JSON.")
def tick(slot: datetime | None, as_json: bool) -> None:
    """Collect, score and judge one slot, and show its signals.

    \b
    Examples:
      fintech tick
      fintech --config examples/files.toml tick --slot 2025-05-20T16:00Z --json
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        now = pipeline.clock()
        newest = slot_at_or_before(now)
        slot_at = slot or slot_at_or_before(now - pipeline.settings.market.delay)
        if slot_at > newest:
            raise ConfigurationError(
                f"The slot {slot_at:%Y-%m-%d %H:%MZ} lies in the future; the newest that has ended "
                f"is {newest:%Y-%m-%d %H:%MZ}."
            )
        starts_on = pipeline.settings.pipeline.starts_on
        if slot_day(slot_at) < starts_on:
            raise ConfigurationError(
                f"The slot {slot_at:%Y-%m-%d %H:%MZ} lies before {starts_on}, where this "
                "configuration starts (pipeline.starts_on)."
            )
        with opened_launcher(pipeline) as launcher:
            run_id = launcher.tick(slot_at)
            faults = launcher.faults([run_id])
        report: SlotReport = report_of(pipeline, slot_at, run_id)
    if as_json:
        print_json(report)
    else:
        print_table(report)
    warn_of(faults)
