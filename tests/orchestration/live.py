"""A configuration whose vendors are all stand-ins on the loopback, and what they hold."""

import contextlib
import math
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import exchange_calendars

from tests.vendors import alpha_vantage_standin, newsapi_standin, rss_standin
from tests.vendors.alpha_vantage_standin import AlphaVantageStandIn
from tests.vendors.edgar_standin import EdgarStandIn, columns
from tests.vendors.newsapi_standin import NewsApiStandIn
from tests.vendors.rss_standin import RssStandIn
from tests.vendors.standin import KEY, Reply, StandIn, standing_in
from tests.vendors.yahoo_standin import YahooStandIn

NEW_YORK = ZoneInfo("America/New_York")
HALF_HOUR = timedelta(minutes=30)
VENDORS_OF = {"AAPL": "AAPL", "BRK.B": "BRK-B", "KO": "KO"}
"""The vendors' name of each symbol that is followed."""
ENVIRONMENT = {"ALPHA_VANTAGE_API_KEY": KEY, "NEWSAPI_KEY": KEY}
CONFIG = """
name = "live"

[database]
folder = "database"

[pipeline]
starts_on = {starts_on}

[market]
providers = {market}

[market.alpha_vantage]
key = "${{ALPHA_VANTAGE_API_KEY}}"
plan = "premium"
base_url = "{alpha_vantage}"
delay_seconds = 0

[market.yahoo]
base_url = "{yahoo}"
delay_seconds = 0

[news]
providers = {news}

[news.newsapi]
key = "${{NEWSAPI_KEY}}"
base_url = "{newsapi}"

[news.alpha_vantage]
key = "${{ALPHA_VANTAGE_API_KEY}}"
base_url = "{alpha_vantage}"

[news.edgar]
contact = "me@example.org"
base_url = "{edgar}"
directory_url = "{edgar}"

[news.rss]
feeds = ["{publisher}/wire"]

[quota]
alpha_vantage = {{ per_second = 0, per_minute = 75, per_day = {per_day}, reset_zone = "{zone}" }}
newsapi = {{ per_second = 0, per_day = 0 }}
yahoo = {{ per_second = 0 }}
edgar = {{ per_second = 0 }}
rss = {{ per_second = 0 }}

[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
aliases = ["Apple"]
mic = "XNAS"

[[watchlist]]
symbol = "BRK.B"
name = "Berkshire Hathaway Inc."
aliases = ["Berkshire"]

[[watchlist]]
symbol = "KO"
name = "The Coca-Cola Company"
aliases = ["Coca-Cola"]
"""


@cache
def new_york() -> exchange_calendars.ExchangeCalendar:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at the library's own use of pandas
        return exchange_calendars.get_calendar("XNYS", start="2024-01-01")


def sessions(first: date, last: date) -> list[tuple[datetime, datetime]]:
    """New York's opens and closes (UTC), as the calendars' own library has them."""
    days = new_york().schedule.loc[str(first) : str(last)]
    return [(day.open.to_pydatetime(), day.close.to_pydatetime()) for day in days.itertuples()]


def last_sessions(now: datetime) -> list[tuple[datetime, datetime]]:
    """The two newest sessions that closed three hours ago or earlier, the older one first."""
    some = sessions((now - timedelta(days=14)).date(), now.date())
    return [one for one in some if one[1] <= now - timedelta(hours=3)][-2:]


def row(symbol: str, at: datetime) -> tuple[float, float, float, float, float]:
    """A half hour's open, high, low, close and volume: the same for whoever is asked.

    No two of them lie so far apart that a split between them would not look like one.
    """
    step = int(at.timestamp()) // 1800
    noise = zlib.crc32(f"{symbol} {step}".encode()) % 100 / 100
    middle = round(100 + len(symbol) + 2 * math.sin(step / (20 + len(symbol))) + noise, 2)
    return (
        middle,
        middle + 0.75,
        middle - 0.5,
        round(middle + noise / 2 - 0.2, 2),
        20_000 + step % 97,
    )


@dataclass
class World:
    """The vendors of the configuration.

    Attributes:
        alpha_vantage: Prices, corporate actions and news.
        yahoo: Prices.
        newsapi: News.
        edgar: Filings.
        publisher: A feed.
    """

    alpha_vantage: AlphaVantageStandIn = field(
        default_factory=lambda: AlphaVantageStandIn(paid=True)
    )
    yahoo: YahooStandIn = field(default_factory=YahooStandIn)
    newsapi: NewsApiStandIn = field(default_factory=NewsApiStandIn)
    edgar: EdgarStandIn = field(default_factory=EdgarStandIn)
    publisher: RssStandIn = field(default_factory=RssStandIn)

    def vendors(self) -> dict[str, StandIn]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def trade(self, first: date, until: datetime, symbols: Sequence[str] = ()) -> None:
        """Gives both vendors of prices every half hour that ended by then."""
        opens = [
            opened_at + place * HALF_HOUR
            for opened_at, closed_at in sessions(first, until.date())
            for place in range((min(closed_at, until) - opened_at) // HALF_HOUR)
        ]
        for symbol in symbols or VENDORS_OF:
            name = VENDORS_OF.get(symbol, symbol)
            halves = {at: row(symbol, at) for at in opens}
            self.alpha_vantage.half_hours[name] = {
                f"{at.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S}": values
                for at, values in halves.items()
            }
            self.yahoo.minutes[name] = {
                at + place * HALF_HOUR / 2: quarter
                for at, values in halves.items()
                for place, quarter in enumerate(quarters(values))
            }

    def report(self, slot_at: datetime) -> None:
        """Gives each vendor of news an article that is known by the slot."""
        hour = timedelta(hours=1)
        self.newsapi.articles = [
            newsapi_standin.item("Apple raises its outlook", slot_at - 30 * hour)
        ]
        self.newsapi.shown_until = slot_at - 24 * hour
        at = f"{slot_at - 2 * hour:%Y%m%dT%H%M%S}"
        self.alpha_vantage.feeds = {
            "AAPL": [],
            "BRK-B": [
                alpha_vantage_standin.article("Insurer profits surge", at, ("BRK-B", "0.9", "0.4"))
            ],
            "KO": [],
        }
        day = f"{slot_at:%Y-%m-%d}"
        self.edgar.filings = {
            320193: columns(
                ("0000320193-26-000067", day, f"{day}T12:00:00.000Z", "8-K", "2.02", "a.htm")
            ),
            1067983: columns(),
            21344: columns(),
        }
        self.edgar.directory["9"] = {"cik_str": 21344, "ticker": "KO", "title": "COCA COLA CO"}
        feed = rss_standin.item(
            "Coca-Cola misses estimates", f"{slot_at - 3 * hour:%a, %d %b %Y %H:%M:%S GMT}"
        )
        self.publisher.feeds = {
            "/wire": Reply(rss_standin.rss(feed), content_type="application/rss+xml")
        }

    def configuration(
        self,
        market: Sequence[str] = ("alpha_vantage", "yahoo"),
        news: Sequence[str] = ("newsapi", "alpha_vantage", "edgar", "rss"),
        starts_on: str = "2025-01-01",
        per_day: int = 0,
        zone: str = "America/New_York",
        instead: Mapping[str, str] | None = None,
    ) -> str:
        """The configuration that asks them, some at other addresses, in the day of a zone."""
        urls = {name: vendor.url for name, vendor in self.vendors().items()}
        addresses = {**urls, **(instead or {})}
        return CONFIG.format(
            market=[*market],
            news=[*news],
            starts_on=starts_on,
            per_day=per_day,
            zone=zone,
            **addresses,
        )


def quarters(half: Sequence[float]) -> list[list[float]]:
    """The half hour as its two quarters."""
    open_, high, low, close, volume = half
    first = [open_, high, low, open_, volume // 2]
    return [first, [open_, high, low, close, volume - first[4]]]


@contextlib.contextmanager
def world() -> Iterator[World]:
    """All vendors, each on a port of its own."""
    made = World()
    with contextlib.ExitStack() as stack:
        for vendor in made.vendors().values():
            vendor.url = stack.enter_context(standing_in(vendor))
        yield made
