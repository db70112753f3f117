"""What the news slice asks of a provider."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from fintech_pipeline.clock import Window
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import RawArticle, VendorSentiment

PURPOSE = "news"
"""What the calls for articles are made for, in the ledger."""
Order = Callable[[Sequence[Instrument]], list[Instrument]]
"""Puts instruments in the order in which a scarce quota is spent on them."""


@dataclass(frozen=True, slots=True)
class NewsAnswer:
    """What a provider knew of a window.

    Attributes:
        articles: The items published inside the window, in any order.
        problems: What had to be left out, a sentence each.
        sentiments: The vendor's own scores of the articles, where it gives any.
        lacking: What was not answered and why, by what a person calls it: the symbols, the feed.
    """

    articles: list[RawArticle]
    problems: list[str] = field(default_factory=list)
    sentiments: list[VendorSentiment] = field(default_factory=list)
    lacking: Mapping[str, str] = field(default_factory=dict)


class NewsProvider(Protocol):
    """A source of news.

    Attributes:
        name: As it stands in the configuration and on every row.
        simulated: Whether what it gives is made up.
        usual_delay: How far behind the publication time it usually shows an item.
    """

    @property
    def name(self) -> str: ...
    @property
    def simulated(self) -> bool: ...
    @property
    def usual_delay(self) -> timedelta: ...

    def articles(self, instruments: Sequence[Instrument], window: Window) -> NewsAnswer:
        """The items about any of the instruments published inside the window.

        Raises:
            ProviderError: Nothing at all could be had.
        """
        ...
