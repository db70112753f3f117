"""The prices behind a stored signal: its bars, who gave them, and what they were adjusted for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.storage.database import SCHEMA

_NEVER = "CAST(NULL AS timestamptz)"
_BAR = (
    "symbol, interval, opened_at, closed_at, open, high, low, close, volume_shares, provider, "
    "known_at"
)
_BARS = sa.text(f"""
    SELECT DISTINCT ON (opened_at) * FROM (
        SELECT {_BAR}, {_NEVER} AS replaced_at FROM {SCHEMA}.bars
        UNION ALL
        SELECT {_BAR}, replaced_at FROM {SCHEMA}.bar_revisions
    ) AS versions
    WHERE symbol = :symbol AND interval = :interval AND closed_at <= :slot_at
        AND opened_at < :slot_at AND known_at <= :cutoff_at
    ORDER BY opened_at DESC, known_at DESC, replaced_at DESC NULLS FIRST
    LIMIT :count
""")  # noqa: S608  # the schema is a constant
_ACTION = "symbol, kind, ex_on, ex_at, value, provider, known_at"
_ACTIONS = sa.text(f"""
    SELECT DISTINCT ON (ex_on, kind) * FROM (
        SELECT {_ACTION}, {_NEVER} AS replaced_at FROM {SCHEMA}.corporate_actions
        UNION ALL
        SELECT {_ACTION}, replaced_at FROM {SCHEMA}.corporate_action_revisions
    ) AS versions
    WHERE symbol = :symbol AND ex_at >= :start AND ex_at < :slot_at AND known_at <= :cutoff_at
    ORDER BY ex_on, kind, known_at DESC, replaced_at DESC NULLS FIRST
""")  # noqa: S608  # the schema is a constant


@dataclass(frozen=True, slots=True)
class UsedBar:
    """The newest bar that the signal saw, raw."""

    opened_at: datetime
    closed_at: datetime
    open: float
    high: float
    low: float
    close: float
    volume_shares: float
    provider: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class UsedAction:
    """A split or dividend between the first bar and the last."""

    kind: str
    ex_on: date
    value: float
    provider: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class PriceEvidence:
    """What the price components of a signal were made of.

    Attributes:
        bars: How many bars.
        first_at: When the first of them opened (UTC).
        providers: How many bars each provider gave, the most first.
        newest: The last one.
        actions: What the prices before were adjusted for, by date.
    """

    bars: int
    first_at: datetime
    providers: Mapping[str, int]
    newest: UsedBar
    actions: tuple[UsedAction, ...]


def price_evidence(
    connection: sa.Connection,
    symbol: str,
    interval: Interval,
    slot_at: datetime,
    cutoff_at: datetime,
    bars: int,
) -> PriceEvidence | None:
    """The bars that closed by the slot, as they were known by the cutoff; None where none was.

    Args:
        connection: Reads.
        symbol: Whose.
        interval: Of the bars that the signal judges.
        slot_at: The slot (UTC).
        cutoff_at: When its inputs were read (UTC).
        bars: How many the signal saw.
    """
    values = {
        "symbol": symbol,
        "interval": str(interval),
        "slot_at": slot_at,
        "cutoff_at": cutoff_at,
    }
    rows = connection.execute(_BARS, {**values, "count": bars}).all()
    if not rows:
        return None
    first, newest = rows[-1], rows[0]
    actions = connection.execute(_ACTIONS, {**values, "start": first.opened_at}).all()
    given: dict[str, int] = {}
    for row in rows:
        given[row.provider] = given.get(row.provider, 0) + 1
    return PriceEvidence(
        len(rows),
        first.opened_at,
        dict(sorted(given.items(), key=lambda one: -one[1])),
        UsedBar(*(getattr(newest, name) for name in UsedBar.__slots__)),
        tuple(
            UsedAction(*(getattr(row, name) for name in UsedAction.__slots__)) for row in actions
        ),
    )
