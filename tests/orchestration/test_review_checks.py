"""The checks that the daily review runs on `trading_signals`: replayable and point_in_time."""

import math
from collections import Counter
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from assets.review_checks import replay_result
from fintech_pipeline.orchestration.jobs import REVIEW_JOB
from fintech_pipeline.signals.replay import Replayed
from tests.orchestration.conftest import Runs
from tests.orchestration.judged_past import SLOT_AT, Past


@pytest.fixture
def reviewed(past: Past, runs: Runs) -> "Reviewed":
    return Reviewed(past, runs)


class Reviewed:
    """The daily review of a past."""

    def __init__(self, past: Past, runs: Runs) -> None:
        self.past, self.runs = past, runs

    def checks(self) -> dict[str, dg.AssetCheckEvaluation]:
        """What the job's checks found."""
        job = self.runs.of(self.past.pipeline).definitions.resolve_job_def(REVIEW_JOB)
        done = job.execute_in_process(instance=self.runs.instance)
        assert done.success, "a check that fails is no failure of the run"
        return {one.check_name: one for one in done.get_asset_check_evaluations()}


def told(check: dg.AssetCheckEvaluation, name: str) -> Any:
    return check.metadata[name].value


def test_a_healthy_past_passes_both_and_says_how_much_was_compared(reviewed: Reviewed) -> None:
    checks = reviewed.checks()
    assert {name: check.passed for name, check in checks.items()} == {
        "replayable": True,
        "point_in_time": True,
    }
    assert told(checks["replayable"], "equal") > 250
    assert told(checks["point_in_time"], "slots") == 12, "ten half hours and the two days"
    assert told(checks["point_in_time"], "signals") >= 30
    assert told(checks["point_in_time"], "seed") == SLOT_AT.date().toordinal()


def test_a_changed_row_is_an_error_with_the_difference_in_a_table(
    reviewed: Reviewed,
) -> None:
    one = "symbol = 'KO' AND interval = '30m' AND slot_at = :slot_at"
    with reviewed.past.pipeline.database.transaction() as connection:
        query = sa.text(f"SELECT score FROM fintech.signals WHERE {one}")  # noqa: S608
        score = connection.scalar(query, {"slot_at": SLOT_AT})
        update = sa.text(f"UPDATE fintech.signals SET score = :score WHERE {one}")  # noqa: S608
        changed = math.nextafter(score, 1.0)
        connection.execute(update, {"slot_at": SLOT_AT, "score": changed})
    checks = reviewed.checks()
    replayable = checks["replayable"]
    assert (replayable.passed, replayable.severity) == (False, dg.AssetCheckSeverity.ERROR)
    table = str(told(replayable, "differences"))
    assert f"| score | {changed!r} | {score!r} |" in table
    assert checks["point_in_time"].passed


def test_a_signal_that_lacks_an_input_which_came_later_is_a_warning_with_the_way_out(
    reviewed: Reviewed,
) -> None:
    reviewed.past.bring(["Apple plunges after a fraud lawsuit"], SLOT_AT - timedelta(hours=40))
    replayable = reviewed.checks()["replayable"]
    assert (replayable.passed, replayable.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "`fintech backfill --from" in str(told(replayable, "likely because"))


def test_to_have_compared_nothing_is_a_warning_and_no_success() -> None:
    result = replay_result(Replayed(left_out=Counter({"its inputs are gone": 40})))
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert result.description == "None of 40 signals could be replayed."
    assert replay_result(Replayed()).passed, "a database without a signal lacks nothing"
