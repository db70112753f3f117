"""A week on Alpha Vantage's free plan, tick by tick: the real plan, ledger and adapters.

Only the clock and the vendor are made up. The vendor's answers have its own form and hold the days
that have closed by the clock.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from fintech_pipeline.clock import SLOT, Sighting, Window
from fintech_pipeline.errors import QuotaExhausted
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.collection import collect_bars
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.providers.alpha_vantage.provider import AlphaVantage
from fintech_pipeline.market.providers.alpha_vantage.requests import DAY_BARS, QUOTE
from fintech_pipeline.market.providers.alpha_vantage.symbols import serves
from fintech_pipeline.market.quote_collection import collect_quotes
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.stored_days import StoredDays
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.provider import PURPOSE
from fintech_pipeline.news.providers.alpha_vantage.provider import AlphaVantageNews
from fintech_pipeline.quota.allowances import PLANS
from fintech_pipeline.quota.calls import Answer, Call, Refusal
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.quota.tables import provider_calls
from fintech_pipeline.spending_plan import SpendingPlan
from fintech_pipeline.storage.database import Database
from tests.vendors.alpha_vantage_standin import BAD_INPUTS, AlphaVantageStandIn, notice

ALLOWANCE = PLANS["alpha_vantage"]
DELAY = timedelta(minutes=15)
NEW_YORK = ZoneInfo("America/New_York")


@dataclass
class Present:
    """A clock that the simulation moves."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Vendor:
    """Grants by the real ledger at the simulated time, and answers in the vendor's form."""

    ledger: Ledger
    plan: SpendingPlan
    clock: Present
    standin: AlphaVantageStandIn = field(default_factory=AlphaVantageStandIn)
    unknown: frozenset[str] = frozenset()

    def ask(self, call: Call, refusal: Refusal) -> Answer:
        keeps = self.plan.keeps(call)
        grant = self.ledger.grant("alpha_vantage", ALLOWANCE, call, self.clock(), keeps)
        params = dict(call.params)
        for symbol in call.symbols:
            self.standin.days[symbol] = self._days()
        body = (
            b'{"items": "0", "feed": []}'
            if call.purpose == PURPOSE
            else self.standin.good(params["function"], params.get("symbol", ""), params)
        )
        if self.unknown & set(call.symbols):
            body = notice(BAD_INPUTS, "Error Message")
        answer = Answer(200, {}, body)
        error = refusal(answer)
        self.ledger.settle(grant, error)
        if error:
            raise error
        return answer

    def _days(self) -> dict[str, Sequence[float]]:
        """The days that have closed by now."""
        now = self.clock()
        sessions = calendar_of("XNYS").sessions(Window(now - timedelta(days=140), now))
        closed = [
            str(day)
            for day, at in zip(sessions.session_on, sessions.closed_at, strict=True)
            if at.item().replace(tzinfo=UTC) <= now
        ]
        return dict.fromkeys(closed[-100:], (10.0, 12.0, 9.0, 11.0, 1000.0))


@dataclass(frozen=True)
class Day:
    """What one day of the vendor's came to.

    Attributes:
        on: The date in New York.
        calls: How many were made for each purpose.
        behind: How many sessions the symbol was behind at most that was furthest behind.
    """

    on: date
    calls: Counter[str]
    behind: int

    def row(self) -> str:
        """Its line of the table in the docs."""
        parts = [self.calls[DAY_BARS], self.calls[QUOTE]]
        parts += [self.calls["splits"] + self.calls["dividends"], self.calls[PURPOSE]]
        spent = self.calls.total()
        left = (ALLOWANCE.per_day or 0) - spent
        cells = [f"{self.on:%A}", *map(str, parts), str(spent), str(left), str(self.behind)]
        return f"| {' | '.join(cells)} |"


def simulated(
    database: Database,
    symbols: int,
    start: datetime,
    days: int,
    unknown: frozenset[str] = frozenset(),
) -> Iterator[Day]:
    """Ticks every half hour from the start (UTC) on, two minutes after each slot.

    Args:
        database: An empty one.
        symbols: How many are followed.
        start: A slot.
        days: How long.
        unknown: Those of them that the vendor does not know, as after a delisting.
    """
    clock = Present(start)
    instruments = InstrumentStore(database, clock)
    watched = [Instrument(f"S{n:02d}", f"Company {n}") for n in range(symbols)]
    instruments.seed(watched)
    ledger = Ledger(database, asked_by="week/1", sleep=lambda _: None)
    days_stored = StoredDays(database)
    plan = SpendingPlan(
        "alpha_vantage", ALLOWANCE, ledger, clock, instruments, days_stored, DAY_BARS, DELAY, serves
    )
    vendor = Vendor(ledger, plan, clock, unknown=unknown)
    bars = BarStore(database, ("alpha_vantage",))
    news = AlphaVantageNews(vendor, clock, lambda some: plan.in_order(some, PURPOSE))
    behind: Counter[date] = Counter()

    def seen(delay: timedelta) -> Sighting:
        return Sighting(clock(), True, delay)

    intervals = (Interval.HALF_HOUR, Interval.DAY)
    for tick in range(48 * days):
        slot = start + SLOT * tick
        clock.now = slot + timedelta(minutes=2)
        window = Window(slot - timedelta(days=40), slot)
        # A run is a process of its own: no adapter remembers anything of the tick before.
        market = AlphaVantage(vendor, "free", clock, plan, DELAY)
        collected = collect_bars([market], watched, window, intervals, seen)
        collect_quotes([market], watched, clock())
        with suppress(QuotaExhausted):
            news.articles(watched, Window(slot - timedelta(days=1), slot))
        with database.transaction() as connection:
            bars.write(connection, collected.parts)
        today = clock.now.astimezone(NEW_YORK).date()
        known = [one for one in watched if one.symbol not in unknown]
        behind[today] = max(behind[today], _furthest(days_stored, known, clock.now))
    yield from (Day(on, calls, behind[on]) for on, calls in sorted(_calls(database).items()))


def _furthest(days: StoredDays, watched: Sequence[Instrument], now: datetime) -> int:
    """How many of the newest ended sessions the symbol lacks that lacks most."""
    ready = now - DELAY - SLOT  # the tick after the close has had its turn
    sessions = calendar_of("XNYS").sessions(Window(ready - timedelta(days=14), ready))
    opens = [
        at.item().replace(tzinfo=UTC)
        for at, closed in zip(sessions.opened_at, sessions.closed_at, strict=True)
        if closed.item().replace(tzinfo=UTC) <= ready
    ]
    stored = days.among([(one.symbol, at) for one in watched for at in opens])
    return max(sum((one.symbol, at) not in stored for at in opens) for one in watched)


def _calls(database: Database) -> dict[date, Counter[str]]:
    """What the ledger says was spent in each of the vendor's days, by purpose."""
    calls: dict[date, Counter[str]] = {}
    with database.transaction() as connection:
        for row in connection.execute(sa.select(provider_calls)):
            on = row.granted_at.astimezone(NEW_YORK).date()
            calls.setdefault(on, Counter())[row.purpose] += row.cost
    return calls
