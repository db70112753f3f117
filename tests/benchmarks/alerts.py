"""How fast alerts are decided, rules × symbols, and how fast their mails leave."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.alerts.alert_store import begin
from fintech_pipeline.alerts.channels.email.channel import EmailChannel
from fintech_pipeline.alerts.channels.email.price_line import PriceLine
from fintech_pipeline.alerts.deciding import decide
from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.evaluation import Look, by_clock
from fintech_pipeline.alerts.facts import Scene
from fintech_pipeline.alerts.people import Contact, Person
from fintech_pipeline.alerts.planning import Orders, Pace
from fintech_pipeline.alerts.rules import (
    ChannelName,
    Metric,
    MetricKey,
    Recipient,
    Rule,
    Scope,
    Severity,
    StoredRule,
)
from fintech_pipeline.alerts.tables import (
    alert_events,
    alert_rules,
    contacts,
    deliveries,
    notices,
    people,
)
from fintech_pipeline.alerts.told import Links, Telling, Told
from fintech_pipeline.settings.alerts import SmtpSettings
from fintech_pipeline.storage.database import Database
from tests.vendors.mail_server import receiving

RULES, SYMBOLS, MAILS = 10_000, 500, 1_000
START = datetime(2026, 3, 2, 15, tzinfo=UTC)
SLOT = timedelta(minutes=30)
KEYS = (
    MetricKey(Metric.SCORE),
    MetricKey(Metric.SENTIMENT),
    MetricKey(Metric.PRICE_CHANGE_PCT, timedelta(hours=2)),
    MetricKey(Metric.DRAWDOWN_PCT, timedelta(days=5)),
    MetricKey(Metric.VOLUME_RATIO),
)
BEYOND = 3.3
"""Deviations: about one pair in two thousand is beyond its threshold in the first look."""


def deciding(database: Database) -> tuple[float, int]:
    """Seconds for the slowest of three looks in a row, and how many alerts they began."""
    orders = _orders(database)
    slowest, begun = 0.0, 0
    rng = np.random.default_rng(11)
    values = rng.normal(size=(len(KEYS), SYMBOLS))
    for number in range(3):
        at = START + number * SLOT
        look = _look(at, values + 0.2 * rng.normal(size=values.shape))
        started = time.perf_counter()
        with database.transaction() as connection:
            begin(connection)
            outcome = decide(connection, orders, look, Scene(at, {}, {}, True), at)
        slowest = max(slowest, time.perf_counter() - started)
        begun += outcome.events.get("fired", 0)
    return slowest, begun


def _look(at: datetime, values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Look:
    return Look(
        at,
        tuple(f"S{number:03}" for number in range(SYMBOLS)),
        tuple(frozenset[str]() for _ in range(SYMBOLS)),
        dict(zip(KEYS, values, strict=True)),
        {key: np.zeros(SYMBOLS, dtype=np.int8) for key in KEYS},
        lambda _metric, _subject: by_clock,
    )


def _orders(database: Database) -> Orders:
    rng = np.random.default_rng(12)
    with database.transaction() as connection:
        connection.execute(sa.insert(people).values(name="anna", time_zone="UTC"))
        insert = sa.insert(contacts).values(person="anna", channel="email", address="a@b.example")
        contact_id = connection.execute(insert.returning(contacts.c.id)).scalar_one()
        rows = [
            {"name": f"r{number}", "definition": {}, "changed_at": START} for number in range(RULES)
        ]
        made = sa.insert(alert_rules).returning(alert_rules.c.id, sort_by_parameter_order=True)
        numbers = list(connection.execute(made, rows).scalars())
    rules = []
    for number, spread in zip(numbers, rng.normal(scale=0.1, size=RULES).tolist(), strict=True):
        key, above = KEYS[number % len(KEYS)], bool(number % 2)
        threshold = (BEYOND + spread) * (1 if above else -1)
        rule = Rule(
            f"r{number}",
            key.metric,
            Scope(everything=True),
            above,
            threshold,
            threshold * 0.9,
            key.window,
            recipients=(Recipient("anna"),),
            repeat=timedelta(hours=4),
        )
        rules.append(StoredRule(number, 1, rule))
    anna = Person("anna", (Contact(ChannelName.EMAIL, "a@b.example", contact_id),))
    pace = Pace(timedelta(seconds=2), timedelta(minutes=5))
    return Orders(rules, {"anna": anna}, [], pace)


def draining(database: Database) -> float:
    """Mails a second from the outbox to a real SMTP server: one alert, told to 1,000 people.

    Each mail has its text, its HTML and the picture of the price.
    """
    symbol = "AAPL"
    told = Told(
        1,
        Telling.FIRED,
        "crash",
        Severity.WARNING,
        symbol,
        "Apple Inc.",
        "Price -5.1 % in 2h is below -5 %.",
        START,
        START,
        "price_change_pct",
        -5.1,
        price=181.2,
        change_pct=-4.3,
        currency="USD",
        score=-0.7,
        action="strong_sell",
        confidence=0.8,
        why=("momentum -0.31: down 5.1% over the last 13 bars",),
        strategy="balanced-2",
    )
    _fill(database, told)
    instants = tuple(START - (60 - number) * SLOT for number in range(60))
    line = PriceLine(instants, tuple(190.0 - 0.1 * number for number in range(60)))
    with _peer() as (port, taken):
        smtp = SmtpSettings(
            host="127.0.0.1", port=port, security="none", sender="watch@example.com"
        )
        channel = EmailChannel(smtp, "bench", lambda *_: line, Links(), lambda: START + SLOT)
        deliverer = Deliverer(database, {ChannelName.EMAIL: channel}, lambda: START + SLOT)
        started = time.perf_counter()
        deliverer.drain()
        seconds = time.perf_counter() - started
        if (arrived := taken()) != MAILS:
            raise AssertionError(f"{arrived} of {MAILS} mails arrived")
    return MAILS / seconds


@contextmanager
def _peer() -> Iterator[tuple[int, Callable[[], int]]]:
    """A mail server in a process of its own, as anybody's is: its port, and how many it took."""
    ours, theirs = Pipe()
    process = get_context("spawn").Process(target=_receive, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv(), partial(_asked, ours)
    finally:
        process.terminate()
        process.join()


def _asked(connection: Connection) -> int:
    connection.send("how many")
    number: int = connection.recv()
    return number


def _receive(connection: Connection) -> None:
    with receiving() as inbox:
        connection.send(inbox.port)
        while connection.recv():
            connection.send(len(inbox.envelopes))


def _fill(database: Database, told: Told) -> None:
    names = [f"p{number}" for number in range(MAILS)]
    with database.transaction() as connection:
        rule = sa.insert(alert_rules).values(name="told", definition={}, changed_at=START)
        rule_id = connection.execute(rule.returning(alert_rules.c.id)).scalar_one()
        event = sa.insert(alert_events).values(
            rule_id=rule_id,
            subject=told.subject,
            event="fired",
            at=START,
            decided_at=START,
            reason=told.reason,
            told=told.stored(),
        )
        event_id = connection.execute(event.returning(alert_events.c.id)).scalar_one()
        connection.execute(
            sa.insert(people), [{"name": name, "time_zone": "Europe/Berlin"} for name in names]
        )
        contact = sa.insert(contacts).returning(contacts.c.id, sort_by_parameter_order=True)
        ways = [
            {"person": name, "channel": "email", "address": f"{name}@example.com"} for name in names
        ]
        contact_ids = list(connection.execute(contact, ways).scalars())
        delivery = sa.insert(deliveries).returning(deliveries.c.id, sort_by_parameter_order=True)
        rows = [
            {
                "contact_id": number,
                "progress": "planned",
                "severity": "warning",
                "created_at": START,
                "due_at": START,
                "told": "",
            }
            for number in contact_ids
        ]
        numbers = list(connection.execute(delivery, rows).scalars())
        pairs = zip(contact_ids, numbers, strict=True)
        connection.execute(
            sa.insert(notices),
            [
                {"event_id": event_id, "contact_id": way, "delivery_id": number, "reason": ""}
                for way, number in pairs
            ],
        )
