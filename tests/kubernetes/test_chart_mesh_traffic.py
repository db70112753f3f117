"""How requests go in a mesh: tried again or not, how long, to which version, and outside."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from tests.kubernetes.chart import Document, Helm, Rendered
from tests.kubernetes.configured import mail_server, messenger_urls, settings_of, vendor_urls
from tests.kubernetes.matrix import EXTERNAL, LIVE, TWILIO
from tests.kubernetes.mesh import Request, routed
from tests.kubernetes.meshes import CANARY, GATEWAY, INSIDE, MESHES, ON, services
from tests.kubernetes.runs import run_job

DEPLOY = Path(__file__).parents[2] / "deploy"
MAIL = {"host": "smtp.example.org", "sender": "watch@example.org"}


@pytest.fixture(scope="module", params=MESHES, ids=str)
def rendered(request: pytest.FixtureRequest, helm: Helm) -> Rendered:
    return helm.render(MESHES[request.param])


def test_each_service_has_a_rule_and_a_rule_leads_to_a_service(rendered: Rendered) -> None:
    domain = "market.svc.cluster.local"
    served = {
        f"{one['metadata']['name']}.{domain}"
        for one in rendered.of("Service")
        if not one["metadata"]["name"].endswith("-headless")
    }
    rules = {one["spec"]["host"]: one["spec"] for one in rendered.of("DestinationRule")}
    assert set(rules) == served
    for rule in rules.values():
        assert rule["trafficPolicy"]["tls"] == {"mode": "ISTIO_MUTUAL"}
    for service in rendered.of("VirtualService"):
        for http in service["spec"]["http"]:
            for route in http["route"]:
                known = {
                    one["name"] for one in rules[route["destination"]["host"]].get("subsets", [])
                }
                assert route["destination"].get("subset") in (known or {None})


@pytest.mark.parametrize("cookie", ["", "a=b; watch-version=canary", "watch-version=stable"])
def test_only_what_reads_is_tried_again(rendered: Rendered, cookie: str) -> None:
    for name, service in services(rendered).items():
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for path in ("/api/v1/ticks", "/v1/analyze", "/graphql", "/api/v1/stream"):
                rule = routed(service, Request(method, path, cookie))
                page = name == "watch-outside" and not path.startswith("/api/")
                assert (rule["retries"]["attempts"] == 0) != page, f"{name} {method} {path}"
        read = routed(service, Request("GET", "/api/v1/overview", cookie))
        again = name in {"watch-api", "watch-dashboard", "watch-outside"}
        assert read["retries"]["attempts"] == (2 if again else 0), name
        if again:
            tries = seconds(read["retries"]["perTryTimeout"])
            assert tries * 2 <= seconds(read["timeout"])


def seconds(told: str) -> int:
    return int(told.removesuffix("s"))


def test_a_stream_lasts_and_everything_else_of_the_api_has_an_end(rendered: Rendered) -> None:
    found = services(rendered)
    for name in {"watch-api", "watch-dashboard", "watch-outside"} & set(found):
        for cookie in ("", "watch-version=canary"):
            stream = routed(found[name], Request("GET", "/api/v1/stream", cookie))
            assert "timeout" not in stream, name
            assert stream["retries"] == {"attempts": 0}
            for method in ("GET", "POST"):
                rule = routed(found[name], Request(method, "/api/v1/signals", cookie))
                assert seconds(rule["timeout"]) <= 75


def test_an_analysis_may_take_as_long_as_the_analyzer_gives_it(helm: Helm) -> None:
    rendered = helm.render(ON)
    rule = routed(services(rendered)["watch-analyzer"], Request("POST", "/v1/analyze"))
    values = yaml.safe_load((DEPLOY / "chart/values.yaml").read_text("utf-8"))
    assert seconds(rule["timeout"]) > values["analyzer"]["graceSeconds"]


def test_from_outside_the_api_and_the_pages_are_found_and_nothing_else(helm: Helm) -> None:
    outside = services(helm.render(GATEWAY))["watch-outside"]
    assert outside["spec"]["hosts"] == ["watch.example.org"]
    assert outside["spec"]["gateways"] == ["istio-ingress/public"]

    def leads(path: str) -> str:
        (route,) = routed(outside, Request("GET", path))["route"]
        return str(route["destination"]["host"]).partition(".")[0]

    assert leads("/api/v1/stream") == leads("/api/v1/overview") == "watch-api"
    for path in ("/", "/symbols/AAPL", "/apiary", "/metrics", "/healthz", "/readyz"):
        assert leads(path) == "watch-dashboard"  # which keeps the last three to itself


def test_an_api_without_pages_has_no_way_to_any(helm: Helm) -> None:
    rendered = helm.render({**GATEWAY, "dashboard": {"enabled": False}})
    for rule in services(rendered)["watch-outside"]["spec"]["http"]:
        assert all(one["uri"] for one in rule["match"])


# ── a canary ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("weight", [0, 1, 50, 100])
def test_visitors_are_shared_out_by_weight_and_the_weights_are_a_hundred(
    helm: Helm, weight: int
) -> None:
    mesh = {**CANARY["mesh"], "canary": {"tag": "0.2.0", "weight": weight}}
    for name, service in services(helm.render({**CANARY, "mesh": mesh})).items():
        if name not in {"watch-api", "watch-dashboard", "watch-outside"}:
            continue
        for request in (Request(), Request("GET", "/api/v1/x"), Request("POST", "/api/v1/x")):
            shares = {
                one["destination"]["subset"]: one["weight"]
                for one in routed(service, request)["route"]
            }
            assert shares == {"canary": weight, "stable": 100 - weight}


@pytest.mark.parametrize("version", ["canary", "stable"])
def test_who_was_sent_to_a_version_stays_with_it(helm: Helm, version: str) -> None:
    """A page loads files by names that only its own version has."""
    outside = services(helm.render(CANARY))["watch-outside"]
    for path in ("/", "/assets/index-a1.js", "/api/v1/overview", "/api/v1/stream"):
        first = routed(outside, Request("GET", path))
        (sent,) = [one for one in first["route"] if one["destination"]["subset"] == version]
        cookie = sent["headers"]["response"]["add"]["Set-Cookie"].partition(";")[0]
        for header in (cookie, f"fintech-session=x; {cookie}", f"{cookie}; other=1"):
            rule = routed(outside, Request("GET", path, header))
            assert [one["destination"].get("subset") for one in rule["route"]] == [version]
        elsewhere = routed(outside, Request("GET", path, f"not-{cookie}"))
        assert len(elsewhere["route"]) == 2


def test_the_new_version_stands_beside_the_old_one(helm: Helm, tmp_path: Path) -> None:
    rendered = helm.render(CANARY)
    pods = rendered.templates()
    for component, repository in (("api", "fintech-pipeline"), ("dashboard", "fintech-dashboard")):
        old, new = pods[f"watch-{component}"], pods[f"watch-{component}-canary"]
        assert old["metadata"]["labels"]["version"] == "stable"
        assert new["metadata"]["labels"]["version"] == "canary"
        images = {
            one["image"]
            for one in [*new["spec"]["containers"], *new["spec"].get("initContainers", [])]
        }
        assert images == {f"{repository}:0.2.0"}
        assert old["spec"]["containers"][0]["image"] == f"{repository}:0.1.0"
        service = rendered.one("Service", f"watch-{component}")["spec"]["selector"]
        rule = rendered.one("DestinationRule", f"watch-{component}")["spec"]
        for pod in (old, new):
            assert service.items() <= pod["metadata"]["labels"].items()
            (subset,) = [
                one["name"]
                for one in rule["subsets"]
                if one["labels"].items() <= pod["metadata"]["labels"].items()
            ]
            assert subset == pod["metadata"]["labels"]["version"]
        beside = rendered.one("Deployment", f"watch-{component}-canary")["spec"]
        assert beside["selector"]["matchLabels"].items() <= new["metadata"]["labels"].items()
        assert not beside["selector"]["matchLabels"].items() <= old["metadata"]["labels"].items()
        assert beside["replicas"] == 1
    run = run_job(rendered, tmp_path)["spec"]["template"]["spec"]["containers"][0]
    assert run["image"] == "fintech-pipeline:0.1.0"


# ── what is asked outside ─────────────────────────────────────────────────────────────────────


def entries(rendered: Rendered) -> set[tuple[str, int]]:
    """Host or address, and port, of what a mesh that closes the rest lets out."""
    return {
        (place, port["number"])
        for one in rendered.of("ServiceEntry")
        for place in one["spec"].get("addresses") or one["spec"]["hosts"]
        for port in one["spec"]["ports"]
    }


def test_where_only_known_places_are_let_out_each_of_the_configurations_is_known(
    helm: Helm, tmp_path: Path
) -> None:
    values: Document = {
        "config": {**LIVE, "alerts": {"smtp": MAIL, "twilio": TWILIO}},
        "providers": {"existingSecret": "keys"},
        "postgres": {"enabled": False},
        "externalDatabase": EXTERNAL,
        **ON,
    }
    rendered = helm.render(values)
    settings = settings_of(rendered, tmp_path)
    ports = {"http": 80, "https": 443}
    urls = [urlsplit(url) for url in vendor_urls(settings) | messenger_urls(settings)]
    asked = {(str(url.hostname), url.port or ports[url.scheme]) for url in urls}
    asked |= mail_server(settings) | {(str(EXTERNAL["host"]), 6432)}
    assert len(asked) > 8
    assert entries(rendered) >= asked
    for file in ("cilium-vendors.yaml", "cilium-messages.yaml"):
        policy = yaml.safe_load((DEPLOY / file).read_text("utf-8"))
        for rule in policy["spec"]["egress"]:
            for name in rule.get("toFQDNs", []):
                assert name["matchName"] in {place for place, _ in entries(rendered)}
    for one in rendered.of("ServiceEntry"):
        assert one["spec"]["exportTo"] == ["."]
        assert one["spec"]["location"] == "MESH_EXTERNAL"


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("amqps://watch:${BROKER_PASSWORD}@mq.example.org/", {("mq.example.org", 5671)}),
        ("amqp://mq.example.org:5673/", {("mq.example.org", 5673)}),
        (
            "kafka://k1.example.org:9092,k2.example.org",
            {("k1.example.org", 9092), ("k2.example.org", 9092)},
        ),
        ("amqp://[fd00::6]:5673", {("fd00::6", 5673)}),
        ("amqp://mq.broker.svc.cluster.local/", set()),
        ("amqp://mq.broker.svc/", set()),
        ("amqp://mq/", set()),
    ],
)
def test_a_broker_outside_is_let_out_and_one_in_the_cluster_is_none_of_that(
    helm: Helm, url: str, places: set[tuple[str, int]]
) -> None:
    values = {**ON, "config": {"events": {"url": url}}, "providers": {"existingSecret": "keys"}}
    assert entries(helm.render(values)) == places


def test_a_database_of_the_cluster_needs_no_way_out(helm: Helm) -> None:
    inside = {**EXTERNAL, "host": "db-rw.data.svc.cluster.local"}
    values = {**ON, "postgres": {"enabled": False}, "externalDatabase": inside}
    assert entries(helm.render(values)) == set()


def test_a_proxy_stands_before_all_but_the_mail_server_and_the_broker(helm: Helm) -> None:
    rendered = helm.render(MESHES["everything"])
    assert entries(rendered) == {
        ("10.3.0.9", 3128),
        ("10.4.0.25", 465),
        ("10.5.0.6", 5699),
        (EXTERNAL["host"], EXTERNAL["port"]),
    }


def test_the_demo_asks_nobody_outside(helm: Helm) -> None:
    assert entries(helm.render(ON)) == set()


def test_what_the_values_name_is_let_out_too(helm: Helm) -> None:
    assert ("hooks.slack.com", 443) in entries(helm.render(INSIDE))
