"""What is published to Kafka, as it goes over the wire to a stand-in of one server."""

import json

import pytest

from fintech_pipeline.storage.database import Database
from tests.events.kafka_standin import KafkaStandIn, kafka_standing_in
from tests.events.rabbit import Rabbit
from tests.events.telling import Teller, by_subject

SECRET = "hunter2"  # noqa: S105  # nobody's


@pytest.fixture
def teller(database: Database, tmp_path: object) -> Teller:
    made = Teller(database, Rabbit(tmp_path, 0, 0, 0, 0), tmp_path)  # type: ignore[arg-type]  # no RabbitMQ
    made.follow(*made.symbols)
    return made


def begun(teller: Teller, url: str) -> Teller:
    teller.configure(url)
    assert teller.once() == 0
    return teller


def test_a_symbols_events_are_in_one_partition_in_order_acknowledged_by_all(teller: Teller) -> None:
    with kafka_standing_in() as kafka:
        begun(teller, f"kafka://127.0.0.1:{kafka.port}")
        for _ in range(4):
            teller.slot()
        assert teller.once() == 12
    assert {one.topic for one in kafka.kept} == {teller.exchange}
    assert {one.acks for one in kafka.kept} == {-1}, "all replicas that are in sync"
    places = {(one.key.decode(), one.partition) for one in kafka.kept}
    assert sorted(key for key, _ in places) == sorted(teller.symbols)
    events = [json.loads(one.value) for one in kafka.kept]
    assert [one["subject"] for one in events] == [one.key.decode() for one in kafka.kept]
    for slots in by_subject(events).values():
        assert len(slots) == 4
        assert slots == sorted(slots)
    first = kafka.kept[0]
    assert first.headers["content-type"] == b"application/cloudevents+json"
    assert json.loads(first.value)["type"] == "fintech.signal.made"


def test_what_is_refused_for_a_moment_is_sent_again_and_comes_once(teller: Teller) -> None:
    with kafka_standing_in() as kafka:
        begun(teller, f"kafka://127.0.0.1:{kafka.port}")
        kafka.refusals = 2
        teller.slot(["KO"])
        assert teller.once() == 1
    assert len(kafka.kept) == 1


@pytest.mark.parametrize(("password", "let_in"), [(SECRET, True), ("wrong", False)])
def test_a_login_is_taken_or_refused_in_one_sentence_without_the_password(
    teller: Teller, password: str, let_in: bool
) -> None:
    with kafka_standing_in(password=SECRET) as kafka:
        teller.configure(f"kafka://watch:{password}@127.0.0.1:{kafka.port}")
        done = teller.fintech("events", "publish", "--once")
        where = f"Kafka at 127.0.0.1:{kafka.port}"
        found = teller.fintech("doctor").stdout
        assert (f"{where} takes events." in found) is let_in
    if let_in:
        assert (done.returncode, done.stderr) == (0, "")
    else:
        assert done.returncode == 1
        assert done.stderr == f"Error: {where} refused the login of watch; check events.url.\n"


def test_a_kafka_that_goes_away_in_the_middle_loses_nothing(teller: Teller) -> None:
    with kafka_standing_in() as before:
        begun(teller, f"kafka://127.0.0.1:{before.port}")
        teller.slot()
        teller.once()
    teller.slot()
    done = teller.fintech("events", "publish", "--once")
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: Kafka at 127.0.0.1:{before.port} can't be reached")
    assert len(done.stderr.splitlines()) == 1
    after: KafkaStandIn
    with kafka_standing_in() as after:
        teller.configure(f"kafka://127.0.0.1:{after.port}")
        assert teller.once() == 3
    assert len(after.kept) == 3
