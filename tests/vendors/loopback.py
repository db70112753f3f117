"""A vendor on the loopback interface that answers, or misbehaves, byte by byte as it is told."""

import contextlib
import datetime as dt
import gzip
import ipaddress
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Reply = Callable[[socket.socket], None]


@dataclass
class Vendor:
    """A server that is running.

    Attributes:
        url: Its address.
        requests: The heads of the requests it got.
    """

    url: str
    requests: list[str] = field(default_factory=list)


def says(body: bytes = b"{}", status: str = "200 OK", **headers: str) -> Reply:
    """An ordinary answer; `Retry_After` names the header Retry-After."""
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{''.join(lines)}\r\n".encode()
    return lambda connection: connection.sendall(head + body)


def sends(raw: bytes) -> Reply:
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


@contextlib.contextmanager
def serving(*replies: Reply, certificate: Path | None = None) -> Iterator[Vendor]:
    """A vendor that gives these replies in order, the last one again and again."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        vendor = Vendor(f"http{'s' if context else ''}://127.0.0.1:{listener.getsockname()[1]}")
        arguments = (listener, vendor, replies, context)
        thread = threading.Thread(target=_serve, args=arguments, daemon=True)
        thread.start()
        yield vendor
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _serve(
    listener: socket.socket,
    vendor: Vendor,
    replies: Sequence[Reply],
    context: ssl.SSLContext | None,
) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            with context.wrap_socket(connection, True) if context else connection as wire:
                _answer(wire, vendor, replies)


def _answer(wire: socket.socket, vendor: Vendor, replies: Sequence[Reply]) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = wire.recv(65536)
        if not piece:
            return
        head += piece
    vendor.requests.append(head.decode())
    replies[min(len(vendor.requests), len(replies)) - 1](wire)


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
