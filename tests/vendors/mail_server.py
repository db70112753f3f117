"""Mail servers on the loopback interface: a real one, and one that misbehaves as it is told."""

import asyncio
import contextlib
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "watch", "p4ss/w0rd=S3CRET"
"""The login of these tests; the password may appear in no sentence."""
WRONG, UNSPEAKABLE = "wr0ng-S3CRET", "pässwörd"
"""Another password, and one that no login can carry."""


@dataclass
class Inbox:
    """What a real server took.

    Attributes:
        port: Where it listens.
        envelopes: Sender, recipients and content of each mail.
        connections: How many connections were made.
        logins: How many logins were right.
        refuses: What it answers to a recipient instead of 250, by the address.
    """

    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)
    connections: int = 0
    logins: int = 0
    refuses: dict[str, str] = field(default_factory=dict)

    @property
    def contents(self) -> list[bytes]:
        """Each mail as it came."""
        return [bytes(one.content or b"") for one in self.envelopes]  # type: ignore[arg-type]

    @property
    def mails(self) -> list[EmailMessage]:
        """Each mail as a reader sees it."""
        return [read(content) for content in self.contents]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"

    def authenticate(self, _: SMTP, __: Session, ___: Envelope, ____: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        right = data.login == USER.encode() and data.password == PASSWORD.encode()
        self.logins += right
        return AuthResult(success=right, handled=False)


def read(content: bytes) -> EmailMessage:
    """A mail as a reader's program understands it."""
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


@contextlib.contextmanager
def receiving(
    certificate: Path | None = None, *, implicit: bool = False, login: bool = False
) -> Iterator[Inbox]:
    """A real mail server that takes what it gets.

    Args:
        certificate: Its key and certificate; with it it offers STARTTLS.
        implicit: Whether it speaks TLS from the first byte instead.
        login: Whether it takes mail only after a login.
    """
    inbox = Inbox()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def conversation() -> SMTP:
        inbox.connections += 1
        with warnings.catch_warnings():
            # It does not know that the TLS around it is there.
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(
                inbox,
                hostname="mail.example.com",
                tls_context=None if implicit else context,
                authenticator=inbox.authenticate if login else None,
                auth_required=login,
                auth_require_tls=not implicit,
            )

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(conversation, "127.0.0.1", 0, ssl=context if implicit else None)
    )
    inbox.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield inbox
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _ended(server: asyncio.Server) -> None:
    """Closes it, and what is still open of its conversations."""
    server.close()
    await server.wait_closed()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


Acts = Callable[[socket.socket], None]
"""What a server does in place of its answer."""
STEPS = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "content")


@dataclass
class Planned:
    """A server that does at each step what it is told, else what a good one does.

    Attributes:
        port: Where it listens.
        steps: What it does at a step: an answer, or an act.
        connections: How many were made.
        contents: What came after DATA, each whole.
        times: How often each step was reached.
    """

    steps: Mapping[str, str | Acts]
    port: int = 0
    connections: int = 0
    contents: list[bytes] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=dict)


GOOD = {
    "greeting": "220 ready",
    "EHLO": "250 mail.example.com",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 go on",
    "content": "250 OK",
    "RSET": "250 OK",
    "QUIT": "221 bye",
}


def drops(connection: socket.socket) -> None:
    """Ends the connection."""
    connection.shutdown(socket.SHUT_RDWR)


def hangs(connection: socket.socket) -> None:
    """Says nothing, until the other side gives up."""
    while connection.recv(1024):
        pass


def raw(answer: bytes) -> Acts:
    """These bytes."""
    return lambda connection: connection.sendall(answer)


@contextlib.contextmanager
def misbehaving(**steps: str | Acts) -> Iterator[Planned]:
    """A server that does this at these steps; the names are those of `STEPS`."""
    plan = Planned(steps)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plan.port = listener.getsockname()[1]
        thread = threading.Thread(target=_accept, args=(listener, plan), daemon=True)
        thread.start()
        try:
            yield plan
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _accept(listener: socket.socket, plan: Planned) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        plan.connections += 1
        # Whoever sends may have hung up.
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            _converse(connection, plan)


def _converse(connection: socket.socket, plan: Planned) -> None:
    with connection.makefile("rb") as lines:
        _do(connection, plan, "greeting")
        for line in iter(lines.readline, b""):
            step = line.split()[0].decode().upper() if line.split() else ""
            _do(connection, plan, step)
            if step == "DATA" and plan.steps.get("DATA", GOOD["DATA"]) == GOOD["DATA"]:
                content = bytearray()
                while (piece := lines.readline()) not in {b".\r\n", b""}:
                    content += piece
                plan.contents.append(bytes(content))
                _do(connection, plan, "content")
            if step == "QUIT":
                return


def _do(connection: socket.socket, plan: Planned, step: str) -> None:
    plan.times[step] = plan.times.get(step, 0) + 1
    act = plan.steps.get(step, GOOD.get(step, "500 what?"))
    if isinstance(act, str):
        connection.sendall(f"{act}\r\n".encode())
    else:
        act(connection)
