"""A mail server and a Twilio account that are tried and get no message."""

import asyncio
import base64
import contextlib
from collections.abc import Iterator
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from fintech_pipeline.errors import DeliveryError
from tests.vendors.standin import Does, Reply, Request, StandIn, as_json

PASSWORD = "s3cret of ours"  # noqa: S105
SENDER = "watch@example.org"
SID = "AC0123456789abcdef0123456789abcdef"
TOKEN = "fedcba9876543210fedcba9876543210"  # noqa: S105
PATH = f"/2010-04-01/Accounts/{SID}.json"


class Mailbox:
    """A mail server's handler: what it was told, and what it answers to a sender."""

    def __init__(self, to_sender: str = "250 OK") -> None:
        self.senders: list[str] = []
        self.messages: list[Envelope] = []
        self._to_sender = to_sender

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's own name
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.senders.append(address)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._to_sender

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        self.messages.append(envelope)
        return "250 OK"


def knows(_: SMTP, __: Session, ___: Envelope, ____: str, told: object) -> AuthResult:
    assert isinstance(told, LoginPassword)
    known = (told.login, told.password) == (b"watch", PASSWORD.encode())
    return AuthResult(success=known, handled=False)  # the server answers, not this


class AnyPort(Controller):
    """A server at a port that is free, which it tells once it listens."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def mail_server(box: Mailbox, **options: Any) -> Iterator[Controller]:
    """A real server; a login is possible only over an encrypted connection."""
    controller = AnyPort(box, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


def sentence(error: DeliveryError) -> DeliveryError:
    """The error, whose text is one line for a person, and which drags no foreign one along."""
    assert "\n" not in str(error)
    assert str(error).endswith(".")
    assert error.__cause__ is None
    assert error.__context__ is None
    assert PASSWORD not in str(error)
    assert TOKEN not in str(error)
    return error


class TwilioStandIn(StandIn):
    """The account resource, as Twilio's OpenAPI description has it."""

    def __init__(self, **changed: str) -> None:
        super().__init__()
        self.account = {
            "sid": SID,
            "auth_token": TOKEN,
            "friendly_name": "watch",
            "status": "active",
            "type": "Full",
            "uri": PATH,
            **changed,
        }
        self.instead: Does | None = None

    def reply(self, request: Request) -> Does:
        basic = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if self.instead is not None:
            return self.instead
        if request.headers.get("authorization") != f"Basic {basic}":
            return refusal(401, 20003)
        return as_json(self.account) if request.path == PATH else refusal(404, 20404)


def refusal(status: int, code: int) -> Reply:
    more = f"https://www.twilio.com/docs/errors/{code}"
    told = {"code": code, "message": f"no, {TOKEN}", "more_info": more, "status": status}
    return as_json(told, status)
