"""The `alpha_vantage` market provider: half hours on a paid plan, days on the free one.

The free plan has 25 requests a day and no half hours, so a budget is spent: a symbol's days are one
call, made once a session, whom to ask first is the budget's word, and splits and dividends come
after all bars: they are asked for once a week, splits also where a price opens like after one. When
the quota ends in the middle, what came is kept and every other symbol says why.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from typing import Literal, Protocol

import numpy as np

from fintech_pipeline.clock import Clock, Window, from_instant64, instant64
from fintech_pipeline.errors import NoData
from fintech_pipeline.market.bars import CorporateAction, Interval, RawBars
from fintech_pipeline.market.finished import ahead_told, finished
from fintech_pipeline.market.provider import MarketAnswer, QuotesAnswer
from fintech_pipeline.market.providers.alpha_vantage import requests
from fintech_pipeline.market.providers.alpha_vantage.actions import parse_dividends, parse_splits
from fintech_pipeline.market.providers.alpha_vantage.bars import parse_daily, parse_intraday
from fintech_pipeline.market.providers.alpha_vantage.days import Due, Lateness, due_in
from fintech_pipeline.market.providers.alpha_vantage.inquiry import Inquiry
from fintech_pipeline.market.providers.alpha_vantage.quotes import (
    parse_bulk_quotes,
    parse_global_quote,
)
from fintech_pipeline.market.providers.alpha_vantage.symbols import vendor_symbol
from fintech_pipeline.market.quality import looks_split
from fintech_pipeline.market.quotes import Quote
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.quota.calls import Asks

Plan = Literal["free", "premium"]
Named = tuple[Instrument, str]
"""An instrument, and how the vendor calls it."""
Asked = Mapping[tuple[str, str], datetime]
"""When each purpose and symbol was last asked for (UTC)."""

ACTIONS_EVERY = timedelta(days=7)
_NAME = "Alpha Vantage"


class Budget(Protocol):
    """What the adapter has to know to spend few requests well."""

    def in_order(self, instruments: Sequence[Instrument], purpose: str) -> list[Instrument]:
        """The instruments in the order in which the quota is spent on them."""
        ...

    def asked(self) -> Asked:
        """What the ledger remembers."""
        ...

    def stored(self, wanted: Sequence[tuple[str, datetime]]) -> set[tuple[str, datetime]]:
        """Those of the symbols and opens of which a daily bar is stored."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class AlphaVantage:
    """Bars, splits, dividends and quotes of Alpha Vantage.

    Attributes:
        asks: Makes the calls, within the quota.
        plan: What the key may ask for.
        clock: The present.
        budget: What was asked and is there already, and whom to ask first.
        delay: How far behind a close the vendor usually is; bars are taken no earlier.
    """

    asks: Asks
    plan: Plan
    clock: Clock
    budget: Budget
    delay: timedelta = timedelta(minutes=15)
    _answers: dict[str, tuple[datetime, RawBars]] = field(default_factory=dict, repr=False)

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
            instruments: In any order.
            window: In UTC. Where it holds no session, nothing is asked.

        Raises:
            ProviderError: No bar could be had, for a reason that is no symbol's.
        """
        inquiry = Inquiry(self.asks, self.clock)
        known = self._known(inquiry, instruments, requests.DAY_BARS)
        read = self._days if self.plan == "free" else self._half_hours
        found = read(inquiry, known, window)
        inquiry.raise_if_in_vain(bool(found))
        actions = self._actions(replace(inquiry, patient=True), known, window.end)
        return MarketAnswer(found, actions, inquiry.problems)

    def days(self, instruments: Sequence[Instrument], window: Window) -> MarketAnswer:
        """The days that open and close inside the window and are final: a hundred back at most.

        Corporate actions are those of `bars`, which are asked for with any window.

        Raises:
            ProviderError: No bar could be had, for a reason that is no symbol's.
        """
        inquiry = Inquiry(self.asks, self.clock)
        found = self._days(inquiry, self._known(inquiry, instruments, requests.DAY_BARS), window)
        inquiry.raise_if_in_vain(bool(found))
        return MarketAnswer(found, problems=inquiry.problems)

    def quotes(self, instruments: Sequence[Instrument]) -> QuotesAnswer:
        """The last prices: one call each on the free plan, one for a hundred on a paid one.

        Raises:
            ProviderError: Nothing at all could be had, for a reason that is no symbol's.
        """
        inquiry = Inquiry(self.asks, self.clock, patient=True)
        known = self._known(inquiry, instruments, requests.QUOTE)
        read = self._single_quotes if self.plan == "free" else self._bulk_quotes
        quotes = read(inquiry, known)
        inquiry.raise_if_in_vain(bool(quotes))
        served = {quote.symbol for quote in quotes} | {p.symbol for p in inquiry.problems}
        for instrument, _ in known:
            if instrument.symbol not in served:
                inquiry.tell(instrument.symbol, f"{_NAME} has no quote of {instrument.symbol}")
        return QuotesAnswer(quotes, inquiry.problems)

    def _known(
        self, inquiry: Inquiry, instruments: Sequence[Instrument], purpose: str
    ) -> list[Named]:
        """Those the vendor has, with its name of each, in the order in which they are asked for."""
        known = []
        for instrument in instruments:
            try:
                known.append((instrument, vendor_symbol(instrument)))
            except NoData as error:
                inquiry.tell(instrument.symbol, str(error))
        names = {instrument.symbol: asked for instrument, asked in known}
        ordered = self.budget.in_order([instrument for instrument, _ in known], purpose)
        return [(instrument, names[instrument.symbol]) for instrument in ordered]

    def _days(self, inquiry: Inquiry, known: Sequence[Named], window: Window) -> list[RawBars]:
        now, asked_at = self.clock(), self.budget.asked()
        due = {one.symbol: due_in(one, window, now, self.delay) for one, _ in known}
        edges = [edge for one in due.values() if one for edge in (*one.edges(), *one.before())]
        stored = self.budget.stored(edges)
        lateness = self._lateness([one for one in due.values() if one], stored, asked_at)
        found = []
        for instrument, asked in sorted(known, key=lambda n: not lateness.scouts(due[n[0].symbol])):
            symbol = instrument.symbol
            wanted = due[symbol]
            if wanted is None:
                inquiry.tell(symbol, self._nothing_ended(instrument, window))
            elif not wanted.there(stored) and lateness.waits(wanted):
                inquiry.tell(symbol, f"{_NAME} has not the newest day of its exchange yet")
            elif not wanted.there(stored):
                last = asked_at.get((requests.DAY_BARS, symbol))
                bars = self._days_of(inquiry, instrument, asked, wanted, last)
                if bars is not None:
                    timed = bars.opened_at[~np.isnat(bars.opened_at)]
                    lateness.saw(wanted, {from_instant64(at) for at in timed})
                final = self._final(inquiry, instrument, bars, window) if bars else None
                found += [final] if final else []
        return found

    def _lateness(
        self, due: Sequence[Due], stored: Collection[tuple[str, datetime]], asked_at: Asked
    ) -> Lateness:
        """What the ticks before have found out of the newest days."""
        opens: dict[str, set[datetime]] = defaultdict(set)
        for symbol, opened_at in stored:
            opens[symbol].add(opened_at)
        lateness = Lateness()
        for one in due:
            last = asked_at.get((requests.DAY_BARS, one.symbol))
            if one.there(stored) or (last is not None and last >= one.ready_at):
                lateness.saw(one, opens[one.symbol])
        return lateness

    def _days_of(
        self, inquiry: Inquiry, instrument: Instrument, asked: str, due: Due, last: datetime | None
    ) -> RawBars | None:
        """The days as the vendor has them: from its last answer where there is nothing newer."""
        symbol, now = instrument.symbol, self.clock()
        kept_at, kept = self._answers.get(symbol, (None, None))
        if kept_at is not None and kept_at >= due.ready_at:
            return kept
        if due.newest and last is not None and last >= due.ready_at and now < due.again_at(last):
            inquiry.tell(
                symbol,
                f"{_NAME} was asked for its days at {last:%H:%MZ} and did not give the newest; it"
                f" is asked again after {due.again_at(last):%Y-%m-%d %H:%MZ}",
            )
            return None
        calendar = calendar_of(instrument.mic)
        parse = partial(parse_daily, symbol=symbol, asked=asked, calendar=calendar)
        bars = inquiry.ask(requests.daily(symbol, asked), parse)
        if bars is not None:
            inquiry.tell(symbol, _reach_told(bars, due.first_at))
            self._answers[symbol] = (now, bars)
        return bars

    def _nothing_ended(self, instrument: Instrument, window: Window) -> str:
        if not len(calendar_of(instrument.mic).sessions(window)):
            return ""
        return f"the free plan of {_NAME} has days only, and no session ended in this window"

    def _half_hours(
        self, inquiry: Inquiry, known: Sequence[Named], window: Window
    ) -> list[RawBars]:
        found = []
        for instrument, asked in known:
            symbol = instrument.symbol
            if not len(calendar_of(instrument.mic).sessions(window)):
                continue
            parse = partial(parse_intraday, symbol=symbol, asked=asked, interval=Interval.HALF_HOUR)
            calls = requests.intraday(symbol, asked, window, self.clock())
            parts = [part for call in calls if (part := inquiry.ask(call, parse)) is not None]
            final = self._final(inquiry, instrument, _joined(parts), window) if parts else None
            found += [final] if final else []
        return found

    def _final(
        self, inquiry: Inquiry, instrument: Instrument, bars: RawBars, window: Window
    ) -> RawBars | None:
        now = self.clock()
        inquiry.tell(instrument.symbol, ahead_told(bars, _NAME, now))
        if looks_split(bars, window.start):
            inquiry.split.add(instrument.symbol)
        sessions = calendar_of(instrument.mic).sessions(window)
        final = finished(bars, sessions, window, now, self.delay)
        return final if len(final) else None

    def _actions(
        self, inquiry: Inquiry, known: Sequence[Named], until: datetime
    ) -> list[CorporateAction]:
        asked_at, found = self.budget.asked(), list[CorporateAction]()
        kinds = ((requests.splits, parse_splits), (requests.dividends, parse_dividends))
        for (instrument, asked), (call_for, parser) in product(known, kinds):
            symbol, calendar = instrument.symbol, calendar_of(instrument.mic)
            call = call_for(symbol, asked)
            last = asked_at.get((call.purpose, symbol))
            lately = last is not None and self.clock() - last < ACTIONS_EVERY
            if lately and not (symbol in inquiry.split and parser is parse_splits):
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

    def _single_quotes(self, inquiry: Inquiry, known: Sequence[Named]) -> list[Quote]:
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

    def _bulk_quotes(self, inquiry: Inquiry, known: Sequence[Named]) -> list[Quote]:
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


def _reach_told(bars: RawBars, since: datetime) -> str:
    """How far the days reach back, where they begin long after the first that is wanted."""
    timed = bars.opened_at[~np.isnat(bars.opened_at)]
    if not len(timed) or timed.min() <= instant64(since + timedelta(days=7)):
        return ""
    first = from_instant64(timed.min())
    return f"the free plan of {_NAME} has its days since {first:%Y-%m-%d} only"
