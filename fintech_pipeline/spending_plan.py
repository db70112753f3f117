"""The plan by which a vendor's scarce day is spent: what it reads to decide, and what it decides.

The rules themselves are pure and stand in `quota/priorities.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fintech_pipeline.clock import Clock, Window
from fintech_pipeline.market.closings import Closing, closings, newest_closing, trades
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.stored_days import StoredDays
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.quota.allowances import Allowance, vendor_day
from fintech_pipeline.quota.calls import Call
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.quota.priorities import Claim, held_back, in_order

RECENTLY = timedelta(days=31)
"""How far back it matters when a symbol was last asked for, and how much its price moves."""


@dataclass(frozen=True, slots=True)
class SpendingPlan:
    """How the day of one provider is spent.

    Attributes:
        provider: Its name in the ledger.
        allowance: What its plan allows; without a limit a day there is nothing to plan.
        ledger: When it was asked for what.
        clock: The present.
        instruments: Who is followed.
        days: What is stored.
        day_bars: The purpose of the calls that a close needs; None where it needs none.
        delay: How far behind a close the vendor usually is.
        serves: Whether the vendor has the instrument's exchange.
    """

    provider: str
    allowance: Allowance
    ledger: Ledger
    clock: Clock
    instruments: InstrumentStore
    days: StoredDays
    day_bars: str | None = None
    delay: timedelta = timedelta(0)
    serves: Callable[[Instrument], bool] = lambda _: True

    def in_order(self, instruments: Sequence[Instrument], purpose: str) -> list[Instrument]:
        """The instruments in the order in which the quota is spent on them.

        Raises:
            StorageError: The database is away.
        """
        if self.allowance.per_day is None or len(instruments) < 2:
            return list(instruments)
        now = self.clock()
        asked = self.asked()
        symbols = {instrument.symbol: instrument for instrument in instruments}
        volatilities = self.days.volatilities(list(symbols), now - RECENTLY)
        claims = []
        for symbol, instrument in symbols.items():
            last = asked.get((purpose, symbol))
            waiting = None if last is None else max(now - last, timedelta(0))
            is_open = trades(calendar_of(instrument.mic), now)
            claims.append(Claim(symbol, waiting, volatilities.get(symbol), is_open))
        return [symbols[symbol] for symbol in in_order(claims)]

    def asked(self) -> Mapping[tuple[str, str], datetime]:
        """When each purpose and symbol was last asked for in the last month (UTC).

        Raises:
            StorageError: The database is away.
        """
        return self.ledger.asked(self.provider, self.clock() - RECENTLY)

    def stored(self, wanted: Sequence[tuple[str, datetime]]) -> set[tuple[str, datetime]]:
        """Those of the symbols and opens (UTC) whose daily bars are stored, whoever gave them.

        Raises:
            StorageError: The database is away.
        """
        return self.days.among(wanted)

    def keeps(self, call: Call) -> int:
        """How many requests of the vendor's day the call must leave to others.

        What a person waits for, and the first days of a symbol, come at once. The days of a close
        are kept for, unless they are what is asked for; anything else waits besides until it is let
        out.

        Raises:
            StorageError: The database is away.
        """
        if self.allowance.per_day is None or call.waited_for:
            return 0
        now = self.clock()
        day = vendor_day(self.allowance, now)
        asked, watched = self.asked(), self.instruments.watched()
        closing = self._closing(watched, day)
        ahead = sum(1 for one in closing.values() if one.ready_at > now)
        if call.purpose == self.day_bars:
            last = asked.get((call.purpose, call.symbols[0]))
            if last is None:
                return 0
            if self._lacks_newest(watched, call.symbols[0], last, now):
                return min(ahead, self.allowance.per_day - call.cost)
        outstanding = ahead + self._not_asked_for(closing, asked, now)
        return held_back(self.allowance.per_day, len(closing), outstanding, day, now)

    def _closing(self, watched: Sequence[Instrument], day: Window) -> dict[str, Closing]:
        """The session of each followed symbol whose day gets ready in the vendor's day."""
        if self.day_bars is None:
            return {}
        found = {}
        for instrument in filter(self.serves, watched):
            closed = closings(calendar_of(instrument.mic), day, self.delay)
            if closed:
                found[instrument.symbol] = closed[-1]
        return found

    def _lacks_newest(
        self, watched: Sequence[Instrument], symbol: str, last: datetime, now: datetime
    ) -> bool:
        """Whether a session has closed since the symbol was last asked for."""
        mic = next((one.mic for one in watched if one.symbol == symbol), None)
        newest = mic and newest_closing(calendar_of(mic), now, self.delay)
        return bool(newest and last < newest.ready_at)

    def _not_asked_for(
        self,
        closing: Mapping[str, Closing],
        asked: Mapping[tuple[str, str], datetime],
        now: datetime,
    ) -> int:
        """How many closes have passed whose days were not asked for yet and are not stored."""
        long_ago = datetime.min.replace(tzinfo=now.tzinfo)
        left = [
            (symbol, one.opened_at)
            for symbol, one in closing.items()
            if one.ready_at <= now
            and asked.get((self.day_bars or "", symbol), long_ago) < one.ready_at
        ]
        return len(left) - len(self.days.among(left)) if left else 0
