"""How fast alerts are decided: rules × symbols against one look, into a real database."""

import time
from datetime import UTC, datetime, timedelta

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.alerts.alert_store import begin
from fintech_pipeline.alerts.deciding import decide
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
    StoredRule,
)
from fintech_pipeline.alerts.tables import alert_rules, contacts, people
from fintech_pipeline.storage.database import Database

RULES, SYMBOLS = 10_000, 500
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
