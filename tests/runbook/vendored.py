"""A watch whose prices come from files, and whose news and scores from vendors on the loopback."""

import contextlib
import csv
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import psycopg

from fintech_pipeline.clock import SLOT, slot_at_or_before
from tests.faults.conftest import Command, Drill, free_port
from tests.vendors.gemini_standin import GeminiStandIn
from tests.vendors.loopback import says
from tests.vendors.newsapi_standin import NewsApiStandIn
from tests.vendors.rss_standin import RssStandIn, rss
from tests.vendors.standin import KEY, standing_in

NAMES = {"AAPL": "Apple", "KO": "Coca-Cola", "META": "Meta Platforms", "TSM": "Taiwan Semi"}
LACKS = "TSM"
"""The symbol whose file is not there at first."""
TEXTS = 72
"""About each symbol; all of them are more than may wait without anybody being told."""
CONFIGURATION = """
name = "drill"
[pipeline]
starts_on = {starts_on}
warm_up_days = 2
[market]
providers = ["files"]
files.folder = "bars"
[news]
providers = ["newsapi", "rss"]
newsapi = {{ key = "{key}", base_url = "{newsapi}" }}
rss.feeds = ["{feed}/feed"]
[sentiment]
models = [{models}]
gemini = {{ key = "{gemini_key}", base_url = "{gemini}" }}
[quota]
rss = {{ per_second = 50, per_day = {feeds_per_day}, reset_zone = "{zone}" }}
gemini.per_minute = 1000
gemini.usd_per_day = {usd_per_day}
"""
WATCHED = """
[[watchlist]]
symbol = "{symbol}"
name = "{name}"
mic = "XSIM"
"""


@dataclass
class Vendored:
    """A watch in a folder of its own, and its vendors.

    Attributes:
        drill: The folder, with commands on it.
        newsapi: Refuses any key but the right one.
        gemini: Scores for money.
        feed: A publisher who prints much.
        port: The API's.
    """

    drill: Drill
    newsapi: NewsApiStandIn
    gemini: GeminiStandIn
    feed: RssStandIn
    port: int = field(default_factory=free_port)
    _api: Command | None = None

    def configured(
        self, *, key: str, models: str, feeds_per_day: int, usd_per_day: str, zone: str
    ) -> None:
        """Writes the configuration; what serves has it once it starts anew."""
        watched = "".join(WATCHED.format(symbol=one, name=NAMES[one]) for one in NAMES)
        text = CONFIGURATION.format(
            starts_on=(datetime.now(UTC) - timedelta(days=4)).date(),
            key=key,
            newsapi=self.newsapi.url,
            feed=self.feed.url,
            models=models,
            gemini_key=KEY,
            gemini=self.gemini.url,
            feeds_per_day=feeds_per_day,
            zone=zone,
            usd_per_day=usd_per_day,
        )
        self.drill.config.write_text(text + watched, "utf-8")

    def serve(self) -> None:
        """Starts `fintech api`, anew where it runs."""
        if self._api is not None:
            self._api.signalled(signal.SIGTERM)
            self._api.ended(60)
        self._api = self.drill.start("api", "--port", str(self.port))
        deadline = time.monotonic() + 60
        while "Ctrl-C ends it" not in self._api.said():
            assert self._api.process.poll() is None, self._api.said()
            assert time.monotonic() < deadline, self._api.said()
            time.sleep(0.2)

    def put_bars(self, *symbols: str) -> None:
        """Puts a file of half hours there for each of them, up to the end of today."""
        folder = self.drill.folder / "bars"
        folder.mkdir(exist_ok=True)
        first = slot_at_or_before(datetime.now(UTC)) - timedelta(days=4)
        for number, symbol in enumerate(symbols):
            with (folder / f"{symbol}_30m.csv").open("w", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(("date", "open", "high", "low", "close", "volume"))
                for place in range(5 * 48):
                    at, price = first + place * SLOT, 100 + number + place % 7
                    rows.writerow((at.isoformat(), price, price + 1, price - 1, price + 0.5, 900))

    def print_headlines(self) -> None:
        """The publisher prints what is more than two hundred texts."""
        now = datetime.now(UTC)
        items = [
            f"<item><title>{name} {_words(f'{symbol}{number}')}</title>"
            f"<link>https://wire.example/{symbol}/{number}</link>"
            f"<guid>{symbol}{number}</guid>"
            f"<pubDate>{format_datetime(now - timedelta(minutes=90 + number), usegmt=True)}"
            "</pubDate></item>"
            for symbol, name in NAMES.items()
            for number in range(TEXTS)
        ]
        self.feed.feeds["/feed"] = says(rss(*items))

    @contextlib.contextmanager
    def connected(self) -> Iterator[psycopg.Connection]:
        """A session of somebody else's in the database."""
        with self.drill.opened() as connection:
            yield connection


def _words(seed: str) -> str:
    """Six words that nobody has used before, so that no two headlines tell one story."""
    drawn = random.Random(seed)  # noqa: S311  # no secret
    return " ".join("".join(drawn.choices(("ka", "lo", "mi", "su", "re"), k=4)) for _ in range(6))


def zone_of_a_long_day() -> str:
    """A time zone whose day goes on for more than six hours, whatever the time is."""
    return f"Etc/GMT{min(datetime.now(UTC).hour - 2, 12):+d}"


@contextlib.contextmanager
def vendored(folder: Path) -> Iterator[Vendored]:
    """Such a watch, with nothing in its database and no configuration; ended at the end."""
    folder.mkdir()
    world = Vendored(Drill(folder), NewsApiStandIn(), GeminiStandIn(), RssStandIn())
    with contextlib.ExitStack() as servers:
        for vendor in (world.newsapi, world.gemini, world.feed):
            vendor.url = servers.enter_context(standing_in(vendor))
        try:
            yield world
        finally:
            world.drill.end()
