"""The API's server with somebody who asks, and who is told of alerts."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr

from fintech_pipeline.alerts.rule_files import rule_file_of
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.api.callers import Role
from fintech_pipeline.api.tokens import Tokens
from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.events import events
from tests.api.asking import JSON, Answer, Client
from tests.api.living import NOW, access_by, serving_api

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


VIEWER, EDITOR = "what-a-viewer-knows", "what-an-editor-knows"
TOKENS = Tokens(SecretStr(VIEWER), SecretStr(EDITOR))


@dataclass(frozen=True)
class Asking:
    """Somebody who asks by paths below the prefix."""

    client: Client
    who: Mapping[str, str]

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, headers=headers)

    def put(self, path: str, document: object, headers: Mapping[str, str] = NEW) -> Answer:
        return self._ask("PUT", path, document, {**JSON, **headers})

    def post(self, path: str, document: object = None) -> Answer:
        return self._ask("POST", path, document, JSON)

    def delete(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self._ask("DELETE", path, headers=headers or {})

    def _ask(
        self, method: str, path: str, document: object = None, headers: Mapping[str, str] = JSON
    ) -> Answer:
        asked = {**headers, **self.who}
        return self.client.ask(document, method=method, path=PREFIX + path, headers=asked)


@contextlib.contextmanager
def asking(
    database: Database, role: Role = Role.EDITOR, name: str = "lena", **others: Any
) -> Iterator[Asking]:
    """A server over the database that somebody asks, ended afterwards."""
    token = EDITOR if role is Role.EDITOR else VIEWER
    who = {"Authorization": f"Bearer {token}", "X-Forwarded-User": name}
    with serving_api(database, access=access_by(TOKENS), **others) as client:
        yield Asking(client, who)


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
