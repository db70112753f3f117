"""One connection to a mail server: opened, secured, logged in, and used for a batch of mails.

Each mail is sent step by step (RFC 5321), for what is known of it when a step fails differs: before
its content is sent it is certainly not delivered, after it nobody knows until the answer is there.
"""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.channels.email.refusals import Server, Stage, failure_of, refusal
from fintech_pipeline.errors import DeliveryError
from fintech_pipeline.settings.alerts import SmtpSettings

OK, GO_ON, CLOSING = 250, 354, 421
WELCOME = frozenset({250, 251, 252})
BREAKS = (smtplib.SMTPException, OSError, UnicodeError)
"""All that smtplib, ssl and sockets raise (ssl.SSLError and time-outs are OSErrors)."""
Answer = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Post:
    """A mail server, as the settings name it.

    Attributes:
        settings: Where it is, how it is spoken to, who logs in.
        hello: The name by which we present ourselves, a domain of ours.
        tls: What certificates are trusted.
    """

    settings: SmtpSettings
    hello: str
    tls: ssl.SSLContext

    @property
    def server(self) -> Server:
        """The server as sentences name it."""
        chosen = self.settings
        return Server(chosen.host, chosen.port, chosen.security, chosen.user)

    def open(self) -> "Line | DeliveryError":
        """A connection that mails can go through, or why there is none."""
        stage = Stage.CONNECTING
        connection: smtplib.SMTP | None = None
        try:
            connection = self._connected()
            stage = Stage.HELLO
            connection.ehlo_or_helo_if_needed()
            if self.settings.security == "starttls":
                stage = Stage.SECURING
                connection.starttls(context=self.tls)
                connection.ehlo_or_helo_if_needed()
            stage = Stage.LOGIN
            if self.settings.user is not None and self.settings.password is not None:
                connection.login(self.settings.user, self.settings.password.get_secret_value())
        except BREAKS as error:
            failure = failure_of(self.server, stage, error)
        else:
            return Line(connection, self.server)
        if connection is not None:
            connection.close()
        return failure

    def _connected(self) -> smtplib.SMTP:
        chosen = self.settings
        if chosen.security == "tls":
            return smtplib.SMTP_SSL(
                chosen.host,
                chosen.port,
                self.hello,
                timeout=chosen.timeout_seconds,
                context=self.tls,
            )
        return smtplib.SMTP(chosen.host, chosen.port, self.hello, timeout=chosen.timeout_seconds)


class Line:
    """An open connection to a mail server."""

    def __init__(self, connection: smtplib.SMTP, server: Server) -> None:
        self._connection = connection
        self._server = server
        self.usable = True
        """Whether another mail can go through; the server may have closed it."""
        self.mails = 0
        """How many it took through this connection."""

    def send(self, sender: str, recipient: str, mail: bytes) -> Receipt | DeliveryError:
        """Sends one mail.

        Args:
            sender: The address that failures are reported to.
            recipient: Where it goes.
            mail: Headers and parts, with CRLF line ends.
        """
        steps: tuple[tuple[Stage, Callable[[], Answer], frozenset[int]], ...] = (
            (Stage.SENDER, lambda: self._from(sender, len(mail)), frozenset({OK})),
            (Stage.RECIPIENT, lambda: self._connection.rcpt(recipient), WELCOME),
            (Stage.CONTENT, lambda: self._connection.docmd("DATA"), frozenset({GO_ON})),
            (Stage.SENT, lambda: self._content(mail), frozenset({OK})),
        )
        said = b""
        for stage, step, hoped in steps:
            try:
                code, said = step()
            except BREAKS as error:
                failure = failure_of(self._server, stage, error)
                self.close()
                return failure
            if code not in hoped:
                self._after_refusal(code)
                return refusal(self._server, stage, code, said)
        self.mails += 1
        return Receipt(Progress.SENT, f"{self._server} took it.")

    def _from(self, sender: str, size: int) -> Answer:
        options = [f"SIZE={size}"] if self._connection.has_extn("size") else []
        return self._connection.mail(sender, options)

    def _content(self, mail: bytes) -> Answer:
        """The mail, a dot before each line that begins with one, and the end (RFC 5321, 4.5.2)."""
        stuffed = re.sub(rb"(?m)^\.", b"..", mail)
        end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        self._connection.send(stuffed + end)
        return self._connection.getreply()

    def _after_refusal(self, code: int) -> None:
        """Clears the transaction, so that the next mail can go; 421 and no answer end the line."""
        if code == CLOSING or code < 0:
            self.close()
            return
        try:
            self.usable = self._connection.rset()[0] == OK
        except BREAKS:
            self.usable = False

    def close(self) -> None:
        """Says goodbye, where the server still listens."""
        if self.usable:
            with contextlib.suppress(*BREAKS):
                self._connection.quit()
        self.usable = False
        self._connection.close()
