"""Rules as they are stored, by the page and one by one, for whoever looks at them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.alerts.lifecycle import Phase
from fintech_pipeline.alerts.rule_definition import read_rule
from fintech_pipeline.alerts.rule_sentence import sentence
from fintech_pipeline.alerts.tables import alert_rules, standings


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A rule and how it stands.

    Attributes:
        name: Its name.
        version: Rises with each change.
        definition: Its keys, as in a file of rules.
        changed_at: When it was changed last (UTC).
        sentence: What it says, in words; empty where it can't be read.
        error: Why it can't be read and is not looked at; None where it can.
        firing: How many alerts of it are open.
        pending: For how many subjects its condition holds and not yet long enough.
    """

    name: str
    version: int
    definition: Mapping[str, Any]
    changed_at: datetime
    sentence: str
    error: str | None
    firing: int
    pending: int


def rules_page(connection: sa.Connection, *, after: str | None, most: int) -> list[RuleShown]:
    """The rules by name.

    Args:
        connection: The transaction.
        after: Only those whose names come after it.
        most: How many at the most.
    """
    query = _shown().order_by(alert_rules.c.name).limit(most)
    if after is not None:
        query = query.where(alert_rules.c.name > after)
    return [_rule(row) for row in connection.execute(query)]


def rule_shown(connection: sa.Connection, name: str) -> RuleShown | None:
    """The rule of that name; None where there is none."""
    row = connection.execute(_shown().where(alert_rules.c.name == name)).one_or_none()
    return None if row is None else _rule(row)


def rule_version(connection: sa.Connection, name: str) -> int | None:
    """Its version; None where there is no such rule."""
    query = sa.select(alert_rules.c.version).where(
        alert_rules.c.name == name, alert_rules.c.removed_at.is_(None)
    )
    version: int | None = connection.execute(query).scalar_one_or_none()
    return version


def _shown() -> "sa.Select[Any]":
    pending = standings.c.phase == str(Phase.PENDING)
    counted = (
        sa.select(
            sa.func.count(standings.c.alert_id).label("firing"),
            sa.func.count().filter(pending).label("pending"),
        )
        .where(standings.c.rule_id == alert_rules.c.id)
        .lateral("counted")
    )
    return (
        sa.select(
            alert_rules.c.name,
            alert_rules.c.version,
            sa.cast(alert_rules.c.definition, sa.Text).label("text"),
            alert_rules.c.changed_at,
            counted.c.firing,
            counted.c.pending,
        )
        .join(counted, sa.true())
        .where(alert_rules.c.removed_at.is_(None))
    )


def _rule(row: sa.Row[Any]) -> RuleShown:
    definition = json.loads(row.text)
    rule, mistakes = read_rule(f"The stored rule {row.name}", row.name, definition)
    return RuleShown(
        row.name,
        row.version,
        definition,
        row.changed_at,
        sentence(rule) if rule else "",
        " ".join(mistakes) or None,
        row.firing,
        row.pending,
    )
