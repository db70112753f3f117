"""The API's live stream on a real server, and clients that follow it."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.sync.client import ClientConnection, connect

from fintech_pipeline.api.app import api_app
from fintech_pipeline.api.callers import Caller, Role
from fintech_pipeline.api.guard import State
from fintech_pipeline.api.serving import DrainingServer, draining_server
from fintech_pipeline.api.stream import Stream, StreamLimits
from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.events import Event, Topic, announce
from tests.api.asking import PLENTY as NO_HURRY
from tests.api.living import access_by, services_on

PATH = "/api/v1/stream"
VIEWER = Caller(Role.VIEWER, "viewer")
PLENTY = StreamLimits(per_caller=2_000)


@dataclass(frozen=True)
class Known:
    """An app whose callers are all known; who may ask is the guard's matter, and tested there."""

    app: ASGIApp
    caller: Caller = VIEWER
    state: Mapping[str, Any] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {}).update(caller=self.caller, **self.state)
        await self.app(scope, receive, send)


@dataclass
class Api:
    """A server that tells what happens."""

    port: int
    server: DrainingServer
    stream: Stream

    def url(self, **asked: str) -> str:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        return f"ws://127.0.0.1:{self.port}{PATH}?{query}"

    @contextlib.contextmanager
    def following(self, **asked: str) -> "Iterator[Client]":
        # What is left unread at the end need not be waited for.
        url = self.url(**asked)
        with connect(url, compression=None, ping_interval=None, close_timeout=0.1) as wire:
            yield Client(wire)


@dataclass
class Client:
    """Somebody who follows."""

    wire: ClientConnection

    def frame(self, seconds: float = 10) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.wire.recv(seconds))
        return told

    def frame_of(self, kind: str, seconds: float = 10) -> dict[str, Any]:
        """The next frame of a kind, whatever comes before it."""
        while True:
            found = self.frame(seconds)
            if found["type"] == kind:
                return found

    def numbers(self, count: int) -> list[int]:
        """What the next events count; see `tell`."""
        return [self.frame_of("event")["payload"]["n"] for _ in range(count)]

    def say(self, document: object) -> None:
        self.wire.send(json.dumps(document))


@contextlib.contextmanager
def streaming(
    database: Database,
    limits: StreamLimits = PLENTY,
    state: Mapping[str, Any] | None = None,
    **others: Any,
) -> Iterator[Api]:
    """A server over the database, ended afterwards."""
    services = services_on(database, **others)
    stream = services.stream
    stream.limits = limits
    server_state = State()
    whole = api_app(services, access=access_by(), limits=NO_HURRY, state=server_state)
    app = Known(whole, state=state or {})
    server = draining_server(
        app, server_state, drain_seconds=0, grace_seconds=5, streams=True, most_connections=3_000
    )
    with socket.create_server(("127.0.0.1", 0), backlog=2_000) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield Api(listener.getsockname()[1], server, stream)
        finally:
            server.should_exit = True
            thread.join(15)
            assert not thread.is_alive()


def tell(database: Database, *numbers: int, topic: Topic = Topic.BARS, **payload: Any) -> None:
    """Announces events that count, each in a transaction of its own."""
    for number in numbers:
        with database.transaction() as connection:
            announce(connection, [Event(topic, {"n": number, **payload})])
