"""Objects of Kubernetes as a person sees them; `kubectl get` has the same words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fintech_pipeline.api.cluster import Kind, LastEnd, ResourceShown

COMPONENT = "app.kubernetes.io/component"
# Of the client's objects, which have no types.
Object = Any
USED = tuple[float, int]
"""Cores and bytes."""


def pod_shown(pod: Object, used: Mapping[str, USED], now: datetime) -> ResourceShown:
    """A pod; `used` tells of each what it uses."""
    status = pod.status
    mains = status.container_statuses or []
    containers = [*(status.init_container_statuses or []), *mains]
    told = _pod_status(pod, containers)
    running = status.phase == "Running" and bool(mains) and all(one.ready for one in mains)
    cpu_cores, memory_bytes = used.get(pod.metadata.name, (None, None))
    return ResourceShown(
        **_common("Pod", pod, now),
        status=told,
        healthy=running or told in {"Succeeded", "Completed"},
        restarts=sum(one.restart_count for one in containers),
        node=pod.spec.node_name,
        images=_images(pod.spec),
        last_end=_last_end(containers),
        cpu_cores=cpu_cores,
        memory_bytes=memory_bytes,
    )


def _pod_status(pod: Object, containers: list[Object]) -> str:
    if pod.metadata.deletion_timestamp is not None:
        return "Terminating"
    for one in containers:
        waiting, ended = one.state.waiting, one.state.terminated
        if waiting is not None and waiting.reason not in {None, "PodInitializing"}:
            return str(waiting.reason)
        if ended is not None and ended.exit_code != 0:
            return str(ended.reason or f"Exit code {ended.exit_code}")
    return str(pod.status.reason or pod.status.phase or "Unknown")


def _last_end(containers: list[Object]) -> LastEnd | None:
    """How the last one ended that ended at all; one that did what it should says nothing."""
    ends = [
        end
        for one in containers
        for state in (one.state, one.last_state)
        if state is not None and (end := state.terminated) is not None and end.exit_code != 0
    ]
    dated = sorted(ends, key=lambda end: end.finished_at.timestamp() if end.finished_at else 0.0)
    if not dated:
        return None
    end = dated[-1]
    return LastEnd(end.reason or "Error", end.exit_code, end.finished_at)


def job_shown(job: Object, now: datetime) -> ResourceShown:
    """A Job."""
    status = job.status
    ends = [one for one in status.conditions or [] if one.status == "True"]
    words = {one.type: one.reason for one in ends}
    if "Failed" in words:
        told, healthy = f"Failed: {words['Failed'] or 'no reason given'}", False
    elif "Complete" in words:
        told, healthy = "Complete", True
    elif "Suspended" in words:
        told, healthy = "Suspended", True
    else:
        told, healthy = "Running" if status.active else "Waiting", True
    return ResourceShown(
        **_common("Job", job, now),
        status=told,
        healthy=healthy,
        images=_images(job.spec.template.spec),
    )


def cron_job_shown(cron_job: Object, now: datetime) -> ResourceShown:
    """A CronJob."""
    last_at = cron_job.status.last_schedule_time
    last = f"last at {last_at:%Y-%m-%d %H:%MZ}" if last_at else "never yet"
    told = f"{cron_job.spec.schedule}, {last}"
    suspended = bool(cron_job.spec.suspend)
    return ResourceShown(
        **_common("CronJob", cron_job, now),
        status=f"Suspended ({told})" if suspended else told,
        healthy=not suspended,
        images=_images(cron_job.spec.job_template.spec.template.spec),
    )


def workload_shown(kind: Kind, workload: Object, now: datetime) -> ResourceShown:
    """A Deployment or a StatefulSet."""
    wanted = 1 if workload.spec.replicas is None else workload.spec.replicas
    ready = workload.status.ready_replicas or 0
    return ResourceShown(
        **_common(kind, workload, now),
        status=f"{ready} of {wanted} ready",
        healthy=ready >= wanted,
        images=_images(workload.spec.template.spec),
    )


def autoscaler_shown(autoscaler: Object, now: datetime) -> ResourceShown:
    """A HorizontalPodAutoscaler."""
    spec, status = autoscaler.spec, autoscaler.status
    told = f"{status.current_replicas or 0} of {spec.min_replicas or 1} to {spec.max_replicas}"
    stuck = [one for one in status.conditions or [] if one.type != "ScalingLimited"]
    wrong = next((one for one in stuck if one.status == "False"), None)
    return ResourceShown(
        **_common("HorizontalPodAutoscaler", autoscaler, now),
        status=told if wrong is None else f"{told}; {wrong.reason}",
        healthy=wrong is None,
    )


def claim_shown(claim: Object, now: datetime) -> ResourceShown:
    """A PersistentVolumeClaim."""
    size = (claim.status.capacity or {}).get("storage")
    return ResourceShown(
        **_common("PersistentVolumeClaim", claim, now),
        status=f"{claim.status.phase}, {size}" if size else str(claim.status.phase),
        healthy=claim.status.phase == "Bound",
    )


def _common(kind: Kind, found: Object, now: datetime) -> dict[str, Any]:
    metadata = found.metadata
    created_at = metadata.creation_timestamp
    return {
        "kind": kind,
        "name": metadata.name,
        "component": (metadata.labels or {}).get(COMPONENT),
        "created_at": created_at,
        "age_seconds": max(0.0, (now - created_at).total_seconds()),
    }


def _images(spec: Object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.image for one in spec.containers))
