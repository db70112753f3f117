"""Bars from TIME_SERIES_INTRADAY and TIME_SERIES_DAILY, as JSON or CSV. Pure.

Intraday times are US/Eastern wall clock without an offset and label the bar's open. A day is the
date of a session of the instrument's exchange. Both asked for unadjusted: `adjusted=false`, and
TIME_SERIES_DAILY is raw as traded (Alpha Vantage, API documentation).
"""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from fintech_pipeline.clock import Instants, instant64
from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.bars import Interval, RawBars
from fintech_pipeline.market.providers.alpha_vantage.payload import (
    Object,
    csv_rows,
    day,
    is_json,
    json_object,
    number,
    object_in,
    wall_clock,
)
from fintech_pipeline.market.providers.alpha_vantage.symbols import same_symbol
from fintech_pipeline.market.sessions import SessionCalendar

ZONE = "US/Eastern"
_ZONES = (ZONE, "America/New_York")
_KEYS = ("1. open", "2. high", "3. low", "4. close", "5. volume")
_COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
_SERIES = re.compile(r"Time Series \((\w{1,10})\)")
_INTERVALS = {"5min": Interval.FIVE_MINUTES, "30min": Interval.HALF_HOUR, "Daily": Interval.DAY}
_NAMES = {interval: name for name, interval in _INTERVALS.items()}

Row = tuple[object, Sequence[object]]
"""A bar's label, and its open, high, low, close and volume, as the vendor wrote them."""


def parse_intraday(payload: bytes, symbol: str, asked: str, interval: Interval) -> RawBars:
    """The bars of an intraday answer, unscreened.

    Args:
        payload: JSON or CSV.
        symbol: Ours, which the bars get.
        asked: The vendor's, which the answer must name.
        interval: That asked for; a CSV does not name its own.

    Returns:
        Rows as they stand; one whose time cannot be read has NaT, a number NaN. None where the
        vendor has none.

    Raises:
        Malformed: It is no such answer, of another symbol, interval or zone, or no row is legible.
    """
    rows, meta = _rows(payload, asked, interval)
    if meta and meta.get("6. Time Zone", ZONE) not in _ZONES:
        raise Malformed(f"has its times in another zone than {ZONE}")
    labels = pd.DatetimeIndex(_timed(wall_clock(label) for label, _ in rows))
    # At night a wall clock can mean two instants or none; nothing trades then.
    eastern = labels.tz_localize("America/New_York", ambiguous="NaT", nonexistent="NaT")
    opened_at = eastern.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[us]")
    return _bars(symbol, interval, opened_at, rows)


def parse_daily(payload: bytes, symbol: str, asked: str, calendar: SessionCalendar) -> RawBars:
    """The days of a daily answer, unscreened, each opened at its session's open.

    The newest row may be of a session that had not ended when the vendor last refreshed it. Where
    the answer says so (a time of day in `3. Last Refreshed`), that row is left out.

    Args:
        payload: JSON or CSV.
        symbol: Ours, which the bars get.
        asked: The vendor's, which the answer must name.
        calendar: That of the instrument's exchange.

    Returns:
        Rows as they stand; one whose date cannot be read or is no session has NaT.

    Raises:
        Malformed: It is no such answer, of another symbol, or no row is legible.
    """
    rows, meta = _rows(payload, asked, Interval.DAY)
    dates = _dates(day(label) for label, _ in rows)
    sessions = calendar.session_of(dates)
    bars = _bars(symbol, Interval.DAY, sessions.opened_at, rows)
    refreshed = wall_clock(meta.get("3. Last Refreshed"))
    if refreshed is None or refreshed.time() == datetime.min.time():
        return bars
    # Its zone is the exchange's in the recordings; Eastern for all, says the documentation.
    refreshed_at = pd.Timestamp(refreshed).tz_localize(
        "America/New_York", ambiguous=False, nonexistent="shift_forward"
    )
    return bars[~(sessions.closed_at > instant64(refreshed_at.to_pydatetime()))]


def _rows(payload: bytes, asked: str, interval: Interval) -> tuple[list[Row], Object]:
    if not is_json(payload):
        return [(row[0], row[1:]) for row in csv_rows(payload, _COLUMNS)], {}
    tree = json_object(payload)
    meta = object_in(tree, "Meta Data")
    if not same_symbol(meta.get("2. Symbol"), asked):
        raise Malformed(f"is not about {asked}")
    name = next((found[1] for key in tree if (found := _SERIES.fullmatch(key))), "")
    if name != _NAMES[interval]:
        raise Malformed(f"holds no {_NAMES[interval]} series")
    series = object_in(tree, f"Time Series ({name})")
    return [(label, _values(row)) for label, row in series.items()], meta


def _values(row: Any) -> Sequence[object]:
    return [row.get(key) for key in _KEYS] if isinstance(row, dict) else [None] * len(_KEYS)


def _bars(symbol: str, interval: Interval, opened_at: Instants, rows: Sequence[Row]) -> RawBars:
    numbers = [[number(value) for value in values] for _, values in rows]
    if rows and (np.isnat(opened_at).all() or all(math.isnan(row[3]) for row in numbers)):
        raise Malformed("has no row that can be read")
    columns = np.array(numbers, dtype=np.float64).reshape(len(rows), len(_KEYS))
    return RawBars(symbol, interval, opened_at, *columns.T.copy())


def _timed(labels: Iterable[datetime | None]) -> Instants:
    return np.array([label or "NaT" for label in labels], dtype="datetime64[us]")


def _dates(labels: Iterable[date | None]) -> Instants:
    return np.array([label or "NaT" for label in labels], dtype="datetime64[D]")
