"""Splits and dividends of a history, and prices as they were traded. Pure.

Yahoo divides the prices of before a split by it, multiplies their volumes and divides their
dividends, in every answer from the ex-date on. Bars that were stored before it are not divided, and
those of another vendor never are. So the division is undone with the very splits that the history
tells of; it therefore has to reach up to now.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fintech_pipeline.clock import from_instant64
from fintech_pipeline.market.bars import ActionKind, CorporateAction
from fintech_pipeline.market.sessions import SessionCalendar

_PRICES = ["Open", "High", "Low", "Close"]
LARGEST_PAYOUT = 0.5
"""Of the last close; a dividend above it is one in another unit, pence for pounds."""


@dataclass(frozen=True, slots=True)
class Traded:
    """A history as it was traded.

    Attributes:
        rows: With prices, volumes and dividends as of each row's day.
        actions: Splits and dividends, in order of time.
    """

    rows: pd.DataFrame
    actions: list[CorporateAction]


def as_traded(rows: pd.DataFrame, symbol: str, calendar: SessionCalendar) -> Traded:
    """Undoes Yahoo's division by splits.

    Args:
        rows: As yfinance gives them, up to now; without columns of actions they stay as they are.
        symbol: Ours.
        calendar: That of the instrument's exchange; an action on a date without a session is left
            out.
    """
    ratios, payouts = (_column(rows, name) for name in ("Stock Splits", "Dividends"))
    if not ratios.any() and not payouts.any():
        return Traded(rows, [])
    splits = np.where(ratios > 0, ratios, 1.0)
    # Those after a row are its divisor; its own took effect with its open.
    later = np.append(np.cumprod(splits[::-1])[::-1][1:], 1.0)
    found = rows.copy()
    for name in {*_PRICES, "Volume"} & set(rows.columns):
        values = pd.to_numeric(rows[name], errors="coerce").to_numpy(dtype=np.float64)
        found[name] = values / later if name == "Volume" else values * later
    payouts = payouts * later
    payouts[payouts > LARGEST_PAYOUT * _last_closes(_column(found, "Close"))] = 0.0
    told = [
        *_actions(rows, ratios, ActionKind.SPLIT, symbol, calendar),
        *_actions(rows, payouts, ActionKind.DIVIDEND, symbol, calendar),
    ]
    return Traded(found, sorted(told, key=lambda one: one.ex_at))


def _column(rows: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """The column's numbers; 0 where there is none, or one that cannot be."""
    if name not in rows:
        return np.zeros(len(rows))
    values = pd.to_numeric(rows[name], errors="coerce").to_numpy(dtype=np.float64)
    return np.where(np.isfinite(values) & (values > 0), values, 0.0)


def _last_closes(closes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last close there is before each row, the first row's own; infinite where there is none.

    Yahoo's histories have holes, and a hole is no measure of a dividend.
    """
    known = pd.Series(np.append(closes[:1], closes[:-1])).replace(0.0, np.nan).ffill()
    return known.fillna(np.inf).to_numpy().astype(np.float64)


def _actions(
    rows: pd.DataFrame,
    values: NDArray[np.float64],
    kind: ActionKind,
    symbol: str,
    calendar: SessionCalendar,
) -> list[CorporateAction]:
    there = values > 0
    labels = pd.DatetimeIndex(rows.index[there])
    dates = labels.tz_localize(None).to_numpy().astype("datetime64[D]")
    opens = calendar.session_of(dates).opened_at
    return [
        CorporateAction(symbol, from_instant64(opened), day.item(), kind, float(value))
        for opened, day, value in zip(opens, dates, values[there], strict=True)
        if not np.isnat(opened)
    ]
