"""What a mail server's answers and failures mean: each foreign error translated, once.

Answers are those of RFC 5321: 4xx passes, 5xx stays. Every function returns an error and raises
none, so that what is raised or recorded has no cause that would hold a login.
"""

import smtplib
import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum

from fintech_pipeline.alerts.phrases import tidy
from fintech_pipeline.errors import Ambiguous, DeliveryError, Rejected, Retryable

TEMPORARY, PERMANENT = range(400, 500), range(500, 600)
TOO_LARGE = 552
TLS_PORT = 465
_OF_465 = ' (port 465 wants alerts.smtp.security = "tls")'
LOGIN_MISSING = frozenset({530, 535, 538})
"""Answers to mail of somebody who did not log in (RFC 4954); mending the settings helps."""
LONGEST_ANSWER = 160


class Stage(StrEnum):
    """How far an exchange had come; what is between is what cannot be known."""

    CONNECTING = "while connecting"
    HELLO = "at the greeting"
    SECURING = "while TLS was being agreed"
    LOGIN = "at the login"
    SENDER = "at the sender's address"
    RECIPIENT = "at the recipient's address"
    CONTENT = "before the mail itself"
    SENT = "after the mail itself"


_AFTER_LOGIN = frozenset({Stage.SENDER, Stage.RECIPIENT, Stage.CONTENT, Stage.SENT})


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server as sentences name it.

    Attributes:
        host: Its name.
        port: Its port.
        security: How the connection is protected, a setting's word.
        user: Who logs in; None where nobody does.
    """

    host: str
    port: int
    security: str
    user: str | None = None

    def __str__(self) -> str:
        return f"The mail server {self.host}:{self.port}"


def failure_of(server: Server, stage: Stage, error: Exception) -> DeliveryError:
    """What an exception of smtplib, ssl or the network means for the mail that was being sent.

    Args:
        server: The server.
        stage: How far it had come.
        error: The exception; neither it nor its text gets into what is returned.
    """
    if stage in _AFTER_LOGIN:
        # Answers are no exceptions there, so the very exchange has failed.
        return _lost(server, stage, error)
    if isinstance(error, smtplib.SMTPResponseException):
        return refusal(server, stage, error.smtp_code, error.smtp_error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Retryable(
            f"{server} has a certificate that cannot be trusted"
            f" ({tidy(error.verify_message, LONGEST_ANSWER)}); nothing was sent."
        )
    if isinstance(error, ssl.SSLError) and stage in {Stage.CONNECTING, Stage.SECURING}:
        return Retryable(
            f'{server} does not speak TLS as alerts.smtp.security = "{server.security}" expects;'
            ' try "tls" on port 465, "starttls" on port 587.'
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _not_offered(server, stage)
    if isinstance(error, UnicodeError):
        return Retryable(
            f"{server} was not asked: the user or the password in alerts.smtp has letters that a"
            " mail login cannot carry."
        )
    return _lost(server, stage, error)


def refusal(server: Server, stage: Stage, code: int, text: bytes | str) -> DeliveryError:
    """What an answer that is not the hoped one means for the mail.

    Args:
        server: The server.
        stage: What it answered.
        code: The answer's three digits; -1 where it was none.
        text: The answer's words, which are a stranger's.
    """
    if stage is Stage.LOGIN:
        return _login_refused(server, code)
    said = f"{code} {_shown(text)}".rstrip()
    if code in PERMANENT and _is_of_the_mail(stage, code):
        return Rejected(f"{server} refused the mail {stage}: {said}.")
    if code in LOGIN_MISSING:
        return Retryable(
            f"{server} takes mail only after a login: set alerts.smtp.user and password ({said})."
        )
    if code in TEMPORARY or code in PERMANENT:
        return Retryable(f"{server} did not take the mail yet, {stage}: {said}.")
    return _lost(server, stage, None)


def _is_of_the_mail(stage: Stage, code: int) -> bool:
    """Whether a refusal is of this mail, not of us: those of us may be mended in the settings."""
    if stage in {Stage.RECIPIENT, Stage.CONTENT, Stage.SENT}:
        return code not in LOGIN_MISSING
    return stage is Stage.SENDER and code == TOO_LARGE


def _login_refused(server: Server, code: int) -> DeliveryError:
    if code in TEMPORARY:
        return Retryable(f"{server} cannot check logins now ({code}); nothing was sent.")
    return Retryable(
        f'{server} refused the login of "{tidy(server.user or "", 80)}" ({code}): check'
        " alerts.smtp.user and password; nothing was sent."
    )


def _not_offered(server: Server, stage: Stage) -> DeliveryError:
    if stage is Stage.LOGIN:
        return Retryable(
            f"{server} offers no login that we know: check the port, or leave out alerts.smtp.user"
            " and password; nothing was sent."
        )
    return Retryable(
        f"{server} does not offer STARTTLS: try alerts.smtp.security"
        ' = "tls" on port 465; nothing was sent.'
    )


def _lost(server: Server, stage: Stage, error: Exception | None) -> DeliveryError:
    """The connection failed, or was never made."""
    how = _how(error)
    if stage is Stage.SENT:
        return Ambiguous(f"{server} {how} {stage}: it may or may not have been sent.")
    if stage is Stage.CONNECTING:
        hint = _OF_465 if server.port == TLS_PORT and server.security != "tls" else ""
        return Retryable(f"{server} cannot be reached: it {how}{hint}; nothing was sent.")
    return Retryable(f"{server} {how} {stage}; nothing was sent.")


def _how(error: BaseException | None) -> str:
    if isinstance(error, smtplib.SMTPServerDisconnected) and error.__context__ is not None:
        error = error.__context__  # smtplib calls a time-out so, too
    if isinstance(error, TimeoutError):
        return "did not answer in time"
    if isinstance(error, socket.gaierror):
        return "has a name that is not known"
    if isinstance(error, ConnectionRefusedError):
        return "refuses connections"
    if error is None:
        return "said something that is no answer"
    if isinstance(error, (ConnectionError, smtplib.SMTPServerDisconnected)):
        return "closed the connection"
    return "went away"


def _shown(text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return tidy(words, LONGEST_ANSWER).rstrip(".")
