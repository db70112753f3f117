"""Rules and people in a database, and looks at scores that a test makes up."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.alerts.alert_store import begin
from fintech_pipeline.alerts.deciding import decide
from fintech_pipeline.alerts.evaluation import Look, by_clock
from fintech_pipeline.alerts.facts import Scene
from fintech_pipeline.alerts.measures import Why
from fintech_pipeline.alerts.people import Contact, Person, QuietHours
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
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.alerts.tables import (
    alert_rules,
    alerts,
    contacts,
    deliveries,
    people,
)
from fintech_pipeline.alerts.telling import Outcome
from fintech_pipeline.storage.database import SCHEMA, Database

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
SLOT = timedelta(minutes=30)
SCORE = MetricKey(Metric.SCORE)
PACE = Pace(timedelta(seconds=2), timedelta(minutes=5))
SYMBOLS = ("AAPL", "MSFT", "NVDA")


def score_rule(name: str = "high", **changes: Any) -> Rule:
    """Fires above 0.5, ends at 0.3, tells anna by email."""
    basic: dict[str, Any] = {
        "metric": Metric.SCORE,
        "scope": Scope(everything=True),
        "above": True,
        "threshold": 0.5,
        "clear": 0.3,
        "recipients": (Recipient("anna"),),
    }
    return Rule(name, **{**basic, **changes})


@dataclass
class Desk:
    """A database with people and rules, and the present that decisions are made in."""

    database: Database
    rules: list[StoredRule] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    silences: list[Silence] = field(default_factory=list)
    looks: int = 0
    key: MetricKey = SCORE

    def hire(
        self,
        name: str,
        channels: Mapping[str, str],
        *,
        zone: str = "UTC",
        quiet: QuietHours | None = None,
    ) -> None:
        """Adds a person with an address on each channel."""
        with self.database.transaction() as connection:
            connection.execute(sa.insert(people).values(name=name, time_zone=zone))
            ways = []
            for channel, address in channels.items():
                row = sa.insert(contacts).values(person=name, channel=channel, address=address)
                number = connection.execute(row.returning(contacts.c.id)).scalar_one()
                ways.append(Contact(ChannelName(channel), address, number))
        self.people[name] = Person(name, tuple(ways), zone, quiet)

    def rule(self, rule: Rule) -> int:
        """Adds a rule, or changes the one of that name."""
        known = next((one for one in self.rules if one.rule.name == rule.name), None)
        if known is not None:
            self.rules[self.rules.index(known)] = StoredRule(known.rule_id, 2, rule)
            return known.rule_id
        with self.database.transaction() as connection:
            row = sa.insert(alert_rules).values(name=rule.name, definition={}, changed_at=START)
            number: int = connection.execute(row.returning(alert_rules.c.id)).scalar_one()
        self.rules.append(StoredRule(number, 1, rule))
        return number

    def look(
        self,
        *scores: float | Why,
        after: timedelta = timedelta(seconds=20),
        symbols: tuple[str, ...] = SYMBOLS,
        only: Collection[str] | None = None,
    ) -> Outcome:
        """Decides the next slot, a value or a lack for each symbol, this long after it."""
        at = START + self.looks * SLOT
        self.looks += 1
        values = np.array([np.nan if isinstance(one, Why) else one for one in scores])
        why = np.array([one if isinstance(one, Why) else 0 for one in scores], dtype=np.int8)
        seen = Look(
            at,
            symbols,
            tuple(frozenset[str]() for _ in symbols),
            {self.key: values},
            {self.key: why},
            lambda _metric, _subject: by_clock,
        )
        orders = Orders(self.rules, self.people, self.silences, PACE)
        with self.database.transaction() as connection:
            begin(connection)
            return decide(connection, orders, seen, Scene(at, {}, {}, True), at + after, only=only)

    def sent(self, *, failed: bool = False) -> None:
        """What waits has left, or has failed, when it was due."""
        progress = "failed" if failed else "sent"
        waiting = sa.update(deliveries).where(deliveries.c.progress == "planned")
        values = {"progress": progress, "accepted_at": None if failed else deliveries.c.due_at}
        with self.database.transaction() as connection:
            connection.execute(waiting.values(values))

    def acknowledge(self, by: str = "anna") -> None:
        """Every open alert."""
        now = START + self.looks * SLOT
        with self.database.transaction() as connection:
            connection.execute(
                sa.update(alerts)
                .where(alerts.c.resolved_at.is_(None))
                .values(acknowledged_by=by, acknowledged_at=now)
            )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, `{s}` being the schema."""
        with self.database.transaction() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query.format(s=SCHEMA)))]

    def tellings(self) -> list[tuple[str, str, int | None, str]]:
        """Event, subject, message and reason of everything that anybody was or was not told."""
        found: list[Any] = self.rows(
            "SELECT e.event, e.subject, n.delivery_id, n.reason FROM {s}.alert_notices AS n "
            "JOIN {s}.alert_events AS e ON e.id = n.event_id ORDER BY e.id, n.contact_id"
        )
        return found

    def told(self) -> list[tuple[str, str]]:
        """Event and subject of everything that somebody is told."""
        return [(event, subject) for event, subject, message, _ in self.tellings() if message]
