"""The publisher in the chart: there where a broker is named, and it reaches that and no more."""

import re

import pytest

from fintech_pipeline.settings.events import read_address
from tests.kubernetes.chart import Document, Helm, Refused, Rendered
from tests.kubernetes.matrix import MATRIX

RABBIT = MATRIX["events to a RabbitMQ in the cluster"]
KAFKA = MATRIX["events to two servers of a Kafka outside"]
URL = RABBIT["config"]["events"]["url"]


def names(rendered: Rendered) -> set[str]:
    return {str(one["metadata"]["name"]) for one in rendered.documents}


def spec(rendered: Rendered) -> Document:
    found: Document = rendered.one("Deployment", "-publisher")["spec"]
    return found


def ports(rendered: Rendered) -> list[int]:
    (rule,) = rendered.one("NetworkPolicy", "-to-broker")["spec"]["egress"]
    return [one["port"] for one in rule["ports"]]


def test_without_a_broker_nothing_of_it_is_there(defaults: Rendered) -> None:
    assert not {one for one in names(defaults) if re.search("publisher|broker", one)}


def test_naming_the_broker_is_enough(helm: Helm) -> None:
    pod = spec(helm.render(RABBIT))["template"]["spec"]
    (only,) = pod["containers"]
    assert only["args"] == ["fintech", "events", "publish", "--heartbeat=/tmp/publisher"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["serviceAccountName"] == "watch-publisher"


def test_the_password_comes_from_the_secret_and_stands_nowhere_else(helm: Helm) -> None:
    rendered = helm.render(RABBIT)
    given = {
        name
        for name, pod in rendered.templates().items()
        for container in pod["spec"]["containers"]
        for one in container.get("env", [])
        if one.get("valueFrom", {}).get("secretKeyRef", {}).get("key") == "RABBITMQ_PASSWORD"
    }
    # Where a person's commands are run, and the pod of `helm test`.
    assert given == {"watch-publisher", "watch-code", "watch-doctor"}
    assert "${RABBITMQ_PASSWORD}" in rendered.data("-config", "fintech.toml")


def test_a_new_one_is_there_before_the_old_one_goes(helm: Helm) -> None:
    """The new one waits for the old one's lock, so that two at once are safe."""
    found = spec(helm.render(RABBIT))
    assert found["replicas"] == 1
    assert found["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, [5672]),
        ("amqps://mq", [5671]),
        ("amqps://u:${P}@mq:1234/watch", [1234]),
        ("amqp://[fd00::5]:5673", [5673]),
        ("amqp://[fd00::5]", [5672]),
        (KAFKA["config"]["events"]["url"], [9093, 9094]),
        ("kafka://a,b,c:9099", [9092, 9099]),
    ],
)
def test_the_ports_are_those_of_the_address(helm: Helm, url: str, expected: list[int]) -> None:
    rendered = helm.render(
        {"config": {"events": {"url": url}}, "providers": {"existingSecret": "keys"}}
    )
    assert ports(rendered) == expected
    hosts = read_address(url).hosts
    assert sorted({int(one.rpartition(":")[2]) for one in hosts}) == expected


def test_it_goes_where_the_values_say_the_broker_is(helm: Helm) -> None:
    (rule,) = helm.render(RABBIT).one("NetworkPolicy", "-to-broker")["spec"]["egress"]
    assert rule["to"] == RABBIT["networkPolicy"]["broker"]


def test_where_somebody_else_publishes_there_is_no_pod_and_the_address_is_known(
    helm: Helm,
) -> None:
    rendered = helm.render(MATRIX["events that are published elsewhere"])
    assert "watch-publisher" not in names(rendered)
    assert "amqps://mq.example.org" in rendered.data("-config", "fintech.toml")


@pytest.mark.parametrize(
    "url",
    [
        "amqp://watch:hunter2@mq",
        "${EVENTS_URL}",
        "http://mq",
        "amqp://a,b",
        "kafka://a?sasl=magic",
        "amqp://u:${P}/x@mq",
    ],
)
def test_an_address_with_a_password_in_it_or_that_is_none_is_refused(helm: Helm, url: str) -> None:
    with pytest.raises(Refused, match="config/events/url"):
        helm.render({"config": {"events": {"url": url}}})
