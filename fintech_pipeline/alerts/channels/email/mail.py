"""A message as a mail: its headers and parts, to the byte the same each time it is made.

A mail that may have been sent already is sent again under the same Message-ID (RFC 5322), by which
mail servers and readers know that it is one.
"""

import functools
import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from fintech_pipeline.alerts.channels.email.html_part import html_text
from fintech_pipeline.alerts.message import is_late, plain_text, subject_line
from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.told import Links, Message, Telling

FROM = "Market watch"
KEPT = 256
"""Bodies that are kept: the same alert goes to many people."""
HEADERS = SMTP.clone(max_line_length=400)
"""Python breaks a long address or Message-ID of a shorter line into what nobody can read back."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends.

    Attributes:
        address: The mail address that stands as the sender.
        configuration: The configuration's name; two of them never make the same Message-ID.
    """

    address: str
    configuration: str

    @property
    def domain(self) -> str:
        """The right side of the address, in ASCII."""
        return ascii_address(self.address).rpartition("@")[2]

    def message_id(self, delivery_id: int, created_at: datetime) -> str:
        """The mail's name in the world: made of what never changes, and of no clock.

        Args:
            delivery_id: The message's number.
            created_at: When it was decided (UTC): a new database begins to count at 1 again.
        """
        made_of = f"{self.configuration}\n{created_at.astimezone(UTC).isoformat()}"
        digest = hashlib.sha256(made_of.encode()).hexdigest()[:16]
        return f"<d{delivery_id}.{digest}@{self.domain}>"


@functools.lru_cache(maxsize=1_024)
def ascii_address(text: str) -> str:
    """A mail address as every mail server takes it: the domain of another script in Punycode.

    Raises:
        ValueError: It is no mail address, or the part before the @ is not ASCII.
    """
    try:
        address = Address(addr_spec=text)
        domain = address.domain.encode("idna").decode()
    except (ValueError, IndexError, HeaderParseError):
        raise ValueError("it is not a mail address") from None
    if not address.username or not domain or not text.isprintable() or " " in text:
        raise ValueError("it is not a mail address")
    if not address.username.isascii():
        raise ValueError("letters before the @ are not ASCII")
    return f"{Address(username=address.username, domain=domain).addr_spec}"


class Letters:
    """Messages as mails.

    What a mail says is made once for all who get the same, its head for each.

    Args:
        sender: Who sends.
        links: Where pages are.
    """

    def __init__(self, sender: Sender, links: Links) -> None:
        self._sender = sender
        self._links = links
        self._bodies: dict[Hashable, bytes] = {}

    def mail(
        self,
        message: Message,
        zone: tzinfo,
        pictures: Mapping[int, bytes],
        now: datetime | None = None,
    ) -> bytes:
        """The mail, as it goes over the wire.

        Args:
            message: The message; its contact is a mail address.
            zone: The reader's time zone.
            pictures: PNG images of prices, by the alert's number.
            now: When it leaves, for the remark that it is late; None where that is when it was
                decided.

        Returns:
            Bytes with CRLF line ends, not dot-stuffed.

        Raises:
            ValueError: The contact is not a mail address.
        """
        late = is_late(message, now)
        key = (message.told, message.instead_of, zone, late, tuple(pictures.items()))
        if key not in self._bodies:
            if len(self._bodies) >= KEPT:
                self._bodies.clear()
            self._bodies[key] = self._body(message, zone, pictures, now)
        head = _head(message, self._sender, self._links).as_bytes(policy=HEADERS)
        return head.removesuffix(b"\r\n") + self._bodies[key]

    def _body(
        self,
        message: Message,
        zone: tzinfo,
        pictures: Mapping[int, bytes],
        now: datetime | None,
    ) -> bytes:
        """The parts, below the headers that say what they are."""
        text = plain_text(message, zone, self._links, now)
        name = hashlib.sha256(text.encode()).hexdigest()[:32]
        cids = {alert: f"c{alert}.{name}@{self._sender.domain}" for alert in pictures}
        page = html_text(message, zone, self._links, cids, now)
        parts = EmailMessage(policy=SMTP)
        parts.set_content(text, cte="quoted-printable")
        parts.add_alternative(page, subtype="html", cte="quoted-printable")
        html = parts.get_payload(1)
        if pictures and isinstance(html, EmailMessage):
            for alert, png in pictures.items():
                html.add_related(
                    png,
                    "image",
                    "png",
                    cid=f"<{cids[alert]}>",
                    disposition="inline",
                    filename=f"price-{alert}.png",
                )
            html.set_boundary(f"=_r{name}")
        # The same each time, where the library would take random ones.
        parts.set_boundary(f"=_a{name}")
        return parts.as_bytes(policy=HEADERS)


def _head(message: Message, sender: Sender, links: Links) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = subject_line(message)
    mail["From"] = Address(FROM, addr_spec=ascii_address(sender.address))
    mail["To"] = Address(addr_spec=ascii_address(message.contact.address))
    mail["Date"] = message.created_at.astimezone(UTC)
    mail["Message-ID"] = sender.message_id(message.delivery_id, message.created_at)
    if message.answers is not None and message.answered_at is not None:
        first = sender.message_id(message.answers, message.answered_at)
        mail["In-Reply-To"] = first
        mail["References"] = first
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    leave = [f"<mailto:{ascii_address(sender.address)}?subject=unsubscribe>"]
    if links.public_url:
        leave.append(f"<{links.public_url}/alerts>")
    mail["List-Unsubscribe"] = ", ".join(leave)
    firing = [one for one in message.told if one.telling is not Telling.RESOLVED]
    if any(one.severity is Severity.CRITICAL for one in firing):
        mail["Importance"] = "high"
    return mail
