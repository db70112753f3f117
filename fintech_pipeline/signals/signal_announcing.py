"""What those who follow live are told of signals: of a live slot all that a page shows of them."""

import math
from collections.abc import Mapping
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from fintech_pipeline.storage.database import SCHEMA
from fintech_pipeline.storage.events import Event, Topic, announce

AT_ONCE = 100
"""So many symbols are told in one event."""
_WRITTEN = sa.text(f"""
    SELECT strategy, interval, slot_at, symbol, revision, score, action, price, change_pct
    FROM {SCHEMA}.signals
    WHERE slot_at BETWEEN :first AND :last AND run_id = :run_id AND written_at = :written_at
    ORDER BY strategy, interval, slot_at, symbol
""")  # noqa: S608  # the schema is a constant
_COLUMNS = {
    "symbols": "symbol",
    "revision": "revision",
    "score": "score",
    "action": "action",
    "price": "price",
    "change_pct": "change_pct",
}


def announce_signals(
    connection: sa.Connection, made: pa.Table, written: int, values: Mapping[str, Any]
) -> None:
    """Tells that signals are new, in the transaction that wrote them.

    Those of a live slot are told in columns, a hundred symbols at once; of a backfill it is told
    which symbols and which time.

    Args:
        connection: The transaction.
        made: With `slot_at`, `symbol` and `strategy`.
        written: How many rows are new.
        values: `run_id`, `written_at` and `live`, as they were written.
    """
    span: Any = pc.min_max(made["slot_at"]).as_py()
    if not values["live"]:
        told = {
            "symbols": _names(made, "symbol"),
            "strategies": _names(made, "strategy"),
            "from_at": span["min"].isoformat(),
            "to_at": span["max"].isoformat(),
            "rows": written,
            "live": False,
        }
        announce(connection, [Event(Topic.SIGNALS, told)])
        return
    asked = {**values, "first": span["min"], "last": span["max"]}
    rows = connection.execute(_WRITTEN, asked).all()
    events = []
    for (strategy, interval, slot_at), group in groupby(rows, lambda row: tuple(row[:3])):
        found = list(group)
        shared = {"strategy": strategy, "interval": interval, "slot_at": slot_at.isoformat()}
        for start in range(0, len(found), AT_ONCE):
            part = found[start : start + AT_ONCE]
            columns = {
                name: [_number(getattr(row, column)) for row in part]
                for name, column in _COLUMNS.items()
            }
            events.append(Event(Topic.SIGNALS, {**shared, **columns, "live": True}))
    announce(connection, events)


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _names(made: pa.Table, column: str) -> list[str]:
    return sorted(map(str, pc.unique(made[column]).to_pylist()))
