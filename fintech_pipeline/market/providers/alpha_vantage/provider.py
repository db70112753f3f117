"""The `alpha_vantage` market provider: half hours on a paid plan, days on the free one.

The free plan has 25 requests a day and no half hours, so a budget is spent: the instruments' order
is the priority, each costs one call, and splits and dividends, asked for once a week, come after
all bars. When the quota ends in the middle, what came is kept and every other symbol says why.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import numpy as np

from fintech_pipeline.clock import Clock, Window, from_instant64, instant64
from fintech_pipeline.errors import NoData
from fintech_pipeline.market.bars import CorporateAction, Interval, RawBars
from fintech_pipeline.market.finished import ahead_told, due_sessions, finished
from fintech_pipeline.market.provider import MarketAnswer, Problem
from fintech_pipeline.market.providers.alpha_vantage import requests
from fintech_pipeline.market.providers.alpha_vantage.actions import parse_dividends, parse_splits
from fintech_pipeline.market.providers.alpha_vantage.bars import parse_daily, parse_intraday
from fintech_pipeline.market.providers.alpha_vantage.inquiry import Inquiry
from fintech_pipeline.market.providers.alpha_vantage.quotes import (
    parse_bulk_quotes,
    parse_global_quote,
)
from fintech_pipeline.market.providers.alpha_vantage.symbols import vendor_symbol
from fintech_pipeline.market.quotes import Quote
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.quota.calls import Asks

Plan = Literal["free", "premium"]
AskedAt = Callable[[str, str], datetime | None]
"""When a symbol (the second) was last asked for with a purpose (the first), UTC; None for never."""

ACTIONS_EVERY = timedelta(days=7)
_NAME = "Alpha Vantage"


@dataclass(frozen=True, slots=True)
class QuotesAnswer:
    """What a provider knew of last prices.

    Attributes:
        quotes: At most one a symbol.
        problems: The symbols without one, each with its reason.
    """

    quotes: list[Quote]
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class AlphaVantage:
    """Bars, splits, dividends and quotes of Alpha Vantage.

    Attributes:
        asks: Makes the calls, within the quota.
        plan: What the key may ask for.
        clock: The present.
        asked_at: What the ledger remembers; decides when splits and dividends are due again.
        delay: How far behind a close the vendor usually is; bars are taken no earlier.
    """

    asks: Asks
    plan: Plan
    clock: Clock
    asked_at: AskedAt
    delay: timedelta = timedelta(minutes=15)

    @property
    def name(self) -> str:
        """As it stands in the configuration and on every row."""
        return "alpha_vantage"

    @property
    def simulated(self) -> bool:
        """Never."""
        return False

    @property
    def usual_delay(self) -> timedelta:
        """As configured."""
        return self.delay

    def bars(self, instruments: Sequence[Instrument], window: Window) -> MarketAnswer:
        """The bars that open and close inside the window and are final, and corporate actions.

        Args:
            instruments: In the order in which the quota is spent on them.
            window: In UTC. Where it holds no session, nothing is asked.

        Raises:
            ProviderError: Nothing at all could be had, for a reason that is no symbol's.
        """
        inquiry = Inquiry(self.asks, self.clock)
        known = [one for one in map(partial(self._named, inquiry), instruments) if one]
        read = self._days if self.plan == "free" else self._half_hours
        found = [
            bars
            for instrument, asked in known
            if (bars := read(inquiry, instrument, asked, window))
        ]
        actions = [
            action
            for instrument, asked in known
            for action in self._actions(inquiry, instrument, asked, window.end)
        ]
        inquiry.raise_if_in_vain(bool(found or actions))
        return MarketAnswer(found, actions, inquiry.problems)

    def quotes(self, instruments: Sequence[Instrument]) -> QuotesAnswer:
        """The last prices: one call each on the free plan, one for a hundred on a paid one.

        Raises:
            ProviderError: Nothing at all could be had, for a reason that is no symbol's.
        """
        inquiry = Inquiry(self.asks, self.clock)
        known = [one for one in map(partial(self._named, inquiry), instruments) if one]
        read = self._single_quotes if self.plan == "free" else self._bulk_quotes
        quotes = read(inquiry, known)
        inquiry.raise_if_in_vain(bool(quotes))
        served = {quote.symbol for quote in quotes} | {p.symbol for p in inquiry.problems}
        for instrument, _ in known:
            if instrument.symbol not in served:
                inquiry.tell(instrument.symbol, f"{_NAME} has no quote of {instrument.symbol}")
        return QuotesAnswer(quotes, inquiry.problems)

    def _named(self, inquiry: Inquiry, instrument: Instrument) -> tuple[Instrument, str] | None:
        try:
            return instrument, vendor_symbol(instrument)
        except NoData as error:
            inquiry.tell(instrument.symbol, str(error))
            return None

    def _days(
        self, inquiry: Inquiry, instrument: Instrument, asked: str, window: Window
    ) -> RawBars | None:
        symbol, calendar = instrument.symbol, calendar_of(instrument.mic)
        sessions = calendar.sessions(window)
        if not len(sessions):
            return None
        if not due_sessions(sessions, window, self.clock(), self.delay).any():
            reason = f"the free plan of {_NAME} has days only, and no session ended in this window"
            inquiry.tell(symbol, reason)
            return None
        parse = partial(parse_daily, symbol=symbol, asked=asked, calendar=calendar)
        bars = inquiry.ask(requests.daily(symbol, asked), parse)
        if bars is None:
            return None
        inquiry.tell(symbol, _reach_told(bars, window))
        return self._final(inquiry, instrument, bars, window)

    def _half_hours(
        self, inquiry: Inquiry, instrument: Instrument, asked: str, window: Window
    ) -> RawBars | None:
        if not len(calendar_of(instrument.mic).sessions(window)):
            return None
        symbol = instrument.symbol
        parse = partial(parse_intraday, symbol=symbol, asked=asked, interval=Interval.HALF_HOUR)
        calls = requests.intraday(symbol, asked, window, self.clock())
        parts = [part for call in calls if (part := inquiry.ask(call, parse)) is not None]
        return self._final(inquiry, instrument, _joined(parts), window) if parts else None

    def _final(
        self, inquiry: Inquiry, instrument: Instrument, bars: RawBars, window: Window
    ) -> RawBars | None:
        now = self.clock()
        inquiry.tell(instrument.symbol, ahead_told(bars, _NAME, now))
        sessions = calendar_of(instrument.mic).sessions(window)
        final = finished(bars, sessions, window, now, self.delay)
        return final if len(final) else None

    def _actions(
        self, inquiry: Inquiry, instrument: Instrument, asked: str, until: datetime
    ) -> list[CorporateAction]:
        symbol, calendar = instrument.symbol, calendar_of(instrument.mic)
        found: list[CorporateAction] = []
        for call, parser in (
            (requests.splits(symbol, asked), parse_splits),
            (requests.dividends(symbol, asked), parse_dividends),
        ):
            last = self.asked_at(call.purpose, symbol)
            if last is not None and self.clock() - last < ACTIONS_EVERY:
                continue
            parse = partial(parser, symbol=symbol, asked=asked, calendar=calendar, until=until)
            actions = inquiry.ask(call, parse)
            if actions is None:
                continue
            found += actions.known
            if actions.unreadable:
                told = f"{actions.unreadable} of its {call.purpose} could not be read"
                inquiry.tell(symbol, f"{told} in {_NAME}'s answer and are not known")
        return found

    def _single_quotes(
        self, inquiry: Inquiry, known: Sequence[tuple[Instrument, str]]
    ) -> list[Quote]:
        found = []
        for instrument, asked in known:
            parse = partial(
                parse_global_quote,
                symbol=instrument.symbol,
                asked=asked,
                calendar=calendar_of(instrument.mic),
                now=self.clock(),
            )
            quote = inquiry.ask(requests.global_quote(instrument.symbol, asked), parse)
            if quote is not None:
                found.append(quote)
        return found

    def _bulk_quotes(
        self, inquiry: Inquiry, known: Sequence[tuple[Instrument, str]]
    ) -> list[Quote]:
        found: list[Quote] = []
        names = {asked: instrument.symbol for instrument, asked in known}
        for start in range(0, len(names), requests.BULK_SIZE):
            some = dict(list(names.items())[start : start + requests.BULK_SIZE])
            parse = partial(parse_bulk_quotes, asked=some, now=self.clock())
            found += inquiry.ask(requests.bulk_quotes(some), parse) or []
        return found


def _joined(parts: Sequence[RawBars]) -> RawBars:
    columns = zip(*(part.columns() for part in parts), strict=True)
    first = parts[0]
    return RawBars(first.symbol, first.interval, *(np.concatenate(column) for column in columns))


def _reach_told(bars: RawBars, window: Window) -> str:
    """How far the days reach back, where the window begins before them."""
    timed = bars.opened_at[~np.isnat(bars.opened_at)]
    if not len(timed) or timed.min() <= instant64(window.start + timedelta(days=7)):
        return ""
    first = from_instant64(timed.min())
    return f"the free plan of {_NAME} has its days since {first:%Y-%m-%d} only"
