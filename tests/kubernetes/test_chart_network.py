"""Nothing passes but what the configuration makes pods say to each other, and all of that does."""

import copy
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from tests.kubernetes.chart import Document, Helm, Rendered
from tests.kubernetes.configured import (
    broker,
    mail_server,
    messenger_urls,
    settings_of,
    vendor_urls,
)
from tests.kubernetes.matrix import EXTERNAL, INSIDE, MATRIX
from tests.kubernetes.network import DNS, End, passes
from tests.kubernetes.runs import run_job

Connection = tuple[str, str, int]
"""From which component, to which component or host, to which port."""
API = "the Kubernetes API"
ADDRESSES = {
    "API",
    "DATABASE_REPLICA_URL",
    "DATABASE_URL",
    "FINTECH_API__ANALYZER_URL",
    "FINTECH_PIPELINE__WEBSERVER",
}
"""The variables that say where a pod asks."""
OUTSIDE = End(address="203.0.113.7")
PUBLIC = [
    "203.0.113.7",
    "9.255.255.255",
    "172.32.0.1",
    "169.253.0.1",
    "100.128.0.1",
    "2606:2800::1",
]
PRIVATE = [
    *(
        "10.20.0.5",
        "10.20.0.9",
        "10.20.0.25",
        "10.3.0.9",
        "10.4.0.25",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "127.0.0.1",
    ),
    *("fd12::1", "fe80::1", "::1", "::ffff:10.0.0.1", "ff02::1", "224.0.0.1"),
    # Where clouds tell a pod of its node, keys of the node's account included.
    *("169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"),
]
API_SERVER = End(address="10.0.0.1")
DATABASE_PORT = EXTERNAL["port"]
GUARDED = {name: values for name, values in MATRIX.items() if name != "no network policies"}


@pytest.fixture(scope="module", params=GUARDED, ids=str)
def values(request: pytest.FixtureRequest) -> Document:
    return MATRIX[request.param]


@pytest.fixture(scope="module")
def rendered(values: Document, helm: Helm) -> Rendered:
    return helm.render(values)


@pytest.fixture
def pods(rendered: Rendered, tmp_path: Path) -> dict[str, Document]:
    """The pod templates by component: those of the chart, a run's, and a step's."""
    found = {
        template["metadata"]["labels"]["app.kubernetes.io/component"]: template
        for template in rendered.templates().values()
    }
    found["run"] = run_job(rendered, tmp_path)["spec"]["template"]
    if settings_of(rendered, tmp_path).pipeline.executor == "kubernetes_jobs":
        # As the executor makes it: a run's, without its identity.
        found["step"] = copy.deepcopy(found["run"])
        found["step"]["metadata"]["labels"]["app.kubernetes.io/component"] = "step"
        found["step"]["spec"]["automountServiceAccountToken"] = False
    return found


@dataclass(frozen=True)
class Asking:
    """Who goes where outside: one policy, which can't tell whose port is whose.

    Attributes:
        sources: The components.
        places: Host and port of each place.
    """

    sources: set[str]
    places: set[tuple[str, int]]

    def connections(self) -> set[Connection]:
        return {(source, *place) for source in self.sources for place in self.places}

    def reached(self, source: str, port: int) -> set[str]:
        """Which of the addresses here a component reaches at a port."""
        hosts = {host for host, _ in self.places}
        if source not in self.sources or port not in {one for _, one in self.places}:
            return set()
        private = {host for host in hosts if is_address(host)}
        return private | (set(PUBLIC) if hosts - private else set())


@pytest.fixture
def outside(
    rendered: Rendered, pods: dict[str, Document], values: Document, tmp_path: Path
) -> list[Asking]:
    """What the configuration makes pods ask outside: vendors, messengers, the mail server."""
    settings = settings_of(rendered, tmp_path)
    collectors = {"step" if "step" in pods else "run", "code", "doctor"}
    if "gemini" in settings.sentiment.models:
        collectors |= {"analyzer" if "analyzer" in pods else "api"} & set(pods)
    senders = {"code", "doctor"} | ({"deliverer"} & set(pods))
    apprise = values.get("alerts", {}).get("apprisePorts", [])
    messengers = messenger_urls(settings) | {f"https://chat.example.org:{p}" for p in apprise}
    return [
        Asking(collectors, asked(vendor_urls(settings), pods)),
        Asking(senders, asked(messengers, pods)),
        Asking(senders, mail_server(settings)),
        Asking({"code", "doctor"} | ({"publisher"} & set(pods)), broker(settings)),
        Asking({"backup", "verification"} & set(pods), bucket_of(values)),
    ]


def bucket_of(values: Document) -> set[tuple[str, int]]:
    """Host and port of the store that backups go to, where there is one."""
    bucket = values.get("backups", {}).get("bucket", {})
    return asked({bucket.get("endpoint", "https://s3.amazonaws.com")}, {}) if bucket else set()


@pytest.fixture
def wanted(rendered: Rendered, pods: dict[str, Document], outside: list[Asking]) -> set[Connection]:
    """What the configuration itself makes pods connect to."""
    return within(rendered, pods).union(*(asking.connections() for asking in outside))


def asked(urls: set[str], pods: dict[str, Document]) -> set[tuple[str, int]]:
    """Where these are asked: at their own addresses, or at the proxy's."""
    containers = [one for name in {"code"} & set(pods) for one in pods[name]["spec"]["containers"]]
    proxies = {
        one["value"] for code in containers for one in code["env"] if one["name"] == "HTTPS_PROXY"
    }
    ports = {"http": 80, "https": 443}
    split = [urlsplit(url) for url in (proxies if urls and proxies else urls)]
    return {(str(one.hostname), one.port or ports[one.scheme]) for one in split}


def within(rendered: Rendered, pods: dict[str, Document]) -> set[Connection]:
    """What is said in the cluster and to the database: addresses, workspace, tokens."""
    found: set[Connection] = set()
    workspace = yaml.safe_load(rendered.data("-dagster", "workspace.yaml"))
    server = workspace["load_from"][0]["grpc_server"]
    for component, template in pods.items():
        spec = template["spec"]
        if spec["automountServiceAccountToken"]:
            found.add((component, API, 6443))
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            for variable in container["env"]:
                if variable["name"] in ADDRESSES:
                    url = urlsplit(variable["value"])
                    found.add((component, *_pod_port(rendered, str(url.hostname), url.port or 80)))
            if any(mount["mountPath"] == "/etc/dagster" for mount in container["volumeMounts"]):
                found.add((component, *_pod_port(rendered, server["host"], server["port"])))
    return found


SERVERS = "servers"
"""The pods of CloudNativePG."""


def _pod_port(rendered: Rendered, host: str, port: int) -> tuple[str, int]:
    """The component and the port of its pods behind a Service's; elsewhere, both as they are."""
    name, _, domain = host.partition(".")
    if domain != "market.svc.cluster.local":
        return host, port
    if rendered.of("Cluster") and name.startswith("watch-db-"):
        return SERVERS, port  # the operator makes the Services
    (service,) = [one for one in rendered.of("Service") if one["metadata"]["name"] == name]
    (target,) = [one["targetPort"] for one in service["spec"]["ports"] if one["port"] == port]
    (container,) = rendered.templates()[name]["spec"]["containers"]
    (number,) = [one["containerPort"] for one in container["ports"] if one["name"] == target]
    return str(service["spec"]["selector"]["app.kubernetes.io/component"]), number


def end(pods: dict[str, Document], name: str) -> End:
    if name == API:
        return API_SERVER
    if name == SERVERS:
        return End({"cnpg.io/cluster": "watch-db"})
    if name in pods:
        return End(pods[name]["metadata"]["labels"])
    return End(address=name) if is_address(name) else OUTSIDE


def is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def test_every_connection_of_the_configuration_passes_and_no_other_does(
    rendered: Rendered, pods: dict[str, Document], wanted: set[Connection]
) -> None:
    policies = rendered.of("NetworkPolicy")
    assert {source for source, _, _ in wanted} >= {"code", "webserver", "daemon", "run"}
    targets = {*pods, *(target for _, target, _ in wanted), API}
    ports = {
        80,
        443,
        3000,
        4000,
        5432,
        6432,
        6443,
        8080,
        8090,
        9000,
        *(port for _, _, port in wanted),
    }
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
    rendered: Rendered, pods: dict[str, Document], wanted: set[Connection]
) -> None:
    policies = rendered.of("NetworkPolicy")
    allowed = {(source, port) for source, target, port in wanted if target not in pods}
    for source in pods:
        for port in (22, 25, 80, 465, 587, 2525, 3000, 4000, 5432, 6432, 6443, 8443):
            passed = passes(policies, end(pods, source), OUTSIDE, port)
            assert passed <= ((source, port) in allowed), f"{source} reaches the world at {port}"


def test_only_who_asks_or_sends_reaches_the_internet_and_nobody_a_private_network(
    rendered: Rendered, pods: dict[str, Document], outside: list[Asking]
) -> None:
    """At every port but the API server's and the database's, whose rules allow whole ranges.

    A vendor's name says no address, so a rule can't tell which of the ports belongs to whom.
    """
    policies = rendered.of("NetworkPolicy")
    ports = {22, 25, 80, 465, 587, 2525, 3128, 8080, 8443, 9000, 9999}
    for source in pods:
        for port in ports | ({443} if narrow(rendered) else set()):
            reached = {
                address
                for address in (*PUBLIC, *PRIVATE)
                if passes(policies, end(pods, source), End(address=address), port)
            }
            reachable = set().union(*(asking.reached(source, port) for asking in outside))
            assert reached == reachable, f"{source} at {port}"


def narrow(rendered: Rendered) -> bool:
    """Whether the values name the API server's addresses, so that its rule is not the world's."""
    (rule,) = rendered.one("NetworkPolicy", "-to-api-server")["spec"]["egress"]
    return "0.0.0.0/0" not in {peer["ipBlock"]["cidr"] for peer in rule["to"]}


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
            for port in (3000, 4000, 5432, 8080, 8090):
                assert not passes(policies, stranger, end(pods, component), port)


def test_the_pods_of_another_release_reach_nothing_of_this_one(
    rendered: Rendered, pods: dict[str, Document]
) -> None:
    other = End({**pods["daemon"]["metadata"]["labels"], "app.kubernetes.io/instance": "other"})
    assert not passes(rendered.of("NetworkPolicy"), other, end(pods, "code"), 4000)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("the defaults", set()),
        ("real prices and headlines from files", set()),
        ("an ingress for the UI and a feed inside", {443, 8080}),
        ("live sources, pull secrets, chosen nodes", {80, 443, 8443}),
        ("everything at once", {3128}),  # the proxy's alone
    ],
)
def test_there_is_a_way_to_vendors_only_where_the_configuration_names_one(
    helm: Helm, name: str, asked: set[int]
) -> None:
    policies = helm.render(MATRIX[name]).of("NetworkPolicy")
    ours = [one for one in policies if one["metadata"]["name"] == "watch-to-vendors"]
    rules = [rule for one in ours for rule in one["spec"]["egress"]]
    assert {port["port"] for rule in rules for port in rule["ports"]} == asked
    assert len(rules) == bool(asked)


@pytest.mark.parametrize(
    ("name", "mail", "messengers"),
    [
        ("the defaults", set(), set()),
        ("alerts by a mail server inside and no login", {2525}, set()),
        ("alerts by SMS alone, through a gateway", set(), {443, 8080, 8443}),
        ("live sources, pull secrets, chosen nodes", {587}, {443}),
        ("everything at once", {465}, {3128}),  # no proxy stands before a mail server
    ],
)
def test_there_is_a_way_out_for_messages_only_where_the_configuration_names_one(
    helm: Helm, name: str, mail: set[int], messengers: set[int]
) -> None:
    policies = {
        one["metadata"]["name"]: one for one in helm.render(MATRIX[name]).of("NetworkPolicy")
    }
    for policy, ports in (("watch-to-mail", mail), ("watch-to-messengers", messengers)):
        rules = policies[policy]["spec"]["egress"] if ports else []
        assert (policy in policies) == bool(ports)
        assert {port["port"] for rule in rules for port in rule["ports"]} == ports


def test_a_mail_server_that_has_an_address_of_its_own_opens_no_other(helm: Helm) -> None:
    rendered = helm.render(MATRIX["alerts by a mail server inside and no login"])
    sender = End(rendered.one("Deployment", "-deliverer")["spec"]["template"]["metadata"]["labels"])
    daemon = End(rendered.one("Deployment", "-daemon")["spec"]["template"]["metadata"]["labels"])
    policies = rendered.of("NetworkPolicy")
    server = End(address="10.20.0.25")
    assert passes(policies, sender, server, 2525)
    assert not passes(policies, sender, server, 25)
    assert not passes(policies, sender, OUTSIDE, 2525)
    assert not passes(policies, daemon, server, 2525)


def test_who_brings_a_rule_of_their_own_gets_none_that_would_open_everything(helm: Helm) -> None:
    """To Kubernetes a rule without peers allows all."""
    values = {"config": INSIDE, "files": {"existingClaim": "real-data"}}
    closed = {**values, "networkPolicy": {"vendors": {"internet": False}}}
    assert helm.render(values).one("NetworkPolicy", "-to-vendors")
    with pytest.raises(ValueError, match="not enough values"):
        helm.render(closed).one("NetworkPolicy", "-to-vendors")


@pytest.mark.parametrize(
    ("given", "component", "port"),
    [({"ui": {"enabled": True}}, "ui", 3000), ({}, "api", 8080), ({}, "dashboard", 8080)],
)
def test_what_people_open_is_opened_to_whom_the_values_name(
    helm: Helm, given: Document, component: str, port: int
) -> None:
    proxy = [{"podSelector": {"matchLabels": {"app": "proxy"}}}]
    rendered = helm.render({**given, "networkPolicy": {f"{component}From": proxy}})
    opened = End(labels_of(rendered, component))
    policies = rendered.of("NetworkPolicy")
    assert passes(policies, End({"app": "proxy"}), opened, port)
    assert not passes(policies, End({"app": "other"}), opened, port)
    assert not passes(policies, End({"app": "proxy"}), opened, 4000)


def test_no_value_opens_the_ui_that_starts_and_ends_runs(helm: Helm) -> None:
    """It has no login; who reaches it is the code location, and the API, which knows who asks."""
    rendered = helm.render(MATRIX["two APIs behind an Ingress, and the UI to look at"])
    policies, webserver = rendered.of("NetworkPolicy"), End(labels_of(rendered, "webserver"))
    strangers = [End({"app": "ingress"}), End({}, namespace="proxy"), OUTSIDE]
    assert not [one for one in strangers if passes(policies, one, webserver, 3000)]
    asking = {
        one
        for one in ("api", "code", "daemon", "deliverer", "analyzer", "ui")
        if passes(policies, End(labels_of(rendered, one)), webserver, 3000)
    }
    assert asking == {"api", "code"}
    rules = rendered.one("NetworkPolicy", "watch-webserver")["spec"]["ingress"]
    assert [list(peer) for rule in rules for peer in rule["from"]] == [["podSelector"]]


def labels_of(rendered: Rendered, component: str) -> dict[str, str]:
    template = rendered.one("Deployment", f"-{component}")["spec"]["template"]
    labels: dict[str, str] = template["metadata"]["labels"]
    return labels


def test_the_analyzer_is_asked_by_the_releases_api_and_whom_the_values_name(helm: Helm) -> None:
    rendered = helm.render(MATRIX["a fixed number of analyzers"])
    policies = rendered.of("NetworkPolicy")
    labels = rendered.one("Deployment", "-analyzer")["spec"]["template"]["metadata"]["labels"]
    component = "app.kubernetes.io/component"

    def heard(source: End, port: int = 8090) -> bool:
        """What the analyzer's own side lets in; the other side is another policy's."""
        inward = [one for one in policies if "Egress" not in one["spec"]["policyTypes"]]
        return passes(inward, source, End(labels), port)

    assert heard(End({**labels, component: "api"}))
    assert heard(End({"app": "desk"}))
    assert not heard(End({"app": "desk"}), 8091)
    for other in ("code", "webserver", "daemon", "run", "postgres"):
        assert not heard(End({**labels, component: other}))
    assert not heard(End({**labels, component: "api", "app.kubernetes.io/instance": "other"}))


def test_an_analyzer_with_the_local_model_reaches_nothing_but_names(helm: Helm) -> None:
    rendered = helm.render(MATRIX["an ingress for the UI and a feed inside"])
    policies = rendered.of("NetworkPolicy")
    labels = rendered.one("Deployment", "-analyzer")["spec"]["template"]["metadata"]["labels"]
    postgres = rendered.one("StatefulSet", "-postgres")["spec"]["template"]["metadata"]["labels"]
    for port in (80, 443, 5432, 6443, 8443):
        assert not passes(policies, End(labels), OUTSIDE, port)
        assert not passes(policies, End(labels), API_SERVER, port)
        assert not passes(policies, End(labels), End(postgres), port)
    assert passes(policies, End(labels), DNS, 53, "UDP")


def test_without_policies_there_is_none(helm: Helm) -> None:
    assert helm.render(MATRIX["no network policies"]).of("NetworkPolicy") == []
