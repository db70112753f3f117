"""Channels called so that nothing they do wrong reaches further than the message it is about."""

import logging
from collections.abc import Iterator, Sequence

from fintech_pipeline.alerts.channels.channel import Channel, Receipt, Tracked
from fintech_pipeline.alerts.outbox_rows import Parcel
from fintech_pipeline.alerts.told import Message
from fintech_pipeline.errors import Ambiguous, DeliveryError, Retryable

LOG = logging.getLogger("fintech.deliver")
Answer = Receipt | DeliveryError


def answers(channel: Channel, messages: Sequence[Message]) -> Iterator[tuple[Message, Answer]]:
    """What the channel says of each message; a bug over one of them does not touch the others.

    Args:
        channel: Which way they go.
        messages: Each with an attempt of its own that has begun.

    Returns:
        Each message once, with its answer as soon as it is known.
    """
    left = {message.delivery_id: message for message in messages}
    try:
        for message, answer in channel.send(messages) if messages else ():
            left.pop(message.delivery_id, None)
            yield message, answer
    except Exception:
        LOG.exception("The channel %s broke", channel.name)
    alone = channel.repeatable and len(messages) > 1
    for message in list(left.values()):
        if alone:
            yield from answers(channel, [message])
        else:
            yield message, Ambiguous("It may have been sent: the channel broke over it.")


def asked(channel: Channel | None, parcel: Parcel) -> Answer | None:
    """What the vendor says of a message; None where it knows of none.

    Args:
        channel: Which way it went; None where that is not configured any more.
        parcel: The message.

    Returns:
        A receipt, or the error that says why it could not be asked.
    """
    if not isinstance(channel, Tracked):
        return Retryable("Nobody can be asked what became of it.")
    case, message = parcel.case, parcel.message
    try:
        if parcel.vendor_id is not None:
            return channel.status(parcel.vendor_id)
        return channel.find(message.contact, message.delivery_id, case.since)
    except DeliveryError as error:
        return error
    except Exception:
        LOG.exception("The channel %s broke", channel.name)
        return Retryable("The vendor could not be asked what became of it.")
