"""Nothing passes but what the configuration makes pods say to each other, and all of that does."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from tests.kubernetes.chart import Document, Helm, Rendered
from tests.kubernetes.matrix import MATRIX
from tests.kubernetes.network import DNS, End, passes
from tests.kubernetes.runs import run_job

Connection = tuple[str, str, int]
"""From which component, to which component or host, to which port."""
API = "the Kubernetes API"
OUTSIDE = End(address="203.0.113.7")
API_SERVER = End(address="10.0.0.1")
GUARDED = {name: values for name, values in MATRIX.items() if name != "no network policies"}


@pytest.fixture(scope="module", params=GUARDED, ids=str)
def rendered(request: pytest.FixtureRequest, helm: Helm) -> Rendered:
    return helm.render(MATRIX[request.param])


@pytest.fixture
def pods(rendered: Rendered, tmp_path: Path) -> dict[str, Document]:
    """The pod templates by component: those of the chart, a run's, and a step's."""
    found = {
        template["metadata"]["labels"]["app.kubernetes.io/component"]: template
        for name, template in rendered.templates().items()
        if not name.endswith("-doctor")
    }
    run = run_job(rendered, tmp_path)["spec"]["template"]
    return {**found, "run": run}


def needed(rendered: Rendered, pods: dict[str, Document]) -> set[Connection]:
    """What the configuration itself makes pods connect to: addresses, workspace, tokens."""
    found: set[Connection] = set()
    workspace = yaml.safe_load(rendered.data("-dagster", "workspace.yaml"))
    server = workspace["load_from"][0]["grpc_server"]
    for component, template in pods.items():
        spec = template["spec"]
        if spec["automountServiceAccountToken"]:
            found.add((component, API, 6443))
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            for variable in container["env"]:
                if variable["name"] in {"DATABASE_URL", "FINTECH_PIPELINE__WEBSERVER"}:
                    url = urlsplit(variable["value"])
                    found.add((component, *_pod_port(rendered, str(url.hostname), url.port or 80)))
            if any(mount["mountPath"] == "/etc/dagster" for mount in container["volumeMounts"]):
                found.add((component, *_pod_port(rendered, server["host"], server["port"])))
    return found


def _pod_port(rendered: Rendered, host: str, port: int) -> tuple[str, int]:
    """The component and the port of its pods behind a Service's; elsewhere, both as they are."""
    name, _, domain = host.partition(".")
    if domain != "market.svc.cluster.local":
        return host, port
    (service,) = [one for one in rendered.of("Service") if one["metadata"]["name"] == name]
    (target,) = [one["targetPort"] for one in service["spec"]["ports"] if one["port"] == port]
    (container,) = rendered.templates()[name]["spec"]["containers"]
    (number,) = [one["containerPort"] for one in container["ports"] if one["name"] == target]
    return str(service["spec"]["selector"]["app.kubernetes.io/component"]), number


def end(pods: dict[str, Document], name: str) -> End:
    if name == API:
        return API_SERVER
    return End(pods[name]["metadata"]["labels"]) if name in pods else OUTSIDE


def test_every_connection_of_the_configuration_passes_and_no_other_does(
    rendered: Rendered, pods: dict[str, Document]
) -> None:
    policies, wanted = rendered.of("NetworkPolicy"), needed(rendered, pods)
    assert {source for source, _, _ in wanted} >= {"code", "webserver", "daemon", "run"}
    targets = {*pods, *(target for _, target, _ in wanted), API}
    ports = {80, 443, 3000, 4000, 5432, 6432, 6443}
    for source in pods:
        for target in targets - {source}:
            for port in ports:
                passed = passes(policies, end(pods, source), end(pods, target), port)
                # An outside address cannot be told from another one: the API server's rule and the
                # database's allow a range, so only pods are looked at closely.
                if (source, target, port) in wanted:
                    assert passed, f"{source} can't reach {target}:{port}"
                elif target in pods:
                    assert not passed, f"{source} reaches {target}:{port}"


def test_who_asks_neither_kubernetes_nor_a_database_outside_reaches_nothing_outside(
    rendered: Rendered, pods: dict[str, Document]
) -> None:
    policies, wanted = rendered.of("NetworkPolicy"), needed(rendered, pods)
    allowed = {(source, port) for source, target, port in wanted if target not in pods}
    for source in pods:
        for port in (22, 25, 80, 3000, 4000, 5432, 6432, 6443):
            passed = passes(policies, end(pods, source), OUTSIDE, port)
            assert passed <= ((source, port) in allowed), f"{source} reaches the world at {port}"


def test_every_pod_may_look_up_names(rendered: Rendered, pods: dict[str, Document]) -> None:
    for component in set(pods) - {"password"}:  # it is given the API server's address
        for protocol in ("UDP", "TCP"):
            asks = end(pods, component)
            assert passes(rendered.of("NetworkPolicy"), asks, DNS, 53, protocol)


def test_a_stranger_in_the_namespace_or_elsewhere_reaches_no_pod(
    rendered: Rendered, pods: dict[str, Document]
) -> None:
    policies = rendered.of("NetworkPolicy")
    strangers = [End({"app": "other"}), End({"app": "other"}, namespace="other"), OUTSIDE]
    for stranger in strangers:
        for component in pods:
            for port in (3000, 4000, 5432):
                assert not passes(policies, stranger, end(pods, component), port)


def test_the_pods_of_another_release_reach_nothing_of_this_one(
    rendered: Rendered, pods: dict[str, Document]
) -> None:
    other = End({**pods["daemon"]["metadata"]["labels"], "app.kubernetes.io/instance": "other"})
    assert not passes(rendered.of("NetworkPolicy"), other, end(pods, "code"), 4000)


def test_the_pod_of_a_step_reaches_the_database_and_not_the_api(
    rendered: Rendered, pods: dict[str, Document]
) -> None:
    labels = {**pods["run"]["metadata"]["labels"], "app.kubernetes.io/component": "step"}
    policies = rendered.of("NetworkPolicy")
    for target in ("postgres", "db.example.org"):
        port = 5432 if target == "postgres" else 6432
        if ("run", target, port) in needed(rendered, pods):
            assert passes(policies, End(labels), end(pods, target), port)
    assert not passes(policies, End(labels), API_SERVER, 6443)


def test_the_ui_is_opened_to_whom_the_values_name(helm: Helm) -> None:
    rendered = helm.render(
        {
            "networkPolicy": {
                "webserverFrom": [{"podSelector": {"matchLabels": {"app": "proxy"}}}],
            }
        }
    )
    webserver = End(
        rendered.one("Deployment", "-webserver")["spec"]["template"]["metadata"]["labels"]
    )
    policies = rendered.of("NetworkPolicy")
    assert passes(policies, End({"app": "proxy"}), webserver, 3000)
    assert not passes(policies, End({"app": "other"}), webserver, 3000)
    assert not passes(policies, End({"app": "proxy"}), webserver, 4000)


def test_without_policies_there_is_none(helm: Helm) -> None:
    assert helm.render(MATRIX["no network policies"]).of("NetworkPolicy") == []
