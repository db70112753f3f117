"""What the vendors' stand-ins share: a real HTTP server on the loopback, and asking it plainly."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

from fintech_pipeline.errors import Unavailable
from fintech_pipeline.quota.caller import status_refusal
from fintech_pipeline.quota.calls import Answer, Call, Refusal

KEY = "K9Q2ZX81VYT0WM3B"
"""The key of these tests, in the vendor's form; it may appear in no sentence."""


@dataclass
class Reply:
    """What a stand-in sends: a status, bytes, how long it takes, further headers."""

    body: bytes
    status: int = 200
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


class StandIn:
    """A vendor that answers by its own `reply`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.url = ""

    def reply(self, path: str, params: dict[str, str]) -> Reply:
        raise NotImplementedError


@contextmanager
def serving(vendor: StandIn) -> Iterator[None]:
    """Serves the stand-in on a port of its own, which its `url` names."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            reply = vendor.reply(parts.path, dict(parse_qsl(parts.query)))
            time.sleep(reply.seconds)
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
            except (BrokenPipeError, ConnectionResetError):
                return  # whoever asked has stopped waiting

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    vendor.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class PlainAsks:
    """Asks once over HTTP, with the key, without a ledger."""

    url: str
    timeout_seconds: float = 2.0

    def ask(self, call: Call, refusal: Refusal) -> Answer:
        host = urlsplit(self.url)
        connection = http.client.HTTPConnection(
            host.hostname or "", host.port, timeout=self.timeout_seconds
        )
        try:
            connection.request("GET", f"{call.path}?{urlencode({**call.params, 'apikey': KEY})}")
            got = connection.getresponse()
            headers = {name.lower(): value for name, value in got.getheaders()}
            answer = Answer(got.status, headers, got.read())
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"The vendor cannot be reached: {type(error).__name__}") from None
        finally:
            connection.close()
        refused = refusal(answer) or status_refusal("vendor", call, answer.status, None)
        if refused is not None:
            raise refused
        return answer
