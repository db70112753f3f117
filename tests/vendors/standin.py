"""A vendor on the loopback interface: a real server that answers as its stand-in says."""

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.client import responses
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY = "K9Q2ZX81VYT0WM3B"
"""The key of these tests, in a vendor's form; it may appear in no sentence."""


@dataclass(frozen=True)
class Request:
    """What was asked of a stand-in.

    Attributes:
        head: As it came: the request's line and its headers.
        path: Without the query.
        params: The query's.
        headers: Their names in lower case.
        body: What was posted.
    """

    head: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """An ordinary answer; `seconds` is how long it takes."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def __call__(self, wire: socket.socket) -> None:
        time.sleep(self.seconds)
        lines = {
            "Content-Type": self.content_type,
            "Content-Length": str(len(self.body)),
            "Connection": "close",
            **self.headers,
        }
        told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        status = f"HTTP/1.1 {self.status} {responses.get(self.status, '')}"
        wire.sendall(f"{status}\r\n{told}\r\n".encode() + self.body)


Does = Callable[[socket.socket], None]
"""What becomes of a connection once its request is read; a `Reply` is the ordinary one."""
Vendor = Callable[[Request], Does]


def as_json(tree: Any, status: int = 200) -> Reply:
    return Reply(json.dumps(tree).encode(), status)


class StandIn:
    """A vendor that answers by its own `reply`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.url = ""

    @property
    def asked(self) -> list[dict[str, str]]:
        """The parameters of each request."""
        return [request.params for request in self.requests]

    def __call__(self, request: Request) -> Does:
        self.requests.append(request)
        return self.reply(request)

    def reply(self, request: Request) -> Does:
        raise NotImplementedError


@contextlib.contextmanager
def standing_in(vendor: Vendor, certificate: Path | None = None) -> Iterator[str]:
    """The address at which the vendor answers, by TLS where it has a certificate."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        thread = threading.Thread(target=_accept, args=(listener, vendor, context), daemon=True)
        thread.start()
        try:
            yield f"http{'s' if context else ''}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _accept(listener: socket.socket, vendor: Vendor, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(connection, vendor, context), daemon=True).start()


def _serve(connection: socket.socket, vendor: Vendor, context: ssl.SSLContext | None) -> None:
    # Whoever asked may have stopped waiting.
    with contextlib.suppress(OSError), connection:
        connection.settimeout(10)
        with context.wrap_socket(connection, True) if context else connection as wire:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = wire.recv(65536)
                if not piece:
                    return
                head += piece
            head, end, body = head.partition(b"\r\n\r\n")
            request = _request((head + end).decode())
            while len(body) < int(request.headers.get("content-length", 0)):
                body += wire.recv(65536)
            vendor(replace(request, body=body))(wire)


def _request(head: str) -> Request:
    first, *lines = head.partition("\r\n\r\n")[0].split("\r\n")
    parts = urlsplit(first.split(" ")[1])
    told = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in told}
    return Request(head, parts.path, dict(parse_qsl(parts.query)), headers)
