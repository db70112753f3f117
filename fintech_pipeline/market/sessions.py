"""Sessions of real exchanges, from the library exchange_calendars, as numpy columns in UTC.

The library takes two seconds to import, so it is imported with the first calendar asked for.
"""

import difflib
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import SLOT, Instants, Window, from_instant64, instant64
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.resampling import Sessions, half_hours

# The oldest bars are of 1998, and the first session of a year can open in the UTC year before.
_EARLIEST = "1997-12-01"
_ONE_AT_A_TIME = threading.RLock()
"""Python keeps the filters of warnings for all threads together."""
# The library itself knows that XNAS, ARCX and BATS keep the hours of XNYS.
_CALENDARS = {"XSIM": "24/7", "IEXG": "XNYS", "OTCM": "XNYS"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SLOT = np.timedelta64(SLOT)


@dataclass(frozen=True, slots=True, eq=False)
class SessionCalendar:
    """The sessions of one exchange, or of several that keep the same hours.

    Attributes:
        name: The calendar's name; `XNYS` for Nasdaq too.
        known: From the open of the first session known to the close of the last one (UTC).
        time_zone: The exchange's.
    """

    name: str
    known: Window
    time_zone: tzinfo
    _sessions: Sessions
    _trading_weekdays: frozenset[int]
    _half_days: frozenset[date]
    _holiday_name: Callable[[date], str | None]

    def sessions(self, window: Window) -> Sessions:
        """The sessions that trade at some time inside the window, each of them whole.

        Raises:
            ConfigurationError: The window leaves the span of time the calendar knows.
        """
        self._require_known(window)
        return self._sessions[self._overlapping(instant64(window.start), instant64(window.end))]

    def session_of(self, session_on: NDArray[np.datetime64]) -> Sessions:
        """The session of each date, in the order given; NaT throughout where there is none.

        Args:
            session_on: Dates at the exchange, `datetime64[D]`; one outside what the calendar knows
                has no session.
        """
        found = np.searchsorted(self._sessions.session_on, session_on)
        there = found < len(self._sessions)
        there[there] = self._sessions.session_on[found[there]] == session_on[there]
        columns = (
            self._sessions.session_on,
            self._sessions.opened_at,
            self._sessions.closed_at,
            self._sessions.break_started_at,
            self._sessions.break_ended_at,
        )
        placed = [np.full(len(session_on), "NaT", dtype=column.dtype) for column in columns]
        for rows, column in zip(placed, columns, strict=True):
            rows[there] = column[found[there]]
        return Sessions(*placed)

    def slots(self, window: Window) -> Instants:
        """The slots after the window's start, up to and including its end, that judge trading.

        Returns:
            Rising instants on the half-hour grid, `datetime64[us]`, UTC. New York has 13 a full
            session; the half hours of a lunch break have none.

        Raises:
            ConfigurationError: The window leaves the span of time the calendar knows.
        """
        self._require_known(window)
        start, end = instant64(window.start), instant64(window.end)
        # The first slot may judge a session that closed, off the grid, just before the window.
        found = half_hours(self._sessions[self._overlapping(start - _SLOT, end)]).slot_at
        found = found[(found > start) & (found <= end)]
        slots: Instants = found[np.append(True, np.diff(found) > np.timedelta64(0))[: len(found)]]
        return slots

    def places(self, slots: Instants) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where slots stand: which session each judges, and its place in it.

        Args:
            slots: Rising slots of sessions, as `slots` gives them.

        Returns:
            The sessions' numbers, rising by one from session to session, and the places in the
            session, from 0 at its open, whether or not `slots` starts there.

        Raises:
            ValueError: An instant is no slot of a session.
        """
        if not len(slots):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        rows = self._overlapping(slots[0] - _SLOT, slots[-1])
        session, slot_at, _, _ = half_hours(self._sessions[rows])
        found = np.searchsorted(slot_at, slots)
        if (found == len(slot_at)).any() or (slot_at[found] != slots).any():
            raise ValueError(f"not every instant is a slot of {self.name}'s sessions")
        place = np.arange(len(session)) - np.searchsorted(session, session)
        return session[found].astype(np.int64) + rows.start, place[found].astype(np.int64)

    def why_closed(self, slot: datetime) -> str | None:
        """Why nothing trades in the half hour that ends at the slot, as half a sentence.

        Args:
            slot: Its end (UTC).

        Returns:
            For example "a Sunday", "a holiday: Good Friday" or "before the session of 2025-05-20
            opens at 13:30Z"; None where there is trading.

        Raises:
            ConfigurationError: The half hour leaves the span of time the calendar knows.
        """
        half_hour = Window(slot - SLOT, slot)
        overlapping = self.sessions(half_hour)
        if len(overlapping):
            _, started_at, ended_at = overlapping.trading()
            trades = (started_at < instant64(slot)) & (ended_at > instant64(half_hour.start))
            return None if trades.any() else "the lunch break"
        day = half_hour.start.astimezone(self.time_zone).date()
        row = int(np.searchsorted(self._sessions.session_on, np.datetime64(day)))
        if row < len(self._sessions) and self._sessions.session_on[row] == np.datetime64(day):
            return self._off_hours(row, day, slot)
        if day.weekday() not in self._trading_weekdays:
            return f"a {_WEEKDAYS[day.weekday()]}"
        name = self._holiday_name(day)
        return f"a holiday: {name}" if name else "a holiday"

    def _off_hours(self, row: int, day: date, slot: datetime) -> str:
        """Why a slot on a session's day is not of that session."""
        opened_at = from_instant64(self._sessions.opened_at[row])
        if slot <= opened_at:
            return f"before the session of {day} opens at {_clock(opened_at, day)}"
        kind = "half day" if day in self._half_days else "session"
        closed_at = from_instant64(self._sessions.closed_at[row])
        return f"after the {kind} of {day} closed at {_clock(closed_at, day)}"

    def _overlapping(self, start: np.datetime64, end: np.datetime64) -> slice:
        first = np.searchsorted(self._sessions.closed_at, start, side="right")
        last = np.searchsorted(self._sessions.opened_at, end)
        return slice(int(first), max(int(first), int(last)))

    def _require_known(self, window: Window) -> None:
        if window.start < self.known.start or window.end > self.known.end:
            raise ConfigurationError(
                f"{self.name}'s sessions are known from {self.known.start:%Y-%m-%d} to"
                f" {self.known.end:%Y-%m-%d} only; ask for nothing outside, not for"
                f" {window.start:%Y-%m-%d %H:%MZ} to {window.end:%Y-%m-%d %H:%MZ}."
            )


@cache
def calendar_of(mic: str) -> SessionCalendar:
    """The calendar of an exchange, cached; the first one takes some seconds.

    Args:
        mic: The exchange's ISO 10383 market identifier code; `XSIM` never closes.

    Raises:
        ConfigurationError: No calendar is known for the code, or it cannot be computed.
    """
    import exchange_calendars

    name = _CALENDARS.get(mic, mic)
    names = exchange_calendars.get_calendar_names()
    if name not in names:
        near = difflib.get_close_matches(mic.upper(), [*names, *_CALENDARS])
        advice = (
            f"did you mean {' or '.join(near)}?"
            if near
            else "use its ISO 10383 code, such as XNYS."
        )
        raise ConfigurationError(f"No exchange calendar is known for the MIC {mic!r}; {advice}")
    return _calendar(exchange_calendars.resolve_alias(name))


@cache
def _calendar(name: str) -> SessionCalendar:
    try:
        with _library_left_alone():
            source = _from_library(name)
    except (ValueError, NotImplementedError) as error:
        raise ConfigurationError(
            f"The installed exchange_calendars cannot compute the sessions of {name}; instruments"
            " that trade there cannot be followed."
        ) from error
    sessions = Sessions(
        source.sessions.to_numpy().astype("datetime64[D]"),
        *(
            column.dt.tz_convert(None).to_numpy(dtype="datetime64[us]")
            for column in (source.opens, source.closes, source.break_starts, source.break_ends)
        ),
    )
    return SessionCalendar(
        name,
        Window(from_instant64(sessions.opened_at[0]), from_instant64(sessions.closed_at[-1])),
        source.tz,
        sessions,
        frozenset(day for day, trades in enumerate(source.weekmask) if trades == "1"),
        frozenset(day.date() for day in source.early_closes),
        _holiday_names(source.regular_holidays),
    )


def _from_library(name: str) -> Any:
    """The library's calendar, from the earliest date needed or the earliest it can compute."""
    import exchange_calendars

    bound = exchange_calendars.get_calendar(name).bound_min()
    earliest = _EARLIEST if bound is None else max(_EARLIEST, f"{bound:%Y-%m-%d}")
    return exchange_calendars.get_calendar(name, start=earliest)


@contextmanager
def _library_left_alone() -> Iterator[None]:
    """Keeps the library's warnings about its own use of pandas from our logs and tests."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _holiday_names(rules: Any) -> Callable[[date], str | None]:
    """How to name the holiday of a day; the library names regular ones, not one-off closures."""

    @lru_cache(maxsize=1024)
    def name_of(day: date) -> str | None:
        if rules is None:
            return None
        with _library_left_alone():
            found = rules.holidays(str(day), str(day), return_name=True)
        # A name may say in brackets for which years its rule holds.
        return re.sub(r"\s*\([^)]*\)$", "", str(found.iloc[0])) if len(found) else None

    return name_of


def _clock(instant: datetime, day: date) -> str:
    """The instant's UTC time, with its date where that is not the session's."""
    utc = instant.astimezone(UTC)
    return f"{utc:%H:%MZ}" if utc.date() == day else f"{utc:%Y-%m-%d %H:%MZ}"
