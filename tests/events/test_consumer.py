"""The sample consumer: each event once, in order; a poison message stops nobody."""

import json
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.events.telling import Teller, until

CONSUMER = Path(__file__).parents[2] / "examples" / "consumer.py"


class Consuming:
    """The example on a queue of its own, as a person starts it."""

    def __init__(self, teller: Teller) -> None:
        self.teller = teller
        self.queue = f"example-{teller.name}"
        self.store = teller.folder / "events.sqlite"

    def start(self) -> Any:
        own = {
            "EVENTS_URL": self.teller.rabbit.url,
            "EVENTS_EXCHANGE": self.teller.exchange,
            "EVENTS_QUEUE": self.queue,
            "EVENTS_STORE": str(self.store),
        }
        return self.teller.start_program([sys.executable, str(CONSUMER)], {**os.environ, **own})

    def told(self) -> list[str]:
        """What it has worked on, in order."""
        if not self.store.exists():
            return []
        with sqlite3.connect(self.store) as store:
            try:
                rows = store.execute("SELECT told FROM seen ORDER BY rowid").fetchall()
            except sqlite3.OperationalError:
                return []  # the table is being made
        return [row[0] for row in rows]

    def dead(self) -> int:
        return self.teller.rabbit.waiting(f"{self.queue}.dead")

    def ready(self) -> bool:
        """Whether its queue is bound: what is published before goes past it."""
        told = self.teller.rabbit.control("list_bindings", "source_name", "destination_name")
        return f"{self.teller.exchange}\t{self.queue}" in told


@pytest.fixture
def consuming(teller: Teller) -> Consuming:
    teller.once()
    made = Consuming(teller)
    made.start()
    until(made.ready, 60)
    return made


def test_it_works_on_each_event_once_and_in_order(consuming: Consuming) -> None:
    teller = consuming.teller
    start = teller.cursor().event_id
    for _ in range(5):
        teller.slot()
    teller.once()
    until(lambda: len(consuming.told()) == 15)
    first = consuming.told()
    assert first[0].endswith("AAPL hold +0.050 by balanced-2")
    again(teller, start)
    teller.once()  # all of it comes a second time
    teller.slot(["KO"])
    teller.once()
    until(lambda: len(consuming.told()) > 15)
    assert consuming.told()[:15] == first
    assert len(consuming.told()) == 16
    of_coke = [int(line.split("-")[0]) for line in consuming.told() if " KO " in line]
    assert of_coke == sorted(of_coke)
    assert consuming.dead() == 0


def test_a_poison_message_goes_to_the_dead_letters_and_the_rest_go_on(
    consuming: Consuming,
) -> None:
    teller = consuming.teller
    event = {"specversion": "1.0", "id": "1", "source": "urn:x", "type": "fintech.signal.made"}
    poison = [
        b"\xff\x00 no JSON",
        b"[]",
        b"{}",
        json.dumps({**event, "data": {"symbol": "AAPL"}}).encode(),  # the work fails on it
        json.dumps({**event, "data": "text"}).encode(),
    ]
    teller.slot(["AAPL"])
    teller.once()
    teller.rabbit.publish(teller.exchange, "signal.AAPL", *poison)
    teller.slot(["AAPL"])
    teller.once()
    until(lambda: len(consuming.told()) == 2)
    until(lambda: consuming.dead() == len(poison))
    dead = teller.rabbit.take(f"{consuming.queue}.dead")
    assert sorted(one.body for one in dead) == sorted(poison)
    assert teller.processes[0].poll() is None


def test_killed_in_the_middle_and_away_for_a_while_it_misses_nothing(consuming: Consuming) -> None:
    teller = consuming.teller
    for _ in range(20):
        teller.slot()
    teller.once()
    until(lambda: len(consuming.told()) >= 5)
    teller.processes[0].send_signal(signal.SIGKILL)
    teller.processes[0].wait(10)
    for _ in range(5):
        teller.slot()
    teller.once()
    consuming.start()
    until(lambda: len(consuming.told()) == 75, 60)
    assert len(set(consuming.told())) == 75


def test_it_goes_on_when_the_broker_was_away(consuming: Consuming) -> None:
    teller = consuming.teller
    teller.rabbit.stop(signal.SIGTERM)
    teller.rabbit.start()
    teller.slot()
    teller.once()
    until(lambda: len(consuming.told()) == 3, 60)
    assert consuming.teller.processes[0].poll() is None


def test_two_of_it_share_a_queue_and_keep_the_order(consuming: Consuming) -> None:
    """One works, the other waits until that one is gone."""
    teller = consuming.teller
    consuming.start()
    for _ in range(20):
        teller.slot(["AAPL"])
    teller.once()
    until(lambda: len(consuming.told()) >= 5)
    teller.processes[0].send_signal(signal.SIGKILL)
    until(lambda: len(consuming.told()) == 20, 60)
    numbers = [int(line.split("-")[0]) for line in consuming.told()]
    assert numbers == sorted(numbers)


def again(teller: Teller, event_id: int) -> None:
    """As one that died before its cursor moved."""
    with teller.database.transaction() as connection:
        query = sa.text("UPDATE fintech.event_cursors SET event_id = :event_id")
        connection.execute(query, {"event_id": event_id})
