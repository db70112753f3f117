"""Asking Alpha Vantage for the news of each symbol."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from fintech_pipeline.clock import Clock, Window
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.gathering import gathered
from fintech_pipeline.news.provider import PURPOSE, NewsAnswer, Order
from fintech_pipeline.news.providers.alpha_vantage.answers import parse_feed, vendor_ticker
from fintech_pipeline.quota.alpha_vantage import refusal_by, says_no_news
from fintech_pipeline.quota.calls import Asks, Call

LIMIT = 1000
"""Articles of one answer at most, the vendor's highest; an answer costs one request anyhow."""
USUAL_DELAY = timedelta(minutes=15)
"""Our caution; the vendor promises nothing."""


@dataclass(frozen=True, slots=True)
class AlphaVantageNews:
    """Articles that the vendor attached to a symbol, and its own scores of them.

    `tickers=A,B` means articles about A and B at once, so each symbol costs one request. When the
    quota ends midway, what came is kept and the rest is named.

    Attributes:
        asks: Makes the calls, with the key; the same for prices, whose quota it shares.
        clock: The present.
        order: Whom to ask for first; the quota may end before the last symbol.
    """

    asks: Asks
    clock: Clock
    order: Order = list

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
        """How far behind its publication an article is usually seen."""
        return USUAL_DELAY

    def articles(self, instruments: Sequence[Instrument], window: Window) -> NewsAnswer:
        """The articles with window.start ≤ published_at < window.end, symbol by symbol.

        Raises:
            ProviderError: No symbol was answered.
        """
        followed = {vendor_ticker(one.symbol): one.symbol for one in self.order(instruments)}
        return gathered(
            {
                symbol: partial(self._answer, ticker, followed, window)
                for ticker, symbol in followed.items()
            }
        )

    def _answer(self, ticker: str, followed: dict[str, str], window: Window) -> NewsAnswer:
        params = {
            "function": "NEWS_SENTIMENT",
            "tickers": ticker,
            # Whole minutes: the end is rounded up, so that its last minute is not missed.
            "time_from": f"{window.start:%Y%m%dT%H%M}",
            "time_to": f"{window.end + timedelta(minutes=1):%Y%m%dT%H%M}",
            "sort": "LATEST",
            "limit": str(LIMIT),
        }
        symbol = followed[ticker]
        call = Call("/query", params, PURPOSE, (symbol,))
        answer = self.asks.ask(call, refusal_by(self.clock, symbol))
        if says_no_news(answer.body):
            return NewsAnswer([])
        feed = parse_feed(answer.body, followed)
        inside = [a for a in feed.articles if window.start <= a.published_at < window.end]
        problems = [
            f"{count} of Alpha Vantage's articles {why} and were left out."
            for why, count in feed.left_out.items()
        ]
        if feed.items >= LIMIT:
            problems.append(
                f"Alpha Vantage showed the newest {LIMIT} articles about {symbol}; the"
                " oldest of the window may be missing."
            )
        kept = {article.provider_id for article in inside}
        return NewsAnswer(inside, problems, [s for s in feed.sentiments if s.provider_id in kept])
