"""Keys and the way to vendors reach the pods that ask vendors, and no other."""

import base64
import copy
import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from requests.utils import should_bypass_proxies

from tests.kubernetes.chart import CHART, NAMESPACE, Document, Helm, Rendered
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.configured import SECRET, settings_of
from tests.kubernetes.containers import PROJECT
from tests.kubernetes.matrix import MATRIX
from tests.kubernetes.pods import PodWorker
from tests.kubernetes.running import until
from tests.kubernetes.runs import run_job
from tests.kubernetes.tools import isolated
from tests.vendors.standin import standing_in
from tests.vendors.yahoo_standin import YahooStandIn

LIVE = "live sources, pull secrets, chosen nodes"
PROXIED = "everything at once"
KEYS = {"ALPHA_VANTAGE_API_KEY", "FEED_TOKEN", "GEMINI_API_KEY", "NEWSAPI_KEY"}
"""What the vendors of prices, news and verdicts are asked with."""
SENDING = {"CHAT_TOKEN", "SMTP_PASSWORD", "SMTP_USER", "TWILIO_AUTH_TOKEN"}
"""What messages are sent with."""
READ = """
from fintech_pipeline.settings import load_settings
settings = load_settings()
print(settings.market.alpha_vantage.key.get_secret_value())
print(settings.news.newsapi.key.get_secret_value())
print(settings.news.rss.feeds[0])
print(settings.sentiment.gemini.key.get_secret_value())
"""


def environments(rendered: Rendered, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """What each container that reads the configuration is given, by its pod's component."""
    pods = [*rendered.templates().values(), run_job(rendered, folder)["spec"]["template"]]
    for pod in pods:
        component = pod["metadata"]["labels"]["app.kubernetes.io/component"]
        spec = pod["spec"]
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            entries = {one["name"]: one for one in container["env"]}
            if "FINTECH_CONFIG" in entries:
                name = "migrate" if container["name"] == "migrate" else "main"
                yield f"{component} {name}", {key: _value(one) for key, one in entries.items()}


def _value(entry: Document) -> str:
    if "value" in entry:
        return str(entry["value"])
    reference = entry["valueFrom"]["secretKeyRef"]
    assert "optional" not in reference, "a pod would start without it"
    return SECRET.get(reference["key"], "password")


@pytest.mark.parametrize("row", [LIVE, PROXIED])
def test_every_container_can_read_the_configuration_and_only_who_asks_vendors_gets_the_keys(
    helm: Helm, tmp_path: Path, row: str
) -> None:
    rendered = helm.render(MATRIX[row])
    knowing: set[str] = set()
    others: set[str] = set()
    for container, environment in environments(rendered, tmp_path):
        settings = settings_of(rendered, tmp_path, environment)
        assert settings.news.newsapi is not None
        assert settings.market.alpha_vantage.key is not None
        assert settings.sentiment.gemini is not None
        read = {
            "GEMINI_API_KEY": settings.sentiment.gemini.key.get_secret_value(),
            "ALPHA_VANTAGE_API_KEY": settings.market.alpha_vantage.key.get_secret_value(),
            "NEWSAPI_KEY": settings.news.newsapi.key.get_secret_value(),
        }
        if read.items() <= SECRET.items():
            knowing.add(container)
        elif container == "analyzer main":
            known = {name for name in KEYS if environment.get(name) == SECRET[name]}
            assert known == {"GEMINI_API_KEY"}
            others.add(container)
        elif container == "deliverer main":
            known = {name for name in SECRET if environment.get(name) == SECRET[name]}
            assert known - {"PROXY_LOGIN"} == SENDING
            others.add(container)
        elif container == "publisher main":
            known = {name for name in SECRET if environment.get(name) == SECRET[name]}
            assert known == {"RABBITMQ_PASSWORD"}
            others.add(container)
        elif container == "api main":
            # It checks what Twilio signs; its texts are judged by the analyzer.
            known = {name for name in SECRET if environment.get(name) == SECRET[name]}
            assert known == {"TWILIO_AUTH_TOKEN"}
            others.add(container)
        else:
            assert not set(environment.values()) & set(SECRET.values()), container
            others.add(container)
    assert knowing == {"code main", "run main", "doctor main"}
    migrating = {f"{one} migrate" for one in ("code", "webserver", "daemon", "deliverer", "api")}
    some = {"analyzer main", "analyzer migrate", "deliverer main", "api main", "backup main"}
    if settings.events is not None:
        some |= {"publisher main", "publisher migrate"}
    assert others == {"webserver main", "daemon main"} | migrating | some


def test_the_login_of_a_proxy_comes_from_the_secret_and_only_vendors_are_asked_through_it(
    helm: Helm, tmp_path: Path
) -> None:
    rendered = helm.render(MATRIX[PROXIED])
    found = dict(environments(rendered, tmp_path))
    for container in ("code main", "run main", "doctor main"):
        environment = found[container]
        names = list(environment)
        assert environment["HTTPS_PROXY"] == "http://$(PROXY_LOGIN)@10.3.0.9:3128"
        assert environment["HTTP_PROXY"] == environment["HTTPS_PROXY"]
        # Kubernetes puts in what stands before it.
        assert names.index("PROXY_LOGIN") < names.index("HTTPS_PROXY")
        past = environment["NO_PROXY"].replace("$(KUBERNETES_SERVICE_HOST)", "10.96.0.1")
        assert should_bypass_proxies("https://10.96.0.1:443/apis", past)
        assert should_bypass_proxies(found["code main"]["FINTECH_PIPELINE__WEBSERVER"], past)
        assert not should_bypass_proxies("https://data.sec.gov", past)
    asking = {"code main", "run main", "doctor main", "analyzer main", "deliverer main"}
    for container in asking:
        assert found[container]["HTTPS_PROXY"] == found["code main"]["HTTPS_PROXY"]
    for container in set(found) - asking:
        assert not {"HTTPS_PROXY", "HTTP_PROXY", "PROXY_LOGIN"} & set(found[container])


def test_the_notes_say_what_the_secret_must_hold_and_how_to_see_that_vendors_answer(
    helm: Helm, tmp_path: Path
) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(MATRIX[LIVE]), "utf-8")
    words = ["install", "watch", str(CHART), "-n", NAMESPACE, "--dry-run=client", "-f", str(file)]
    notes = helm.run(*words).stdout.split("NOTES:")[1]
    assert f"The Secret keys must hold {', '.join(sorted(KEYS | SENDING))}." in notes
    assert "create secret generic keys --from-env-file=FILE" in notes
    assert "The vendors are asked on port 443, 80, 8443." in notes
    assert "Alerts leave by mail through smtp.example.org:587 and by SMS through Twilio." in notes
    assert "exec deploy/watch-code -- fintech doctor" in notes


def test_the_recipe_for_live_sources_makes_the_secret_that_its_values_need(
    helm: Helm, kubectl: Path, tmp_path: Path
) -> None:
    readme = (CHART.parent / "README.md").read_text("utf-8")
    (values,) = re.findall(r"```yaml\n(# live\.yaml\n.*?)```", readme, flags=re.DOTALL)
    rendered = helm.render(yaml.safe_load(values))
    job = run_job(rendered, tmp_path)
    (run,) = job["spec"]["template"]["spec"]["containers"]
    references = [one["valueFrom"]["secretKeyRef"] for one in run["env"] if "valueFrom" in one]
    needs = {(one["name"], one["key"]) for one in references} - {("watch-database", "password")}
    (command,) = re.findall(r"kubectl (-n market create secret .*?) &&", readme)
    (tmp_path / "keys.env").write_text("NEWSAPI_KEY=word=+/\nALPHA_VANTAGE_API_KEY=other\n")
    words = [str(kubectl), *command.split(), "--dry-run=client", "--output=json"]
    made = subprocess.run(
        words, cwd=tmp_path, env=isolated(tmp_path), capture_output=True, check=True
    )
    secret = json.loads(made.stdout)
    assert {(secret["metadata"]["name"], key) for key in secret["data"]} == needs
    assert base64.b64decode(secret["data"]["NEWSAPI_KEY"]) == b"word=+/"


# ── pods as the stand-in of a cluster brings them to life ──────────────────────────────────────


class Pods:
    """A namespace with the release's configuration and one run's pod at a time."""

    def __init__(self, rendered: Rendered, folder: Path) -> None:
        self.template = run_job(rendered, folder)["spec"]["template"]
        maps = rendered.of("ConfigMap")
        self.cluster = Cluster(NAMESPACE, maps, folder / "pods", folder / "database")
        self.secret("watch-database", {"password": "word"})

    def secret(self, name: str, entries: dict[str, str]) -> None:
        """Makes the Secret, or replaces it."""
        self.cluster.objects.remove("secrets", name)
        document = {"metadata": {"name": name}, "stringData": entries}
        self.cluster.objects.create("secrets", document)

    def run(self, *words: str) -> PodWorker:
        """A run's pod with another command, which finds this project's modules."""
        template = copy.deepcopy(self.template)
        (container,) = template["spec"]["containers"]
        container["args"] = list(words)
        container["env"].append({"name": "PYTHONPATH", "value": str(PROJECT)})
        metadata = {**template["metadata"], "name": "dagster-run-1"}
        return self.cluster.kubelet.run({"metadata": metadata, "spec": template["spec"]})

    def said(self, worker: PodWorker) -> list[str]:
        """What it printed, after its end."""
        until(worker.ended.is_set, self.cluster.objects.everything)
        (process,) = worker.processes.values()
        return [line for _, line in process.lines]


@pytest.fixture
def pods(helm: Helm, tmp_path: Path) -> Iterator[Pods]:
    rendered = helm.render({**MATRIX[LIVE], "nodeSelector": {}, "tolerations": []})
    made = Pods(rendered, tmp_path)
    try:
        made.cluster.up()
        yield made
    finally:
        made.cluster.close()


def test_a_pod_says_which_key_the_secret_lacks_and_starts_when_it_is_there(pods: Pods) -> None:
    lacking = {name: text for name, text in SECRET.items() if name != "NEWSAPI_KEY"}
    pods.secret("keys", lacking)
    worker = pods.run("python", "-c", READ)

    def failed() -> list[Document]:
        return pods.cluster.objects.find("events", fields="reason=Failed")

    until(lambda: bool(failed()), pods.cluster.objects.everything)
    (event,) = failed()
    assert event["message"] == "couldn't find key NEWSAPI_KEY in Secret market/keys"
    pods.secret("keys", SECRET)
    assert pods.said(worker) == [
        "alpha-secret",
        "news-secret",
        "https://news.example.org/rss?token=feed-secret",
        "gemini-secret",
    ]


def test_yahoos_library_writes_nowhere_but_in_the_pods_temporary_folder(pods: Pods) -> None:
    pods.secret("keys", SECRET)
    opened_at = datetime(2024, 11, 26, 14, 30, tzinfo=UTC)
    vendor = YahooStandIn(days={"AAPL": {opened_at: (1.0, 2.0, 0.5, 1.5, 100.0)}})
    with standing_in(vendor) as vendor.url:
        worker = pods.run("python", "-B", "-m", "tests.kubernetes.asking_yahoo", vendor.url)
        told = json.loads(pods.said(worker)[-1])
    assert told["tables"] == 1
    temporary = (worker.sandbox.root / "tmp").resolve()
    written = {Path(path) for path in told["written"]}
    assert temporary / "fintech/demo/yfinance" in written
    assert {path for path in written if not path.is_relative_to(temporary)} == set()
