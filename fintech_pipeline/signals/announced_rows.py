"""The rows behind an announcement: the signals it names, and the outcomes it counts.

Neither ever changes once it is written, so whoever asks again is told the same in the same order.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from fintech_pipeline.storage.database import SCHEMA

AT_ONCE = 500
"""How many outcomes are read at once; one announcement may count tens of thousands."""
Row = dict[str, Any]

_SIGNALS: LiteralString = f"""
    SELECT s.symbol, s.interval, s.slot_at, s.strategy, s.revision, s.score, s.action,
        s.confidence, s.price, s.change_pct, s.components, s.cutoff_at
    FROM unnest(CAST(%(symbols)s AS text[]), CAST(%(revisions)s AS int[]))
        WITH ORDINALITY AS named(symbol, revision, place)
    JOIN {SCHEMA}.signals AS s
        ON (s.symbol, s.interval, s.slot_at, s.strategy, s.revision)
        = (named.symbol, %(interval)s, CAST(%(slot_at)s AS timestamptz), %(strategy)s,
            named.revision)
    ORDER BY named.place
"""  # noqa: S608  # the schema is a constant
_OUTCOMES: LiteralString = f"""
    SELECT o.signal_id, s.symbol, s.interval, s.slot_at, s.strategy, s.score, s.action,
        o.horizon, o.entered_at, o.left_at, o.return_pct, o.reason, o.settled_at
    FROM {SCHEMA}.signal_outcomes AS o
    JOIN {SCHEMA}.signals AS s ON s.id = o.signal_id
    WHERE o.signal_id <= %(last_signal)s AND o.settled_at = CAST(%(settled_at)s AS timestamptz)
        AND s.interval = %(interval)s AND (o.signal_id, o.horizon) > (%(after)s, %(horizon)s)
    ORDER BY o.signal_id, o.horizon
    LIMIT {AT_ONCE}
"""  # noqa: S608  # constants


async def announced_signals(
    connection: psycopg.AsyncConnection[Any], payload: Mapping[str, Any]
) -> list[Row]:
    """The signals that the announcement of a live slot names, in its order.

    Args:
        connection: In autocommit.
        payload: The announcement's, with `live` true.

    Raises:
        psycopg.Error: The server refused or is away.
    """
    shared = {name: payload[name] for name in ("strategy", "interval", "slot_at")}
    named = {"symbols": payload["symbols"], "revisions": payload["revision"]}
    cursor = connection.cursor(row_factory=dict_row)
    return await (await cursor.execute(_SIGNALS, shared | named)).fetchall()


async def announced_outcomes(
    connection: psycopg.AsyncConnection[Any], payload: Mapping[str, Any]
) -> AsyncIterator[list[Row]]:
    """The outcomes that an announcement counts, some hundreds at once, by signal and horizon.

    Args:
        connection: In autocommit.
        payload: The announcement's; one of an older version does not say which they are, and none
            are found.

    Raises:
        psycopg.Error: The server refused or is away.
    """
    if "settled_at" not in payload:
        return
    after, horizon = payload["first_signal"] - 1, ""
    asked = {name: payload[name] for name in ("interval", "settled_at", "last_signal")}
    cursor = connection.cursor(row_factory=dict_row)
    while True:
        values = asked | {"after": after, "horizon": horizon}
        rows = await (await cursor.execute(_OUTCOMES, values)).fetchall()
        if rows:
            yield rows
        if len(rows) < AT_ONCE:
            return
        after, horizon = rows[-1]["signal_id"], rows[-1]["horizon"]
