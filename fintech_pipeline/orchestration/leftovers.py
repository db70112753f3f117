"""Jobs that still work for runs that have ended: nobody waits for them, so they are deleted.

Dagster leaves the Job of a run that did not start in time, and the Jobs of the steps whose run's
pod died; such a Job would begin its work whenever the cluster finds room for it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
from dagster_k8s import K8sRunLauncher
from kubernetes import client

RUN_LABEL = "dagster/run-id"
NOT_FOUND = 404
PATIENCE_SECONDS = 20.0
GRACE = timedelta(seconds=30)
"""A run has ended some seconds before its pod has."""
ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def delete_leftover_jobs(instance: dg.DagsterInstance, now: datetime) -> list[str]:
    """Deletes the unfinished Jobs of this instance's finished runs, and their pods.

    Args:
        instance: Whose runs.
        now: The present (UTC).

    Returns:
        The names of the deleted Jobs; none where runs are no Jobs.

    Raises:
        kubernetes.client.ApiException: Kubernetes refused.
        urllib3.exceptions.HTTPError: It can't be reached.
    """
    launcher = instance.run_launcher
    if not isinstance(launcher, K8sRunLauncher):
        return []
    batch, namespace = client.BatchV1Api(), launcher.job_namespace
    listed = batch.list_namespaced_job(
        namespace, label_selector=RUN_LABEL, _request_timeout=PATIENCE_SECONDS
    )
    working = {
        job.metadata.name: job.metadata.labels[RUN_LABEL]
        for job in listed.items
        if not _is_finished(job)
    }
    ended = _ended(instance, set(working.values()), now)
    left = [name for name, run_id in working.items() if run_id in ended]
    for name in left:
        _delete(batch, name, namespace)
    return left


def _is_finished(job: Any) -> bool:
    conditions = job.status.conditions or []
    return any(one.type in {"Complete", "Failed"} and one.status == "True" for one in conditions)


def _ended(instance: dg.DagsterInstance, run_ids: Collection[str], now: datetime) -> set[str]:
    """Those of the runs that ended a while ago; of a run that it does not know, nothing is said."""
    if not run_ids:
        return set()
    records = instance.get_run_records(dg.RunsFilter(run_ids=list(run_ids), statuses=ENDED))
    latest = (now - GRACE).timestamp()
    return {one.dagster_run.run_id for one in records if one.end_time and one.end_time < latest}


def _delete(batch: Any, name: str, namespace: str) -> None:
    try:
        # Else the pods of the Job would stay, and go on.
        batch.delete_namespaced_job(
            name, namespace, propagation_policy="Background", _request_timeout=PATIENCE_SECONDS
        )
    except client.ApiException as error:
        if error.status != NOT_FOUND:
            raise
