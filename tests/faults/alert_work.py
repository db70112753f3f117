"""What a scenario's processes do: decide a slot, drain the outbox; and how they are killed.

Importing this takes seconds, so it is done once by the process from which the others are forked.
"""

import contextlib
import json
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.engine.default import DefaultDialect

from fintech_pipeline.alerts.alert_store import begin
from fintech_pipeline.alerts.channels.channel import Channel
from fintech_pipeline.alerts.channels.email.channel import EmailChannel
from fintech_pipeline.alerts.channels.email.sending import Line
from fintech_pipeline.alerts.channels.sms.asking import Asking
from fintech_pipeline.alerts.channels.sms.channel import SmsChannel
from fintech_pipeline.alerts.deciding import decide
from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.evaluation import Look, by_clock
from fintech_pipeline.alerts.facts import Scene
from fintech_pipeline.alerts.lifecycle import Kind, Reading
from fintech_pipeline.alerts.measures import PHRASES, Why
from fintech_pipeline.alerts.message import short_text
from fintech_pipeline.alerts.people import Contact, Person
from fintech_pipeline.alerts.planning import Orders, Pace
from fintech_pipeline.alerts.rules import ChannelName, Metric, MetricKey, StoredRule
from fintech_pipeline.alerts.tables import alert_rules, contacts, decided_slots, people
from fintech_pipeline.alerts.told import Links, Message
from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import StorageError
from fintech_pipeline.quota.calls import Call
from fintech_pipeline.quota.granting import Outcome
from fintech_pipeline.settings.alerts import SmtpSettings
from fintech_pipeline.storage.database import Database, connect
from tests.faults.alert_scenarios import Scenario, scenario
from tests.vendors.twilio_standin import ACCOUNT, SENDER, TOKEN

PACE = Pace(timedelta(seconds=2), timedelta(minutes=5))
KEY = MetricKey(Metric.SCORE)
PATIENCE_SECONDS = 0.4
"""For an answer of a peer; short, since what takes longer is part of the plan."""
_WHYS = {Kind.VALUE: Why.NOTHING, Kind.HELD: Why.CLOSED, Kind.NO_DATA: Why.NO_SIGNAL}


@dataclass(frozen=True, slots=True)
class Order:
    """What a forked process is to do.

    Attributes:
        url: The database.
        seed: Of the scenario.
        now: What the clock says at the beginning, in ISO's form.
        mail_port: Where the mail server listens.
        sms_url: Where the SMS vendor is.
        slot: The slot that is decided; None where the outbox is drained.
        fatal: The number of the moment at which it kills itself; None where it does not.
    """

    url: str
    seed: int
    now: str
    mail_port: int
    sms_url: str
    slot: int | None = None
    fatal: int | None = None

    def line(self) -> str:
        return json.dumps(asdict(self))


def going_on(now: datetime) -> Clock:
    """A clock that says this now, and goes on."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


def deliverer(database: Database, clock: Clock, mail_port: int, sms_url: str) -> Deliverer:
    """The deliverer, on the two peers."""
    return Deliverer(database, channels(clock, mail_port, sms_url), clock)


def channels(clock: Clock, mail_port: int, sms_url: str) -> dict[ChannelName, Channel]:
    """Email and SMS, on the two peers."""
    smtp = SmtpSettings(
        host="127.0.0.1",
        port=mail_port,
        security="none",
        sender="watch@example.org",
        timeout_seconds=PATIENCE_SECONDS,
    )
    return {
        ChannelName.EMAIL: EmailChannel(smtp, "drill", lambda _s, _a: None, Links(), clock),
        ChannelName.SMS: sms_channel(clock, sms_url),
    }


def sms_channel(clock: Clock, sms_url: str) -> SmsChannel:
    """SMS, on the stand-in of the vendor; every call is granted."""
    return SmsChannel(
        ACCOUNT,
        SecretStr(TOKEN),
        SENDER,
        _text_of,
        _granted,
        Decimal("0.05"),
        sms_url,
        timedelta(seconds=PATIENCE_SECONDS),
        clock,
    )


def _text_of(message: Message) -> str:
    return short_text(message, ZoneInfo(message.time_zone))


@contextlib.contextmanager
def _granted(_: Call) -> Iterator[Outcome]:
    yield Outcome()


def store(connection: sa.Connection, drawn: Scenario) -> None:
    """Stores the people and rules."""
    for person in drawn.people:
        quiet = person.quiet
        connection.execute(
            sa.insert(people).values(
                name=person.name,
                time_zone=person.time_zone,
                quiet_begins=quiet.begins if quiet else None,
                quiet_ends=quiet.ends if quiet else None,
                sms_per_day=person.sms_per_day,
            )
        )
        for contact in person.contacts:
            values = {"channel": str(contact.channel), "address": contact.address}
            connection.execute(sa.insert(contacts).values(person=person.name, **values))
    for rule in drawn.rules:
        made = sa.insert(alert_rules).values(
            name=rule.name, definition={}, changed_at=drawn.slot_at(0)
        )
        connection.execute(made)


def decide_slot(database: Database, drawn: Scenario, number: int, clock: Clock) -> None:
    """Decides a slot once, however often it is called, as the sensor does.

    Raises:
        StorageError: The database is away.
    """
    slot_at = drawn.slot_at(number)
    with database.transaction() as connection:
        begin(connection)
        known = sa.select(decided_slots.c.slot_at).where(decided_slots.c.slot_at == slot_at)
        if connection.execute(known).scalar() is not None:
            return
        scene = Scene(slot_at, {}, {}, simulated=True)
        found = look(drawn.symbols, drawn.slots[number].readings, slot_at)
        now = clock()
        told = str(decide(connection, orders(connection, drawn), found, scene, now))
        values = {"slot_at": slot_at, "decided_at": now, "signal_id": 0, "told": told}
        connection.execute(sa.insert(decided_slots).values(values))


def orders(connection: sa.Connection, drawn: Scenario) -> Orders:
    """What is decided by: the scenario's rules and people, with what is stored of them."""
    rows = connection.execute(sa.select(alert_rules.c.name, alert_rules.c.id))
    ids: dict[str, int] = {row.name: row.id for row in rows}
    stored = [StoredRule(ids[rule.name], 1, rule) for rule in drawn.rules]
    known: dict[str, list[Contact]] = {person.name: [] for person in drawn.people}
    for row in connection.execute(sa.select(contacts).order_by(contacts.c.id)):
        one = Contact(ChannelName(row.channel), row.address, row.id, row.disabled_because)
        known[row.person].append(one)
    found = {
        person.name: Person(
            person.name,
            tuple(known[person.name]),
            person.time_zone,
            person.quiet,
            person.sms_per_day,
        )
        for person in drawn.people
    }
    return Orders(stored, found, [], PACE)


def look(symbols: tuple[str, ...], readings: tuple[Reading, ...], at: datetime) -> Look:
    """What was found at a slot."""
    values = [np.nan if one.value is None else one.value for one in readings]
    return Look(
        at,
        symbols,
        tuple(frozenset() for _ in symbols),
        {KEY: np.array(values)},
        {KEY: np.array([_WHYS[one.kind] for one in readings], dtype=np.int8)},
        lambda _metric, _subject: by_clock,
        PHRASES,
    )


class _Moments:
    """Counts statements, commits and messages, and kills this process at the fatal one."""

    def __init__(self, fatal: int) -> None:
        self._left = fatal
        self._lock = threading.Lock()

    def __call__(self, *_: object, **__: object) -> None:
        with self._lock:
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self._left -= 1

    def watch(self) -> None:
        for name in ("before_cursor_execute", "after_cursor_execute"):
            sa.event.listen(sa.Engine, name, self)
        for owner, name in ((DefaultDialect, "do_commit"), (Line, "send"), (Asking, "create")):
            self._surround(owner, name)

    def _surround(self, owner: type, name: str) -> None:
        plain = getattr(owner, name)

        def surrounded(*given: object, **named: object) -> object:
            self()
            answer = plain(*given, **named)
            self()
            return answer

        setattr(owner, name, surrounded)


def obey(order: Order) -> None:
    """Does what it is told, in this very process."""
    if order.fatal is not None:
        _Moments(order.fatal).watch()
    clock = going_on(datetime.fromisoformat(order.now))
    database = connect(order.url)
    with contextlib.suppress(StorageError):
        if order.slot is not None:
            decide_slot(database, scenario(order.seed), order.slot, clock)
        else:
            deliverer(database, clock, order.mail_port, order.sms_url).drain()


def serve() -> None:
    """Forks a process for each order on the standard input, and says its number, then its end."""
    logging.basicConfig()
    # What libraries warn of is expected here; some have a level of their own.
    logging.disable(logging.WARNING)
    print("ready", flush=True)
    for line in sys.stdin:
        number = os.fork()
        if number == 0:
            try:
                obey(Order(**json.loads(line)))
            except BaseException:  # noqa: BLE001  # nothing may get back into the loop
                traceback.print_exc()
            finally:
                os._exit(0)
        print(number, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    serve()
