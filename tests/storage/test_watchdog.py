"""What the watchdog says is late: the daemon, the slots, the outbox."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.watchdog import lateness
from fintech_pipeline.clock import slot_at_or_before
from fintech_pipeline.errors import Retryable
from fintech_pipeline.orchestration.slot_store import SlotStore
from fintech_pipeline.orchestration.slots import SlotRecord
from fintech_pipeline.storage.database import Database
from tests.orchestration.test_heartbeat import PARTS, TABLE
from tests.storage.outgoing import NOW, Outgoing, Recording

AFTER = 2


@pytest.fixture
def outgoing(database: Database) -> Outgoing:
    return Outgoing(database)


def late(outgoing: Outgoing) -> dict[str, float]:
    with outgoing.database.transaction() as connection:
        return lateness(connection, outgoing.now, AFTER)


def beat(database: Database, part: str, at: datetime) -> None:
    with database.transaction() as connection:
        connection.execute(
            sa.text("INSERT INTO dagster.daemon_heartbeats VALUES (:part, 'one', :at)"),
            {"part": part, "at": at.replace(tzinfo=None)},
        )


def done(database: Database, asset: str, slot_at: datetime) -> None:
    with database.transaction() as connection:
        SlotStore(database).record(
            connection,
            asset,
            [SlotRecord(slot_at, 1)],
            live=True,
            cutoff_at=slot_at,
            run_id="run",
            at=slot_at,
        )


def test_what_was_never_started_is_not_late(outgoing: Outgoing) -> None:
    assert late(outgoing) == {"outbox": 0.0}


def test_the_daemon_is_as_late_as_the_part_of_it_that_is_silent_longest(
    outgoing: Outgoing,
) -> None:
    with outgoing.database.transaction() as connection:
        connection.execute(sa.text(TABLE))
    assert "daemon" not in late(outgoing)
    for part in PARTS:
        beat(outgoing.database, part, NOW - timedelta(seconds=20))
    beat(outgoing.database, "BACKFILL", NOW - timedelta(days=3))  # is not always there
    assert late(outgoing)["daemon"] == 0
    with outgoing.database.transaction() as connection:
        connection.execute(
            sa.text("UPDATE dagster.daemon_heartbeats SET timestamp = :at WHERE daemon_type = :p"),
            {"at": (NOW - timedelta(minutes=5)).replace(tzinfo=None), "p": "SENSOR"},
        )
    assert late(outgoing)["daemon"] == 4.5


@pytest.mark.parametrize("asset", ["trading_signals", "news_articles"])
def test_slots_are_late_once_the_first_that_lacks_should_have_been_done(
    outgoing: Outgoing, asset: str
) -> None:
    newest = slot_at_or_before(NOW)
    done(outgoing.database, asset, newest)
    assert late(outgoing)["slots"] == 0
    outgoing.now = newest + timedelta(minutes=30 + AFTER + 10)
    assert late(outgoing)["slots"] == 0
    outgoing.passes(minutes=7)
    assert late(outgoing)["slots"] == 7
    done(outgoing.database, "news_articles", newest + timedelta(minutes=30))
    assert late(outgoing)["slots"] == 0


def test_bars_alone_do_not_make_a_slot(outgoing: Outgoing) -> None:
    done(outgoing.database, "market_bars", slot_at_or_before(NOW))
    assert "slots" not in late(outgoing)


def test_the_outbox_is_as_late_as_the_message_that_has_waited_longest(
    outgoing: Outgoing,
) -> None:
    email, anna = Recording(), outgoing.person()
    outgoing.plan(anna[ChannelName.EMAIL], due_at=NOW + timedelta(hours=8))
    assert late(outgoing)["outbox"] == 0
    (number,) = outgoing.plan(anna[ChannelName.EMAIL])
    email.answer = lambda _: Retryable("The mailbox is full.")
    working = Deliverer(outgoing.database, {email.name: email}, outgoing.clock)
    for _ in range(5):
        working.drain()
        outgoing.passes(minutes=11)
    assert outgoing.progress(number) is Progress.PLANNED
    assert late(outgoing)["outbox"] == 55
    email.answer = Recording.answer
    working.drain()
    assert late(outgoing)["outbox"] == 0
