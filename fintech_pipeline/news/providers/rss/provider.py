"""Asking the configured feeds, one request a feed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import parse_qsl, urlsplit

from fintech_pipeline.clock import Clock, Window
from fintech_pipeline.errors import NoData, NotConfigured, ProviderError, RateLimited
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.gathering import gathered
from fintech_pipeline.news.provider import NewsAnswer
from fintech_pipeline.news.providers.rss.feeds import parse_feed
from fintech_pipeline.quota.calls import Answer, Asks, Call

USUAL_DELAY = timedelta(minutes=15)
"""Our caution: publishers refresh their feeds every few minutes, and none promises it."""

PAUSE = timedelta(minutes=30)
"""How long a publisher is left alone that says "too many requests" and not for how long."""


@dataclass(frozen=True, slots=True)
class RssNews:
    """The items of feeds. A feed holds its newest items only, so there is no going back.

    Attributes:
        feeds: Their addresses.
        asks_of: Who makes the calls to an origin, `https://host:port`.
        clock: The present.
    """

    feeds: tuple[str, ...]
    asks_of: Callable[[str], Asks]
    clock: Clock

    @property
    def name(self) -> str:
        """As it stands in the configuration and on every row."""
        return "rss"

    @property
    def simulated(self) -> bool:
        """Never."""
        return False

    @property
    def usual_delay(self) -> timedelta:
        """How far behind its publication an item is usually seen."""
        return USUAL_DELAY

    def articles(
        self,
        instruments: Sequence[Instrument],  # noqa: ARG002 the matcher decides whom they are about
        window: Window,
    ) -> NewsAnswer:
        """The items of all feeds with window.start ≤ published_at < window.end.

        Raises:
            ProviderError: No feed was answered.
        """
        # Feeds are vendors of their own: the failure of one says nothing of the next.
        # They are asked by number: two may differ in their queries alone.
        parts = {
            f"feed {number} ({shown(url)})": partial(self._answer, url, window)
            for number, url in enumerate(dict.fromkeys(self.feeds), start=1)
        }
        return gathered(parts, ending=(NotConfigured,))

    def _answer(self, url: str, window: Window) -> NewsAnswer:
        parts = urlsplit(url)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        call = Call(parts.path or "/", params, "feed")
        answer = self.asks_of(f"{parts.scheme}://{parts.netloc}").ask(call, refusal)
        content_type = answer.headers.get("content-type", "")
        feed = parse_feed(answer.body, url, self.clock(), content_type)
        problems = [
            f"{count} items of {shown(url)} {why} and were left out."
            for why, count in feed.left_out.items()
        ]
        if feed.zoneless:
            problems.append(
                f"{feed.zoneless} items of {shown(url)} name no time zone; they were taken as UTC."
            )
        inside = [a for a in feed.articles if window.start <= a.published_at < window.end]
        return NewsAnswer(inside, problems)


def refusal(answer: Answer) -> ProviderError | None:
    """A feed that is gone is for its reader to mend; the rest is told by the status."""
    if answer.status in (404, 410):
        return NoData("There is no feed any more; take it out of news.rss.feeds.")
    if answer.status == 429:
        return RateLimited("The feed asks for a pause.", PAUSE)
    return None


def origin_name(url: str) -> str:
    """Under which name the ledger keeps the origin of an address: `rss example.org`."""
    return f"rss {urlsplit(url).netloc.lower()}"


def shown(url: str) -> str:
    """The feed as a person recognises it: without its query, which may hold a token."""
    parts = urlsplit(url)
    return f"{parts.hostname}{parts.path}"
