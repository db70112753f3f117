"""Reading corporate actions as they stand now."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from fintech_pipeline.clock import Window
from fintech_pipeline.market.action_store import corporate_actions
from fintech_pipeline.market.bars import ActionKind, CorporateAction

_OF = corporate_actions.c


@dataclass(frozen=True, slots=True)
class StoredAction:
    """A split or a dividend as it is stored.

    Attributes:
        ex_on: The date at the exchange from which it trades without it.
        ex_at: The open of that session (UTC).
        kind: Split or dividend.
        value: New shares for one old share, or money for each share.
        provider: Who told of it.
        observed_at: When we learned of it (UTC).
    """

    ex_on: date
    ex_at: datetime
    kind: ActionKind
    value: float
    provider: str
    observed_at: datetime


def actions_between(
    connection: sa.Connection, symbol: str, window: Window
) -> list[CorporateAction]:
    """The symbol's actions whose session of the ex-date opens in the window, in order of time."""
    query = (
        sa.select(_OF.symbol, _OF.ex_at, _OF.ex_on, _OF.kind, _OF.value)
        .where(_OF.symbol == symbol, _OF.ex_at >= window.start, _OF.ex_at < window.end)
        .order_by(_OF.ex_at, _OF.kind)
    )
    return [
        CorporateAction(row.symbol, row.ex_at, row.ex_on, ActionKind(row.kind), row.value)
        for row in connection.execute(query)
    ]


def newest_actions(
    connection: sa.Connection, symbol: str, limit: int, after: tuple[date, str] | None
) -> list[StoredAction]:
    """At most so many of the symbol's actions, the newest first.

    Args:
        connection: Reads.
        symbol: Ours.
        limit: How many.
        after: The ex-date and kind of the last one already told; None begins with the newest.
    """
    query = sa.select(_OF.ex_on, _OF.ex_at, _OF.kind, _OF.value, _OF.provider, _OF.observed_at)
    query = query.where(_OF.symbol == symbol)
    if after is not None:
        place = sa.tuple_(*(sa.literal(part) for part in after))
        query = query.where(sa.tuple_(_OF.ex_on, _OF.kind) < place)
    rows = connection.execute(query.order_by(_OF.ex_on.desc(), _OF.kind.desc()).limit(limit))
    return [
        StoredAction(
            row.ex_on, row.ex_at, ActionKind(row.kind), row.value, row.provider, row.observed_at
        )
        for row in rows
    ]
