"""What `fintech doctor` says of the mail server and of Twilio; neither gets a message."""

import asyncio
import base64
import contextlib
import json
import random
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from click.testing import CliRunner, Result
from pydantic import SecretStr

from fintech_pipeline.alerts.channels.email import checking as mail
from fintech_pipeline.alerts.channels.sms import checking as sms
from fintech_pipeline.cli.main import fintech
from fintech_pipeline.errors import DeliveryError, RateLimited, Rejected, Retryable
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.caller import Caller
from fintech_pipeline.quota.circuit import Circuit
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.settings.alerts import SmtpSettings
from fintech_pipeline.storage.database import Database
from tests.vendors.loopback import resets, self_signed
from tests.vendors.standin import Does, Reply, Request, StandIn, as_json, standing_in

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


@pytest.fixture
def certificate(one_authority: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(one_authority)
    return context


@pytest.fixture
def trusted(one_authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))


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


def settings(port: int, **others: Any) -> SmtpSettings:
    given = {"host": "127.0.0.1", "port": port, "sender": SENDER, "timeout_seconds": 3, **others}
    return SmtpSettings(**given)


def login(password: str = PASSWORD) -> dict[str, Any]:
    return {"user": "watch", "password": SecretStr(password)}


def mail_failure(own: SmtpSettings) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        mail.check(own)
    return sentence(caught.value)


def sentence(error: DeliveryError) -> DeliveryError:
    """The error, whose text is one line for a person, and which drags no foreign one along."""
    assert "\n" not in str(error)
    assert str(error).endswith(".")
    assert error.__cause__ is None
    assert error.__context__ is None
    assert PASSWORD not in str(error)
    assert TOKEN not in str(error)
    return error


# ── the mail server ────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("trusted")
def test_a_server_that_takes_the_login_by_starttls_is_told_of_and_gets_no_message(
    certificate: ssl.SSLContext,
) -> None:
    box = Mailbox()
    options = {"tls_context": certificate, "authenticator": knows, "auth_required": True}
    with mail_server(box, **options) as server:
        told = mail.check(settings(server.port, **login()))
    expected = f"127.0.0.1:{server.port} takes messages of {SENDER}, encrypted by STARTTLS,"
    assert told == f"{expected} logged in as watch"
    assert box.senders == [SENDER]
    assert box.messages == []


@pytest.mark.usefixtures("trusted")
def test_a_server_that_encrypts_from_the_start_is_told_of(certificate: ssl.SSLContext) -> None:
    box = Mailbox()
    options = {"ssl_context": certificate, "authenticator": knows, "auth_require_tls": False}
    with mail_server(box, **options) as server:
        told = mail.check(settings(server.port, security="tls", **login()))
    assert told.endswith(f"takes messages of {SENDER}, encrypted, logged in as watch")
    assert box.senders == [SENDER]


def test_a_server_on_this_machine_needs_neither_encryption_nor_login() -> None:
    box = Mailbox()
    with mail_server(box) as server:
        told = mail.check(settings(server.port, security="none"))
    assert told.endswith("not encrypted, without a login")
    assert box.senders == [SENDER]


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_told_of_and_shown_nowhere(certificate: ssl.SSLContext) -> None:
    wrong = "another s3cret"
    with mail_server(Mailbox(), tls_context=certificate, authenticator=knows) as server:
        error = mail_failure(settings(server.port, **login(wrong)))
    assert type(error) is Rejected
    assert str(error) == (
        f"127.0.0.1:{server.port} refuses the login of watch (it answers 535); check"
        " alerts.smtp.user and SMTP_PASSWORD."
    )


@pytest.mark.usefixtures("trusted")
def test_a_password_that_smtp_cannot_carry_is_told_of_and_shown_nowhere(
    certificate: ssl.SSLContext,
) -> None:
    with mail_server(Mailbox(), tls_context=certificate, authenticator=knows) as server:
        error = mail_failure(settings(server.port, **login("Geheimnis Größe")))
    assert "Größe" not in str(error)
    assert "a letter that SMTP does not carry; set one of ASCII alone" in str(error)


def test_a_certificate_that_nobody_vouches_for_is_told_of(certificate: ssl.SSLContext) -> None:
    box = Mailbox()
    with mail_server(box, tls_context=certificate, authenticator=knows) as server:
        error = mail_failure(settings(server.port, **login()))
    assert str(error) == (
        f"The certificate of 127.0.0.1:{server.port} is not to be trusted (self-signed"
        " certificate); nothing was sent. SSL_CERT_FILE may name the authority."
    )
    with mail_server(box, ssl_context=certificate) as server:
        error = mail_failure(settings(server.port, security="tls"))
    assert "is not to be trusted" in str(error)
    assert box.senders == []


def test_a_server_that_offers_no_encryption_is_told_nothing_of_the_login() -> None:
    box = Mailbox()
    with mail_server(box) as server:
        error = mail_failure(settings(server.port, **login()))
        assert type(error) is Rejected
        assert 'offers no STARTTLS, so nothing was sent; set alerts.smtp.security to "tls"' in str(
            error
        )
        error = mail_failure(settings(server.port, security="tls", **login()))
    assert str(error) == (
        f"127.0.0.1:{server.port} speaks no TLS that we know; set alerts.smtp.security ="
        ' "starttls", or another port.'
    )
    assert box.senders == []


@pytest.mark.usefixtures("trusted")
def test_a_server_without_logins_is_told_of(certificate: ssl.SSLContext) -> None:
    with mail_server(
        Mailbox(), tls_context=certificate, auth_exclude_mechanism=["LOGIN", "PLAIN"]
    ) as server:
        error = mail_failure(settings(server.port, **login()))
    assert "offers no" in str(error)
    assert "login" in str(error)


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        ("550 not you", Rejected, f"takes no messages of {SENDER} (it answers 550); set alerts"),
        ("451 greylisted", Retryable, f"takes no messages of {SENDER} (it answers 451) for now"),
        ("530 log in first", Rejected, 'wants a login; set alerts.smtp.user and password = "${SMT'),
    ],
)
def test_a_sender_that_is_refused_is_told_of(
    answer: str, kind: type[DeliveryError], told: str
) -> None:
    with mail_server(Mailbox(answer)) as server:
        error = mail_failure(settings(server.port, security="none"))
    assert type(error) is kind
    assert told in str(error)
    assert answer not in str(error)


def test_a_server_that_is_not_there_is_told_of() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = mail_failure(settings(port))
    assert type(error) is Retryable
    assert str(error) == (
        f"The mail server 127.0.0.1:{port} can't be reached: nobody listens there; check"
        " alerts.smtp.host and port."
    )
    error = mail_failure(settings(port, host="nowhere.invalid"))
    assert "can't be reached: its name is not known here;" in str(error)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_says_nothing_is_told_of_in_time(security: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        error = mail_failure(settings(port, security=security, timeout_seconds=0.3))
    assert type(error) is Retryable
    assert "it was silent for 0.3 s; check alerts.smtp.host and port, and on port 465" in str(error)


@pytest.mark.parametrize(
    ("greeting", "kind", "told"),
    [
        (b"421 busy\r\n", Retryable, "takes nothing now (it answers 421)."),
        (b"554 blocked\r\n", Rejected, "does not talk to us (it answers 554)."),
        (b"", Retryable, "can't be reached: it ended the connection."),
        (b"220 hello\r\n", Retryable, "can't be reached: it ended the connection."),
    ],
)
def test_a_server_that_turns_away_is_told_of(
    greeting: bytes, kind: type[DeliveryError], told: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(greeting)

        with ThreadPoolExecutor(1) as others:
            greeted = others.submit(greet)
            error = mail_failure(settings(port, security="none"))
            greeted.result(5)
    assert type(error) is kind
    assert told in str(error)


# ── Twilio ─────────────────────────────────────────────────────────────────────────────────────


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


def asked(database: Database, vendor: TwilioStandIn, *, sid: str = SID, token: str = TOKEN) -> str:
    """What the check says; a repetition does not really wait."""
    access = sms.account_access(sid, SecretStr(token), vendor.url)
    ledger = Ledger(database, Circuit(), "test/1")
    chance = random.Random(7)  # noqa: S311  # spreads repetitions, hides nothing
    caller = Caller(access, Allowance(), ledger, chance=chance, sleep=lambda _: None)
    return sms.check(caller, sid)


def sms_failure(database: Database, vendor: TwilioStandIn, **others: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        asked(database, vendor, **others)
    return sentence(caught.value)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)


@pytest.fixture
def vendor() -> Iterator[TwilioStandIn]:
    made = TwilioStandIn()
    with standing_in(made) as made.url:
        yield made


def test_an_active_account_is_told_of_and_sends_nothing(
    database: Database, vendor: TwilioStandIn
) -> None:
    assert asked(database, vendor) == "the account is active"
    (request,) = vendor.requests
    assert request.head.startswith(f"GET {PATH} ")
    assert request.params == {}


def test_a_trial_account_is_told_of_with_what_it_cannot_do(
    database: Database, vendor: TwilioStandIn
) -> None:
    vendor.account["type"] = "Trial"
    assert asked(database, vendor) == (
        "the account is active, a trial account, which reaches verified numbers alone and begins"
        " each SMS with a line of Twilio's"
    )


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_may_send_nothing_is_told_of(
    database: Database, vendor: TwilioStandIn, status: str
) -> None:
    vendor.account["status"] = status
    error = sms_failure(database, vendor)
    assert type(error) is Rejected
    assert str(error) == f"Twilio's account is {status}; look into Twilio's Console."


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (refusal(401, 20003), Rejected, "Twilio refuses the login; check TWILIO_AUTH_TOKEN and"),
        (refusal(401, 20005), Rejected, "Twilio's account is not active; look into"),
        (refusal(403, 20403), Rejected, "Twilio's account is not active; look into"),
        (refusal(404, 20404), Rejected, "Twilio knows no such account at this address; check"),
        (refusal(500, 20500), Retryable, "twilio answered the call for account with HTTP 500"),
        (Reply(b"<html>log in</html>"), Retryable, "twilio sent a web page in place of account"),
        (Reply(b"[1]"), Retryable, "twilio sent no account; check alerts.twilio.base_url."),
        (Reply(b'{"status": "active"}'), Retryable, "twilio sent no account; check"),
        (Reply(b"{" * 200_000), Retryable, "twilio sent no account; check"),
        (Reply(b"", 401), Rejected, "Twilio refuses the login"),
        (Reply(b"", 302, headers={"Location": f"https://x.example/{TOKEN}"}), Retryable, "redire"),
        (resets, Retryable, "twilio gave no answer"),
    ],
)
def test_what_else_twilio_answers_is_one_sentence_without_the_token(
    database: Database, vendor: TwilioStandIn, answer: Does, kind: type[DeliveryError], told: str
) -> None:
    vendor.instead = answer
    error = sms_failure(database, vendor)
    assert type(error) is kind
    assert told in str(error)


def test_a_wrong_token_is_told_of(database: Database, vendor: TwilioStandIn) -> None:
    error = sms_failure(database, vendor, token="0" * 32)
    assert str(error) == (
        "Twilio refuses the login; check TWILIO_AUTH_TOKEN and alerts.twilio.account_sid."
    )


def test_a_certificate_of_twilio_that_nobody_vouches_for_is_told_of(
    database: Database, tmp_path: Path
) -> None:
    impostor = TwilioStandIn()
    with standing_in(impostor, self_signed(tmp_path / "other.pem")) as impostor.url:
        error = sms_failure(database, impostor)
    assert "the certificate of 127.0.0.1 is not to be trusted" in str(error)
    assert impostor.requests == []


def test_a_pause_that_twilio_asks_for_is_no_fault(
    database: Database, vendor: TwilioStandIn
) -> None:
    vendor.instead = Reply(b"{}", 429, headers={"Retry-After": "600"})
    with pytest.raises(RateLimited, match="asks for a pause of 600 s"):
        asked(database, vendor)


# ── the command ────────────────────────────────────────────────────────────────────────────────

CONFIG = """
name = "demo"
[pipeline]
starts_on = 2026-01-01
[market]
providers = ["simulated"]
[[watchlist]]
symbol = "KO"
name = "Coca-Cola"
mic = "XSIM"
"""
ALERTS = """
[alerts.smtp]
host = "127.0.0.1"
port = ${PORT}
security = "none"
sender = "watch@example.org"
timeout_seconds = 3
[alerts.twilio]
account_sid = "AC0123456789abcdef0123456789abcdef"
auth_token = "${TWILIO_AUTH_TOKEN}"
sender = "+15005550006"
base_url = "${TWILIO}"
"""


def doctor(
    database: Database, folder: Path, more: str, *words: str, token: str = TOKEN
) -> tuple[int, dict[str, dict[str, Any]]]:
    """Its exit code, and what it found by name."""
    file = folder / "fintech.toml"
    file.write_text(CONFIG + more)
    environment = {"TWILIO_AUTH_TOKEN": token, "DATABASE_URL": database.url, "FINTECH_CONFIG": None}
    command = ["--config", str(file), "doctor", "--json", *words]
    done: Result = CliRunner().invoke(fintech, command, env=environment, catch_exceptions=False)
    assert token not in done.output
    return done.exit_code, {one["what"]: one for one in json.loads(done.output)}


def test_the_doctor_tries_both_ways_and_sends_nothing(
    database: Database, vendor: TwilioStandIn, tmp_path: Path
) -> None:
    box = Mailbox()
    with mail_server(box) as server:
        more = ALERTS.replace("${PORT}", str(server.port)).replace("${TWILIO}", vendor.url)
        code, found = doctor(database, tmp_path, more)
        assert code == 0
        assert found["alerts.smtp"]["told"].startswith(f"127.0.0.1:{server.port} takes messages of")
        assert found["alerts.twilio"]["told"] == "the account is active."
        spent = len(box.senders), len(vendor.requests)
        code, found = doctor(database, tmp_path, more, "--no-probe")
    assert code == 0
    assert found["alerts.smtp"]["state"] == found["alerts.twilio"]["state"] == "wait"
    assert (len(box.senders), len(vendor.requests)) == spent == (1, 1)
    assert box.messages == []
    assert [one.head.split()[0] for one in vendor.requests] == ["GET"]


def test_the_doctor_fails_by_what_is_wrong_with_each_and_looks_at_the_rest(
    database: Database, vendor: TwilioStandIn, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    more = ALERTS.replace("${PORT}", str(port)).replace("${TWILIO}", vendor.url)
    code, found = doctor(database, tmp_path, more, token="1" * 32)
    assert code == 1
    assert "nobody listens there" in found["alerts.smtp"]["told"]
    assert "check TWILIO_AUTH_TOKEN" in found["alerts.twilio"]["told"]
    failed = {what for what, one in found.items() if not one["healthy"]}
    assert failed == {"alerts.smtp", "alerts.twilio"}
    assert found["database"]["state"] == "ok"


def test_a_pause_of_twilio_is_waited_for_and_does_not_fail_the_doctor(
    database: Database, vendor: TwilioStandIn, tmp_path: Path
) -> None:
    vendor.instead = Reply(b"{}", 429, headers={"Retry-After": "600"})
    twilio = ALERTS[ALERTS.index("[alerts.twilio]") :].replace("${TWILIO}", vendor.url)
    code, found = doctor(database, tmp_path, twilio)
    assert code == 0
    assert found["alerts.twilio"]["state"] == "wait"
    assert "alerts.smtp" not in found


def test_where_alerts_leave_by_neither_the_doctor_says_nothing_of_them(
    database: Database, tmp_path: Path
) -> None:
    code, found = doctor(database, tmp_path, "")
    assert code == 0
    assert not [what for what in found if what.startswith("alerts")]
