"""Collecting news: ask the providers, clean, match, tell when each item was known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

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
from fintech_pipeline.news.articles import RawArticle, VendorSentiment, cleaned, content_hash
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
        failed: The providers that did not answer, or not all that was asked, each with why.
        answered: The providers that answered all that was asked.
        sentiments: What providers' own models say of the articles, by provider.
    """

    found: list[FoundArticle]
    seen: int
    problems: list[str]
    failed: dict[str, str]
    answered: frozenset[str] = frozenset()
    sentiments: dict[str, list[VendorSentiment]] = field(default_factory=dict)


def collect_news(
    providers: Sequence[NewsProvider],
    instruments: Sequence[Instrument],
    window: Window,
    sighting_of: SightingOf,
    since: Mapping[str, datetime] = MappingProxyType({}),
) -> NewsCollected:
    """Asks every provider in the chain for the window and keeps what concerns the instruments.

    Args:
        providers: The chain.
        instruments: Who is followed.
        window: What is asked for.
        sighting_of: How this collection sees time.
        since: From when the providers are asked that lack more than the window, by name (UTC).

    Raises:
        ProviderError: No provider answered, and not for the sake of the quota alone.
    """
    matcher = Matcher(instruments)
    found: dict[str, FoundArticle] = {}
    problems: list[str] = []
    failures: list[ProviderError] = []
    failed: dict[str, str] = {}
    sentiments: dict[str, list[VendorSentiment]] = {}
    seen = 0
    for provider in providers:
        start = min(window.start, since.get(provider.name, window.start))
        wanted = _shown_in(Window(start, window.end), provider.usual_delay)
        try:
            answer = provider.articles(instruments, wanted)
        except ProviderError as error:
            failures.append(error)
            failed[provider.name] = str(error)
            problems.append(str(error))
            continue
        if answer.lacking:
            failed[provider.name] = _lack_told(answer.lacking)
        seen += len(answer.articles)
        if answer.sentiments:
            sentiments[provider.name] = answer.sentiments
        problems.extend(answer.problems)
        sighting = sighting_of(provider.usual_delay)
        sighting = replace(sighting, reach=sighting.reach + provider.usual_delay)
        for article in _matched(provider.name, answer.articles, matcher, sighting):
            found.setdefault(article.content_hash, article)
    failed_all = failures and len(failures) == len(providers)
    # Put off is no failure: a later tick looks back over the same hours.
    if failed_all and not all(isinstance(error, QuotaExhausted) for error in failures):
        raise together(failures)
    in_order = sorted(found.values(), key=lambda f: (f.known_at, f.key))
    answered = frozenset(provider.name for provider in providers) - failed.keys()
    return NewsCollected(in_order, seen, problems, failed, answered, sentiments)


def _lack_told(lacking: Mapping[str, str]) -> str:
    """What a provider that answered in part did not give; names of one reason stand together."""
    names: dict[str, list[str]] = {}
    for name, reason in lacking.items():
        names.setdefault(reason, []).append(name)
    return " ".join(f"{', '.join(of)}: {reason}" for reason, of in names.items())


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
