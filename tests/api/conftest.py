"""Databases that several tests of the API share."""

import contextlib
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from fintech_pipeline.storage.database import Database, connect
from fintech_pipeline.storage.embedded import EmbeddedServer


@contextlib.contextmanager
def copied(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A database of its own, as long as the server lives."""
    name = f"shared_{uuid.uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    with contextlib.closing(connect(server.url(name))) as database:
        yield database


@pytest.fixture(scope="session")
def empty(server: EmbeddedServer, migrated_template: str) -> Iterator[Database]:
    """A migrated database for tests that change nothing in it."""
    with copied(server, migrated_template) as database:
        yield database
