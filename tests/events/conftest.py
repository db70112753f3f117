"""A RabbitMQ for each worker, and a watch whose events go there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fintech_pipeline.storage.database import Database
from tests.events.rabbit import Rabbit, running_rabbit
from tests.events.telling import Teller


@pytest.fixture(scope="session")
def rabbit() -> Iterator[Rabbit]:
    """A RabbitMQ in a folder of its own; a test that stops it starts it again."""
    with running_rabbit() as node:
        yield node


@pytest.fixture
def teller(database: Database, rabbit: Rabbit, tmp_path: Path) -> Iterator[Teller]:
    """A watch of a name of its own, a queue bound to its exchange, and its commands."""
    made = Teller(database, rabbit, tmp_path)
    made.prepare()
    yield made
    made.end()
