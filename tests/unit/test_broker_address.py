"""The one setting of the event stream: what is an address, and that none is ever quoted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.settings import load_settings
from fintech_pipeline.settings.events import NO_BROKER, read_address

SECRET = "hunter2"  # noqa: S105  # nobody's


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("amqp://mq", "RabbitMQ at mq:5672"),
        ("amqps://u:p@mq.example.org:1234/watch", "RabbitMQ at mq.example.org:1234"),
        ("amqps://mq", "RabbitMQ at mq:5671"),
        ("amqp://[::1]", "RabbitMQ at [::1]:5672"),
        ("kafka://a,b:9999", "Kafka at a:9092, b:9999"),
        ("kafkas://u:p@a:1,b:2?sasl=scram-sha-512", "Kafka at a:1, b:2"),
    ],
)
def test_an_address_names_the_broker_and_where_it_is(url: str, shown: str) -> None:
    assert read_address(url).shown == shown


def test_the_parts_are_as_they_are_written() -> None:
    found = read_address("amqps://wa%40tch:p%2Fw%3A1@mq:5/%2Fown")
    assert (found.kind, found.encrypted) == ("rabbitmq", True)
    assert found.user == "wa@tch"
    assert found.password is not None
    assert found.password.get_secret_value() == "p/w:1"
    assert found.virtual_host == "/own"
    kafka = read_address("kafkas://u:p@a:1?sasl=scram-sha-256")
    assert (kafka.kind, kafka.encrypted, kafka.mechanism) == ("kafka", True, "scram-sha-256")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "amqp://",
        "amqp:mq",
        "http://mq:5672",
        "amqp://mq:port",
        f"amqp://u:{SECRET}/x@mq:5672",
        f"amqp://u:{SECRET}#x@mq:5672",
        f"amqp://u:{SECRET}?x@mq:5672",
        "amqp://u:1234/x@mq:5672",
        "kafka://u:1234?x@mq:5672",
        "amqp://a,b",
        "kafka://a:1?sasl=magic",
        "kafka://a:1/topic",
        "kafka://a:1,:2",
    ],
)
def test_what_is_no_address_is_refused_in_one_sentence_that_quotes_nothing(
    url: str,
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(environment={"FINTECH_EVENTS__URL": url or " "})
    assert str(caught.value) == f"demo.toml: events.url is wrong: {NO_BROKER}."
    assert SECRET not in str(caught.value)


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        found = read_address(text)
    except ValueError as error:
        assert str(error) == NO_BROKER  # noqa: PT017  # it is the one that is allowed
    else:
        assert found.hosts


def test_the_password_shows_itself_nowhere() -> None:
    found = load_settings(environment={"FINTECH_EVENTS__URL": f"amqp://u:{SECRET}@mq"})
    assert found.events is not None
    assert SECRET not in f"{found!r} {found} {found.events.address!r} {found.model_dump_json()}"
