"""What alerts are decided by: rules, people and silences, as they are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from fintech_pipeline.alerts.people import Person
from fintech_pipeline.alerts.people_store import read_people
from fintech_pipeline.alerts.planning import Pace
from fintech_pipeline.alerts.rule_store import read_rules
from fintech_pipeline.alerts.rules import StoredRule
from fintech_pipeline.alerts.silence_store import read_silences
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.settings.alerts import AlertSettings


@dataclass(frozen=True, slots=True)
class Orders:
    """What is decided by: rules, people and silences, and how messages are gathered."""

    rules: Sequence[StoredRule]
    people: Mapping[str, Person]
    silences: Sequence[Silence]
    pace: Pace


def read_orders(connection: sa.Connection, settings: AlertSettings) -> Orders:
    """The rules, people and silences that there are.

    Raises:
        StorageError: The database is away.
    """
    pace = Pace(
        timedelta(seconds=settings.group_wait_seconds),
        timedelta(seconds=settings.group_interval_seconds),
    )
    people = {person.name: person for person in read_people(connection)}
    return Orders(read_rules(connection), people, read_silences(connection), pace)
