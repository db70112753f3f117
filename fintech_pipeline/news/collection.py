"""Collecting news: ask the providers, clean, match, tell when each item was known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from fintech_pipeline.clock import (
    KnownBy,
    Sighting,
    SightingOf,
    Window,
    from_instant64,
    instant64,
)
from fintech_pipeline.errors import ProviderError, QuotaExhausted, together
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import RawArticle, cleaned, content_hash
from fintech_pipeline.news.matching import Match, Matcher
from fintech_pipeline.news.provider import NewsProvider


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article about at least one followed instrument, ready to be stored.

    Attributes:
        article: The item, its texts cleaned.
        provider: Who gave it.
        content_hash: Identifies the same item under another provider.
        matches: The instruments it concerns, and why.
        observed_at: When we asked (UTC).
        known_at: From when it may be used (UTC).
        known_by: How we know that.
    """

    article: RawArticle
    provider: str
    content_hash: str
    matches: tuple[Match, ...]
    observed_at: datetime
    known_at: datetime
    known_by: KnownBy

    @property
    def key(self) -> str:
        """Identifies the article among all providers."""
        return f"{self.provider}/{self.article.provider_id}"


@dataclass(frozen=True, slots=True)
class NewsCollected:
    """What one collection brought.

    Attributes:
        found: The articles that concern a followed instrument, by known_at.
        seen: How many items the providers gave.
        problems: What had to be left out, a sentence each.
        failed: The providers that did not answer, each with its sentence.
    """

    found: list[FoundArticle]
    seen: int
    problems: list[str]
    failed: dict[str, str]


def collect_news(
    providers: Sequence[NewsProvider],
    instruments: Sequence[Instrument],
    window: Window,
    sighting_of: SightingOf,
) -> NewsCollected:
    """Asks every provider in the chain for the window and keeps what concerns the instruments.

    Raises:
        ProviderError: No provider answered, and not for the sake of the quota alone.
    """
    matcher = Matcher(instruments)
    found: dict[str, FoundArticle] = {}
    problems: list[str] = []
    failures: dict[str, ProviderError] = {}
    seen = 0
    for provider in providers:
        try:
            answer = provider.articles(instruments, _shown_in(window, provider.usual_delay))
        except ProviderError as error:
            failures[provider.name] = error
            problems.append(str(error))
            continue
        seen += len(answer.articles)
        problems.extend(answer.problems)
        sighting = sighting_of(provider.usual_delay)
        sighting = replace(sighting, reach=sighting.reach + provider.usual_delay)
        for article in _matched(provider.name, answer.articles, matcher, sighting):
            found.setdefault(article.content_hash, article)
    failed_all = failures and len(failures) == len(providers)
    # Put off is no failure: a later tick looks back over the same hours.
    if failed_all and not all(isinstance(error, QuotaExhausted) for error in failures.values()):
        raise together(list(failures.values()))
    in_order = sorted(found.values(), key=lambda f: (f.known_at, f.key))
    failed = {name: str(error) for name, error in failures.items()}
    return NewsCollected(in_order, seen, problems, failed)


def _shown_in(window: Window, usual_delay: timedelta) -> Window:
    """When the articles were published that a provider usually shows within the window.

    One that shows everything a day late has nothing of the last day, and was last asked before it
    could show the day before.
    """
    return Window(window.start - usual_delay, window.end)


def _matched(
    provider: str, articles: Sequence[RawArticle], matcher: Matcher, sighting: Sighting
) -> list[FoundArticle]:
    plain = [cleaned(article) for article in articles]
    pairs = [(article, matcher.match(article)) for article in plain if article.headline]
    kept = [(article, matches) for article, matches in pairs if matches]
    published = np.array([instant64(a.published_at) for a, _ in kept], dtype="datetime64[us]")
    about = [[match.symbol for match in matches] for _, matches in kept]
    known_at, live = sighting.known(published, about)
    return [
        FoundArticle(
            article,
            provider,
            content_hash(article),
            tuple(matches),
            sighting.observed_at,
            from_instant64(known_at[row]),
            KnownBy.LIVE if live[row] else KnownBy.BACKFILL,
        )
        for row, (article, matches) in enumerate(kept)
        if article.published_at <= sighting.observed_at
    ]
