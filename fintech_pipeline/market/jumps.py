"""Jumps that look like a split nobody told of, in new bars and between them and those before.

A live tick brings one bar a symbol, so what a split does to a price is seen only beside the bar
that was stored before.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.clock import from_instant64, instant64
from fintech_pipeline.market.action_store import ToldAction
from fintech_pipeline.market.bar_store import Collected
from fintech_pipeline.market.bars import ActionKind, BarSeries, CorporateAction, RawBars
from fintech_pipeline.market.quality import Jump, split_like_jumps
from fintech_pipeline.storage.database import SCHEMA

_BEFORE = sa.text(f"""
    SELECT part.number, one.opened_at, one.closed_at, one.close
    FROM unnest(
        CAST(:symbols AS text[]), CAST(:intervals AS text[]), CAST(:firsts AS timestamptz[])
    ) WITH ORDINALITY AS part(symbol, interval, first, number)
    CROSS JOIN LATERAL (
        SELECT opened_at, closed_at, close FROM {SCHEMA}.bars
        WHERE symbol = part.symbol AND interval = part.interval AND opened_at < part.first
        ORDER BY opened_at DESC LIMIT 1
    ) AS one
""")  # noqa: S608  # the schema is a constant
_ACTIONS = sa.text(
    f"SELECT symbol, ex_at, ex_on, kind, value FROM {SCHEMA}.corporate_actions"  # noqa: S608  # the same
    " WHERE symbol = ANY(:symbols) AND ex_at >= :since ORDER BY symbol"
)


def unexplained_jumps(
    connection: sa.Connection, parts: Sequence[Collected], told: Sequence[ToldAction]
) -> list[Jump]:
    """The jumps of new bars, from the last one on that was stored before them.

    Args:
        connection: Sees what is stored.
        parts: The new bars.
        told: The corporate actions that came with them.
    """
    if not parts:
        return []
    series = _after_the_last(connection, [part.series for part in parts])
    since = from_instant64(min(one.bars.opened_at[0] for one in series))
    symbols = [one.symbol for one in series]
    rows = connection.execute(_ACTIONS, {"symbols": symbols, "since": since})
    known = {
        (row.symbol, row.ex_on, row.kind): CorporateAction(
            row.symbol, row.ex_at, row.ex_on, ActionKind(row.kind), row.value
        )
        for row in rows
    }
    known |= {(one.action.symbol, one.action.ex_on, one.action.kind): one.action for one in told}
    in_order = sorted(known.values(), key=attrgetter("symbol"))
    actions = {symbol: list(some) for symbol, some in groupby(in_order, attrgetter("symbol"))}
    return [jump for one in series for jump in split_like_jumps(one, actions.get(one.symbol, []))]


def _after_the_last(connection: sa.Connection, series: Sequence[BarSeries]) -> list[BarSeries]:
    """Each series behind the last stored bar before it, of which only the close is told."""
    values = {
        "symbols": [one.symbol for one in series],
        "intervals": [str(one.interval) for one in series],
        "firsts": [from_instant64(one.bars.opened_at[0]) for one in series],
    }
    found = list(series)
    for row in connection.execute(_BEFORE, values):
        new = series[row.number - 1]
        opened_at, *prices, volume = new.bars.columns()
        open_, high, low, close = (np.append(row.close, column) for column in prices)
        times, volumes = np.append(instant64(row.opened_at), opened_at), np.append(0.0, volume)
        bars = RawBars(new.symbol, new.interval, times, open_, high, low, close, volumes)
        closed_at = np.append(instant64(row.closed_at), new.closed_at)
        found[row.number - 1] = BarSeries(bars, closed_at)
    return found
