"""A mail server on the loopback that takes mails, and can misbehave: aiosmtpd's own."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.faults.alert_scenarios import MailFault


@dataclass
class MailPeer:
    """Takes mails.

    Attributes:
        patience: How long the other side waits for an answer, in seconds.
        port: Where it listens.
        faults: What becomes of the next mails; None where nothing bad does.
        taken: The mails it took, the oldest first.
        on_taken: Is called when one has been taken, before that is said.
    """

    patience: float
    port: int = 0
    faults: list[MailFault | None] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)
    on_taken: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's
        with self._lock:
            fault = self.faults.pop(0) if self.faults else None
        if fault is MailFault.BUSY:
            return "451 4.3.2 Try again later"
        if fault is MailFault.REFUSED:
            return "554 5.7.1 Refused"
        if fault is not MailFault.CUT:
            assert isinstance(envelope.content, bytes)
            self.taken.append(message_from_bytes(envelope.content))
            self.on_taken()
        if fault in {MailFault.CUT, MailFault.CUT_TAKEN}:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        if fault is MailFault.TIME_OUT_TAKEN:
            await asyncio.sleep(self.patience * 2)
        return "250 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Whoever sent it may be gone."""
        return f"451 {error}"


@contextmanager
def taking_mail(patience: float) -> Iterator[MailPeer]:
    """A mail server that is running."""
    peer = MailPeer(patience)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        peer.port = probe.getsockname()[1]
    controller = Controller(peer, "127.0.0.1", peer.port)
    controller.start()
    try:
        yield peer
    finally:
        controller.stop()
