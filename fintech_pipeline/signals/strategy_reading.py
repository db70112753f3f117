"""Which strategies have made signals: since when, up to when, and as what they were defined."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.signals.basis_store import signal_bases
from fintech_pipeline.signals.signal_reading import known_labels
from fintech_pipeline.signals.strategy import Action
from fintech_pipeline.storage.database import SCHEMA

_USED = sa.text(f"""
    SELECT known.label, basis.definition, basis.first_used_at, newest.slot_at
    FROM unnest(CAST(:labels AS text[])) AS known(label)
    LEFT JOIN LATERAL (
        SELECT definition, first_used_at FROM {SCHEMA}.signal_bases
        WHERE strategy = known.label ORDER BY first_used_at, id LIMIT 1
    ) AS basis ON true
    CROSS JOIN LATERAL (
        SELECT max(one.slot_at) AS slot_at FROM unnest(CAST(:actions AS text[])) AS wanted(action)
        CROSS JOIN LATERAL (
            SELECT slot_at FROM {SCHEMA}.signals
            WHERE strategy = known.label AND action = wanted.action
            ORDER BY slot_at DESC LIMIT 1
        ) AS one
    ) AS newest
    ORDER BY known.label
""")  # noqa: S608  # the schema is a constant


@dataclass(frozen=True, slots=True)
class UsedStrategy:
    """A strategy that has signals.

    Attributes:
        label: Its label.
        definition: As plain data; None of signals from before it was stored.
        first_used_at: When it first made one (UTC); None the same way.
        newest_slot_at: The newest slot that it judged (UTC).
    """

    label: str
    definition: Mapping[str, Any] | None
    first_used_at: datetime | None
    newest_slot_at: datetime


def used_strategies(connection: sa.Connection) -> dict[str, UsedStrategy]:
    """The strategies that have signals, by their labels."""
    values = {"labels": known_labels(connection), "actions": [str(action) for action in Action]}
    rows = connection.execute(_USED, values)
    return {row.label: UsedStrategy(*row) for row in rows}


def models_of(connection: sa.Connection, label: str) -> tuple[str, ...]:
    """Whose scores count in the strategy's newest signals, the preferred first; none is unknown."""
    query = (
        sa.select(signal_bases.c.models)
        .where(signal_bases.c.strategy == label)
        .order_by(signal_bases.c.id.desc())
        .limit(1)
    )
    return tuple(connection.scalar(query) or ())
