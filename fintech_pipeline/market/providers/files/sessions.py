"""Bars from files on the calendar of their exchange: days get their sessions, finer files win."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants, Window, from_instant64, instant64
from fintech_pipeline.market.bars import LENGTHS, Interval, RawBars
from fintech_pipeline.market.resampling import Sessions
from fintech_pipeline.market.sessions import SessionCalendar

_FINEST_FIRST = list(Interval)
_SHOWN_DATES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What one file has of one symbol.

    Attributes:
        source: The file's name, for sentences.
        bars: The rows; a day is labelled by its session's date until it is `placed`.
        unadjusted: Whether the layout promises prices as they were traded.
    """

    source: str
    bars: RawBars
    unadjusted: bool = False


def one_an_interval(pieces: Sequence[Piece]) -> tuple[list[Piece], list[str]]:
    """The piece used of each interval, the finest first, and a sentence for each that is not.

    Prices as they were traded come before adjusted ones, then the order given counts.
    """
    ranked = sorted(pieces, key=lambda p: (_FINEST_FIRST.index(p.bars.interval), not p.unadjusted))
    used: dict[Interval, Piece] = {}
    told = []
    for piece in ranked:
        first = used.setdefault(piece.bars.interval, piece)
        if first is not piece:
            told.append(
                f"{piece.source} is not used, because {first.source} has {piece.bars.interval}"
                f" bars of {piece.bars.symbol} too"
            )
    return list(used.values()), told


def placed(piece: Piece, calendar: SessionCalendar) -> tuple[Piece, NDArray[np.datetime64]]:
    """The days of a piece opened at their sessions' opens, and the dates that are no session.

    Args:
        piece: Days by their labels.
        calendar: That of the instrument's exchange.

    Returns:
        The piece without those dates, and them, `datetime64[D]`.
    """
    sessions = calendar.sessions(calendar.known)
    dates = session_dates(piece.bars.opened_at, calendar.time_zone)
    row = np.searchsorted(sessions.session_on, dates)
    found = row < len(sessions)
    found[found] = sessions.session_on[row[found]] == dates[found]
    bars = replace(piece.bars[found], opened_at=sessions.opened_at[row[found]])
    return replace(piece, bars=bars), dates[~found]


def session_dates(labels: Instants, zone: tzinfo) -> NDArray[np.datetime64]:
    """The dates at the exchange that the labels of days mean, `datetime64[D]`.

    A midnight in UTC is a bare date. Any other instant, such as the session's open or midnight at
    the exchange, means the date it has there.
    """
    dates = labels.astype("datetime64[D]")
    timed = labels != dates
    if timed.any():
        local = pd.DatetimeIndex(labels[timed]).tz_localize("UTC").tz_convert(zone)
        dates[timed] = local.tz_localize(None).to_numpy().astype("datetime64[D]")
    return dates


def without_finer(
    pieces: Sequence[Piece], calendar: SessionCalendar, window: Window
) -> tuple[list[Piece], list[str]]:
    """Each session from one piece only: the finest that has a bar in it.

    Args:
        pieces: One of each interval, the finest first, days placed.
        calendar: That of the instrument's exchange.
        window: Sentences speak of bars inside it only.

    Returns:
        The pieces without the rows that finer ones replace, and a sentence for each that lost any.
    """
    sessions = calendar.sessions(calendar.known)
    kept, told = [], []
    served = np.zeros(len(sessions) + 1, dtype=np.bool_)
    by = ""
    for piece in pieces:
        session = _session_rows(piece.bars.opened_at, sessions)
        replaced = served[session]
        rows = piece.bars[~replaced]
        seen = int(inside(piece.bars[replaced], calendar, window).sum())
        if seen:
            bars = "bars were" if seen > 1 else "bar was"
            told.append(f"{seen} {bars} not taken from {piece.source}, because {by} has finer ones")
        served[session] = True
        by = by or piece.source
        kept.append(replace(piece, bars=rows))
    return kept, told


def inside(bars: RawBars, calendar: SessionCalendar | None, window: Window) -> NDArray[np.bool_]:
    """Which bars open and close inside the window; days need their calendar."""
    if bars.interval in LENGTHS:
        closed_at = bars.opened_at + np.timedelta64(LENGTHS[bars.interval])
    elif calendar is not None:
        sessions = calendar.sessions(calendar.known)
        closed_at = sessions.closed_at[np.searchsorted(sessions.opened_at, bars.opened_at)]
    else:
        raise ValueError("days close by a calendar")
    within: NDArray[np.bool_] = (bars.opened_at >= instant64(window.start)) & (
        closed_at <= instant64(window.end)
    )
    return within


def strays_told(source: str, strays: NDArray[np.datetime64], name: str, window: Window) -> str:
    """The sentence for dates inside the window that are no session; empty where there are none."""
    first, end = np.datetime64(window.start.date()), np.datetime64(window.end.date())
    within = np.unique(strays[(strays >= first) & (strays < end)])
    if not len(within):
        return ""
    dates = ", ".join(str(day) for day in within[:_SHOWN_DATES])
    more = ", …" if len(within) > _SHOWN_DATES else ""
    days = f"{len(within)} days" if len(within) > 1 else "1 day"
    return f"{source} has {days} without a session of {name}, which were left out: {dates}{more}"


def beyond_told(source: str, bars: RawBars, window: Window) -> str:
    """What the file holds, where the window lies before or after all of it; else empty."""
    if not len(bars):
        return f"{source} has no bars on a day with a session"
    first, last = from_instant64(bars.opened_at.min()), from_instant64(bars.opened_at.max())
    whole_day = bars.interval is Interval.DAY
    if first < window.end and window.start <= last + timedelta(days=int(whole_day)):
        return ""
    form = "%Y-%m-%d" if whole_day else "%Y-%m-%d %H:%MZ"
    return f"{source} holds bars from {first:{form}} to {last:{form}} only"


def ahead_told(piece: Piece, now: datetime) -> str:
    """The sentence for rows that open after the present; empty where there are none."""
    ahead = piece.bars.opened_at[piece.bars.opened_at > instant64(now)]
    if not len(ahead):
        return ""
    rows, are = (f"{len(ahead)} rows", "are") if len(ahead) > 1 else ("1 row", "is")
    last = from_instant64(ahead.max())
    return (
        f"{rows} of {piece.source} {are} dated in the future, up to {last:%Y-%m-%d %H:%MZ};"
        " nothing uses them before"
    )


def _session_rows(opened_at: Instants, sessions: Sessions) -> NDArray[np.intp]:
    """The session each bar belongs to: the one that closes next, the last place for none."""
    return np.searchsorted(sessions.closed_at, opened_at, side="right")
