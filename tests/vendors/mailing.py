"""The channel `email` as its tests set it up."""

import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fintech_pipeline.alerts.channels.channel import Receipt
from fintech_pipeline.alerts.channels.email.channel import EmailChannel
from fintech_pipeline.alerts.channels.email.price_line import PriceLine, PricesOf
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.told import Message
from fintech_pipeline.errors import DeliveryError
from fintech_pipeline.settings.alerts import SmtpSettings
from tests.unit.made_messages import AT, LINKS, message

SENDER = "watch@example.com"


def prices(_: str, at: datetime) -> PriceLine:
    """Five hours of a price that falls."""
    instants = tuple(at - timedelta(minutes=30 * back) for back in range(9, -1, -1))
    return PriceLine(instants, tuple(140.0 - place for place in range(10)))


def no_prices(_: str, __: datetime) -> None:
    """Nothing stored."""


def emailing(
    port: int,
    *,
    prices_of: PricesOf = no_prices,
    trusted: Path | None = None,
    name: str = "home",
    **settings: Any,
) -> EmailChannel:
    """The channel, to a server on this machine."""
    smtp = SmtpSettings(
        **{
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "sender": SENDER,
            "timeout_seconds": 1.0,
            **settings,
        }
    )
    tls = ssl.create_default_context(cafile=trusted) if trusted else None
    return EmailChannel(smtp, name, prices_of, LINKS, lambda: AT + timedelta(minutes=2), tls)


def to(address: str, number: int = 7, **changes: Any) -> Message:
    """A message to an address."""
    contact = Contact(ChannelName.EMAIL, address, number)
    return replace(message(), delivery_id=number, contact=contact, **changes)


def outcomes(channel: EmailChannel, *messages: Message) -> list[Receipt | DeliveryError]:
    """What became of each, in their order; each is told of once."""
    told: Sequence[tuple[Message, Receipt | DeliveryError]] = list(channel.send(messages))
    assert [one for one, _ in told] == list(messages)
    return [outcome for _, outcome in told]
