"""The dashboard in the chart: pages and the way to the API, and nothing that it could give away."""

import json

import pytest

from tests.kubernetes.chart import Document, Helm, Refused, Rendered
from tests.kubernetes.matrix import MATRIX
from tests.kubernetes.network import End, passes

BALANCED = MATRIX["two dashboards behind a load balancer"]
INGRESS = MATRIX["two APIs behind an Ingress, and the UI to look at"]


def spec(rendered: Rendered) -> Document:
    found: Document = rendered.one("Deployment", "-dashboard")["spec"]
    return found


def container(rendered: Rendered) -> Document:
    (only,) = spec(rendered)["template"]["spec"]["containers"]
    found: Document = only
    return found


def labels(rendered: Rendered, component: str) -> End:
    template = rendered.one("Deployment", f"-{component}")["spec"]["template"]
    return End(template["metadata"]["labels"])


def test_it_passes_what_is_asked_on_to_the_api_of_its_release(defaults: Rendered) -> None:
    environment = {one["name"]: one["value"] for one in container(defaults)["env"]}
    assert environment == {"API": "http://watch-api.market.svc.cluster.local"}
    policies = defaults.of("NetworkPolicy")
    dashboard = labels(defaults, "dashboard")
    assert passes(policies, dashboard, labels(defaults, "api"), 8080)
    for other, port in (("webserver", 3000), ("analyzer", 8090), ("code", 4000)):
        assert not passes(policies, dashboard, labels(defaults, other), port)


def test_it_knows_no_secret_and_no_configuration_and_may_do_nothing(defaults: Rendered) -> None:
    pod = spec(defaults)["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert "initContainers" not in pod
    assert "valueFrom" not in json.dumps(pod)
    volumes = {one["name"]: one for one in pod["volumes"]}
    assert volumes["config"]["configMap"] == {"name": "watch-dashboard"}
    assert set(volumes) == {"tmp", "config"}
    bound = [
        subject["name"] for binding in defaults.of("RoleBinding") for subject in binding["subjects"]
    ]
    assert "watch-dashboard" not in bound


def test_it_writes_below_tmp_alone(defaults: Rendered) -> None:
    one = container(defaults)
    assert one["securityContext"]["readOnlyRootFilesystem"] is True
    writable = [mount["mountPath"] for mount in one["volumeMounts"] if not mount.get("readOnly")]
    assert writable == ["/tmp"]  # noqa: S108  # the one place


def test_what_the_pages_are_told_is_a_value_and_no_image(helm: Helm, defaults: Rendered) -> None:
    def told(rendered: Rendered) -> object:
        return json.loads(rendered.data("-dashboard", "config.json"))

    assert told(defaults) == {"dagster_url": None}
    assert told(helm.render(BALANCED)) == {"dagster_url": "https://dagster.example.org"}


def test_its_image_is_of_the_charts_version_or_as_the_values_say(
    helm: Helm, defaults: Rendered
) -> None:
    code = defaults.one("Deployment", "-code")["spec"]["template"]["spec"]["containers"][0]
    version = code["image"].rpartition(":")[2]
    assert container(defaults)["image"] == f"fintech-dashboard:{version}"
    assert container(helm.render(BALANCED))["image"] == "registry.example.org/team/dashboard:2.0.0"


def test_it_is_reached_inside_only_unless_the_values_say_so(helm: Helm, defaults: Rendered) -> None:
    inside = defaults.one("Service", "-dashboard")["spec"]
    assert (inside["type"], inside["ports"][0]["port"]) == ("ClusterIP", 80)
    assert "externalTrafficPolicy" not in inside
    rendered = helm.render(BALANCED)
    service = rendered.one("Service", "-dashboard")
    assert service["spec"]["type"] == "LoadBalancer"
    assert service["spec"]["externalTrafficPolicy"] == "Local", "the policy sees who asks"
    assert service["metadata"]["annotations"] == {"cloud.example.org/certificate": "watch"}
    policies, dashboard = rendered.of("NetworkPolicy"), labels(rendered, "dashboard")
    assert passes(policies, End(address="192.0.2.7"), dashboard, 8080)
    assert not passes(policies, End(address="198.51.100.7"), dashboard, 8080)
    assert not passes(policies, End(address="192.0.2.7"), labels(rendered, "api"), 8080)


def test_who_may_ask_the_api_may_see_the_pages(helm: Helm) -> None:
    rendered = helm.render(INGRESS)
    policies = rendered.of("NetworkPolicy")
    for component in ("api", "dashboard"):
        assert passes(policies, End({"app": "ingress"}), labels(rendered, component), 8080)
        assert not passes(policies, End({"app": "other"}), labels(rendered, component), 8080)


def test_an_ingress_leads_to_the_api_alone_where_there_are_no_pages(helm: Helm) -> None:
    rendered = helm.render(MATRIX["an API without pages"])
    (ingress,) = rendered.of("Ingress")
    (rule,) = ingress["spec"]["rules"]
    assert [path["path"] for path in rule["http"]["paths"]] == ["/api"]
    assert not [one for one in rendered.documents if "dashboard" in one["metadata"]["name"]]


def test_without_an_api_there_is_no_dashboard(helm: Helm) -> None:
    rendered = helm.render(MATRIX["no API"])
    assert not [one for one in rendered.documents if "dashboard" in json.dumps(one["metadata"])]


def test_a_new_one_is_there_before_the_old_one_goes_and_a_node_may_be_drained(
    helm: Helm, defaults: Rendered
) -> None:
    assert spec(defaults)["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    budgets = {one["metadata"]["name"] for one in defaults.of("PodDisruptionBudget")}
    assert "watch-dashboard" not in budgets
    rendered = helm.render(BALANCED)
    assert spec(rendered)["replicas"] == 2
    budget = rendered.one("PodDisruptionBudget", "-dashboard")["spec"]
    assert (budget["maxUnavailable"], budget["selector"]) == (1, spec(rendered)["selector"])


@pytest.mark.parametrize("drain", [0, 10, 60])
def test_a_pod_goes_on_until_nobody_routes_to_it(helm: Helm, drain: int) -> None:
    rendered = helm.render({"dashboard": {"drainSeconds": drain}})
    assert container(rendered)["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", str(drain)]
    assert spec(rendered)["template"]["spec"]["terminationGracePeriodSeconds"] == drain + 30


def test_its_probes_do_not_depend_on_the_api(defaults: Rendered) -> None:
    one = container(defaults)
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert one[probe]["httpGet"] == {"path": "/healthz", "port": "http"}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"dashboard": {"service": {"type": "LoadBalancer"}}},
            "tokens would travel in the clear",
        ),
        (
            {"dashboard": {"service": {"type": "LoadBalancer", "tlsElsewhere": True}}},
            "networkPolicy.dashboardFrom must name who may open the dashboard",
        ),
        (
            {
                "dashboard": {"enabled": False},
                "networkPolicy": {"dashboardFrom": [{"podSelector": {}}]},
            },
            "networkPolicy.dashboardFrom opens the dashboard, and there is none",
        ),
        ({"dashboard": {"service": {"type": "NodePort"}}}, "dashboard"),
        ({"dashboard": {"dagsterUrl": "javascript:alert(1)"}}, "dagsterUrl"),
        ({"dashboard": {"image": {"tag": "latest"}}}, "tag"),
    ],
)
def test_values_that_make_no_sense_are_refused(helm: Helm, values: Document, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        helm.render(values)
