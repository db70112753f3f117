"""The rules for Cilium keep step with those of the chart."""

import importlib.util
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.kubernetes.chart import CHART, Document, Helm
from tests.kubernetes.configured import mail_server, messenger_urls, settings_of, vendor_urls
from tests.kubernetes.matrix import LIVE, SMTP, TWILIO

KEYS = {"existingSecret": "keys"}


def rule(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CHART.parent / name).read_text("utf-8"))["spec"]
    return found


def selected(spec: Document) -> set[str]:
    """The components of the pods that a rule is for; both kinds of rule select alike."""
    selector = spec.get("endpointSelector") or spec["podSelector"]
    assert selector["matchLabels"]["app.kubernetes.io/instance"] == "watch"
    (components,) = selector["matchExpressions"]
    return set(components["values"])


@pytest.mark.parametrize("executor", ["in_process", "kubernetes_jobs"])
def test_who_may_go_where_is_what_the_chart_says(helm: Helm, executor: str) -> None:
    config = {**LIVE, "pipeline": {"executor": executor}}
    release = helm.render({"config": config, "providers": KEYS})

    def ours(suffix: str) -> set[str]:
        return selected(release.one("NetworkPolicy", suffix)["spec"])

    # Who waits for the Kubernetes API in vain stands still, so that file names all who may ask.
    assert selected(rule("cilium.yaml")) >= ours("-to-api-server") | {"password"}
    collectors = selected(rule("cilium-vendors.yaml"))
    if executor == "kubernetes_jobs":
        collectors = collectors - {"run"} | {"step"}  # as its comment says
    assert collectors == ours("-to-vendors")


def test_every_host_that_is_asked_by_default_is_named(helm: Helm, tmp_path: Path) -> None:
    settings = settings_of(helm.render({"config": LIVE, "providers": KEYS}), tmp_path)
    assert settings.news.rss is not None
    urls = vendor_urls(settings) - set(settings.news.rss.feeds)
    names, dns = _names(), rule("cilium-vendors.yaml")["egress"][0]
    assert names >= {urlsplit(url).hostname for url in urls} | _hosts_of_yfinance()
    assert dns["toPorts"][0]["rules"]["dns"] == [{"matchPattern": "*"}]


def test_who_sends_and_where_to_is_what_the_chart_says(helm: Helm, tmp_path: Path) -> None:
    alerts = {"smtp": SMTP, "twilio": TWILIO}
    release = helm.render({"config": {"alerts": alerts}, "providers": KEYS})
    spec = rule("cilium-messages.yaml")
    for policy in ("-to-messengers", "-to-mail"):
        assert selected(spec) == selected(release.one("NetworkPolicy", policy)["spec"])
    settings = settings_of(release, tmp_path)
    (twilio,) = (urlsplit(url) for url in messenger_urls(settings))
    named = {
        (host["matchName"], int(port["port"]))
        for one in spec["egress"]
        for host in one.get("toFQDNs", [])
        for port in one["toPorts"][0]["ports"]
    }
    assert named == {(str(twilio.hostname), 443)} | mail_server(settings)


def _names() -> set[str]:
    (by_name,) = [one for one in rule("cilium-vendors.yaml")["egress"] if "toFQDNs" in one]
    assert by_name["toPorts"] == [{"ports": [{"port": "443", "protocol": "TCP"}]}]
    return {one["matchName"] for one in by_name["toFQDNs"]}


def _hosts_of_yfinance() -> set[str]:
    """Whom the library asks on the way to bars: its addresses, the cookie's and the consent's."""
    spec = importlib.util.find_spec("yfinance")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    texts = [(folder / name).read_text("utf-8") for name in ("const.py", "data.py")]
    found = {host for text in texts for host in re.findall(r"https://([\w.]+\.yahoo\.com)", text)}
    assert len(found) > 1
    return found - {"help.yahoo.com"}  # it stands in a comment
