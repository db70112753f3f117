"""The deliverers that the chart renders, as local processes: they live, and share the outbox."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.storage.database import connect
from tests.kubernetes.chart import Helm
from tests.kubernetes.lifetime import placed
from tests.kubernetes.objects import Document
from tests.kubernetes.running import Running, until
from tests.kubernetes.values import config
from tests.storage.alert_rows import contact_id
from tests.storage.outgoing import Outgoing
from tests.vendors.mail_server import Inbox, receiving

pytestmark = pytest.mark.xdist_group("whole systems")
KINDS = {"ConfigMap", "Job", "Role", "RoleBinding", "Service", "ServiceAccount", "StatefulSet"}
MESSAGES = 8
RULES = """
[people.anna]
email = "anna@example.org"

[rules.strong]
metric = "score"
above = 0.6
notify = ["anna"]
"""


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def up(helm: Helm, inbox: Inbox) -> Iterator[Running]:
    """A database and two deliverers; what decides is not started."""
    with placed(documents(helm, inbox, RULES)) as found:
        found.cluster.up()
        yield found


def documents(helm: Helm, inbox: Inbox, rules: str) -> list[Document]:
    smtp = {
        "host": "127.0.0.1",
        "port": inbox.port,
        "security": "none",
        "sender": "watch@example.org",
    }
    values = {
        "config": {**config(), "alerts": {"smtp": smtp}},
        "alerts": {"rules": rules},
        "deliverer": {"replicas": 2},
        "analyzer": {"enabled": False},
    }
    return [
        one
        for one in helm.render(values).documents
        if one["kind"] in KINDS or one["metadata"]["name"] == "watch-deliverer"
    ]


def test_the_rules_of_the_values_are_there_once_two_have_brought_them_in(up: Running) -> None:
    with psycopg.connect(up.postgres.url()) as connection:
        people = connection.execute("SELECT name FROM fintech.people").fetchall()
        rules = connection.execute("SELECT name FROM fintech.alert_rules").fetchall()
    assert (people, rules) == ([("anna",)], [("strong",)])


def test_each_shows_that_it_lives_again_and_again(up: Running) -> None:
    workers = list(up.cluster.kubelet.workers.values())
    files = [one.sandbox.root / "tmp/deliverer" for one in workers if "deliverer" in one.name]
    assert len(files) == 2
    before = [file.stat().st_mtime for file in files]
    until(
        lambda: all(file.stat().st_mtime > was for file, was in zip(files, before, strict=True)),
        lambda: up.cluster.said("deliverer"),
    )


def test_two_deliverers_send_each_message_once_and_end_in_time(up: Running, inbox: Inbox) -> None:
    database = connect(up.postgres.url())
    try:
        with database.transaction() as connection:
            anna = contact_id(connection, "anna", "email")
        outgoing = Outgoing(database, datetime.now(UTC))
        numbers = [number for _ in range(MESSAGES) for number in outgoing.plan(anna)]
        until(lambda: len(inbox.mails) >= MESSAGES, lambda: up.cluster.said("deliverer"))
        ending = [one for name, one in up.cluster.kubelet.workers.items() if "deliverer" in name]
        up.cluster.scale("deliverer", 0)
        assert [one.processes["deliverer"].code() for one in ending] == [0, 0]
        assert {outgoing.progress(number) for number in numbers} == {Progress.SENT}
    finally:
        database.close()
    assert len({mail["Message-ID"] for mail in inbox.mails}) == len(inbox.mails) == MESSAGES
