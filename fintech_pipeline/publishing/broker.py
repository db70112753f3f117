"""The broker that events are published to, whichever it is."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from fintech_pipeline.publishing.cloud_events import Published
from fintech_pipeline.settings.events import BrokerAddress

CONNECT_SECONDS = 10.0


class Broker(Protocol):
    """A connected broker; `lost` is done when the connection has gone."""

    @property
    def lost(self) -> "asyncio.Future[None]":
        """What a client that would connect again by itself must not be waited for after."""

    async def send(self, published: Published) -> bool:
        """Returns once the broker has the message for good, however long one that is full takes.

        Returns:
            Whether anybody will get it, as far as the broker says; who has no subscriber drops it.

        Raises:
            BrokerError: It may or may not have it.
        """


Connecting = Callable[[], AbstractAsyncContextManager[Broker]]
"""Connects to a broker, or raises a `BrokerError`; a new one each time."""


def connecting(address: BrokerAddress, url: str, name: str) -> Connecting:
    """How to connect to the broker at an address.

    Args:
        address: Its parts.
        url: All of it; never shown.
        name: The configuration's, after which the exchange or topic is called.
    """
    # Each brings half a second of imports along.
    if address.kind == "rabbitmq":
        from fintech_pipeline.publishing.rabbitmq import connected_rabbitmq

        return lambda: connected_rabbitmq(address, url, name)
    from fintech_pipeline.publishing.kafka import connected_kafka

    return lambda: connected_kafka(address, name)
