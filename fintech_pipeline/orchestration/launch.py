"""Starting runs: the seam between whoever wants one and where it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Protocol, cast

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)
from dagster._core.utils import make_new_run_id

from fintech_pipeline.clock import slot_day
from fintech_pipeline.orchestration.jobs import TICK_JOB
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.orchestration.runs import BACKFILL_TAG, process_tag

FAULTS = "all"
"""Where a check's metadata holds its sentences."""
ABOUT_INPUT = frozenset({"complete", "ohlc_sane", "no_duplicates", "no_split_like_jumps"})
"""The checks that tell of the input itself; the others tell what came of it."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""The person reads the command's own words; every event is in Dagster's log all the same."""


class Launcher(Protocol):
    """Starts runs and waits for them."""

    def tick(self, slot_at: datetime) -> str:
        """Runs one tick for the slot and returns its run id.

        Raises:
            PipelineError: A step failed; what earlier steps wrote is kept.
        """
        ...

    def backfill(self, days: Sequence[date]) -> list[str]:
        """Runs the days, a run a month and stretch, and returns the run ids.

        Raises:
            PipelineError: A step failed; the chunks before it are kept.
        """
        ...

    def faults(self, run_ids: Sequence[str]) -> list[str]:
        """What the runs found wrong with their input, a sentence each."""
        ...


@dataclass(frozen=True, slots=True)
class InProcessLauncher:
    """Runs in this very process, recorded in Dagster like any other run.

    Attributes:
        definitions: The code location.
        instance: Where runs and events are recorded.
    """

    definitions: dg.Definitions
    instance: dg.DagsterInstance

    def tick(self, slot_at: datetime) -> str:
        """Runs one tick for the slot; see `Launcher.tick`."""
        day = slot_day(slot_at).isoformat()
        return self._run({SLOT_TAG: slot_at.isoformat()}, partition=day)

    def backfill(self, days: Sequence[date]) -> list[str]:
        """Runs the days month by month; see `Launcher.backfill`."""
        return [
            self._run({BACKFILL_TAG: "true", **range_tags(stretch)}) for stretch in months_of(days)
        ]

    def faults(self, run_ids: Sequence[str]) -> list[str]:
        """What the runs' checks found wrong with their input; see `Launcher.faults`."""
        return faults_of(self.instance, run_ids)

    def _run(self, tags: dict[str, str], partition: str | None = None) -> str:
        job = self.definitions.resolve_job_def(TICK_JOB)
        run_id = make_new_run_id()
        result = job.execute_in_process(
            run_config=QUIET,
            instance=self.instance,
            partition_key=partition,
            # From birth, so that no run of a process that is killed can be left as it is.
            tags={**tags, **process_tag(run_id)},
            run_id=run_id,
            raise_on_error=True,
        )
        return result.run_id


def faults_of(instance: dg.DagsterInstance, run_ids: Sequence[str]) -> list[str]:
    """What the checks of the runs found wrong with their input, a sentence each."""
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    found: dict[str, None] = {}
    for run_id in run_ids:
        for entry in instance.all_logs(run_id, of_type=kind):
            check = entry.get_dagster_event().asset_check_evaluation_data
            if check.check_name in ABOUT_INPUT and not check.passed:
                sentences = cast("list[str]", check.metadata[FAULTS].value)
                found.update(dict.fromkeys(sentences))
    return list(found)


def range_tags(days: Sequence[date]) -> dict[str, str]:
    """The tags that make one run of consecutive days, which must be in order."""
    return {
        ASSET_PARTITION_RANGE_START_TAG: days[0].isoformat(),
        ASSET_PARTITION_RANGE_END_TAG: days[-1].isoformat(),
    }


def months_of(days: Sequence[date]) -> list[list[date]]:
    """The days as stretches without holes, none longer than its calendar month."""
    stretches: list[list[date]] = []
    ordered = sorted(days)
    # Days of one stretch share month and the difference between their number and their place.
    numbered = list(enumerate(ordered))
    for _, group in groupby(numbered, lambda pair: (pair[1].toordinal() - pair[0], pair[1].month)):
        stretches.append([day for _, day in group])
    return stretches
