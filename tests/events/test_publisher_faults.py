"""The publisher, the broker and the database each die in the middle: nothing is lost, in order."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable

import psutil
import psycopg
import pytest

from tests.events.telling import Teller, by_subject, firsts, until

SLOTS = 60
SYMBOLS = tuple(f"S{number:02}" for number in range(20))


@pytest.fixture
def busy(teller: Teller) -> Teller:
    """One that has published up to now and follows twenty symbols."""
    teller.symbols = SYMBOLS
    teller.follow(*SYMBOLS)
    teller.once()
    return teller


def all_in_order(teller: Teller, slots: int) -> int:
    """Holds what came against what was told; gives how many messages came twice."""
    taken = teller.rabbit.take(teller.queue, slots * len(teller.symbols), seconds=60)
    events = firsts(taken)
    assert len(events) == slots * len(teller.symbols), "each once, whatever came twice"
    for symbol, told in by_subject(events).items():
        assert len(told) == slots, symbol
        assert told == sorted(told), f"{symbol} out of order"
    bodies = {one.body for one in taken}
    assert len(bodies) == len(events), "a repeat is the same to the last byte"
    return len(taken) - len(events)


def meanwhile(teller: Teller, slots: int, fault: Callable[[], object]) -> None:
    """Tells slots one after the other; the fault comes in the middle of it."""
    broken = threading.Thread(target=fault)
    for number in range(slots):
        if number == slots // 3:
            broken.start()
        teller.slot()
    broken.join(90)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_broker_that_restarts_in_the_middle_loses_nothing(
    busy: Teller, number: signal.Signals
) -> None:
    process = busy.start()
    until(lambda: "go to RabbitMQ at" in busy.said())

    def restart() -> None:
        busy.rabbit.stop(number)
        busy.rabbit.start()

    meanwhile(busy, SLOTS, restart)
    until(busy.published, 60)
    assert process.poll() is None, busy.said()
    assert "can't be reached" in busy.said()
    assert busy.said().count("go to RabbitMQ at") == 2
    assert "Traceback" not in busy.said()
    all_in_order(busy, SLOTS)


def test_a_publisher_that_is_killed_again_and_again_loses_nothing(busy: Teller) -> None:
    for _ in range(SLOTS):
        busy.slot()
    kills = 0
    while not busy.published():
        process = busy.start()
        before = busy.cursor().event_id
        # The first of them dies as soon as it has published anything, others a little later.
        until(lambda: busy.cursor().event_id > before or busy.published())  # noqa: B023
        if busy.cursor().event_id < before + SLOTS // 4 and not busy.published():
            kills += 1
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        if kills >= 3:
            busy.once()
    assert kills, "none died in the middle"
    all_in_order(busy, SLOTS)


def test_where_one_publishes_another_waits_and_takes_over_when_it_dies(busy: Teller) -> None:
    first = busy.start()
    until(lambda: "go to RabbitMQ at" in busy.said(0))
    second = busy.start()
    until(lambda: "Another publisher is at work" in busy.said(1))
    meanwhile(busy, SLOTS, lambda: first.send_signal(signal.SIGKILL))
    until(busy.published)
    assert second.poll() is None
    assert "go to RabbitMQ at" in busy.said(1)
    all_in_order(busy, SLOTS)


def test_a_database_that_ends_its_connections_in_the_middle_loses_nothing(busy: Teller) -> None:
    process = busy.start()
    until(lambda: "go to RabbitMQ at" in busy.said())

    def sever() -> None:
        with psycopg.connect(busy.database.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'fintech events publish'"
            )

    meanwhile(busy, SLOTS, sever)
    until(busy.published)
    assert process.poll() is None, busy.said()
    assert "Publishing goes on when it is back" in busy.said()
    all_in_order(busy, SLOTS)


def test_a_slow_consumer_neither_stops_the_publisher_nor_makes_it_grow(busy: Teller) -> None:
    process = busy.start()
    until(lambda: "go to RabbitMQ at" in busy.said())
    for _ in range(20):
        busy.slot()
    until(busy.published)
    before = memory(process)
    for _ in range(10 * SLOTS):  # that nobody takes out of the queue
        busy.slot()
    until(busy.published, 120)
    assert busy.rabbit.waiting(busy.queue) == (20 + 10 * SLOTS) * len(SYMBOLS)
    assert memory(process) - before < 8 * 2**20, "what waits, waits in the broker"


def test_an_exchange_that_somebody_deletes_is_made_again(busy: Teller) -> None:
    process = busy.start()
    until(lambda: "go to RabbitMQ at" in busy.said())
    busy.rabbit.delete_exchange(busy.exchange)
    until(lambda: slot_later(busy) and "drops it" in busy.said())
    assert process.poll() is None, busy.said()
    busy.rabbit.bind(busy.exchange, busy.queue)
    until(busy.published)
    slot_at = busy.slot()
    until(busy.published)
    told = by_subject(firsts(busy.rabbit.take(busy.queue)))
    assert {slots[-1][:16] for slots in told.values()} == {slot_at.isoformat()[:16]}
    assert set(told) == set(SYMBOLS)


def test_a_broker_that_goes_while_nothing_happens_is_told_and_what_comes_waits(
    busy: Teller,
) -> None:
    busy.start()
    until(lambda: "go to RabbitMQ at" in busy.said())
    busy.rabbit.stop(signal.SIGTERM)
    try:
        until(lambda: busy.cursor().error)
        busy.slot()
    finally:
        busy.rabbit.start()
    until(busy.published)
    assert busy.cursor().error is None
    all_in_order(busy, 1)


def slot_later(teller: Teller) -> bool:
    teller.slot()
    time.sleep(0.2)
    return True


def memory(process: "subprocess.Popen[bytes]") -> int:
    return int(psutil.Process(process.pid).memory_info().rss)


@pytest.mark.slow
def test_a_broker_whose_memory_is_full_is_told_and_goes_on_when_it_is_not(busy: Teller) -> None:
    busy.start()
    until(lambda: "go to RabbitMQ at" in busy.said())
    busy.rabbit.control("set_vm_memory_high_watermark", "0.000001")
    try:
        until(lambda: slot_later(busy) and busy.cursor().error, 90)
        assert "has not confirmed what it was sent 30 s ago" in busy.cursor().error
        time.sleep(45)  # three heartbeats, which it can't send either
        assert busy.cursor().error
    finally:
        busy.rabbit.control("set_vm_memory_high_watermark", "0.4")
    until(busy.published, 90)
    assert busy.cursor().error is None
    assert busy.said().count("has not confirmed") == 1
    assert busy.said().count("go to RabbitMQ at") == 1, "the connection was kept"
    assert all_in_order(busy, busy.slots) == 0
