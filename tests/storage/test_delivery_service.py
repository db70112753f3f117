"""The deliverer at work: woken at once, several at once, ended in time, never stopped by a part."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest

from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.delivery_service import DeliveryService
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.told import Message
from fintech_pipeline.alerts.waking import WAKE
from fintech_pipeline.clock import utc_now
from fintech_pipeline.errors import PipelineError, Retryable
from fintech_pipeline.storage.database import Database
from tests.storage.outgoing import Answer, Outgoing, Recording, Tracking

EMAIL, SMS = ChannelName.EMAIL, ChannelName.SMS


@pytest.fixture
def outgoing(database: Database) -> Outgoing:
    return Outgoing(database, utc_now())


@contextmanager
def serving(outgoing: Outgoing, *channels: Recording) -> Iterator[DeliveryService]:
    deliverer = Deliverer(outgoing.database, {one.name: one for one in channels}, utc_now)
    service = DeliveryService(deliverer)
    ended: list[bool] = []
    thread = threading.Thread(target=lambda: ended.append(service.run()))
    thread.start()
    try:
        yield service
    finally:
        deliverer.stopped.set()
        thread.join(30)
    assert ended == [True]


def until(outgoing: Outgoing, number: int, progress: Progress, seconds: float = 20) -> float:
    """Waits until a message has come so far; how long that took."""
    begun = time.monotonic()
    while outgoing.progress(number) is not progress:
        assert time.monotonic() - begun < seconds, outgoing.row(number)
        time.sleep(0.02)
    return time.monotonic() - begun


def notify(outgoing: Outgoing) -> None:
    with outgoing.database.transaction() as connection:
        connection.execute(WAKE)


def test_a_message_leaves_as_soon_as_it_is_told_of(
    outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fintech_pipeline.alerts.delivery_service.POLL_SECONDS", 60.0)
    anna = outgoing.person()
    with serving(outgoing, Recording()):
        time.sleep(1.5)  # by now it has looked, and listens
        (number,) = outgoing.plan(anna[EMAIL])
        notify(outgoing)
        assert until(outgoing, number, Progress.SENT) < 2


def test_a_message_that_nobody_was_told_of_leaves_with_the_next_look(outgoing: Outgoing) -> None:
    anna = outgoing.person()
    with serving(outgoing, Recording()):
        time.sleep(1)
        (number,) = outgoing.plan(anna[EMAIL])
        until(outgoing, number, Progress.SENT, 4)


def test_what_is_due_soon_leaves_then_and_not_with_the_look_after(
    outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fintech_pipeline.alerts.delivery_service.POLL_SECONDS", 60.0)
    anna = outgoing.person()
    (number,) = outgoing.plan(anna[EMAIL], due_at=utc_now() + timedelta(seconds=2))
    with serving(outgoing, Recording()):
        until(outgoing, number, Progress.SENT, 5)


def test_a_listener_whose_connection_was_cut_listens_again(
    outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fintech_pipeline.alerts.delivery_service.POLL_SECONDS", 60.0)
    anna = outgoing.person()
    with serving(outgoing, Recording()):
        time.sleep(1.5)
        with psycopg.connect(outgoing.database.url, autocommit=True) as connection:
            cut = connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE application_name = 'fintech deliver' AND datname = current_database()"
            ).fetchone()
        assert cut == (1,)
        time.sleep(2.5)
        (number,) = outgoing.plan(anna[EMAIL])
        notify(outgoing)
        assert until(outgoing, number, Progress.SENT) < 2


def test_a_channel_that_hangs_does_not_hold_up_the_others(outgoing: Outgoing) -> None:
    goes_on, anna = threading.Event(), outgoing.person()

    def answer(message: Message) -> Answer:
        goes_on.wait(20)
        return Receipt(Progress.DELIVERED, f"It arrived: {message.delivery_id}.")

    by_email, by_sms = outgoing.plan(anna[EMAIL], anna[SMS])
    with serving(outgoing, Recording(), Tracking(answer=answer)):
        until(outgoing, by_email, Progress.SENT)
        assert outgoing.progress(by_sms) is Progress.PLANNED
        goes_on.set()
        until(outgoing, by_sms, Progress.DELIVERED)


def test_what_is_being_sent_is_finished_at_the_end_and_nothing_more_is_begun(
    outgoing: Outgoing,
) -> None:
    anna, begun = outgoing.person(), threading.Event()

    def answer(_: Message) -> Answer:
        begun.set()
        time.sleep(1)
        return Receipt(Progress.SENT, "It was taken.")

    numbers = [outgoing.plan(anna[EMAIL])[0] for _ in range(5)]
    email = Recording(answer=answer)
    with serving(outgoing, email):
        assert begun.wait(10)
    came = [outgoing.progress(number) for number in numbers]
    assert came.count(Progress.SENT) == len(email.sent) < 5
    left = [number for number in numbers if outgoing.progress(number) is Progress.PLANNED]
    for number in left:
        ((ended_at, told),) = outgoing.attempts(number)
        assert ended_at is not None
        assert told == "The deliverer was stopped before it was sent; it is sent again."


def test_two_deliverers_send_each_message_once(outgoing: Outgoing) -> None:
    anna = outgoing.person()
    numbers = [outgoing.plan(anna[EMAIL], anna[SMS]) for _ in range(60)]
    channels = [Recording(together=7), Tracking(), Recording(together=7), Tracking()]
    with serving(outgoing, *channels[:2]), serving(outgoing, *channels[2:]):
        for by_email, by_sms in numbers:
            until(outgoing, by_email, Progress.SENT)
            until(outgoing, by_sms, Progress.ACCEPTED)
    sent = [number for channel in channels for number in channel.ids]
    assert sorted(sent) == sorted(number for pair in numbers for number in pair)
    assert all(channel.sent for channel in channels)


def test_two_deliverers_count_the_sms_of_a_day_together(outgoing: Outgoing) -> None:
    anna = outgoing.person(sms_per_day=10)
    numbers = [outgoing.plan(anna[SMS])[0] for _ in range(30)]
    channels = [Recording(), Tracking(), Recording(), Tracking()]
    with serving(outgoing, *channels[:2]), serving(outgoing, *channels[2:]):
        for number in numbers:
            begun = time.monotonic()
            while outgoing.progress(number) is Progress.PLANNED:
                assert time.monotonic() - begun < 20
                time.sleep(0.02)
    assert sum(len(one.sent) for one in channels if one.name is SMS) == 10


def test_a_look_that_fails_is_told_and_stops_nothing(
    outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fintech_pipeline.alerts.delivery_service.LOOK_SECONDS", 0.1)
    monkeypatch.setattr("fintech_pipeline.alerts.delivery_service.BEAT_SECONDS", 0.1)
    anna, told, beats = outgoing.person(), list[str](), list[int]()

    def look() -> None:
        raise PipelineError("The rules cannot be read.")

    with serving(outgoing, Recording()) as service:
        service.look, service.complain = look, told.append
        service.beat = lambda: beats.append(1)
        (number,) = outgoing.plan(anna[EMAIL])
        until(outgoing, number, Progress.SENT)
        begun = time.monotonic()
        while (len(told) < 2 or not beats) and time.monotonic() - begun < 10:
            time.sleep(0.05)
    assert set(told) == {"The pipeline could not be looked at: The rules cannot be read."}
    assert len(told) >= 2
    assert beats


def test_a_mail_server_that_is_away_does_not_keep_it_from_ending(outgoing: Outgoing) -> None:
    anna = outgoing.person()
    outgoing.plan(anna[EMAIL])
    email = Recording(answer=lambda _: Retryable("It is away."))
    begun = time.monotonic()
    with serving(outgoing, email):
        while not email.sent:
            time.sleep(0.05)
    assert time.monotonic() - begun < 10
