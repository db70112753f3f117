"""The AsyncAPI document: what can be subscribed to where, and what a message holds."""

import json
from importlib.metadata import version

from faststream.kafka import KafkaBroker
from faststream.rabbit import RabbitBroker
from faststream.specification import AsyncAPI

from fintech_pipeline.publishing.kafka import kafka_broker
from fintech_pipeline.publishing.rabbitmq import rabbitmq
from fintech_pipeline.settings.events import BrokerAddress, read_address

PLACEHOLDER = "amqp://localhost:5672"
"""The broker that is described where none is configured."""


def document(name: str, address: BrokerAddress | None) -> str:
    """The document in JSON, in a fixed order.

    Args:
        name: The configuration's.
        address: The broker's, described without its user and password; None for a RabbitMQ.
    """
    found = address or read_address(PLACEHOLDER)
    if found.kind == "rabbitmq":
        path = "" if found.virtual_host == "/" else f"/{found.virtual_host}"
        scheme = "amqps" if found.encrypted else "amqp"
        broker, _ = rabbitmq(found, f"{scheme}://{found.hosts[0]}{path}", name)
        described = _described(broker)
    else:
        described = _described(kafka_broker(found, name)[0])
    told = json.loads(described.to_specification().to_json())
    told["defaultContentType"] = "application/cloudevents+json"
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


def _described(broker: RabbitBroker | KafkaBroker) -> AsyncAPI:
    return AsyncAPI(
        broker,
        title="Market watch: signals, alerts and outcomes",
        version=version("fintech-pipeline"),
        description="CloudEvents 1.0 in structured JSON, at least once, in order of each subject.",
        schema_version="3.0.0",
    )
