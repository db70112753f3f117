"""A made-up market on three real exchanges, as files; hours and holidays are written by hand.

Nothing here asks the code under test when an exchange is open: the hours are those the exchanges
publish (Tokyo's since 2024-11-05), the holidays those of their calendars for 2025.
"""

import csv
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np

FIRST, LAST = date(2025, 2, 17), date(2025, 5, 2)
"""The sessions' dates that the files reach from and to."""
SLOT = timedelta(minutes=30)
STEP = timedelta(minutes=5)
Span = tuple[time, time]


@dataclass(frozen=True)
class Exchange:
    """An exchange's hours in 2025.

    Attributes:
        mic: Its code.
        trading: From when to when it trades, by its own clock.
        holidays: Weekdays between FIRST and LAST on which it does not.
        offsets: Hours ahead of UTC, each from a date on.
    """

    mic: str
    trading: tuple[Span, ...]
    holidays: frozenset[date]
    offsets: tuple[tuple[date, int], ...]

    def sessions(self, first: date, last: date) -> list[date]:
        """The dates with a session."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [day for day in days if day.weekday() < 5 and day not in self.holidays]

    def utc(self, day: date, at: time) -> datetime:
        """The instant of a time by the exchange's clock."""
        (*_, offset) = [hours for since, hours in self.offsets if since <= day]
        return datetime.combine(day, at, tzinfo=UTC) - timedelta(hours=offset)

    def hours(self, day: date) -> tuple[datetime, datetime]:
        """When the session of a day opens and closes (UTC)."""
        return self.utc(day, self.trading[0][0]), self.utc(day, self.trading[-1][1])

    def slots(self, day: date) -> list[datetime]:
        """The ends of the session's half hours (UTC)."""
        spans = [(self.utc(day, start), self.utc(day, end)) for start, end in self.trading]
        return [
            start + n * SLOT for start, end in spans for n in range(1, (end - start) // SLOT + 1)
        ]

    def opens(self, day: date) -> list[datetime]:
        """The opens of the session's five-minute bars (UTC)."""
        spans = [(self.utc(day, start), self.utc(day, end)) for start, end in self.trading]
        return [start + n * STEP for start, end in spans for n in range((end - start) // STEP)]

    def written(self, day: date, instant: datetime) -> str:
        """The instant as the exchange's clock shows it, with its offset."""
        (*_, offset) = [hours for since, hours in self.offsets if since <= day]
        local = (instant + timedelta(hours=offset)).replace(tzinfo=None)
        return f"{local.isoformat()}{offset:+03d}:00"


NEW_YORK = Exchange(
    "XNYS",
    ((time(9, 30), time(16)),),
    frozenset({date(2025, 2, 17), date(2025, 4, 18)}),  # Presidents' Day, Good Friday
    ((FIRST, -5), (date(2025, 3, 9), -4)),
)
TOKYO = Exchange(
    "XTKS",
    ((time(9), time(11, 30)), (time(12, 30), time(15, 30))),
    # The Emperor's birthday, moved to Monday; the vernal equinox; Showa Day.
    frozenset({date(2025, 2, 24), date(2025, 3, 20), date(2025, 4, 29)}),
    ((FIRST, 9),),
)
SYDNEY = Exchange(
    "XASX",
    ((time(10), time(16)),),
    # Good Friday, Easter Monday, Anzac Day.
    frozenset({date(2025, 4, 18), date(2025, 4, 21), date(2025, 4, 25)}),
    ((FIRST, 11), (date(2025, 4, 6), 10)),
)
LISTED = {
    "AAPL": NEW_YORK,
    "KO": NEW_YORK,
    "7203": TOKYO,
    "6758": TOKYO,
    "BHP": SYDNEY,
    "CSL": SYDNEY,
}
CONFIG = """
name = "world"

[pipeline]
starts_on = 2025-02-17

[market]
providers = ["files"]

[market.files]
folder = "bars"

[news]
providers = ["files"]

[news.files]
path = "headlines.csv"

[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
mic = "XNAS"

[[watchlist]]
symbol = "KO"
name = "The Coca-Cola Company"
mic = "XNYS"

[[watchlist]]
symbol = "7203"
name = "Toyota Motor Corporation"
aliases = ["Toyota"]
mic = "XTKS"
currency = "JPY"

[[watchlist]]
symbol = "6758"
name = "Sony Group Corporation"
aliases = ["Sony"]
mic = "XTKS"
currency = "JPY"

[[watchlist]]
symbol = "BHP"
name = "BHP Group Limited"
aliases = ["BHP"]
mic = "XASX"
currency = "AUD"

[[watchlist]]
symbol = "CSL"
name = "CSL Limited"
mic = "XASX"
currency = "AUD"
"""
HEADLINES = (
    ("2025-03-08T12:00:00Z", "Toyota profit soars to a record"),
    ("2025-03-08T13:00:00Z", "BHP plunges after a devastating fraud lawsuit"),
    ("2025-03-11T01:00:00Z", "Apple beats expectations and raises its outlook"),
    ("2025-04-04T23:10:00Z", "Sony shares slump as losses widen"),
    ("2025-04-06T09:00:00Z", "BHP wins approval and lifts its forecast"),
)
"""Some on a Saturday or a Sunday, when none of the three trades."""


@dataclass(frozen=True)
class Bar:
    """A five-minute bar as it is written."""

    opened_at: datetime
    open: float
    high: float
    low: float
    close: float
    volume: int


def bars_of(symbol: str, last: date = LAST) -> Iterator[tuple[date, list[Bar]]]:
    """The bars of each session up to a date: a random walk of the symbol's own."""
    chance = np.random.default_rng(zlib.crc32(symbol.encode()))
    price = 100.0 if LISTED[symbol] is not TOKYO else 3000.0
    for day in LISTED[symbol].sessions(FIRST, last):
        bars = []
        for opened_at in LISTED[symbol].opens(day):
            start = round(price, 2)
            price *= float(np.exp(chance.normal(0, 0.002)))
            end = round(price, 2)
            high, low = round(max(start, end) * 1.001, 2), round(min(start, end) * 0.999, 2)
            bars.append(Bar(opened_at, start, high, low, end, int(chance.integers(1000, 9000))))
        yield day, bars


def write(folder: Path) -> Path:
    """Writes the bars, the headlines and a configuration of them; gives the latter."""
    folder.joinpath("bars").mkdir(parents=True)
    for symbol, exchange in LISTED.items():
        with folder.joinpath(f"bars/{symbol}_5m.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["timestamp", "open", "high", "low", "close", "volume"])
            for day, bars in bars_of(symbol):
                for bar in bars:
                    values = (bar.open, bar.high, bar.low, bar.close, bar.volume)
                    rows.writerow([exchange.written(day, bar.opened_at), *values])
    with folder.joinpath("headlines.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("published_at", "title"), *HEADLINES])
    path = folder / "world.toml"
    path.write_text(CONFIG)
    return path
