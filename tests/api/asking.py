"""An analyzer on a real server on the loopback, and a client that asks it as anybody would."""

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from fintech_pipeline.api.analyzer import analyzer_app
from fintech_pipeline.api.guard import State
from fintech_pipeline.api.limits import Limits
from fintech_pipeline.api.serving import draining_server
from fintech_pipeline.sentiment.model import SentimentModel
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.sentiment.scores import Label, SentimentScore, Text, Verdict

LOCAL = LocalModel()
"""The model that ships."""
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
NAMES = {"AAPL": ("AAPL", "Apple Inc.", "Apple")}
PLENTY = Limits(per_minute=1_000_000, logins_per_minute=1_000_000, all_logins_per_minute=1_000_000)
GOOD = {"text": "Apple beats estimates", "symbol": "AAPL"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def detail(self) -> str:
        """The sentence of a problem, in its own form."""
        assert self.headers["content-type"] == "application/problem+json"
        document = self.document
        assert document["status"] == self.status
        assert set(document) == {"title", "status", "detail"}
        return str(document["detail"])


@dataclass(frozen=True)
class Client:
    """Asks a server at a port of this machine."""

    port: int

    def ask(
        self,
        document: object = None,
        *,
        body: bytes | None = None,
        method: str = "POST",
        path: str = "/v1/analyze",
        headers: Mapping[str, str] = JSON,
        source: str = "127.0.0.1",
    ) -> Answer:
        """One request on a connection of its own."""
        sent = json.dumps(document).encode() if body is None and document is not None else body
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=20, source_address=(source, 0)
        )
        with contextlib.closing(connection):
            connection.request(method, path, sent, dict(headers))
            return answer_of(connection.getresponse())

    def get(self, path: str) -> Answer:
        return self.ask(method="GET", path=path, headers={})

    @contextlib.contextmanager
    def wire(self) -> Iterator[socket.socket]:
        """A connection on which a test sends bytes as it likes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as wire:
            yield wire


def answer_of(response: http.client.HTTPResponse) -> Answer:
    body = response.read()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, body)


def heard(wire: socket.socket) -> Answer:
    """The answer on a connection."""
    response = http.client.HTTPResponse(wire)
    response.begin()
    return answer_of(response)


@contextlib.contextmanager
def serving(
    *models: SentimentModel,
    limits: Limits = PLENTY,
    token: str | None = None,
    state: State | None = None,
) -> Iterator[Client]:
    """A server with these models, ended afterwards."""
    state = state or State()
    chain: Sequence[SentimentModel] = models or (LOCAL,)
    secret = None if token is None else SecretStr(token)
    app = analyzer_app(chain, NAMES, limits, lambda: NOW, token=secret, state=state)
    server = draining_server(app, state, drain_seconds=0, grace_seconds=5)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield Client(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


@dataclass
class Says:
    """A model that costs, and says the same of every text."""

    verdict: Verdict | Exception
    version: str = "gemini-test"
    costs: bool = True
    asked: list[Text] = field(default_factory=list)

    def score(self, texts: Sequence[Text]) -> list[Verdict]:
        self.asked += texts
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return [self.verdict for _ in texts]


@dataclass
class Held:
    """A model that answers when a test lets it."""

    version: str = "held-1"
    costs: bool = False
    let: threading.Event = field(default_factory=threading.Event)
    at_work: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def score(self, texts: Sequence[Text]) -> list[Verdict]:
        self.at_work.release()
        assert self.let.wait(20)
        return [SentimentScore(0.5, Label.POSITIVE, 0.5, "held") for _ in texts]
