"""Splits and dividends from SPLITS and DIVIDENDS. Pure.

`{"symbol": …, "data": [{"effective_date", "split_factor"}]}` and `{"symbol": …, "data":
[{"ex_dividend_date", "declaration_date", "record_date", "payment_date", "amount"}]}`. A factor is
new shares for one old, "4.0000" for 4:1. The documentation does not say whether amounts of before
a split are divided by it; they are taken as they stand.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from fintech_pipeline.clock import from_instant64
from fintech_pipeline.errors import DataQualityError, Malformed
from fintech_pipeline.market.bars import ActionKind, CorporateAction
from fintech_pipeline.market.providers.alpha_vantage.payload import (
    Object,
    day,
    json_object,
    number,
    rows_in,
)
from fintech_pipeline.market.providers.alpha_vantage.symbols import same_symbol
from fintech_pipeline.market.resampling import Sessions
from fintech_pipeline.market.sessions import SessionCalendar


@dataclass(frozen=True, slots=True)
class Actions:
    """What an answer tells of.

    Attributes:
        known: In order of time, one a session.
        unreadable: How many rows could not be read and were left out.
    """

    known: list[CorporateAction]
    unreadable: int = 0


def parse_splits(
    payload: bytes, symbol: str, asked: str, calendar: SessionCalendar, until: datetime
) -> Actions:
    """The splits whose first session opens by `until`.

    Args:
        payload: JSON.
        symbol: Ours.
        asked: The vendor's, which the answer must name.
        calendar: That of the instrument's exchange; a date without a session counts as the next
            one, one outside what the calendar knows is left out.
        until: An instant (UTC).

    Raises:
        Malformed: It is no such answer, of another symbol, or not one row can be read.
    """
    kind = _Kind(ActionKind.SPLIT, "effective_date", "split_factor", math.prod)
    return _actions(payload, symbol, asked, calendar, until, kind)


def parse_dividends(
    payload: bytes, symbol: str, asked: str, calendar: SessionCalendar, until: datetime
) -> Actions:
    """The dividends whose ex-date's session opens by `until`; several of one day are one sum.

    The arguments, and what it raises, are those of `parse_splits`.
    """
    kind = _Kind(ActionKind.DIVIDEND, "ex_dividend_date", "amount", math.fsum)
    return _actions(payload, symbol, asked, calendar, until, kind)


@dataclass(frozen=True, slots=True)
class _Kind:
    kind: ActionKind
    date_key: str
    value_key: str
    together: Callable[[set[float]], float]


def _actions(
    payload: bytes,
    symbol: str,
    asked: str,
    calendar: SessionCalendar,
    until: datetime,
    kind: _Kind,
) -> Actions:
    tree = json_object(payload)
    if not same_symbol(tree.get("symbol"), asked):
        raise Malformed(f"is not about {asked}")
    rows = rows_in(tree, "data")
    sessions = calendar.sessions(calendar.known)
    values, unreadable = _by_session(rows, kind, sessions)
    if rows and unreadable == len(rows):
        raise Malformed("has no row that can be read")
    known = []
    for place, together in sorted(values.items()):
        ex_at = from_instant64(sessions.opened_at[place])
        if ex_at > until:
            break
        ex_on = sessions.session_on[place].item()
        try:
            value = kind.together(together)
            known.append(CorporateAction(symbol, ex_at, ex_on, kind.kind, value))
        except (DataQualityError, OverflowError):
            unreadable += 1
    return Actions(known, unreadable)


def _by_session(
    rows: Sequence[Object], kind: _Kind, sessions: Sessions
) -> tuple[dict[int, set[float]], int]:
    """The values by the place of their session, and how many rows could not be read."""
    values: dict[int, set[float]] = {}
    unreadable = 0
    for row in rows:
        ex_on, value = day(row.get(kind.date_key)), _value(row, kind)
        if ex_on is None or math.isnan(value):
            unreadable += 1
            continue
        place = int(np.searchsorted(sessions.session_on, np.datetime64(ex_on)))
        known = sessions.session_on[0] <= np.datetime64(ex_on) <= sessions.session_on[-1]
        if value > 0 and known:
            # A row that stands twice is one; two payments of a day differ.
            values.setdefault(place, set()).add(value)
    return values, unreadable


def _value(row: Object, kind: _Kind) -> float:
    """The row's value, 0 for a payment without an amount yet; NaN where it cannot be read."""
    value = row.get(kind.value_key)
    if kind.kind is ActionKind.DIVIDEND and value in ("None", "", None) and kind.value_key in row:
        return 0.0
    found = number(value)
    return found if 0 <= found < math.inf else math.nan
