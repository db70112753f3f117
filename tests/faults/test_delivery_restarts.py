"""The database is killed while alerts are sent: sending goes on when it is back."""

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.delivery_service import DeliveryService
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.told import Message
from fintech_pipeline.clock import utc_now
from fintech_pipeline.errors import StorageError
from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.schema import migrate
from tests.faults.test_database_restarts import Mortal
from tests.storage.outgoing import Answer, Outgoing, Recording, Tracking

EMAIL, SMS = ChannelName.EMAIL, ChannelName.SMS
MAILS, TEXTS = 150, 50
SECONDS = 120.0
pytestmark = pytest.mark.xdist_group("delivery restarts")


@pytest.fixture(scope="module")
def mortal() -> Iterator[Mortal]:
    # Not below pytest's own folder, for the reason that stands at the fixture `server`.
    with tempfile.TemporaryDirectory(prefix="fintech-tests-") as folder:
        made = Mortal(Path(folder))
        with made.leases:
            yield made


@pytest.fixture
def outgoing(mortal: Mortal, request: pytest.FixtureRequest) -> Iterator[Outgoing]:
    server = mortal.up()
    base = connect(server.url())
    name = f"test_{abs(hash(request.node.name))}"
    with base.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    base.close()
    database = connect(server.url(name))
    migrate(database)
    yield Outgoing(database, utc_now())
    database.close()


def slow(answer: Answer | None = None) -> Recording:
    def taken(message: Message) -> Answer:
        time.sleep(0.02)
        return answer or Receipt(Progress.SENT, f"It was taken: {message.delivery_id}.")

    return Recording(together=20, answer=taken)


def texting() -> Tracking:
    def taken(message: Message) -> Answer:
        time.sleep(0.05)
        sms.found[message.delivery_id] = receipt = Receipt(
            Progress.ACCEPTED, "The vendor took it.", vendor_id=f"SM{message.delivery_id}"
        )
        sms.statuses[f"SM{message.delivery_id}"] = Receipt(Progress.DELIVERED, "It arrived.")
        return receipt

    sms = Tracking(answer=taken)
    return sms


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, pytest.param(signal.SIGQUIT, marks=pytest.mark.slow)]
)
def test_a_database_that_is_killed_loses_no_message_and_doubles_no_sms(
    outgoing: Outgoing, mortal: Mortal, number: signal.Signals
) -> None:
    anna = outgoing.person()
    mails = [outgoing.plan(anna[EMAIL])[0] for _ in range(MAILS)]
    texts = [outgoing.plan(anna[SMS], severity=Severity.INFO)[0] for _ in range(TEXTS)]
    email, sms = slow(), texting()
    told: list[str] = []
    deliverer = Deliverer(outgoing.database, {EMAIL: email, SMS: sms}, utc_now)
    service = DeliveryService(deliverer, mend=lambda: None, complain=told.append)
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        while len(email.sent) < MAILS // 3:
            time.sleep(0.01)
        for _ in range(2):
            os.kill(mortal.postmaster, number)
            time.sleep(2)
            mortal.up()
            time.sleep(1.5)
        ended = {Progress.SENT, Progress.DELIVERED}
        deadline = time.monotonic() + SECONDS
        while {outgoing.progress(one) for one in [*mails, *texts]} - ended:
            assert time.monotonic() < deadline, [outgoing.row(one) for one in texts][:5]
            time.sleep(0.5)
    finally:
        deliverer.stopped.set()
        thread.join(40)
    assert sorted(sms.ids) == sorted(texts)
    assert set(email.ids) == set(mails)
    assert told
    assert all("Sending goes on when it is back." in sentence for sentence in told)


def test_while_the_database_is_away_a_drain_says_so_and_nothing_is_sent(
    outgoing: Outgoing, mortal: Mortal
) -> None:
    anna = outgoing.person()
    outgoing.plan(anna[EMAIL])
    email = slow()
    deliverer = Deliverer(outgoing.database, {EMAIL: email}, utc_now)
    os.kill(mortal.postmaster, signal.SIGKILL)
    time.sleep(1)
    with pytest.raises(StorageError):
        deliverer.drain()
    assert email.sent == []
    mortal.up()
    time.sleep(1)
    assert deliverer.drain() == 1
