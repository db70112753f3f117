"""The `yahoo` market provider: quarter hours of the last 60 days, days before, through yfinance.

Half hours yfinance makes of the same quarters, of one of them where the other is missing or has not
come yet, and does not say so. Ours are made of both, and one that lacks half of itself is told of.

Yahoo's interface is not official and throttles without notice. It has no call for several symbols:
yfinance's `download` makes a request a symbol as well, in threads, and hides whose each error was.
So each symbol's history is asked for by itself, and its error is its own.

Yahoo divides all past prices by the splits up to the moment it is asked. Here they are made what
they were when they were traded, as those of every other vendor, and the splits and dividends are
given beside them (`actions.py`).
"""

import logging
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from fintech_pipeline.clock import Clock, Window, from_instant64, utc_now
from fintech_pipeline.errors import (
    Malformed,
    NoData,
    ProviderError,
    Unavailable,
)
from fintech_pipeline.market.bars import CorporateAction, Interval, RawBars
from fintech_pipeline.market.finished import ahead_told, due_sessions, finished
from fintech_pipeline.market.provider import MarketAnswer, Problem
from fintech_pipeline.market.providers.yahoo.actions import as_traded
from fintech_pipeline.market.providers.yahoo.history import (
    NOTHING,
    YAHOO,
    raw_bars,
    translated,
    vendor_symbol,
)
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.quota.calls import Call
from fintech_pipeline.quota.granting import Granted

QUARTERS_REACH = timedelta(days=59)
"""How far back quarter hours are asked for: Yahoo has 60 days, one is to spare."""
TIMEOUT_SECONDS = 15
COOKIES = "yahoo cookie"
"""Under which name the ledger keeps what is no chart."""
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, eq=False)
class Yahoo:
    """Bars of Yahoo Finance.

    Attributes:
        granted: Asked before each chart, and told what came of it.
        cookies: The same for the cookie and what else yfinance fetches beside.
        cache_folder: Where yfinance keeps its cookie and the exchanges' time zones.
        clock: The present.
        delay: How far behind a close Yahoo usually is; bars are taken no earlier.
        base_url: Where Yahoo is asked.
    """

    granted: Granted
    cookies: Granted
    cache_folder: Path
    clock: Clock = utc_now
    delay: timedelta = timedelta(minutes=1)
    base_url: str = YAHOO

    @property
    def name(self) -> str:
        """As it stands in the configuration and on every row."""
        return "yahoo"

    @property
    def simulated(self) -> bool:
        """Never."""
        return False

    @property
    def usual_delay(self) -> timedelta:
        """As configured."""
        return self.delay

    def bars(self, instruments: Sequence[Instrument], window: Window) -> MarketAnswer:
        """The bars that open and close inside the window and are final.

        Quarter hours reach back 59 days from now; sessions before that come as days.

        Raises:
            ProviderError: Nothing at all could be had, for a reason that is no symbol's.
        """
        return self._answer(instruments, window, self.clock() - QUARTERS_REACH)

    def days(self, instruments: Sequence[Instrument], window: Window) -> MarketAnswer:
        """The days that open and close inside the window and are final.

        Raises:
            ProviderError: Nothing at all could be had, for a reason that is no symbol's.
        """
        return self._answer(instruments, window, window.end)

    def _answer(
        self, instruments: Sequence[Instrument], window: Window, quarters_from: datetime
    ) -> MarketAnswer:
        answer = MarketAnswer([])
        failures: list[ProviderError] = []
        stopped: ProviderError | None = None
        for instrument in instruments:
            request = _Request(self, instrument, window, quarters_from, self.clock())
            try:
                if stopped is None:
                    answer.bars.extend(request.bars())
                elif request.spans():
                    request.told.append(f"it was not asked for: {stopped}")
            except NoData as error:
                request.told.append(str(error))
            except (Malformed, Unavailable) as error:
                failures.append(error)
                request.told.append(str(error))
            except ProviderError as error:
                stopped = error
                request.told.append(str(error))
            answer.actions.extend(request.actions)
            reasons = dict.fromkeys(filter(None, request.told))
            answer.problems.extend(Problem(instrument.symbol, reason) for reason in reasons)
        if not answer.bars and (stopped or failures):
            raise stopped or failures[0]
        return answer

    def history(self, instrument: Instrument, interval: Interval, span: Window) -> pd.DataFrame:
        """A symbol's rows as yfinance gives them, unadjusted for dividends, with its actions.

        Raises:
            ProviderError: As `granted` or Yahoo refused; every error of yfinance is translated.
        """
        with self.ticker(instrument, str(interval), f"{interval} bars") as ticker:
            frame: pd.DataFrame | None = ticker.history(
                interval=str(interval),
                start=span.start,
                end=span.end,
                auto_adjust=False,
                actions=True,
                prepost=False,
                timeout=TIMEOUT_SECONDS,
            )
        if frame is None or frame.empty:
            return NOTHING
        return frame

    @contextmanager
    def ticker(self, instrument: Instrument, interval: str, purpose: str) -> Iterator[Any]:
        """The library's ticker of an instrument, for one chart within the quota.

        Raises:
            ProviderError: As `granted` or Yahoo refused; every error of yfinance is translated.
        """
        symbol, asked = instrument.symbol, vendor_symbol(instrument)
        call = Call(f"/v8/finance/chart/{asked}", {"interval": interval}, purpose, (symbol,))
        zone = str(calendar_of(instrument.mic).time_zone)
        with (
            _ONE_AT_A_TIME,
            self._session.charting(call),
            translated(symbol),
            _library_left_alone(),
        ):
            # It keeps answers about the past for as long as the process lives, bad ones too.
            self._yfinance.data.YfData.cache_get.cache_clear()
            # Otherwise it asks Yahoo for the zone, once a symbol, outside what was granted.
            self._yfinance.cache.get_tz_cache().store(asked, zone)
            yield self._yfinance.Ticker(asked, session=self._session)

    @cached_property
    def _session(self) -> Any:
        from fintech_pipeline.market.providers.yahoo.session import GrantedSession

        return GrantedSession(self.granted, self.cookies, self.clock, self.base_url)

    @cached_property
    def _yfinance(self) -> Any:
        """The library, imported with the first history: it takes a second."""
        import yfinance

        self.cache_folder.mkdir(parents=True, exist_ok=True)
        yfinance.set_tz_cache_location(str(self.cache_folder))
        logging.getLogger("yfinance").setLevel(logging.CRITICAL)
        # Otherwise it logs its errors and gives an empty table.
        yfinance.config.debug.hide_exceptions = False
        return yfinance


@contextmanager
def _library_left_alone() -> Iterator[None]:
    """Keeps the library's warnings about its own use of pandas from our logs and tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@dataclass(slots=True)
class _Request:
    """One instrument in one window.

    Attributes:
        market: Whom to ask.
        instrument: Whose bars are wanted.
        window: When.
        quarters_from: Sessions that end before this come as days (UTC).
        now: The present (UTC).
        told: Sentences for a person; an empty one says nothing.
        actions: The splits and dividends of the window.
    """

    market: Yahoo
    instrument: Instrument
    window: Window
    quarters_from: datetime
    now: datetime
    told: list[str] = field(default_factory=list)
    actions: list[CorporateAction] = field(default_factory=list)

    def bars(self) -> list[RawBars]:
        """The quarter hours and the days, each where there are any, as they were traded."""
        calendar, symbol = calendar_of(self.instrument.mic), self.instrument.symbol
        found = []
        for interval, span in self.spans():
            # Up to now: only so it tells of all splits that Yahoo has divided by.
            until_now = replace(span, end=max(span.end, self.now))
            rows = self.market.history(self.instrument, interval, until_now)
            traded = as_traded(rows, symbol, calendar)
            self.actions += [one for one in traded.actions if span.start <= one.ex_at < span.end]
            bars = raw_bars(traded.rows, symbol, interval, calendar)
            self.told.append(ahead_told(bars, "Yahoo", self.now))
            sessions = calendar.sessions(span)
            bars = finished(bars, sessions, span, self.now, self.market.delay)
            if len(bars):
                found.append(bars)
        return found

    def spans(self) -> list[tuple[Interval, Window]]:
        """What is asked for: each interval with its part of the window, where a session trades."""
        calendar, reach = calendar_of(self.instrument.mic), self.quarters_from
        # A session is served by one interval, so the border is a close.
        old = calendar.sessions(Window(reach - timedelta(days=14), reach)).closed_at
        border = max(from_instant64(old[-1]) if len(old) else reach, reach)
        spans = []
        if self.window.start < border:
            days = replace(self.window, end=min(self.window.end, border))
            due = due_sessions(calendar.sessions(days), days, self.now, self.market.delay)
            spans += [(Interval.DAY, days)] if due.any() else []
        if self.window.end > border:
            halves = replace(self.window, start=max(self.window.start, border))
            spans += [(Interval.QUARTER_HOUR, halves)] if len(calendar.sessions(halves)) else []
        return spans
