"""Whether the mail server would take a message: connected, encrypted, logged in; none is sent."""

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from fintech_pipeline.alerts.channels.email import checking as mail
from fintech_pipeline.errors import DeliveryError, Rejected, Retryable
from fintech_pipeline.settings.alerts import SmtpSettings
from tests.vendors.trying import PASSWORD, SENDER, Mailbox, knows, mail_server, sentence


@pytest.fixture
def certificate(one_authority: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(one_authority)
    return context


@pytest.fixture
def trusted(one_authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))


def settings(port: int, **others: Any) -> SmtpSettings:
    given = {"host": "127.0.0.1", "port": port, "sender": SENDER, "timeout_seconds": 3, **others}
    return SmtpSettings(**given)


def login(password: str = PASSWORD) -> dict[str, Any]:
    return {"user": "watch", "password": SecretStr(password)}


def mail_failure(own: SmtpSettings) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        mail.check(own)
    return sentence(caught.value)


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
