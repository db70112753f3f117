"""RabbitMQ: one durable topic exchange, routing keys such as `signal.AAPL`, confirmed messages."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass

import aiormq
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import (
    AMQPError,
    ChannelAccessRefused,
    ChannelPreconditionFailed,
    InvalidFrameError,
    ProbableAuthenticationError,
)
from cloudevents.core.bindings import amqp
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange
from faststream.rabbit.publisher import RabbitPublisher
from faststream.security import BaseSecurity

from fintech_pipeline.errors import BrokerError
from fintech_pipeline.publishing.broker import CONNECT_SECONDS
from fintech_pipeline.publishing.channels import CHANNELS, destination
from fintech_pipeline.publishing.cloud_events import Kind, Published
from fintech_pipeline.settings.events import BrokerAddress

LONGEST_KEY = 255
"""Bytes of a routing key, by the protocol."""
Publishers = Mapping[Kind, RabbitPublisher]
END_SECONDS = 5.0
HEARTBEAT_SECONDS = 15
"""How often each side shows that it lives; after three of them a silent broker is left."""

# They quote addresses, and what went wrong is told by us.
for _name in ("aio_pika", "aiormq"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def rabbitmq(
    address: BrokerAddress, url: str, name: str, closed: Callable[..., None] = lambda *_: None
) -> tuple[RabbitBroker, Publishers]:
    """The broker, not yet contacted, and what is published to it.

    Args:
        address: Its parts.
        url: All of it.
        name: The configuration's.
        closed: Called when the connection has gone.
    """
    broker = RabbitBroker(
        url,
        timeout=CONNECT_SECONDS,
        client_properties={"heartbeat": HEARTBEAT_SECONDS},
        security=BaseSecurity(ssl_context=ssl.create_default_context())
        if address.encrypted
        else None,
        on_close=[closed],
        app_id="fintech",
        apply_types=False,
        logger=None,
    )
    exchange = RabbitExchange(destination(name), type=ExchangeType.TOPIC, durable=True)
    publishers = {
        kind: broker.publisher(
            exchange=exchange,
            routing_key=f"{kind}.#",
            persist=True,
            title=channel.title,
            description=channel.description,
            schema=channel.schema,
        )
        for kind, channel in CHANNELS.items()
    }
    return broker, publishers


@dataclass(frozen=True, slots=True)
class RabbitMq:
    """A connected RabbitMQ."""

    address: BrokerAddress
    publishers: Publishers
    lost: asyncio.Future[None]

    async def send(self, published: Published) -> bool:
        """As `Broker.send`: to every queue that is bound, each of which has it on its disk."""
        message = amqp.to_structured_event(published.event)
        with _translated(self.address):
            confirmed = await self.publishers[published.kind].publish(
                message.application_data,
                routing_key=routing_key(published),
                content_type=str(message.properties["content-type"]),
                message_id=published.event.get_id(),
                message_type=published.event.get_type(),
                timestamp=published.event.get_time(),
            )
        if isinstance(confirmed, aiormq.spec.Basic.Nack):
            raise BrokerError(f"{self.address.shown} could not store a message; it is sent again.")
        return not isinstance(confirmed, DeliveredMessage)


def routing_key(published: Published) -> str:
    """What queues are bound by: what it is about, and of whom; a symbol may hold dots."""
    key = f"{published.kind}.{published.subject}".encode()
    return key[:LONGEST_KEY].decode(errors="ignore")


@contextlib.asynccontextmanager
async def connected_rabbitmq(
    address: BrokerAddress, url: str, name: str
) -> AsyncIterator[RabbitMq]:
    """A connection to RabbitMQ with its exchange, closed at the end.

    Raises:
        BrokerError: It is away, refuses the login, or has another exchange of that name.
    """
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def closed(*_: object) -> None:
        if not lost.done():
            lost.set_result(None)

    broker, publishers = rabbitmq(address, url, name, closed)
    try:
        with _translated(address):
            await broker.start()
        yield RabbitMq(address, publishers, lost)
    finally:
        with contextlib.suppress(AMQPError, OSError, TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await broker.stop()


@contextlib.contextmanager
def _translated(address: BrokerAddress) -> Iterator[None]:
    """Turns what aio-pika says into a sentence of ours."""
    try:
        yield
    except ProbableAuthenticationError:
        raise BrokerError(
            f"{address.shown} refused the login of {address.user or 'guest'}; check events.url."
        ) from None
    except InvalidFrameError:
        # It closes the connection in place of opening the virtual host.
        raise BrokerError(
            f"{address.shown} has no virtual host {address.virtual_host!r} for"
            f" {address.user or 'guest'}; check events.url."
        ) from None
    except (ChannelAccessRefused, ChannelPreconditionFailed) as error:
        raise BrokerError(f"{address.shown} refused: {_first_line(error)}.") from None
    except TimeoutError:
        raise BrokerError(
            f"{address.shown} can't be reached: nothing answers there in {CONNECT_SECONDS:.0f} s."
        ) from None
    except (AMQPError, OSError) as error:
        raise BrokerError(
            f"{address.shown} can't be reached: {_first_line(error)}; what it did not confirm is"
            " sent again."
        ) from None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
