"""Prometheus and Grafana in the chart: by value, with the token, the rules and the dashboards."""

import json
from pathlib import Path

import pytest
import yaml

from deploy.monitoring.make_dashboards import boards
from tests.kubernetes.chart import Helm, Refused, Rendered
from tests.kubernetes.matrix import MATRIX
from tests.kubernetes.network import End, passes, pod

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"
WATCHED = MATRIX["watched by Prometheus"]


@pytest.fixture
def watched(helm: Helm) -> Rendered:
    return helm.render(WATCHED)


def test_by_default_the_operators_definitions_are_not_needed(defaults: Rendered) -> None:
    kinds = {one["apiVersion"] for one in defaults.documents}
    assert "monitoring.coreos.com/v1" not in kinds
    assert not [one for one in defaults.of("ConfigMap") if "grafana" in one["metadata"]["name"]]


def test_prometheus_asks_the_apis_service_by_its_port_with_the_viewers_token(
    watched: Rendered,
) -> None:
    (monitor,) = watched.of("ServiceMonitor")
    service = watched.one("Service", "-api")
    wanted = monitor["spec"]["selector"]["matchLabels"]
    assert wanted.items() <= service["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert endpoint["path"] == "/metrics"
    assert endpoint["authorization"]["credentials"] == {"name": "watch-api", "key": "viewer"}
    assert monitor["metadata"]["labels"]["release"] == "stack"


def test_a_secret_of_ones_own_is_named(helm: Helm) -> None:
    rendered = helm.render({**WATCHED, "api": {"existingSecret": "tokens"}})
    (monitor,) = rendered.of("ServiceMonitor")
    credentials = monitor["spec"]["endpoints"][0]["authorization"]["credentials"]
    assert credentials == {"name": "tokens", "key": "viewer"}


def test_the_rules_are_those_that_promtool_tests(watched: Rendered) -> None:
    (rule,) = watched.of("PrometheusRule")
    assert rule["spec"] == yaml.safe_load((MONITORING / "rules.yaml").read_text("utf-8"))


def test_the_dashboards_are_what_the_panels_make(watched: Rendered) -> None:
    found = {
        name: json.loads(text)
        for one in watched.of("ConfigMap")
        if one["metadata"]["labels"].get("grafana_dashboard") == "1"
        for name, text in one["data"].items()
    }
    assert found == {name: json.loads(text) for name, text in boards().items()}


def test_the_stored_dashboards_are_made_of_the_panels_as_they_are() -> None:
    stored = {one.name: one.read_text("utf-8") for one in (MONITORING / "dashboards").iterdir()}
    assert stored == boards()


def test_each_part_can_be_left_out(helm: Helm) -> None:
    less = {**WATCHED["monitoring"], "rules": False, "dashboards": False}
    rendered = helm.render({"monitoring": less})
    assert rendered.of("ServiceMonitor")
    assert not rendered.of("PrometheusRule")
    assert not [one for one in rendered.of("ConfigMap") if "grafana" in one["metadata"]["name"]]


def test_the_network_lets_prometheus_to_the_api_and_to_nothing_else(watched: Rendered) -> None:
    policies = watched.of("NetworkPolicy")
    prometheus = End({"app": "prometheus"}, namespace="monitoring")

    def reaches(component: str, port: int) -> bool:
        return passes(policies, prometheus, pod(component), port)

    assert reaches("api", 8080)
    assert not reaches("webserver", 3000)
    assert not reaches("dashboard", 8080)
    assert not reaches("code", 4000)


def test_who_works_for_a_slot_reaches_the_collector_and_nobody_else(watched: Rendered) -> None:
    policies = watched.of("NetworkPolicy")
    collector = End({"app": "collector"}, namespace="monitoring")

    def reaches(component: str) -> bool:
        return passes(policies, pod(component), collector, 4318)

    assert all(reaches(one) for one in ("code", "run", "deliverer"))
    assert not any(reaches(one) for one in ("webserver", "dashboard", "postgres", "analyzer"))


@pytest.mark.parametrize(
    ("values", "because"),
    [
        ({"api": {"enabled": False}}, "needs api.enabled"),
        ({"monitoring": {**WATCHED["monitoring"], "from": []}}, "needs monitoring.from"),
        ({"networkPolicy": {}}, "needs networkPolicy.collector"),
    ],
)
def test_what_could_never_be_scraped_is_refused(
    helm: Helm, values: dict[str, object], because: str
) -> None:
    with pytest.raises(Refused, match=because):
        helm.render({**WATCHED, **values})
