"""What the API shows of the release in Kubernetes, asked over HTTP with a role that only reads."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from kubernetes import client, config

from fintech_pipeline.api.cluster import ResourceShown, Running
from fintech_pipeline.api.kubernetes_cluster import NO_METRICS, KubernetesCluster
from tests.kubernetes.chart import NAMESPACE
from tests.kubernetes.kube_api import Controllers, KubeApi
from tests.kubernetes.objects import Document, Objects
from tests.kubernetes.rbac import Authorizer, Call

RULES = [
    {"apiGroups": [""], "resources": ["pods", "persistentvolumeclaims"], "verbs": ["list"]},
    {"apiGroups": ["batch"], "resources": ["jobs", "cronjobs"], "verbs": ["list"]},
    {"apiGroups": ["apps"], "resources": ["deployments", "statefulsets"], "verbs": ["list"]},
    {"apiGroups": ["autoscaling"], "resources": ["horizontalpodautoscalers"], "verbs": ["list"]},
    {"apiGroups": ["metrics.k8s.io"], "resources": ["pods"], "verbs": ["list"]},
]
"""All that the API's role needs."""
IMAGE = "registry.example/fintech:1"
CONTAINER = {"name": "main", "image": IMAGE}
TEMPLATE = {"spec": {"containers": [CONTAINER]}}


def labelled(name: str, instance: str = "watch", **parts: Any) -> Document:
    labels = {"app.kubernetes.io/instance": instance, "app.kubernetes.io/component": "part"}
    return {"metadata": {"name": name, "labels": labels}, **parts}


def pod(name: str, phase: str, *statuses: Document, instance: str = "watch") -> Document:
    spec = {"containers": [CONTAINER], "nodeName": "node-1"}
    status = {"phase": phase, "containerStatuses": list(statuses)}
    return labelled(name, instance, spec=spec, status=status)


def container(
    restarts: int = 0, *, ready: bool = True, last: Document | None = None, **state: Any
) -> Document:
    return {
        "name": "main",
        "image": IMAGE,
        "imageID": "",
        "ready": ready,
        "restartCount": restarts,
        "state": state,
        "lastState": {"terminated": last} if last else {},
    }


RUNNING: Document = {"running": {"startedAt": "2026-03-02T14:00:00Z"}}
KILLED = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-03-02T13:59:58Z"}


@pytest.fixture
def api() -> Iterator[KubeApi]:
    served = KubeApi(Objects(NAMESPACE), Authorizer(NAMESPACE, {"reader": list(RULES)}))
    served.start(cast("Controllers", object()))  # nothing is changed, so nothing acts
    yield served
    served.close()


def cluster(api: KubeApi, folder: Path, patience_seconds: float = 5.0) -> KubernetesCluster:
    file = folder / "kubeconfig.json"
    file.write_text(api.kubeconfig("reader"))
    settings = client.Configuration()
    config.load_kube_config(str(file), client_configuration=settings)
    settings.retries = False
    opened = client.ApiClient(settings)
    return KubernetesCluster(
        opened, NAMESPACE, "watch", lambda: datetime.now(UTC), patience_seconds
    )


def named(found: Running, name: str) -> ResourceShown:
    [one] = [one for one in found.resources if one.name == name]
    return one


def test_everything_of_the_release_is_shown_and_nothing_else(api: KubeApi, tmp_path: Path) -> None:
    create = api.objects.create
    create("pods", pod("watch-api", "Running", container(**RUNNING)))
    create("pods", pod("other-api", "Running", container(**RUNNING), instance="other"))
    create(
        "deployments",
        labelled(
            "watch-api",
            spec={"replicas": 2, "selector": {}, "template": TEMPLATE},
            status={"readyReplicas": 1},
        ),
    )
    create(
        "statefulsets",
        labelled(
            "watch-postgres",
            spec={"serviceName": "x", "selector": {}, "template": TEMPLATE},
            status={"readyReplicas": 1, "replicas": 1},
        ),
    )
    create(
        "jobs",
        labelled(
            "dagster-run-1",
            "watch-runs",
            spec={"template": TEMPLATE},
            status={
                "conditions": [
                    {"type": "Failed", "status": "True", "reason": "DeadlineExceeded"},
                ]
            },
        ),
    )
    create(
        "cronjobs",
        labelled(
            "watch-doctor",
            spec={"schedule": "0 6 * * *", "jobTemplate": {"spec": {"template": TEMPLATE}}},
            status={"lastScheduleTime": "2026-03-02T06:00:00Z"},
        ),
    )
    create(
        "horizontalpodautoscalers",
        labelled(
            "watch-analyzer",
            spec={"minReplicas": 1, "maxReplicas": 5, "scaleTargetRef": {"kind": "x", "name": "y"}},
            status={
                "currentReplicas": 2,
                "desiredReplicas": 2,
                "conditions": [
                    {
                        "type": "ScalingActive",
                        "status": "False",
                        "reason": "FailedGetResourceMetric",
                    }
                ],
            },
        ),
    )
    create(
        "persistentvolumeclaims",
        labelled("data-0", spec={}, status={"phase": "Bound", "capacity": {"storage": "10Gi"}}),
    )
    found = cluster(api, tmp_path).look()
    assert [(one.kind, one.name, one.status, one.healthy) for one in found.resources] == [
        ("CronJob", "watch-doctor", "0 6 * * *, last at 2026-03-02 06:00Z", True),
        ("Deployment", "watch-api", "1 of 2 ready", False),
        (
            "HorizontalPodAutoscaler",
            "watch-analyzer",
            "2 of 1 to 5; FailedGetResourceMetric",
            False,
        ),
        ("Job", "dagster-run-1", "Failed: DeadlineExceeded", False),
        ("PersistentVolumeClaim", "data-0", "Bound, 10Gi", True),
        ("Pod", "watch-api", "Running", True),
        ("StatefulSet", "watch-postgres", "1 of 1 ready", True),
    ]
    shown = named(found, "data-0")
    assert shown.component == "part"
    assert 0 <= shown.age_seconds < 60
    assert found.not_shown == (NO_METRICS,)
    unused = {("reader", "list", "pods")}  # of the metrics, which are not there
    assert api.authorizer.granted() == api.authorizer.used | unused


def test_a_pod_tells_how_it_ended_where_it_runs_and_what_it_uses(
    api: KubeApi, tmp_path: Path
) -> None:
    api.has_metrics = True
    crashing = {"waiting": {"reason": "CrashLoopBackOff"}}
    create = api.objects.create
    create("pods", pod("killed", "Running", container(3, last=KILLED, **RUNNING)))
    create("pods", pod("crashing", "Running", container(7, ready=False, last=KILLED, **crashing)))
    create("pods", pod("waiting", "Pending"))
    usage = [{"name": n, "usage": {"cpu": "1500000n", "memory": "100Ki"}} for n in ("a", "b")]
    create("podmetrics", labelled("killed", containers=usage))
    found = cluster(api, tmp_path).look()
    killed = named(found, "killed")
    assert (killed.status, killed.healthy, killed.restarts) == ("Running", True, 3)
    assert (killed.node, killed.images) == ("node-1", (IMAGE,))
    assert killed.last_end is not None
    assert (killed.last_end.reason, killed.last_end.exit_code) == ("OOMKilled", 137)
    assert killed.last_end.ended_at == datetime(2026, 3, 2, 13, 59, 58, tzinfo=UTC)
    assert (killed.cpu_cores, killed.memory_bytes) == (0.003, 204_800)
    crashes = named(found, "crashing")
    assert (crashes.status, crashes.healthy) == ("CrashLoopBackOff", False)
    assert crashes.cpu_cores is None
    assert (named(found, "waiting").status, named(found, "waiting").healthy) == ("Pending", False)
    assert found.not_shown == ()


def test_what_may_not_be_listed_is_named_and_the_rest_is_shown(
    api: KubeApi, tmp_path: Path
) -> None:
    api.has_metrics = True
    api.authorizer.rules["reader"] = RULES[:1]
    api.objects.create("pods", pod("watch-api", "Running", container(**RUNNING)))
    found = cluster(api, tmp_path).look()
    assert [one.name for one in found.resources] == ["watch-api"]
    assert set(found.not_shown) == {
        "Jobs are not shown: this service account may not list them.",
        "CronJobs are not shown: this service account may not list them.",
        "Deployments are not shown: this service account may not list them.",
        "StatefulSets are not shown: this service account may not list them.",
        "HorizontalPodAutoscalers are not shown: this service account may not list them.",
        "CPU and memory are not shown: this service account may not list them.",
    }


def of(resource: str) -> Any:
    def matches(call: Call) -> bool:
        return call.resource == resource and not call.group

    return matches


def test_what_goes_wrong_with_one_kind_leaves_the_others(api: KubeApi, tmp_path: Path) -> None:
    api.objects.create("pods", pod("watch-api", "Running", container(**RUNNING)))
    faults = api.faults
    with (
        faults.injected(of("jobs"), 500),
        faults.injected(of("cronjobs"), "reset"),
        faults.injected(of("deployments"), "page"),
        faults.injected(of("statefulsets"), "hang"),
    ):
        found = cluster(api, tmp_path, patience_seconds=1.0).look()
    assert [one.name for one in found.resources] == ["watch-api"]
    told = {one.partition(" ")[0]: one for one in found.not_shown}
    assert told["Jobs"] == "Jobs are not shown: Kubernetes answered 500."
    assert told["CronJobs"] == "CronJobs are not shown: Kubernetes cannot be reached."
    assert told["Deployments"] == "Deployments are not shown: what answered was not Kubernetes."
    assert told["StatefulSets"].startswith("StatefulSets are not shown: Kubernetes ")


def test_where_kubernetes_is_away_it_is_told_and_soon(api: KubeApi, tmp_path: Path) -> None:
    looked_at = cluster(api, tmp_path)
    api.close()
    found = looked_at.look()
    assert found.resources == ()
    assert len(found.not_shown) == 8
    assert found.not_shown[0] == "Pods are not shown: Kubernetes cannot be reached."
