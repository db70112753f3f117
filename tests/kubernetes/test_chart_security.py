"""No secret in clear text, no pod without limits, no right that is not used."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kubernetes.chart import NAMESPACE, Document, Helm, Rendered
from tests.kubernetes.grants import API, DAEMON, PASSWORD, RUN_WITH_STEPS, WEBSERVER, by_component
from tests.kubernetes.matrix import MATRIX
from tests.kubernetes.rbac import Authorizer, Grant
from tests.kubernetes.runs import run_job

ALLOWED_VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "secret", "projected", "name"}
"""Those of the Pod Security Standard `restricted` that the chart may use."""

WITHHELD = "not-for-this-pod"
"""What a pod is given in place of a vendor's key."""


@pytest.fixture(scope="module", params=MATRIX, ids=str)
def rendered(request: pytest.FixtureRequest, helm: Helm) -> Rendered:
    return helm.render(MATRIX[request.param])


@pytest.fixture
def pods(rendered: Rendered, tmp_path: Path) -> dict[str, Document]:
    """The specs of all pods by name, that of a run among them."""
    templates = rendered.templates() | {"run": run_job(rendered, tmp_path)["spec"]["template"]}
    return {name: template["spec"] for name, template in templates.items()}


def containers(spec: Document) -> Iterator[Document]:
    yield from spec["containers"]
    yield from spec.get("initContainers") or []


def test_every_pod_passes_the_pod_security_standard_restricted(pods: dict[str, Document]) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards, in its order."""
    for name, spec in pods.items():
        for forbidden in ("hostNetwork", "hostPID", "hostIPC", "hostUsers"):
            assert forbidden not in spec, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert "sysctls" not in spec["securityContext"]
        for volume in spec["volumes"]:
            assert set(volume) <= ALLOWED_VOLUMES, name
        for container in containers(spec):
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert set(context) <= {
                "allowPrivilegeEscalation",
                "capabilities",
                "readOnlyRootFilesystem",
            }
            assert not any("hostPort" in port for port in container.get("ports", []))


def test_every_container_has_a_read_only_root_and_a_place_for_temporary_files(
    pods: dict[str, Document],
) -> None:
    for name, spec in pods.items():
        for container in containers(spec):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
            mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
            (temporary,) = [v for v in spec["volumes"] if v["name"] == mounts["/tmp"]]  # noqa: S108  # a path in the container
            assert temporary["emptyDir"]["sizeLimit"]


def test_every_container_has_requests_and_limits(pods: dict[str, Document]) -> None:
    for name, spec in pods.items():
        for container in containers(spec):
            for kind in ("requests", "limits"):
                assert set(container["resources"][kind]) >= {"cpu", "memory"}, name


def test_only_who_asks_kubernetes_has_a_token(
    rendered: Rendered, pods: dict[str, Document]
) -> None:
    with_token = {
        name.rsplit("-", 1)[-1]
        for name, spec in pods.items()
        if spec["automountServiceAccountToken"]
    }
    bound = {
        subject["name"].rsplit("-", 1)[-1]
        for binding in rendered.of("RoleBinding")
        for subject in binding["subjects"]
    }
    assert with_token == bound
    for account in rendered.of("ServiceAccount"):
        assert account["automountServiceAccountToken"] is False


def test_a_binding_leads_from_an_account_of_the_chart_to_a_role_of_the_chart(
    rendered: Rendered,
) -> None:
    roles = {one["metadata"]["name"] for one in rendered.of("Role")}
    accounts = {one["metadata"]["name"] for one in rendered.of("ServiceAccount")}
    bindings = rendered.of("RoleBinding")
    assert {one["roleRef"]["name"] for one in bindings} == roles
    for binding in bindings:
        assert binding["roleRef"]["kind"] == "Role"
        assert {subject["name"] for subject in binding["subjects"]} <= accounts
    for role in rendered.of("Role"):
        assert "*" not in json.dumps(role["rules"])


@pytest.mark.parametrize("executor", ["in_process", "kubernetes_jobs"])
def test_the_roles_hold_what_the_drills_found_used_and_nothing_else(
    helm: Helm, executor: str
) -> None:
    release = helm.render({"config": {"pipeline": {"executor": executor}}})
    authorizer = Authorizer(NAMESPACE)
    authorizer.bind(release.of("Role"), release.of("RoleBinding"))
    expected: set[Grant] = DAEMON | WEBSERVER | PASSWORD | API
    expected |= RUN_WITH_STEPS if executor == "kubernetes_jobs" else set()
    assert by_component(authorizer.granted()) == expected


def test_secrets_stand_nowhere_in_clear_text(rendered: Rendered, tmp_path: Path) -> None:
    assert not rendered.of("Secret")
    for document in [*rendered.documents, run_job(rendered, tmp_path)]:
        text = yaml.safe_dump(document)
        assert not re.search(r"://[^/\s:@]+:(?!\$\{)[^/\s@]+@", text), "an address with a password"
        for place in _environments(document):
            for variable in place:
                secretive = re.search("PASSWORD|TOKEN|SECRET|KEY", variable["name"])
                shown = variable.get("value", WITHHELD)
                assert not secretive or shown == WITHHELD, variable


def secrets_of(spec: Document) -> set[tuple[str, str]]:
    """Secret and key of what its container is given."""
    (container,) = spec["containers"]
    assert not container.get("envFrom"), "it would take along whatever else the Secret holds"
    references = [
        one["valueFrom"]["secretKeyRef"] for one in container["env"] if "valueFrom" in one
    ]
    return {(one["name"], one["key"]) for one in references}


def test_runs_the_deliverer_and_the_publisher_know_no_secret_that_the_code_location_does_not(
    rendered: Rendered, pods: dict[str, Document]
) -> None:
    code = secrets_of(pods[rendered.one("Deployment", "-code")["metadata"]["name"]])
    assert secrets_of(pods["run"]) <= code
    together = secrets_of(pods["run"])
    for name in {"watch-deliverer", "watch-publisher"} & set(pods):
        assert secrets_of(pods[name]) <= code
        together |= secrets_of(pods[name])
    assert together == code, "what nobody works with"


def test_what_alerts_are_sent_with_is_no_runs_business_nor_vendors_keys_the_deliverers(
    helm: Helm, tmp_path: Path
) -> None:
    rendered = helm.render(MATRIX["everything at once"])
    run = secrets_of(run_job(rendered, tmp_path)["spec"]["template"]["spec"])
    deliverer = secrets_of(rendered.templates()["watch-deliverer"]["spec"])
    both = {("db", "password"), ("keys", "PROXY_LOGIN")}
    asked = ("ALPHA_VANTAGE_API_KEY", "FEED_TOKEN", "GEMINI_API_KEY", "NEWSAPI_KEY")
    sent = ("CHAT_TOKEN", "SMTP_PASSWORD", "SMTP_USER", "TWILIO_AUTH_TOKEN")
    assert run == both | {("keys", name) for name in asked}
    assert deliverer == both | {("keys", name) for name in sent}
    publisher = secrets_of(rendered.templates()["watch-publisher"]["spec"])
    assert publisher == {("db", "password"), ("keys", "RABBITMQ_PASSWORD")}


def test_only_the_deliverer_reads_peoples_addresses(helm: Helm, tmp_path: Path) -> None:
    rendered = helm.render(MATRIX["live sources, pull secrets, chosen nodes"])
    pods = rendered.templates() | {"run": run_job(rendered, tmp_path)["spec"]["template"]}
    reading = {
        name
        for name, pod in pods.items()
        for volume in pod["spec"]["volumes"]
        if volume.get("configMap", {}).get("name") == "watch-rules"
    }
    assert reading == {"watch-deliverer"}
    (applying,) = [
        one
        for one in containers(pods["watch-deliverer"]["spec"])
        if any(mount["name"] == "rules" for mount in one["volumeMounts"])
    ]
    (rules,) = [one for one in applying["volumeMounts"] if one["name"] == "rules"]
    assert f"--rules={rules['mountPath']}/rules.toml" in applying["args"]
    assert rules["readOnly"] is True


def test_what_is_mounted_is_there(rendered: Rendered, pods: dict[str, Document]) -> None:
    there = {one["metadata"]["name"] for one in rendered.of("ConfigMap")} | {"authority"}
    for name, spec in pods.items():
        claims = {"data"} if name.endswith("-postgres") else set()
        volumes = {volume["name"] for volume in spec["volumes"]} | claims
        for volume in spec["volumes"]:
            assert volume.get("configMap", {"name": "authority"})["name"] in there
        for container in containers(spec):
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def test_kubernetes_never_starts_a_run_a_second_time(rendered: Rendered, tmp_path: Path) -> None:
    spec = run_job(rendered, tmp_path)["spec"]
    assert spec["backoffLimit"] == 0
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["activeDeadlineSeconds"] > 0
    assert spec["ttlSecondsAfterFinished"] > 0
    instance = yaml.safe_load(rendered.data("-dagster", "dagster.yaml"))
    assert instance["run_monitoring"]["max_resume_run_attempts"] == 0
    assert instance["run_retries"] == {
        "enabled": True,
        "max_retries": 1,
        "retry_on_asset_or_op_failure": False,
    }


def _environments(node: Any) -> Iterator[list[Document]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "env" and isinstance(value, list):
                yield value
            else:
                yield from _environments(value)
    elif isinstance(node, list):
        for value in node:
            yield from _environments(value)
