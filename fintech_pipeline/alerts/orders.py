"""What alerts are decided by: rules, people and silences, as they are stored."""

from datetime import timedelta

import sqlalchemy as sa

from fintech_pipeline.alerts.people_store import read_people
from fintech_pipeline.alerts.planning import Orders, Pace
from fintech_pipeline.alerts.rule_store import read_rules
from fintech_pipeline.alerts.silence_store import read_silences
from fintech_pipeline.settings.alerts import AlertSettings


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
