"""What a channel is: it takes messages and says of each what became of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.told import Message
from fintech_pipeline.errors import DeliveryError


class Progress(StrEnum):
    """How far a message has come; it only ever goes forward, in this order."""

    PLANNED = "planned"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"

    def passes(self, other: "Progress") -> bool:
        """Whether this is further than the other."""
        order = tuple(Progress)
        return order.index(self) > order.index(other)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the other side said.

    Attributes:
        progress: `ACCEPTED` where more will be heard, `SENT` where nothing more will; what a later
            question brings may be any.
        told: What became of it, a sentence.
        vendor_id: The other side's number of it.
        segments: How many SMS it was.
        cost_usd: What it cost; None where nobody has said.
        ends_contact: Why the contact must not be used any more; None where it may.
    """

    progress: Progress
    told: str
    vendor_id: str | None = None
    segments: int | None = None
    cost_usd: Decimal | None = None
    ends_contact: str | None = None


class Channel(Protocol):
    """A way to reach people."""

    @property
    def name(self) -> ChannelName:
        """Which."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether a message that may or may not have been sent is sent again.

        That is what the other side shows once, or where twice is better than never.
        """
        ...

    @property
    def together(self) -> int:
        """How many messages one call of `send` is best given."""
        ...

    def send(
        self, messages: Sequence[Message]
    ) -> Iterator[tuple[Message, Receipt | DeliveryError]]:
        """Sends the messages, and says of each what became of it as soon as that is known.

        What cannot be sent at all, as where the server is away, is said of each as well: nothing is
        raised but for bugs.

        Returns:
            Each message once, in any order: a receipt; `Rejected` where the same message will never
            be accepted; `ContactEnded` where nothing ever will there; `Retryable` where it was
            certainly not sent; `Ambiguous` where it may have been.
        """
        ...


@runtime_checkable
class Tracked(Channel, Protocol):
    """A channel whose other side can be asked what became of a message."""

    def status(self, vendor_id: str) -> Receipt:
        """What the other side says of a message that it has taken.

        Args:
            vendor_id: Its number of it.

        Raises:
            DeliveryError: It could not be asked, or knows of no such message.
        """
        ...

    def find(self, contact: Contact, delivery_id: int, since: datetime) -> Receipt | None:
        """Looks for a message that may have been sent.

        Args:
            contact: Whom it was for.
            delivery_id: Our number of it, by which it is recognised.
            since: When it was begun first (UTC).

        Returns:
            What the other side says of it; None where it knows of no such message.

        Raises:
            DeliveryError: It could not be asked.
        """
        ...
