"""The API's server with somebody who asks, and who is told of alerts."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from starlette.types import ASGIApp, Receive, Scope, Send

from fintech_pipeline.alerts.rule_files import rule_file_of
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.api.app import api_app
from fintech_pipeline.api.callers import Caller, Role
from fintech_pipeline.api.guard import State
from fintech_pipeline.api.serving import draining_server
from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.events import events
from tests.api.asking import JSON, Answer, Client
from tests.api.living import NOW, services_on

PREFIX = "/api/v1"
NEW = {"If-None-Match": "*"}
NUMBER = "+4915112345678"
FILE: Mapping[str, Any] = {
    "people": {
        "anna": {
            "time_zone": "Europe/Berlin",
            "quiet_hours": "22:00-07:00",
            "email": "anna@example.com",
            "sms": NUMBER,
            "apprise": "ntfy://hunter2@example.com/topic",
        },
        "ben": {"email": "ben@example.com"},
    },
    "rules": {
        "good": {"metric": "score", "above": 0.6, "clear": 0.4, "notify": ["anna"]},
        "core": {
            "metric": "action",
            "to": "any",
            "severity": "critical",
            "notify": ["anna by email"],
        },
    },
}


@dataclass(frozen=True)
class As:
    """The app as somebody asks it; who it is the guard finds out elsewhere."""

    app: ASGIApp
    caller: Caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["caller"] = self.caller
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class Asking:
    """Asks by paths below the prefix."""

    client: Client

    def get(self, path: str, **headers: str) -> Answer:
        return self.client.ask(method="GET", path=PREFIX + path, headers=headers)

    def put(self, path: str, document: object, headers: Mapping[str, str] = NEW) -> Answer:
        return self.client.ask(
            document, method="PUT", path=PREFIX + path, headers={**JSON, **headers}
        )

    def post(self, path: str, document: object = None) -> Answer:
        return self.client.ask(document, path=PREFIX + path)

    def delete(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.client.ask(method="DELETE", path=PREFIX + path, headers=headers or {})


@contextlib.contextmanager
def asking(
    database: Database, role: Role = Role.EDITOR, name: str = "lena", **others: Any
) -> Iterator[Asking]:
    """A server over the database that somebody asks, ended afterwards."""
    app = As(api_app(services_on(database, **others)), Caller(role, name))
    server = draining_server(app, State(), drain_seconds=0, grace_seconds=5)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield Asking(Client(listener.getsockname()[1]))
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


def apply(database: Database, tree: Mapping[str, Any] = FILE) -> None:
    RuleStore(database).apply(rule_file_of("rules.toml", tree), "lena", NOW)


def announced(database: Database, topic: str) -> list[Any]:
    """What was told of a topic, the oldest first."""
    query = sa.select(events.c.payload).where(events.c.topic == topic).order_by(events.c.id)
    with database.transaction() as connection:
        return list(connection.execute(query).scalars())


def problem(answer: Answer) -> Any:
    """A refusal with all its mistakes."""
    assert answer.headers["content-type"] == "application/problem+json"
    document = json.loads(answer.body)
    assert document["status"] == answer.status
    return document
