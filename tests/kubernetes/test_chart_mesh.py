"""An Istio mesh by value: who may ask whom, that Jobs end, and what is refused."""

import copy
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.kubernetes.chart import CHART, Document, Helm, Refused, Rendered
from tests.kubernetes.matrix import MATRIX
from tests.kubernetes.mesh import allows
from tests.kubernetes.meshes import GATEWAY, INSIDE, MESHES, ON
from tests.kubernetes.network import End, passes
from tests.kubernetes.runs import run_job

SCHEMA = json.loads(Path(__file__).with_name("istio_schema.json").read_text("utf-8"))
ISTIOD = End({"app": "istiod"}, namespace="istio-system")
PORTS = (3000, 4000, 5432, 8080, 8090, 9999)
COMPONENT = "app.kubernetes.io/component"


@pytest.fixture(scope="module", params=MESHES, ids=str)
def rendered(request: pytest.FixtureRequest, helm: Helm) -> Rendered:
    return helm.render(MESHES[request.param])


@pytest.fixture
def pods(rendered: Rendered, tmp_path: Path) -> dict[str, Document]:
    """The pod templates by name: those of the chart, a run's and a step's."""
    run = run_job(rendered, tmp_path)["spec"]["template"]
    step = copy.deepcopy(run)
    step["metadata"]["labels"][COMPONENT] = "step"
    return {**rendered.templates(), "run": run, "step": step}


def istio(rendered: Rendered) -> list[Document]:
    return [one for one in rendered.documents if "istio.io" in one["apiVersion"]]


def principal(pod: Document, domain: str = "cluster.local") -> str:
    return f"{domain}/ns/market/sa/{pod['spec']['serviceAccountName']}"


# ── off, and valid ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [name for name in MATRIX if "mesh" not in name])
def test_without_it_nothing_of_it_is_there(helm: Helm, name: str) -> None:
    told = yaml.safe_dump(helm.render(MATRIX[name]).documents)
    assert "istio" not in told
    assert "API_CALLED" not in told


def test_what_istio_is_told_is_what_its_definitions_take(rendered: Rendered) -> None:
    found = istio(rendered)
    kinds = {"AuthorizationPolicy", "DestinationRule", "PeerAuthentication", "VirtualService"}
    assert {one["kind"] for one in found} - {"ServiceEntry"} == kinds
    for one in found:
        group = "security" if one["kind"] in {"AuthorizationPolicy", "PeerAuthentication"} else ""
        assert one["apiVersion"] == f"{group or 'networking'}.istio.io/v1"
        jsonschema.validate(one["spec"], SCHEMA[one["kind"]])


def test_the_schema_refuses_what_the_definitions_do_not_have() -> None:
    with pytest.raises(jsonschema.ValidationError, match="trafficPolicies"):
        jsonschema.validate({"host": "a", "trafficPolicies": {}}, SCHEMA["DestinationRule"])
    with pytest.raises(jsonschema.ValidationError, match="0s"):
        jsonschema.validate({"http": [{"timeout": "0s"}]}, SCHEMA["VirtualService"])


def test_its_objects_have_names_of_their_own(rendered: Rendered) -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in istio(rendered)]
    assert len(names) == len(set(names))


# ── who may ask whom ──────────────────────────────────────────────────────────────────────────


def test_who_may_ask_whom_is_what_the_network_lets_through(
    rendered: Rendered, pods: dict[str, Document]
) -> None:
    """Two locks of different makes, which open to the same: by address, and by certificate."""
    networks, meshes = rendered.of("NetworkPolicy"), rendered.of("AuthorizationPolicy")
    opened = 0
    for source, asking in pods.items():
        for target, asked in pods.items():
            if source == target or "password" in {source.split("-")[-1], target.split("-")[-1]}:
                continue
            labels = asked["metadata"]["labels"]
            if labels[COMPONENT] == asking["metadata"]["labels"][COMPONENT]:
                continue  # a version beside the other
            for port in PORTS:
                inside = passes(networks, End(asking["metadata"]["labels"]), End(labels), port)
                who = principal(asking, trust_domain(meshes))
                assert allows(meshes, who, labels, port) == inside, f"{source} {target} {port}"
                opened += inside
    assert opened > 5


def trust_domain(policies: list[Document]) -> str:
    (code,) = [one for one in policies if one["metadata"]["name"] == "watch-code"]
    first = code["spec"]["rules"][0]["from"][0]["source"]["principals"][0]
    return str(first).partition("/ns/")[0]


def test_each_component_that_asks_has_an_account_of_its_own(
    rendered: Rendered, pods: dict[str, Document]
) -> None:
    accounts: dict[str, set[str]] = {}
    for pod in pods.values():
        component = pod["metadata"]["labels"][COMPONENT].replace("step", "run")
        accounts.setdefault(pod["spec"]["serviceAccountName"], set()).add(component)
    assert all(len(components) == 1 for components in accounts.values()), accounts
    # The database asks nobody; any pod of the namespace may have the account of that name.
    assert accounts.pop("default", {"postgres"}) == {"postgres"}
    assert set(accounts) <= {one["metadata"]["name"] for one in rendered.of("ServiceAccount")}
    named = yaml.safe_dump(rendered.of("AuthorizationPolicy"))
    assert "/sa/default" not in named


def test_nobody_else_may_ask_anything_and_nothing_is_heard_in_the_clear(
    rendered: Rendered, pods: dict[str, Document]
) -> None:
    (strict,) = rendered.of("PeerAuthentication")
    assert strict["spec"]["mtls"] == {"mode": "STRICT"}
    for pod in pods.values():
        labels = pod["metadata"]["labels"]
        assert strict["spec"]["selector"]["matchLabels"].items() <= labels.items()
        for stranger in (
            "cluster.local/ns/market/sa/default",
            "cluster.local/ns/other/sa/watch-api",
        ):
            for port in PORTS:
                assert not allows(rendered.of("AuthorizationPolicy"), stranger, labels, port)


def test_whom_the_values_name_may_ask_what_they_are_named_for(helm: Helm) -> None:
    rendered = helm.render(GATEWAY)
    policies, pods = rendered.of("AuthorizationPolicy"), rendered.templates()
    gateway = "cluster.local/ns/istio-ingress/sa/gateway"
    opened = {
        name
        for name, pod in pods.items()
        for port in PORTS
        if allows(policies, gateway, pod["metadata"]["labels"], port)
    }
    assert opened == {"watch-api", "watch-dashboard"}
    desk = helm.render(INSIDE)
    labels = desk.templates()["watch-analyzer"]["metadata"]["labels"]
    who = "example.org/ns/desk/sa/desk"
    assert allows(desk.of("AuthorizationPolicy"), who, labels, 8090)


# ── the proxies beside the pods ───────────────────────────────────────────────────────────────


def test_a_proxy_starts_before_each_pod_and_ends_after_it_so_that_jobs_end(
    pods: dict[str, Document],
) -> None:
    for name, pod in pods.items():
        metadata = pod["metadata"]
        if name == "watch-password":  # asks Kubernetes alone, before the release is there
            assert metadata["labels"]["sidecar.istio.io/inject"] == "false"
            continue
        assert metadata["labels"]["sidecar.istio.io/inject"] == "true", name
        assert metadata["annotations"]["sidecar.istio.io/nativeSidecar"] == "true", name
        proxy = json.loads(metadata["annotations"]["proxy.istio.io/config"])
        assert proxy["holdApplicationUntilProxyStarts"] is True
        assert proxy["proxyMetadata"] == {"ISTIO_META_IDLE_TIMEOUT": "0s"}


def test_a_revision_of_istio_can_be_chosen(helm: Helm) -> None:
    labels = helm.render(INSIDE).templates()["watch-code"]["metadata"]["labels"]
    assert labels["istio.io/rev"] == "stable-1"
    assert "istio.io/rev" not in helm.render(ON).templates()["watch-code"]["metadata"]["labels"]


def test_each_proxy_reaches_the_control_plane_and_nothing_else_there(
    rendered: Rendered, pods: dict[str, Document]
) -> None:
    policies = rendered.of("NetworkPolicy")
    for name, pod in pods.items():
        own = End(pod["metadata"]["labels"])
        assert passes(policies, own, ISTIOD, 15012), name
        for port in (443, 8080, 15010, 15014, 15017):
            assert not passes(policies, own, ISTIOD, port), name
        assert not passes(policies, own, End({"app": "other"}, namespace="istio-system"), 15012)


def test_the_servers_of_cloudnativepg_keep_their_own_certificates(helm: Helm) -> None:
    rendered = helm.render(
        {**ON, "postgres": {"enabled": False}, "cloudNativePg": {"enabled": True}}
    )
    (cluster,) = rendered.of("Cluster")
    assert cluster["spec"]["inheritedMetadata"]["labels"] == {"sidecar.istio.io/inject": "false"}
    (code,) = rendered.templates()["watch-code"]["spec"]["containers"]
    (url,) = [one["value"] for one in code["env"] if one["name"] == "DATABASE_URL"]
    assert url.endswith("?sslmode=require")
    told = yaml.safe_dump(istio(rendered))
    assert "watch-db" not in told
    assert "postgres" not in told


def test_the_database_is_no_http(helm: Helm) -> None:
    for suffix in ("-postgres", "-postgres-headless"):
        (port,) = helm.render(ON).one("Service", suffix)["spec"]["ports"]
        assert port["appProtocol"] == "tcp"
    rendered = helm.render(ON)
    assert not [one for one in rendered.of("VirtualService") if "postgres" in str(one["spec"])]


def test_the_dashboard_asks_the_api_by_its_own_name(helm: Helm) -> None:
    """A proxy sends by the header Host; the one that a browser sent is of no Service."""
    rendered = helm.render(ON)
    (container,) = rendered.templates()["watch-dashboard"]["spec"]["containers"]
    called = {one["name"]: one["value"] for one in container["env"]}["API_CALLED"]
    hosts = rendered.one("VirtualService", "watch-api")["spec"]["hosts"]
    assert hosts == [called]


# ── what makes no sense ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("mesh", "others", "told"),
    [
        ({"enabled": False, "canary": {"tag": "1.0.0"}}, {}, r"mesh.enabled is false: it is the"),
        ({"canary": {"weight": 101}}, {}, r"mesh/canary/weight': maximum"),
        ({"canary": {"tag": "latest"}}, {}, r"mesh/canary/tag': 'not' failed"),
        ({"canary": {"tag": "1"}}, {"api": {"enabled": False}}, r"and api.enabled is false\."),
        ({"gateway": "a/b"}, {}, r"mesh.gateway and mesh.host belong together"),
        ({"host": "a.example.org"}, {}, r"mesh.gateway and mesh.host belong together"),
        ({"gateway": "a/b", "host": "a.example.org"}, {}, r"mesh.apiFrom must name the identity"),
        (
            {"gateway": "a/b", "host": "a.example.org", "apiFrom": ["a/ns/b/sa/c"]},
            {},
            r"networkPolicy.apiFrom must name the Gateway's pods",
        ),
        ({"controlPlane": []}, {}, r"mesh.controlPlane must name the pods of istiod"),
        ({"apiFrom": ["somebody"]}, {}, r"mesh/apiFrom/0'"),
        ({"outside": [{"host": "a.example.org", "port": 443}]}, {}, r"missing property 'protocol'"),
        (
            {},
            {
                "dashboard": {"service": {"type": "LoadBalancer", "tlsElsewhere": True}},
                "networkPolicy": {"dashboardFrom": [{"podSelector": {}}]},
            },
            r"which is outside the mesh and could show no identity: use mesh.gateway\.",
        ),
        (
            {},
            {"monitoring": {"enabled": True, "from": [{"podSelector": {}}]}},
            r"mesh.apiFrom must name the identity of Prometheus",
        ),
        ({"mode": "STRICT"}, {}, r"'mode' not allowed"),
    ],
)
def test_what_makes_no_sense_in_a_mesh_is_refused_with_a_sentence(
    helm: Helm, mesh: Document, others: Document, told: str
) -> None:
    with pytest.raises(Refused, match=told):
        helm.render({"mesh": {"enabled": True, **mesh}, **others})


def test_the_example_of_the_documentation_is_taken(helm: Helm) -> None:
    told = (CHART.parent / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```yaml\n(# mesh\.yaml.*?)```", told, re.DOTALL)
    rendered = helm.render(yaml.safe_load(example))
    assert rendered.one("VirtualService", "-outside")
    assert rendered.of("PeerAuthentication")


def test_a_kubernetes_on_which_jobs_would_never_end_is_refused(helm: Helm) -> None:
    assert helm.render(ON, version="1.29.0").of("PeerAuthentication")
    with pytest.raises(Refused, match=r"needs Kubernetes 1\.29 or newer, and this is v1\.28\.0"):
        helm.render(ON, version="1.28.0")


def test_prometheus_shows_a_certificate_of_the_mesh(helm: Helm) -> None:
    (endpoint,) = helm.render(GATEWAY).one("ServiceMonitor", "-api")["spec"]["endpoints"]
    assert endpoint["scheme"] == "https"
    assert set(endpoint["tlsConfig"]) == {"caFile", "certFile", "keyFile", "insecureSkipVerify"}
    plain = helm.render(MATRIX["watched by Prometheus"]).one("ServiceMonitor", "-api")
    assert "scheme" not in plain["spec"]["endpoints"][0]
