"""The stand-in itself does as the API, the Job controller and the kubelet do."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config

from tests.kubernetes.chart import NAMESPACE
from tests.kubernetes.cluster import TESTER, Cluster
from tests.kubernetes.objects import Document
from tests.kubernetes.running import until

RULES = [
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["open"]},
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["list"]},
]
SLEEP = "exec sleep 60"
REFUSING_TO_END = "trap '' TERM; while true; do sleep 0.1; done"


def named(kind: str, name: str, **parts: Any) -> Document:
    return {"kind": kind, "metadata": {"name": name}, **parts}


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    documents = [
        named("ServiceAccount", "reader"),
        named("Role", "reader", rules=RULES),
        named(
            "RoleBinding",
            "reader",
            subjects=[{"kind": "ServiceAccount", "name": "reader"}],
            roleRef={"kind": "Role", "name": "reader"},
        ),
        named("Secret", "open", stringData={"word": "sesame"}),
        named("ConfigMap", "settings", data={"settings.toml": 'path = "/etc/app/settings.toml"'}),
    ]
    made = Cluster(NAMESPACE, documents, tmp_path / "pods", tmp_path / "database")
    try:
        made.up()
        yield made
    finally:
        made.close()


def job(script: str, name: str = "work", **spec: Any) -> Document:
    container = {
        "name": "main",
        "image": "registry.example/app:1",
        "command": ["sh", "-c"],
        "args": [script],
        "env": [
            {"name": "WORD", "valueFrom": {"secretKeyRef": {"name": "open", "key": "word"}}},
            {"name": "SAID", "value": "$(WORD), $$(WORD) and $(NOBODY)"},
            {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        ],
        "volumeMounts": [{"name": "settings", "mountPath": "/etc/app"}],
    }
    pod = {
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [{"name": "settings", "configMap": {"name": "settings"}}],
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": pod}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": template, **spec},
    }


@contextlib.contextmanager
def calling(cluster: Cluster, identity: str, folder: Path) -> Iterator[client.ApiClient]:
    file = folder / f"{identity}.json"
    file.write_text(cluster.api.kubeconfig(identity))
    with config.new_client_from_config(str(file)) as opened:
        yield opened


@pytest.fixture
def batch(cluster: Cluster, tmp_path: Path) -> Iterator[client.BatchV1Api]:
    with calling(cluster, TESTER, tmp_path) as opened:
        yield client.BatchV1Api(opened)


def condition(cluster: Cluster, name: str = "work") -> str:
    """The reason of the Job's end, waited for."""

    def conditions() -> list[Document]:
        found: list[Document] = (
            cluster.objects.get("jobs", name).get("status", {}).get("conditions", [])
        )
        return found

    until(lambda: conditions() != [], cluster.objects.everything, 20)
    return str(conditions()[0]["reason"])


def pods(cluster: Cluster, name: str = "work") -> list[Document]:
    return cluster.objects.find("pods", labels=f"job-name={name}")


def test_a_container_sees_its_volumes_and_variables_and_nothing_of_the_testers(
    cluster: Cluster, batch: client.BatchV1Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_TESTER", "yes")
    script = 'cat /etc/app/settings.toml; echo; echo "$SAID|$POD|$OF_THE_TESTER|$KUBECONFIG"'
    body = job(script)
    body["spec"]["template"]["spec"]["automountServiceAccountToken"] = False
    batch.create_namespaced_job(NAMESPACE, body)
    assert condition(cluster) == "CompletionsReached"
    (pod,) = pods(cluster)
    name = pod["metadata"]["name"]
    first, second = cluster.controllers.log(name, "main", None, timestamps=False).splitlines()
    path = json.loads(first.partition("=")[2])
    assert path.endswith("/fs/etc/app/settings.toml")
    assert Path(path).exists()
    assert second == f"sesame, $(WORD) and $(NOBODY)|{name}||"
    assert cluster.node.container_paths(path) == "/etc/app/settings.toml"


def test_a_service_account_may_do_what_its_role_says_and_no_more(
    cluster: Cluster, tmp_path: Path
) -> None:
    with calling(cluster, "reader", tmp_path) as opened:
        core, batch = client.CoreV1Api(opened), client.BatchV1Api(opened)
        assert core.read_namespaced_secret("open", NAMESPACE).data == {"word": "c2VzYW1l"}
        assert batch.list_namespaced_job(NAMESPACE).items == []
        with pytest.raises(client.ApiException) as refused:
            batch.read_namespaced_job_status("work", NAMESPACE)
        with pytest.raises(client.ApiException):
            core.read_namespaced_secret("other", NAMESPACE)
    assert refused.value.status == 403
    assert json.loads(refused.value.body)["message"] == (
        'jobs.batch "work" is forbidden: User "system:serviceaccount:market:reader" cannot get '
        'resource "jobs/status" in API group "batch" in the namespace "market"'
    )
    used = {("reader", "get", "secrets"), ("reader", "list", "jobs")}
    assert used <= cluster.authorizer.used
    assert ("reader", "get", "jobs/status") in cluster.authorizer.refused


def test_a_job_past_its_deadline_is_ended_even_where_it_refuses(
    cluster: Cluster, batch: client.BatchV1Api
) -> None:
    body = job(REFUSING_TO_END, activeDeadlineSeconds=1)
    body["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 1
    batch.create_namespaced_job(NAMESPACE, body)
    until(lambda: bool(cluster.kubelet.lives), cluster.objects.everything)
    worker = next(iter(cluster.kubelet.workers.values()))
    assert condition(cluster) == "DeadlineExceeded"
    assert worker.processes["main"].code() == 137
    until(lambda: pods(cluster) == [], lambda: pods(cluster))


def test_the_deadline_reaches_a_job_that_finds_no_room(
    cluster: Cluster, batch: client.BatchV1Api
) -> None:
    cluster.kubelet.levers.unschedulable = lambda _: "no room"
    batch.create_namespaced_job(NAMESPACE, job(SLEEP, activeDeadlineSeconds=1))
    assert condition(cluster) == "DeadlineExceeded"
    assert cluster.kubelet.lives == []
    events = cluster.objects.find("events", fields="type=Warning,reason=FailedScheduling")
    assert [event["message"] for event in events] == ["no room"]


def test_a_finished_job_is_removed_when_its_time_to_live_is_over(
    cluster: Cluster, batch: client.BatchV1Api
) -> None:
    batch.create_namespaced_job(NAMESPACE, job("exit 3", ttlSecondsAfterFinished=1, backoffLimit=1))
    assert condition(cluster) == "BackoffLimitExceeded"
    told = cluster.objects.get("jobs", "work")["status"]
    assert told["failed"] == len(pods(cluster)) == 2
    state = pods(cluster)[0]["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (state["exitCode"], state["reason"]) == (3, "Error")
    until(
        lambda: cluster.objects.find("jobs") == pods(cluster) == [],
        cluster.objects.everything,
    )


def test_who_deletes_a_job_without_a_word_on_its_pods_leaves_them(
    cluster: Cluster, batch: client.BatchV1Api
) -> None:
    for name, propagation in (("orphaned", None), ("whole", "Background")):
        batch.create_namespaced_job(NAMESPACE, job(SLEEP, name))
        until(lambda: len(pods(cluster, name)) == 1, cluster.objects.everything)  # noqa: B023
        options = {"propagation_policy": propagation} if propagation else {}
        batch.delete_namespaced_job(name, NAMESPACE, **options)
    until(lambda: pods(cluster, "whole") == [], cluster.objects.everything)
    assert len(pods(cluster, "orphaned")) == 1


def test_a_job_that_the_schema_refuses_is_not_created(
    cluster: Cluster, batch: client.BatchV1Api
) -> None:
    body = job(SLEEP)
    body["spec"]["template"]["spec"]["containers"][0]["imagePullPolice"] = "Always"
    with pytest.raises(client.ApiException) as refused:
        batch.create_namespaced_job(NAMESPACE, body)
    assert refused.value.status == 422
    assert cluster.objects.find("jobs") == []


def test_a_pod_waits_for_a_secret_that_is_not_there_yet(
    cluster: Cluster, batch: client.BatchV1Api
) -> None:
    body = job("echo $LATE")
    late = {"secretKeyRef": {"name": "late", "key": "word"}}
    body["spec"]["template"]["spec"]["containers"][0]["env"].append(
        {"name": "LATE", "valueFrom": late}
    )
    batch.create_namespaced_job(NAMESPACE, body)

    def waiting() -> str:
        statuses = [p.get("status", {}).get("containerStatuses") for p in pods(cluster)]
        states = [s[0]["state"].get("waiting", {}) for s in statuses if s]
        return str(states[0].get("reason")) if states else ""

    until(lambda: waiting() == "CreateContainerConfigError", cluster.objects.everything)
    cluster.objects.create("secrets", {"metadata": {"name": "late"}, "data": {"word": "Y2FtZQ=="}})
    assert condition(cluster) == "CompletionsReached"
    (pod,) = pods(cluster)
    name = pod["metadata"]["name"]
    assert cluster.controllers.log(name, "", None, timestamps=False) == "came\n"
