"""Vendors that fail at random: prices and news of the simulated world, and feeds over true HTTP.

Prices and the simulated news fail as their adapters do, with an error of the tree, with symbols
left out, with the newest bars not yet there. The feeds fail on the wire, as publishers do.
"""

import contextlib
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from fintech_pipeline.clock import Window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import (
    Malformed,
    NoData,
    ProviderError,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.market.provider import MarketAnswer, MarketProvider, Problem
from fintech_pipeline.market.stored_days import StoredDays
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.provider import NewsAnswer, NewsProvider
from fintech_pipeline.news.providers.rss.provider import RssNews
from fintech_pipeline.quota.caller import Caller
from fintech_pipeline.quota.calls import Asks
from fintech_pipeline.quota.exchange import Limits
from fintech_pipeline.vendors import Vendors
from tests.vendors.loopback import hangs, resets, says, sends
from tests.vendors.rss_standin import rss
from tests.vendors.standin import Does, Reply, Request, standing_in

if TYPE_CHECKING:
    from tests.soak.world import SetClock

SHOWN = timedelta(days=14)
"""How long a feed shows an item."""
FAIR, ARCHIVE = "/fair", "/archive"
"""Where the same feeds never fail, and where they show all that they ever printed."""
EVERY = timedelta(hours=1)
"""How often each publisher prints something."""
FEEDS = ("/wire", "/desk")
_FAILS = 0.06  # of the answers of simulated vendors fail whole
_PARTLY = 0.10  # are partial
_FEED_FAILS = 0.10  # of the answers of publishers


@dataclass
class Weather:
    """Decides what fails; the same for a seed.

    Attributes:
        seed: Which weather.
        counted: How often each failure came.
    """

    seed: int
    counted: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311  # no secret

    def count(self, what: str) -> None:
        """Takes down that it came."""
        self.counted[what] = self.counted.get(what, 0) + 1

    def strike(self, name: str) -> None:
        """Fails, or not.

        Raises:
            ProviderError: One of those that adapters make of what vendors do.
        """
        if self.random.random() >= _FAILS:
            return
        error: ProviderError = self.random.choice(
            [
                Unavailable(f"{name} did not answer in time."),
                Unavailable(f"{name} answered 503."),
                RateLimited(f"{name} asks us to slow down.", timedelta(seconds=30)),
                Malformed(f"{name} answered with half a document."),
                NoData(f"{name} knows nothing of it."),
                Unauthorized(f"{name} refused the key."),
            ]
        )
        self.count(f"{name}: {type(error).__name__}")
        raise error


@dataclass(frozen=True)
class FailingMarket:
    """A market vendor in a weather; None is fair."""

    source: MarketProvider
    weather: Weather | None
    name: str = "simulated"
    simulated: bool = True
    usual_delay: timedelta = timedelta(0)

    def bars(self, instruments: Sequence[Instrument], window: Window) -> MarketAnswer:
        if self.weather is None:
            return self.source.bars(instruments, window)
        self.weather.strike("prices")
        answer = self.source.bars(instruments, window)
        if self.weather.random.random() >= _PARTLY:
            return answer
        self.weather.count("prices: partial")
        left_out = {one.symbol for one in instruments if self.weather.random.random() < 0.2}
        problems = [Problem(symbol, "it was left out") for symbol in sorted(left_out)]
        bars = [one for one in answer.bars if one.symbol not in left_out]
        return MarketAnswer(bars, answer.actions, [*answer.problems, *problems])


@dataclass(frozen=True)
class FailingNews:
    """A news vendor in a weather; None is fair."""

    source: NewsProvider
    weather: Weather | None
    name: str = "simulated"
    simulated: bool = True
    usual_delay: timedelta = timedelta(0)

    def articles(self, instruments: Sequence[Instrument], window: Window) -> NewsAnswer:
        if self.weather is None:
            return self.source.articles(instruments, window)
        self.weather.strike("news")
        answer = self.source.articles(instruments, window)
        if self.weather.random.random() >= _PARTLY:
            return answer
        self.weather.count("news: partial")
        silent = self.weather.random.choice(instruments).symbol
        kept = [one for one in answer.articles if silent not in one.symbols]
        return NewsAnswer(kept, lacking={silent: "the vendor broke off"})


@dataclass(frozen=True)
class Feeds:
    """What two publishers print: a headline about a symbol now and then, the same for a seed.

    Attributes:
        seed: Which.
        symbols: How many there are.
        start: Their first item (UTC).
    """

    seed: int
    symbols: int
    start: datetime

    def items(self, feed: str, until: datetime) -> Iterator[tuple[str, datetime, int]]:
        """The guid, the time and the symbol's number of each item up to an instant."""
        chosen = random.Random(f"{self.seed}{feed}")  # noqa: S311  # no secret
        at, number = self.start + timedelta(minutes=7 + 11 * FEEDS.index(feed)), 0
        while at <= until:
            yield f"{feed.strip('/')}-{number}", at, chosen.randrange(self.symbols)
            at, number = at + EVERY, number + 1


def rss_of(pipeline: Pipeline, url: str) -> RssNews:
    """The adapter of the feeds, through the ledger as ever; it waits a moment where it would long.

    Args:
        pipeline: Whose ledger it is.
        url: The publisher, with `FAIR`, `ARCHIVE` or nothing.
    """
    settings, clock = pipeline.settings, pipeline.clock
    vendors = Vendors(
        settings, pipeline.ledger, clock, pipeline.instruments, StoredDays(pipeline.database)
    )
    limits = Limits(connect_seconds=1, silence_seconds=0.3, total_seconds=1)

    def asks_of(origin: str) -> Asks:
        asks = vendors.asks_feed(origin)
        assert isinstance(asks, Caller)
        return replace(asks, limits=limits, sleep=lambda _: None)

    return RssNews(tuple(url + feed for feed in FEEDS), asks_of, clock)


@contextlib.contextmanager
def publishing(feeds: Feeds, clock: Path, seed: int) -> Iterator[str]:
    """The address of the publishers, who work in a process of their own."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(
        target=_publish, args=(theirs, feeds, clock, seed), daemon=True
    )
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _publish(connection: Connection, feeds: Feeds, clock: Path, seed: int) -> None:
    from tests.soak.world import SetClock

    with standing_in(_Publisher(feeds, SetClock(clock), seed)) as url:
        connection.send(url)
        with contextlib.suppress(EOFError):
            connection.recv()


class _Publisher:
    def __init__(self, feeds: Feeds, clock: "SetClock", seed: int) -> None:
        self._feeds, self._clock = feeds, clock
        self._random = random.Random(seed + 1)  # noqa: S311  # no secret
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Does:
        feed = request.path.removeprefix(FAIR).removeprefix(ARCHIVE)
        now = self._clock()
        since = self._feeds.start if request.path.startswith(ARCHIVE) else now - SHOWN
        shown = [one for one in self._feeds.items(feed, now) if one[1] > since]
        body = rss(*(_item(*one) for one in shown))
        if request.path == feed:
            with self._lock:
                if self._random.random() < _FEED_FAILS:
                    return self._random.choice(_faults(body))
        return Reply(body, content_type="application/rss+xml")


def _faults(body: bytes) -> list[Does]:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + body[:200]
    return [
        hangs,
        Reply(body, seconds=0.5),
        resets,
        sends(cut),
        sends(b"\x00\x01 no HTTP at all"),
        says(b"busy", "503 Service Unavailable"),
        says(b"broken", "500 Internal Server Error"),
        says(b"slower", "429 Too Many Requests", Retry_After="1"),
        says(body[: len(body) // 2]),
        says(b"<html>we moved</html>"),
    ]


def _item(guid: str, at: datetime, number: int) -> str:
    from tests.soak.world import name_of

    return (
        f"<item><title>{name_of(number)} tells of plan {guid}</title>"
        f"<link>https://wire.example/{guid}</link><guid>{guid}</guid>"
        f"<pubDate>{at.astimezone(UTC):%a, %d %b %Y %H:%M:%S GMT}</pubDate></item>"
    )
