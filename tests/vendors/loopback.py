"""A vendor that answers, or misbehaves, byte by byte as it is told."""

import contextlib
import datetime as dt
import gzip
import ipaddress
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.vendors.standin import Does, Reply, Request, standing_in


@dataclass
class Replies:
    """A vendor that gives these replies in order, the last one again and again.

    Attributes:
        replies: What it does.
        url: Its address.
        requests: The heads of the requests it got.
    """

    replies: tuple[Does, ...]
    url: str = ""
    requests: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Does:
        self.requests.append(request.head)
        return self.replies[min(len(self.requests), len(self.replies)) - 1]


@contextlib.contextmanager
def serving(*replies: Does, certificate: Path | None = None) -> Iterator[Replies]:
    """A vendor that is running, and gives these replies in order."""
    vendor = Replies(replies)
    with standing_in(vendor, certificate) as vendor.url:
        yield vendor


def says(body: bytes = b"{}", status: str = "200 OK", **headers: str) -> Reply:
    """An ordinary answer; `Retry_After` names the header Retry-After."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body, int(status.partition(" ")[0]), headers=told)


def sends(raw: bytes) -> Does:
    """These bytes, and the end."""
    return lambda connection: connection.sendall(raw)


def hangs(connection: socket.socket) -> None:
    """Says nothing, until the other side gives up."""
    connection.recv(1)


def resets(connection: socket.socket) -> None:
    """Ends the connection by force (RST)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drips(connection: socket.socket) -> None:
    """Sends a byte now and then, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def bomb(megabytes: int) -> Reply:
    """Zeros that are packed to a thousandth."""
    return says(gzip.compress(bytes(megabytes * 1_000_000)), Content_Encoding="gzip")


def self_signed(file: Path) -> Path:
    """Writes a key and a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(
        key.private_bytes(pem, private, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    return file
