"""Kafka: one topic, keyed by the symbol, acknowledged by all replicas that are in sync."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)
from cloudevents.core.bindings import kafka
from faststream.kafka import KafkaBroker
from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from fintech_pipeline.errors import BrokerError
from fintech_pipeline.publishing.broker import CONNECT_SECONDS
from fintech_pipeline.publishing.channels import CHANNELS, destination
from fintech_pipeline.publishing.cloud_events import Kind, Published
from fintech_pipeline.settings.events import BrokerAddress

LOGINS = {
    "plain": SASLPlaintext,
    "scram-sha-256": SASLScram256,
    "scram-sha-512": SASLScram512,
}
REFUSED = (
    AuthenticationFailedError,
    IllegalSaslStateError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
Publishers = Mapping[Kind, Any]
END_SECONDS = 5.0

logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def kafka_broker(address: BrokerAddress, name: str) -> tuple[KafkaBroker, Publishers]:
    """The broker, not yet contacted, and what is published to it.

    Args:
        address: Its parts.
        name: The configuration's, after which the topic is called.
    """
    broker = KafkaBroker(
        list(address.hosts),
        security=_security(address),
        acks="all",
        enable_idempotence=True,
        client_id="fintech",
        apply_types=False,
        logger=None,
    )
    publishers = {
        kind: broker.publisher(
            destination(name),
            title=channel.title,
            description=channel.description,
            schema=channel.schema,
        )
        for kind, channel in CHANNELS.items()
    }
    return broker, publishers


def _security(address: BrokerAddress) -> BaseSecurity | None:
    context = ssl.create_default_context() if address.encrypted else None
    if address.user is None:
        return BaseSecurity(ssl_context=context) if context else None
    password = address.password.get_secret_value() if address.password else ""
    return LOGINS[address.mechanism](address.user, password, ssl_context=context)


@dataclass(frozen=True, slots=True)
class Kafka:
    """A connected Kafka."""

    address: BrokerAddress
    publishers: Publishers
    lost: asyncio.Future[None]

    async def send(self, published: Published) -> bool:
        """As `Broker.send`; whether anybody reads a topic, Kafka does not say."""
        message, at = kafka.to_structured_event(published.event), published.event.get_time()
        with _translated(self.address):
            await self.publishers[published.kind].publish(
                message.value,
                key=published.subject.encode(),
                headers={name: value.decode() for name, value in message.headers.items()},
                timestamp_ms=None if at is None else int(at.timestamp() * 1000),
            )
        return True


@contextlib.asynccontextmanager
async def connected_kafka(address: BrokerAddress, name: str) -> AsyncIterator[Kafka]:
    """A connection to Kafka, closed at the end.

    Raises:
        BrokerError: None of its servers answers, or the login is refused.
    """
    broker, publishers = kafka_broker(address, name)
    with _translated(address):
        await _knock(address)
    try:
        with _translated(address):
            await broker.start()
        # Its client tries again by itself, and gives up with an error.
        yield Kafka(address, publishers, asyncio.get_running_loop().create_future())
    finally:
        with contextlib.suppress(KafkaError, OSError, TimeoutError):
            # What it still holds was not confirmed, and would be waited for.
            async with asyncio.timeout(END_SECONDS):
                await broker.stop()


async def _knock(address: BrokerAddress) -> None:
    """Makes sure that one of its servers lets us in.

    A client tells no more than that none did, and a producer of FastStream's whose client did not
    get in is never closed.
    """
    failures: list[Exception] = []
    for one in address.hosts:
        host, _, port = one.rpartition(":")
        how = parse_security(_security(address))
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                connection = await create_conn(host.strip("[]"), int(port), **how)
        except (KafkaError, OSError) as error:
            failures.append(error)
        else:
            connection.close()
            return
    raise failures[0]


@contextlib.contextmanager
def _translated(address: BrokerAddress) -> Iterator[None]:
    """Turns what aiokafka says into a sentence of ours."""
    try:
        yield
    except REFUSED:
        raise BrokerError(
            f"{address.shown} refused the login of {address.user}; check events.url."
        ) from None
    except TopicAuthorizationFailedError:
        raise BrokerError(
            f"{address.shown} does not let {address.user or 'nobody'} write to the topic."
        ) from None
    except TimeoutError:
        raise BrokerError(
            f"{address.shown} can't be reached: it does not answer in time."
        ) from None
    except (KafkaError, OSError) as error:
        told = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise BrokerError(
            f"{address.shown} can't be reached or refused: {told}; what it did not confirm is sent"
            " again."
        ) from None
