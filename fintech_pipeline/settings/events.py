"""The event stream: the broker that signals, alerts and outcomes are published to."""

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr

from fintech_pipeline.settings.section import Section

EXAMPLE = "amqp://user:${RABBITMQ_PASSWORD}@host:5672 or kafka://host:9092"
NO_BROKER = (
    f"it is not the address of a broker, such as {EXAMPLE}; special characters in a name or a"
    " password are written as %40 and the like"
)
PORTS = {"amqp": 5672, "amqps": 5671, "kafka": 9092, "kafkas": 9093}
MECHANISMS = ("plain", "scram-sha-256", "scram-sha-512")
"""How a user of Kafka's may log in; `?sasl=` names one."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where a broker is, in parts; what `shown` gives holds no password.

    Attributes:
        kind: What it speaks.
        encrypted: Whether by TLS.
        hosts: Its servers, `host:port`; of RabbitMQ one.
        user: Who logs in; None for nobody.
        password: Of the user.
        virtual_host: Of RabbitMQ's; "/" is the default one.
        mechanism: Of Kafka's login.
    """

    kind: Literal["rabbitmq", "kafka"]
    encrypted: bool
    hosts: tuple[str, ...]
    user: str | None
    password: SecretStr | None
    virtual_host: str = "/"
    mechanism: str = MECHANISMS[0]

    @property
    def shown(self) -> str:
        """Which broker it is, for a person."""
        name = "RabbitMQ" if self.kind == "rabbitmq" else "Kafka"
        return f"{name} at {', '.join(self.hosts)}"


def read_address(url: str) -> BrokerAddress:
    """The parts of a broker's address.

    Raises:
        ValueError: It is none; no part of it is quoted, since any may be of a password.
    """
    try:
        found = urlsplit(url)
        hosts = tuple(_hosts(found))
    except ValueError:
        raise ValueError(NO_BROKER) from None
    # A password that holds a / or the like ends the address before its host.
    behind = f"{found.path}{found.query}{found.fragment}"
    if found.scheme not in PORTS or "@" in behind or found.fragment:
        raise ValueError(NO_BROKER)
    user = unquote(found.username) if found.username else None
    password = SecretStr(unquote(found.password)) if found.password else None
    encrypted = found.scheme.endswith("s")
    if found.scheme.startswith("amqp"):
        if len(hosts) > 1 or found.query:
            raise ValueError(NO_BROKER)
        return BrokerAddress(
            "rabbitmq", encrypted, hosts, user, password, unquote(found.path[1:]) or "/"
        )
    mechanism = found.query.removeprefix("sasl=") or MECHANISMS[0]
    if mechanism not in MECHANISMS or found.path not in {"", "/"}:
        raise ValueError(NO_BROKER)
    return BrokerAddress("kafka", encrypted, hosts, user, password, mechanism=mechanism)


def _hosts(found: SplitResult) -> list[str]:
    """Each server as `host:port`; an IPv6 address stays in its brackets."""
    hosts = []
    for one in found.netloc.rpartition("@")[2].split(","):
        alone = urlsplit(f"//{one}")
        if not alone.hostname or alone.username:
            raise ValueError(NO_BROKER)
        host = f"[{alone.hostname}]" if ":" in alone.hostname else alone.hostname
        hosts.append(f"{host}:{alone.port or PORTS[found.scheme]}")
    return hosts


def _readable(url: SecretStr) -> SecretStr:
    read_address(url.get_secret_value())
    return url


class EventsSettings(Section):
    """The event stream; its one setting is the broker's address, which may hold a password."""

    url: Annotated[SecretStr, Field(repr=False), AfterValidator(_readable)]

    @property
    def address(self) -> BrokerAddress:
        """The parts of the address."""
        return read_address(self.url.get_secret_value())
