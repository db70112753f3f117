"""Asking NewsAPI for the watchlist's articles."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from fintech_pipeline.clock import Clock, Window
from fintech_pipeline.errors import NoData, PremiumOnly, ProviderError
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.gathering import gathered
from fintech_pipeline.news.provider import PURPOSE, NewsAnswer, Order
from fintech_pipeline.news.providers.newsapi.answers import Page, parse_page
from fintech_pipeline.news.providers.newsapi.plans import PLANS, Plan
from fintech_pipeline.news.providers.newsapi.queries import Query, packed, too_long
from fintech_pipeline.news.providers.newsapi.refusals import refusal_by
from fintech_pipeline.quota.calls import Asks, Call

PAGE_SIZE = 100
"""The vendor's most."""
LANGUAGE = "en"
"""ISO 639-1; that of the names that are matched, and of what scores."""


@dataclass(frozen=True, slots=True)
class NewsApi:
    """Articles of newsapi.org whose title or description names an instrument.

    Attributes:
        asks: Makes the calls, with the key in the header `X-Api-Key`.
        clock: The present, from which the plan's reach is counted.
        plan: What was bought.
        order: Whom to ask for first; the quota may end before the last query.
    """

    asks: Asks
    clock: Clock
    plan: Plan = PLANS["developer"]
    order: Order = list

    @property
    def name(self) -> str:
        """As it stands in the configuration and on every row."""
        return "newsapi"

    @property
    def simulated(self) -> bool:
        """Never."""
        return False

    @property
    def usual_delay(self) -> timedelta:
        """The plan's: the developer plan shows an article after 24 hours."""
        return self.plan.delay

    def articles(self, instruments: Sequence[Instrument], window: Window) -> NewsAnswer:
        """The articles with window.start ≤ published_at < window.end, newest first.

        Raises:
            PremiumOnly: The whole window lies before what the plan reaches.
            ProviderError: No query was answered.
        """
        # A minute of grace: the vendor counts its month by its own clock.
        oldest = self.clock() - self.plan.reach + timedelta(minutes=1)
        reach = f"NewsAPI's {self.plan.name} plan reaches back to {oldest:%Y-%m-%d %H:%MZ}"
        if window.end <= oldest:
            raise PremiumOnly(f"{reach}; nothing can be had of what lies before.")
        problems = too_long(instruments)
        if window.start < oldest:
            problems.append(f"{reach}; nothing was asked for before.")
            window = Window(oldest, window.end)
        parts = {
            ", ".join(query.symbols): partial(self._answer, query, window)
            for query in packed(self.order(instruments))
        }
        answer = gathered(parts)
        return replace(answer, problems=problems + answer.problems)

    def _answer(self, query: Query, window: Window) -> NewsAnswer:
        """All pages of one query; a page that fails after a good one costs only the rest."""
        names = ", ".join(query.symbols)
        found: list[RawArticle] = []
        problems: list[str] = []
        lacking: dict[str, str] = {}
        left_out: Counter[str] = Counter()
        seen = total = 0
        for number in range(1, max(1, self.plan.most_results // PAGE_SIZE) + 1):
            try:
                page = self._page(query, window, number)
            except ProviderError as error:
                if number == 1:
                    raise
                if not isinstance(error, NoData):  # it only says that this was the last page
                    problems.append(f"{names}: {error}")
                    lacking[names] = str(error)
                break
            found += [a for a in page.articles if window.start <= a.published_at < window.end]
            left_out += page.left_out
            seen, total = seen + page.items, page.total
            if seen >= total or page.items < PAGE_SIZE:
                break
        problems += [
            f"{n} of NewsAPI's articles {why} and were left out." for why, n in left_out.items()
        ]
        if seen < total:
            problems.append(
                f"NewsAPI has {total} articles for {names} and showed the newest {seen}; the"
                " oldest of the window are missing."
            )
        return NewsAnswer(found, problems, lacking=lacking)

    def _page(self, query: Query, window: Window, number: int) -> Page:
        params = {
            "q": query.text,
            "searchIn": "title,description",
            "from": _told(window.start),
            "to": _told(window.end),
            "language": LANGUAGE,
            "sortBy": "publishedAt",
            "pageSize": str(PAGE_SIZE),
            "page": str(number),
        }
        call = Call("/v2/everything", params, PURPOSE, query.symbols)
        return parse_page(self.asks.ask(call, refusal_by(self.clock)).body)


def _told(instant: datetime) -> str:
    """As the vendor takes it: ISO 8601 without an offset is UTC."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S")
