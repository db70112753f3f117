"""The analyzer in the chart: as many pods as it takes, none of them ended with work in hand."""

import pytest

from tests.kubernetes.chart import Document, Helm, Refused, Rendered
from tests.kubernetes.matrix import MATRIX

FIXED = MATRIX["a fixed number of analyzers"]


def pod(rendered: Rendered) -> Document:
    spec: Document = rendered.one("Deployment", "-analyzer")["spec"]["template"]["spec"]
    return spec


def words(rendered: Rendered) -> dict[str, str]:
    """The options of its command."""
    (container,) = pod(rendered)["containers"]
    return dict(word.lstrip("-").split("=") for word in container["args"][2:])


def test_where_the_number_changes_by_itself_no_upgrade_sets_it_back(helm: Helm) -> None:
    assert "replicas" not in helm.render().one("Deployment", "-analyzer")["spec"]
    fixed = helm.render(FIXED)
    assert fixed.one("Deployment", "-analyzer")["spec"]["replicas"] == 3
    assert fixed.of("HorizontalPodAutoscaler") == []


def test_the_values_say_when_and_how_fast_there_are_more_and_fewer(helm: Helm) -> None:
    up = {
        "stabilizationWindowSeconds": 30,
        "selectPolicy": "Min",
        "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
    }
    scaling = {"minReplicas": 2, "maxReplicas": 9, "targetCpuPercent": 55, "scaleUp": up}
    rendered = helm.render({"analyzer": {"autoscaling": scaling}})
    spec = rendered.one("HorizontalPodAutoscaler", "-analyzer")["spec"]
    deployment = rendered.one("Deployment", "-analyzer")
    assert spec["scaleTargetRef"] == {
        "apiVersion": deployment["apiVersion"],
        "kind": "Deployment",
        "name": deployment["metadata"]["name"],
    }
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 9)
    assert spec["metrics"][0]["resource"] == {
        "name": "cpu",
        "target": {"type": "Utilization", "averageUtilization": 55},
    }
    assert spec["behavior"]["scaleUp"] == up
    assert spec["behavior"]["scaleDown"]["policies"] == [
        {"type": "Pods", "value": 1, "periodSeconds": 60}
    ]
    (container,) = pod(rendered)["containers"]
    assert container["resources"]["requests"]["cpu"], "the percentage is one of the request"


def test_one_pod_at_a_time_may_be_moved_and_a_node_never_waits_for_a_single_one(
    defaults: Rendered,
) -> None:
    spec = defaults.one("PodDisruptionBudget", "-analyzer")["spec"]
    assert spec["maxUnavailable"] == 1
    assert spec["selector"] == defaults.one("Deployment", "-analyzer")["spec"]["selector"]


@pytest.mark.parametrize(("drain", "grace"), [(10, 30), (0, 1), (60, 300)])
def test_a_pod_has_time_to_drain_and_to_finish_before_it_is_killed(
    helm: Helm, drain: int, grace: int
) -> None:
    rendered = helm.render({"analyzer": {"drainSeconds": drain, "graceSeconds": grace}})
    told = words(rendered)
    assert (int(told["drain-seconds"]), int(told["grace-seconds"])) == (drain, grace)
    assert pod(rendered)["terminationGracePeriodSeconds"] > drain + grace


def test_a_pod_outlives_the_time_in_which_its_readiness_is_noticed(defaults: Rendered) -> None:
    (container,) = pod(defaults)["containers"]
    probe = container["readinessProbe"]
    assert probe["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert int(words(defaults)["drain-seconds"]) > probe["periodSeconds"] + probe["timeoutSeconds"]


def secrets_of(container: Document) -> dict[str, str]:
    """The variables that come from a Secret, and that Secret's name."""
    return {
        one["name"]: one["valueFrom"]["secretKeyRef"]["name"]
        for one in container["env"]
        if "valueFrom" in one
    }


def test_for_geminis_sake_it_knows_the_database_and_geminis_key_and_no_other_vendors(
    helm: Helm,
) -> None:
    rendered = helm.render(MATRIX["everything at once"])
    (container,) = pod(rendered)["containers"]
    assert secrets_of(container) == {
        "PGPASSWORD": "db",
        "GEMINI_API_KEY": "keys",
        "PROXY_LOGIN": "keys",
        "ANALYZER_TOKEN": "watch-analyzer",
    }
    (migrated,) = pod(rendered)["initContainers"]
    assert "migrate" in migrated["args"]


def test_it_knows_its_token_and_no_other_secret(helm: Helm) -> None:
    everything = MATRIX["everything at once"]
    judged_here = {key: value for key, value in everything["config"].items() if key != "sentiment"}
    live = helm.render({**everything, "config": judged_here})
    for rendered, secret in ((live, "watch-analyzer"), (helm.render(FIXED), "token")):
        (container,) = pod(rendered)["containers"]
        secrets = [one for one in container["env"] if "valueFrom" in one]
        assert secrets == [
            {
                "name": "ANALYZER_TOKEN",
                "valueFrom": {"secretKeyRef": {"name": secret, "key": "password"}},
            }
        ]
        assert "DATABASE_URL" not in {one["name"] for one in container["env"]}
        assert "initContainers" not in pod(rendered)


def test_it_spreads_over_nodes_but_starts_on_a_single_one(defaults: Rendered) -> None:
    spreads = pod(defaults)["topologySpreadConstraints"]
    keys = {one["topologyKey"] for one in spreads}
    assert keys == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    assert {one["whenUnsatisfiable"] for one in spreads} == {"ScheduleAnyway"}


def test_without_it_nothing_of_it_is_there(helm: Helm) -> None:
    rendered = helm.render(MATRIX["no analyzer"])
    assert not [one for one in rendered.documents if "analyzer" in one["metadata"]["name"]]
    with pytest.raises(Refused, match="analyzer/enabled"):
        helm.render({"analyzer": {"enabled": "perhaps"}})
