"""The channel `console`: messages are written where somebody looks, as in the demo."""

from collections.abc import Iterator, Sequence
from typing import TextIO

from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.message import plain_text
from fintech_pipeline.alerts.phrases import tidy
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.told import Links, Message
from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import DeliveryError, Retryable

LONGEST_NAME = 40


class ConsoleChannel:
    """Alerts as text on a stream.

    Args:
        stream: Where to write.
        links: Where pages are.
        clock: The time, for the remark that a message is late.
    """

    name = ChannelName.CONSOLE
    repeatable = True
    together = 20

    def __init__(self, stream: TextIO, links: Links, clock: Clock) -> None:
        self._stream = stream
        self._links = links
        self._clock = clock

    def send(
        self, messages: Sequence[Message]
    ) -> Iterator[tuple[Message, Receipt | DeliveryError]]:
        """Writes the messages, each in one piece; see `Channel.send`."""
        for message in messages:
            text = plain_text(message, message.zone, self._links, self._clock())
            head = f"── Alert for {tidy(message.person, LONGEST_NAME)} "
            try:
                self._write(f"{head:─<72}\n{text}\n")
            except (OSError, ValueError):  # a closed stream is a ValueError
                yield message, Retryable("The console cannot be written to.")
            else:
                yield message, Receipt(Progress.SENT, "Written to the console.")

    def _write(self, text: str) -> None:
        """What the terminal's encoding lacks becomes a question mark."""
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()
