"""What those who follow live are told of alerts and messages."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.storage.events import Event, Topic, announce

Told = Mapping[str, Any]
AT_ONCE = 100
"""So many are told in one event; a look may begin thousands of alerts."""


def announce_alerts(connection: sa.Connection, changed: Sequence[Told]) -> None:
    """Tells what became of alerts, in the transaction that decided it.

    Args:
        connection: The transaction.
        changed: Each with its alert's number, rule, subject, event, severity, value and reason.
    """
    announce(
        connection,
        [
            Event(
                Topic.ALERTS, {"symbols": sorted({one["subject"] for one in some}), "alerts": some}
            )
            for some in _parts(changed)
        ],
    )


def announce_deliveries(connection: sa.Connection, moved: Sequence[Told]) -> None:
    """Tells how far messages have come, in the transaction that wrote it; no address is told.

    Args:
        connection: The transaction.
        moved: Each with its number, person, channel and progress.
    """
    announce(connection, [Event(Topic.DELIVERIES, {"deliveries": one}) for one in _parts(moved)])


def announce_silence(connection: sa.Connection, silence_id: int, *, ended: bool) -> None:
    """Tells that a silence is new or was ended, in the transaction that did it."""
    announce(connection, [Event(Topic.SILENCES, {"silence": silence_id, "ended": ended})])


def _parts(all_of_them: Sequence[Told]) -> Iterator[Sequence[Told]]:
    for start in range(0, len(all_of_them), AT_ONCE):
        yield all_of_them[start : start + AT_ONCE]
