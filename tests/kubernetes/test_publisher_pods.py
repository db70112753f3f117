"""The publisher that the chart renders, as a local process: it lives, publishes and ends."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fintech_pipeline.storage.database import connect
from tests.events.rabbit import Rabbit, running_rabbit
from tests.events.telling import Teller
from tests.kubernetes.chart import Helm
from tests.kubernetes.lifetime import placed
from tests.kubernetes.objects import Document
from tests.kubernetes.running import Running, until
from tests.kubernetes.values import config

pytestmark = pytest.mark.xdist_group("whole systems")
KINDS = {"ConfigMap", "Job", "Role", "RoleBinding", "Service", "ServiceAccount", "StatefulSet"}


@pytest.fixture(scope="module")
def rabbit() -> Iterator[Rabbit]:
    with running_rabbit() as node:
        yield node


@pytest.fixture(scope="module")
def up(helm: Helm, rabbit: Rabbit) -> Iterator[Running]:
    """A database and a publisher; what makes signals is not started."""
    with placed(documents(helm, rabbit)) as found:
        found.cluster.up()
        yield found


def documents(helm: Helm, rabbit: Rabbit) -> list[Document]:
    values = {
        "config": {**config(), "events": {"url": f"amqp://127.0.0.1:{rabbit.port}"}},
        "analyzer": {"enabled": False},
    }
    return [
        one
        for one in helm.render(values).documents
        if one["kind"] in KINDS or one["metadata"]["name"] == "watch-publisher"
    ]


def test_it_lives_publishes_and_ends_in_time(up: Running, rabbit: Rabbit, tmp_path: Path) -> None:
    until(
        lambda: "Events go to RabbitMQ at" in str(up.cluster.said("publisher")),
        lambda: up.cluster.said("publisher"),
    )
    with psycopg.connect(up.postgres.url()) as connection:
        ((name,),) = connection.execute("SELECT configuration FROM fintech.identity").fetchall()
    rabbit.bind(f"fintech.{name}", "all")
    database = connect(up.postgres.url())
    try:
        teller = Teller(database, rabbit, tmp_path, name=name)
        teller.follow(*teller.symbols)
        teller.slot()
        until(lambda: rabbit.waiting("all") == 3, lambda: up.cluster.said("publisher"))
    finally:
        database.close()
    (worker,) = [one for key, one in up.cluster.kubelet.workers.items() if "publisher" in key]
    assert (worker.sandbox.root / "tmp/publisher").exists(), "what its probe looks for"
    up.cluster.scale("publisher", 0)
    assert worker.processes["publisher"].code() == 0
