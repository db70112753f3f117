"""Whether the mail server would take a message of ours, found out without sending one."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from fintech_pipeline.errors import DeliveryError, Rejected, Retryable
from fintech_pipeline.settings.alerts import SmtpSettings

_WRONG_PASSWORD, _NO_SUCH_WAY = 535, 534
_LOGIN_FIRST = 530
"""RFC 4954, 6. Google says 534 where it wants a password made for applications."""
_WORDS = {"starttls": "encrypted by STARTTLS", "tls": "encrypted", "none": "not encrypted"}


def check(settings: SmtpSettings) -> str:
    """Connects, encrypts, logs in and names the sender, as before a message, and goes.

    Each step may take `timeout_seconds`. Certificates are checked against this machine's
    authorities, or those that `SSL_CERT_FILE` names.

    Returns:
        How it went, a phrase.

    Raises:
        Rejected: It would refuse every message until a setting, or something there, is mended.
        Retryable: It cannot be reached, or takes nothing now.
    """
    trouble: DeliveryError | None = None
    try:
        with _session(settings) as server:
            trouble = _refusal(settings, *server.mail(settings.sender))
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        trouble = _meaning(settings, error)
    # Outside of the handler: a foreign error may hold the password, and would be its context.
    if trouble is not None:
        raise trouble
    login = f"logged in as {settings.user}" if settings.user else "without a login"
    return (
        f"{_place(settings)} takes messages of {settings.sender},"
        f" {_WORDS[settings.security]}, {login}"
    )


@contextmanager
def _session(settings: SmtpSettings) -> Iterator[smtplib.SMTP]:
    """A connection over which a message could be sent."""
    place, seconds = (settings.host, settings.port), settings.timeout_seconds
    if settings.security == "tls":
        context = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=seconds, context=context)
    else:
        server = smtplib.SMTP(*place, timeout=seconds)
    with server:
        if settings.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.user is not None and settings.password is not None:
            server.login(settings.user, settings.password.get_secret_value())
        server.ehlo_or_helo_if_needed()
        yield server


def _refusal(settings: SmtpSettings, code: int, _: bytes) -> DeliveryError | None:
    """What the answer to the sender means; its text is the server's and is not passed on."""
    if code < 300:
        return None
    if code == _LOGIN_FIRST:
        return Rejected(
            f"{_place(settings)} wants a login; set alerts.smtp.user and"
            ' password = "${SMTP_PASSWORD}".'
        )
    told = f"{_place(settings)} takes no messages of {settings.sender} (it answers {code})"
    if code < 500:
        return Retryable(f"{told} for now; try again later.")
    return Rejected(f"{told}; set alerts.smtp.sender to an address that the login may use.")


def _meaning(settings: SmtpSettings, error: Exception) -> DeliveryError:
    """What a foreign error says of the server; a certificate's is an OSError and a ValueError."""
    match error:
        case ssl.SSLError():
            return _of_tls(settings, error)
        case UnicodeEncodeError(encoding="ascii"):
            return Rejected(
                "alerts.smtp.user, password or sender holds a letter that SMTP does not carry;"
                " set one of ASCII alone."
            )
        case smtplib.SMTPNotSupportedError():
            return _not_offered(settings, error)
        case smtplib.SMTPAuthenticationError():
            return _of_login(settings, error.smtp_code)
        case smtplib.SMTPResponseException():
            return _of_answer(settings, error.smtp_code)
        case smtplib.SMTPException() if type(error) is smtplib.SMTPException:
            return Rejected(
                f"{_place(settings)} offers no kind of login that we know; nothing was sent."
            )
        case _:
            return _of_connection(settings, error)


def _of_tls(settings: SmtpSettings, error: ssl.SSLError) -> DeliveryError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Rejected(
            f"The certificate of {_place(settings)} is not to be trusted"
            f" ({error.verify_message.rstrip('.')}); nothing was sent. SSL_CERT_FILE may name the"
            " authority."
        )
    hint = ' set alerts.smtp.security = "starttls", or another port.'
    return Rejected(
        f"{_place(settings)} speaks no TLS that we know;"
        + (hint if settings.security == "tls" else " nothing was sent.")
    )


def _not_offered(settings: SmtpSettings, error: Exception) -> DeliveryError:
    """Of encryption, or of a login: which of both only the library's own text tells."""
    if settings.security == "starttls" and "STARTTLS" in str(error):
        return Rejected(
            f"{_place(settings)} offers no STARTTLS, so nothing was sent; set alerts.smtp.security"
            ' to "tls" where it encrypts from the start (port 465), or to "none".'
        )
    return Rejected(
        f"{_place(settings)} offers no login, so nothing was sent; leave alerts.smtp.user and"
        " password out, or encrypt the connection."
    )


def _of_login(settings: SmtpSettings, code: int) -> DeliveryError:
    told = f"{_place(settings)} refuses the login of {settings.user} (it answers {code})"
    if code < 500:
        return Retryable(f"{told} for now; try again later.")
    if code == _NO_SUCH_WAY:
        return Rejected(f"{told}; it may want a password made for applications.")
    return Rejected(f"{told}; check alerts.smtp.user and SMTP_PASSWORD.")


def _of_answer(settings: SmtpSettings, code: int) -> DeliveryError:
    if 400 <= code < 500:
        return Retryable(f"{_place(settings)} takes nothing now (it answers {code}).")
    return Rejected(f"{_place(settings)} does not talk to us (it answers {code}).")


def _of_connection(settings: SmtpSettings, error: Exception) -> DeliveryError:
    check_both = "check alerts.smtp.host and port"
    silent = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    match error:
        case socket.gaierror() | UnicodeError():
            told = f"its name is not known here; {check_both}"
        case ConnectionRefusedError():
            told = f"nobody listens there; {check_both}"
        case _ if silent:  # of the greeting smtplib says only that the connection was closed
            told = (
                f"it was silent for {settings.timeout_seconds:g} s; {check_both}, and on port 465"
                ' set security = "tls"'
            )
        case smtplib.SMTPServerDisconnected():
            told = "it ended the connection"
        case _:
            told = f"the network failed; {check_both}"
    return Retryable(f"The mail server {_place(settings)} can't be reached: {told}.")


def _place(settings: SmtpSettings) -> str:
    return f"{settings.host}:{settings.port}"
