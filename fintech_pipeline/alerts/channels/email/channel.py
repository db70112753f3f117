"""The channel `email`: a batch of messages becomes mails, and goes through one connection."""

import ssl
from collections.abc import Iterator, Sequence

from fintech_pipeline.alerts.channels.channel import Receipt
from fintech_pipeline.alerts.channels.email.chart import Charts
from fintech_pipeline.alerts.channels.email.mail import Letters, Sender, ascii_address
from fintech_pipeline.alerts.channels.email.price_line import PricesOf
from fintech_pipeline.alerts.channels.email.sending import Line, Post
from fintech_pipeline.alerts.message_blocks import blocks_of
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.told import Links, Message
from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import ContactEnded, DeliveryError, Retryable
from fintech_pipeline.settings.alerts import SmtpSettings

MOST_PICTURES = 5
"""In one mail; more would make it heavy on a phone."""
MOST_LOST = 3
"""Connections that end in the middle before the rest of a batch waits for the next."""
Outcome = Receipt | DeliveryError


class EmailChannel:
    """Alerts by mail.

    A message that may have been sent is sent again under the same Message-ID, so it is repeatable.

    Args:
        settings: The mail server and the sender.
        configuration: The configuration's name, a part of each Message-ID.
        prices_of: The prices of a symbol up to an instant, for the picture.
        links: Where pages are.
        clock: The time, for the remark that a message is late.
        tls: What certificates are trusted; the machine's own choice where it is None.
    """

    name = ChannelName.EMAIL
    repeatable = True
    together = 100

    def __init__(
        self,
        settings: SmtpSettings,
        configuration: str,
        prices_of: PricesOf,
        links: Links,
        clock: Clock,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._sender = Sender(settings.sender, configuration)
        self._post = Post(settings, self._sender.domain, tls or ssl.create_default_context())
        self._charts = Charts(prices_of)
        self._letters = Letters(self._sender, links)
        self._clock = clock

    def send(self, messages: Sequence[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Sends the messages through one connection; see `Channel.send`."""
        batch = _Batch(self._post, ascii_address(self._sender.address))
        try:
            for message in messages:
                try:
                    recipient = ascii_address(message.contact.address)
                except ValueError as error:
                    yield message, _no_address(message, error)
                    continue
                yield message, batch.send(recipient, self._mail(message))
        finally:
            batch.close()

    def _mail(self, message: Message) -> bytes:
        pictures: dict[int, bytes] = {}
        for block in blocks_of(message):
            told = block.first
            if block.market_wide or told.price is None or len(pictures) == MOST_PICTURES:
                continue
            if picture := self._charts.of(told.subject, told.at):
                pictures[told.alert_id] = picture
        return self._letters.mail(message, message.zone, pictures, self._clock())


class _Batch:
    """The connection of a batch: opened when it is needed, and anew where the server closed it."""

    def __init__(self, post: Post, sender: str) -> None:
        self._post = post
        self._sender = sender
        self._line: Line | None = None
        self._failure: DeliveryError | None = None
        self._lost_in_a_row = 0

    def send(self, recipient: str, mail: bytes) -> Outcome:
        """Sends one mail, once more where a connection that had served before was closed by then.

        Servers take only so many mails of one connection, and close it without a word.
        """
        line = self._opened()
        if isinstance(line, DeliveryError):
            return line
        had_served = line.mails > 0
        outcome = self._sent(line, recipient, mail)
        if had_served and not line.usable and isinstance(outcome, Retryable):
            line = self._opened()
            return line if isinstance(line, DeliveryError) else self._sent(line, recipient, mail)
        return outcome

    def _sent(self, line: Line, recipient: str, mail: bytes) -> Outcome:
        outcome = line.send(self._sender, recipient, mail)
        self._lost_in_a_row = 0 if line.usable else self._lost_in_a_row + 1
        return outcome

    def _opened(self) -> Line | DeliveryError:
        """A connection; or why there is none, which then holds for the rest of the batch."""
        if self._failure is None and self._lost_in_a_row >= MOST_LOST:
            self._failure = Retryable(
                f"{self._post.server} ended {MOST_LOST} connections one after the other;"
                " this mail was not tried."
            )
        if self._failure is not None:
            return self._failure
        if self._line is None or not self._line.usable:
            opened = self._post.open()
            if isinstance(opened, DeliveryError):
                self._failure = opened
                return opened
            self._line = opened
        return self._line

    def close(self) -> None:
        """Ends it."""
        if self._line is not None:
            self._line.close()


def _no_address(message: Message, error: ValueError) -> ContactEnded:
    shown = message.contact.address[:80]
    return ContactEnded(f"Nothing can be sent to {shown!r}: {error}.")
