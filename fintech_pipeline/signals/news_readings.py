"""What the news says of symbols at some slots: the components `news` and `news_surprise`. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

import numpy as np

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.sentiment.aggregation import NewsSentiment, ScoredArticle, aggregate

NEWS_HORIZON = timedelta(days=5)
"""Articles older than ten half-lives of the usual 12 hours no longer count."""


@dataclass(frozen=True, slots=True, eq=False)
class NewsReadings:
    """The news of some rows; matrices (time, symbol).

    Attributes:
        news: The news sentiment, NaN where there is no article.
        surprise: How much of `difference` is believed, NaN where the usual tone is unknown.
        difference: By how much the tone now is better than the symbol's usual one; the same.
        behind: By row and column, what the news of that cell rests on.
    """

    news: Floats
    surprise: Floats
    difference: Floats
    behind: Mapping[tuple[int, int], NewsSentiment] = field(default_factory=dict)

    def of(self, component: str) -> tuple[Floats, Floats]:
        """The values of `news` or `news_surprise`, and the figures behind them."""
        if component == "news":
            return self.news, self.news
        return self.surprise, self.difference


def news_readings(
    articles: Mapping[str, Sequence[ScoredArticle]],
    symbols: Sequence[str],
    slots: Sequence[datetime],
    lag: timedelta,
    half_life: timedelta,
) -> NewsReadings:
    """The news of the symbols at the slots.

    Args:
        articles: The scored articles of each symbol that has any, by known_at.
        symbols: The columns.
        slots: The rows (UTC).
        lag: How long after its slot each row's inputs were read.
        half_life: After which an article counts half.
    """
    shape = (len(slots), len(symbols))
    news, surprise, difference = (np.full(shape, np.nan) for _ in range(3))
    behind = {}
    for column, symbol in enumerate(symbols):
        if symbol not in articles:
            continue
        for row, slot in enumerate(slots):
            known = known_articles(articles[symbol], slot, slot + lag)
            if (found := aggregate(known, slot + lag, half_life=half_life)) is None:
                continue
            behind[row, column] = found
            news[row, column] = found.value
            if found.surprise is not None:
                surprise[row, column], difference[row, column] = found.surprise
    return NewsReadings(news, surprise, difference, behind)


def known_articles(
    articles: Sequence[ScoredArticle], slot_at: datetime, cutoff_at: datetime
) -> list[ScoredArticle]:
    """The articles known and scored by the cutoff and young enough at the slot.

    Args:
        articles: By known_at.
        slot_at: The slot (UTC).
        cutoff_at: When its inputs were read (UTC).
    """
    known_at = attrgetter("known_at")
    first = bisect_left(articles, slot_at - NEWS_HORIZON, key=known_at)
    known = articles[first : bisect_right(articles, cutoff_at, key=known_at)]
    return [one for one in known if one.scored_from is None or one.scored_from <= cutoff_at]
