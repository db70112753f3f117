"""The AsyncAPI document: it is up to date, and tells no password."""

import json

import pytest

from docs.asyncapi import DOCUMENT, written
from fintech_pipeline.publishing.asyncapi import document
from fintech_pipeline.settings.events import read_address

SECRET = "hunter2"  # noqa: S105  # nobody's


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text("utf-8") == written(), "run `make asyncapi`"


@pytest.mark.parametrize(
    ("url", "host", "protocol", "address"),
    [
        (f"amqp://u:{SECRET}@mq/watch", "mq:5672", "amqp", "signal.#"),
        (f"amqps://u:{SECRET}@mq", "mq:5671", "amqps", "signal.#"),
        (f"kafkas://u:{SECRET}@a:1", "a:1", "kafka-secure", "fintech.live"),
    ],
)
def test_it_tells_where_and_what_and_no_password(
    url: str, host: str, protocol: str, address: str
) -> None:
    text = document("live", read_address(url))
    assert SECRET not in text
    told = json.loads(text)
    assert told["asyncapi"] == "3.0.0"
    assert told["defaultContentType"] == "application/cloudevents+json"
    (server,) = told["servers"].values()
    assert (server["host"], server["protocol"]) == (host, protocol)
    assert set(told["channels"]) == {"signals", "alerts", "outcomes"}
    assert told["channels"]["signals"]["address"] == address
    assert "fintech.live" in json.dumps(told["channels"]["signals"]["bindings"])


def test_every_reference_leads_somewhere() -> None:
    told = json.loads(written())
    for reference in _references(told):
        found = told
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [one for value in node.values() for one in _references(value)]
    if isinstance(node, list):
        return [one for value in node for one in _references(value)]
    return []
