"""The API in the chart: tokens made once, reads that no key is needed for, and nothing changed."""

from typing import Any

import pytest

from tests.kubernetes.chart import Document, Helm, Rendered
from tests.kubernetes.matrix import MATRIX

TWO = MATRIX["two APIs behind an Ingress, and the UI to look at"]


def spec(rendered: Rendered, suffix: str = "-api") -> Document:
    found: Document = rendered.one("Deployment", suffix)["spec"]
    return found


def container(rendered: Rendered, suffix: str = "-api") -> Document:
    (only,) = spec(rendered, suffix)["template"]["spec"]["containers"]
    found: Document = only
    return found


def secrets_of(rendered: Rendered) -> dict[str, tuple[str, str]]:
    """The variables that come from a Secret: that Secret, and the key in it."""
    references = {
        one["name"]: one["valueFrom"]["secretKeyRef"]
        for one in container(rendered)["env"]
        if "valueFrom" in one
    }
    return {name: (one["name"], one["key"]) for name, one in references.items()}


def plain(rendered: Rendered) -> dict[str, str]:
    return {one["name"]: one["value"] for one in container(rendered)["env"] if "value" in one}


def names(rendered: Rendered, kind: str) -> set[str]:
    return {str(one["metadata"]["name"]) for one in rendered.of(kind)}


def test_it_knows_the_database_its_tokens_and_the_analyzers_and_no_vendors_key(
    helm: Helm, defaults: Rendered
) -> None:
    own = {
        "PGPASSWORD": ("watch-database", "password"),
        "API_VIEWER_TOKEN": ("watch-api", "viewer"),
        "API_EDITOR_TOKEN": ("watch-api", "editor"),
        "ANALYZER_TOKEN": ("watch-analyzer", "password"),
    }
    assert secrets_of(defaults) == own
    everything = secrets_of(helm.render(MATRIX["everything at once"]))
    # Twilio signs what it says of an SMS.
    twilio = {"TWILIO_AUTH_TOKEN": ("keys", "TWILIO_AUTH_TOKEN")}
    assert everything == {**own, "PGPASSWORD": ("db", "password"), **twilio}


def test_without_an_analyzer_it_asks_the_model_itself_and_has_its_key(helm: Helm) -> None:
    rendered = helm.render(MATRIX["no analyzer, and Gemini asked by the API"])
    assert secrets_of(rendered)["GEMINI_API_KEY"] == ("keys", "GEMINI_API_KEY")
    assert "ANALYZER_TOKEN" not in secrets_of(rendered)
    assert "FINTECH_API__ANALYZER_URL" not in plain(rendered)


def test_a_secret_of_ones_own_holds_its_tokens(helm: Helm) -> None:
    found = secrets_of(helm.render(TWO))
    tokens = (found["API_VIEWER_TOKEN"], found["API_EDITOR_TOKEN"])
    assert tokens == (("tokens", "viewer"), ("tokens", "editor"))


def test_it_asks_the_services_of_its_release(defaults: Rendered) -> None:
    told = plain(defaults)
    inside = "market.svc.cluster.local"
    assert told["FINTECH_API__ANALYZER_URL"] == f"http://watch-analyzer.{inside}"
    assert told["FINTECH_PIPELINE__WEBSERVER"] == f"http://watch-webserver.{inside}"
    assert told["FINTECH_RELEASE"] == "watch"
    assert "DATABASE_REPLICA_URL" not in told


def test_it_reads_the_copy_of_the_database_that_the_values_name_by_the_same_password(
    helm: Helm,
) -> None:
    told = plain(helm.render(TWO))
    assert told["DATABASE_REPLICA_URL"] == (
        "postgresql://fintech@copy.example.org:6433/fintech?sslmode=require"
    )
    assert told["DATABASE_URL"].startswith("postgresql://fintech@db.example.org:6432/")


def test_it_may_look_at_what_runs_and_change_nothing(defaults: Rendered) -> None:
    rules = defaults.one("Role", "-api")["rules"]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"list"}
    of = {(group, name) for one in rules for group in one["apiGroups"] for name in one["resources"]}
    assert of == {
        ("", "pods"),
        ("", "persistentvolumeclaims"),
        ("apps", "deployments"),
        ("apps", "statefulsets"),
        ("autoscaling", "horizontalpodautoscalers"),
        ("batch", "cronjobs"),
        ("batch", "jobs"),
        ("metrics.k8s.io", "pods"),
    }


@pytest.mark.parametrize(("drain", "grace"), [(10, 30), (0, 1), (60, 300)])
def test_a_pod_has_time_to_drain_and_to_finish_before_it_is_killed(
    helm: Helm, drain: int, grace: int
) -> None:
    rendered = helm.render({"api": {"drainSeconds": drain, "graceSeconds": grace}})
    words = dict(word.lstrip("-").split("=") for word in container(rendered)["args"][2:])
    assert (int(words["drain-seconds"]), int(words["grace-seconds"])) == (drain, grace)
    pod = spec(rendered)["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > drain + grace


def test_a_pod_outlives_the_time_in_which_its_readiness_is_noticed(defaults: Rendered) -> None:
    one = container(defaults)
    probe = one["readinessProbe"]
    assert probe["httpGet"]["path"] == "/readyz"
    assert one["livenessProbe"]["httpGet"]["path"] == "/healthz"
    words = dict(word.lstrip("-").split("=") for word in one["args"][2:])
    assert int(words["drain-seconds"]) > probe["periodSeconds"] + probe["timeoutSeconds"]


def test_a_new_one_is_there_before_the_old_one_goes_and_a_node_may_be_drained(
    helm: Helm, defaults: Rendered
) -> None:
    assert spec(defaults)["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert "watch-api" not in names(defaults, "PodDisruptionBudget")
    rendered = helm.render(TWO)
    assert spec(rendered)["replicas"] == 2
    budget = rendered.one("PodDisruptionBudget", "-api")["spec"]
    assert (budget["maxUnavailable"], budget["selector"]) == (1, spec(rendered)["selector"])


def test_it_spreads_over_nodes_but_starts_on_a_single_one(defaults: Rendered) -> None:
    spreads = spec(defaults)["template"]["spec"]["topologySpreadConstraints"]
    keys = {one["topologyKey"] for one in spreads}
    assert keys == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    assert {one["whenUnsatisfiable"] for one in spreads} == {"ScheduleAnyway"}


def test_nothing_leads_in_from_outside_unless_the_values_say_so_and_then_by_tls(
    helm: Helm, defaults: Rendered
) -> None:
    assert defaults.of("Ingress") == []
    assert {one["spec"].get("type", "ClusterIP") for one in defaults.of("Service")} == {"ClusterIP"}
    (ingress,) = helm.render(TWO).of("Ingress")
    assert ingress["spec"]["tls"] == [{"hosts": ["watch.example.org"], "secretName": "tls"}]
    (rule,) = ingress["spec"]["rules"]
    paths = {path["path"]: path["backend"]["service"] for path in rule["http"]["paths"]}
    assert paths == {  # neither the probes nor the metrics
        "/api": {"name": "watch-api", "port": {"name": "http"}},
        "/": {"name": "watch-dashboard", "port": {"name": "http"}},
    }


def test_where_tls_is_done_before_the_controller_the_ingress_needs_no_certificate(
    helm: Helm,
) -> None:
    open_ = {"enabled": True, "host": "watch.example.org", "tlsElsewhere": True}
    peers: dict[str, Any] = {"apiFrom": [{"podSelector": {}}]}
    (ingress,) = helm.render({"api": {"ingress": open_}, "networkPolicy": peers}).of("Ingress")
    assert "tls" not in ingress["spec"]
    assert "ingressClassName" not in ingress["spec"]


def test_the_ui_that_others_open_is_read_only_and_has_neither_token_nor_launcher(
    helm: Helm, defaults: Rendered
) -> None:
    assert "watch-ui" not in names(defaults, "Deployment")
    rendered = helm.render(TWO)
    shown, working = (container(rendered, suffix) for suffix in ("-ui", "-webserver"))
    assert [one for one in shown["args"] if one != "--read-only"] == working["args"]
    assert "--read-only" in shown["args"]
    pod = spec(rendered, "-ui")["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert "run_launcher:" not in rendered.data("watch-ui", "dagster.yaml")
    assert "run_launcher:" in rendered.data("-dagster", "dagster.yaml")


def test_without_it_nothing_of_it_is_there(helm: Helm) -> None:
    rendered = helm.render(MATRIX["no API"])
    assert not [one for one in rendered.documents if one["metadata"]["name"].endswith("-api")]
