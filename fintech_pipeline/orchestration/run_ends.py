"""How runs end: why one did not succeed, in a sentence for a person."""

import re

import dagster as dg
from dagster._core.storage.tags import WILL_RETRY_TAG


def reason_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """Why the run did not succeed, by its first failed step or else by what ended it."""
    if run.status == dg.DagsterRunStatus.CANCELED:
        return f"The run {run.run_id} was cancelled; what was committed is kept."
    steps = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    for entry in steps:
        error = entry.get_dagster_event().step_failure_data.error
        cause = error.cause if error and error.cause else error
        if cause:
            return re.sub(r"^[\w.]+: ", "", cause.message).strip()
    ends = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    said = next((entry.get_dagster_event().message for entry in ends), None) or "no reason given"
    again = " It is tried once more." if run.tags.get(WILL_RETRY_TAG) == "true" else ""
    return f"The run {run.run_id} failed: {said.splitlines()[0].rstrip('.')}.{again}"
