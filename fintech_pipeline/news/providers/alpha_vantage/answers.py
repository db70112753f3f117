"""Reading Alpha Vantage's NEWS_SENTIMENT. Pure.

Source: alphavantage.co/documentation/#news-sentiment: `time_published` is `YYYYMMDDTHHMMSS`, read
as UTC, which the documentation leaves unsaid; scores of a ticker are texts, of an article numbers.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fintech_pipeline.errors import Malformed
from fintech_pipeline.news.articles import RawArticle, VendorSentiment
from fintech_pipeline.news.markup import without_markup
from fintech_pipeline.quota.payloads import json_object, text_in

_TIMES = ("%Y%m%dT%H%M%S", "%Y%m%dT%H%M")


@dataclass(frozen=True, slots=True)
class Feed:
    """One answer.

    Attributes:
        articles: Those that can be used.
        sentiments: The vendor's scores of them for our symbols.
        items: How many stood in the feed.
        left_out: Why others cannot be used, and how many each.
    """

    articles: list[RawArticle]
    sentiments: list[VendorSentiment]
    items: int
    left_out: Counter[str] = field(default_factory=Counter)


def vendor_ticker(symbol: str) -> str:
    """Our symbol as the vendor writes it: a share class after a dash, `BRK-B`."""
    return symbol.replace(".", "-")


def parse_feed(body: bytes, symbols: Mapping[str, str]) -> Feed:
    """The articles of one answer and the scores of our symbols.

    Args:
        body: The answer's bytes.
        symbols: Our symbols by the vendor's ticker.

    Raises:
        Malformed: The body is no such answer.
    """
    items = json_object(body, "Alpha Vantage").get("feed")
    if not isinstance(items, list):
        raise Malformed("Alpha Vantage sent JSON without a feed; nothing stored was changed.")
    feed = Feed([], [], len(items))
    for item in items:
        read = _article(item)
        if isinstance(read, str):
            feed.left_out[read] += 1
            continue
        feed.articles.append(read)
        feed.sentiments.extend(_sentiments(item, read.provider_id, symbols))
    return feed


def _article(item: Any) -> RawArticle | str:
    if not isinstance(item, dict):
        return "are no articles"
    title, url = without_markup(text_in(item, "title")), text_in(item, "url")
    if not title or not url:
        return "lack a title or an address"
    published_at = _instant(text_in(item, "time_published"))
    if published_at is None:
        return "lack a time"
    return RawArticle(
        provider_id=url,
        headline=title,
        summary=without_markup(text_in(item, "summary")),
        outlet=text_in(item, "source") or text_in(item, "source_domain"),
        url=url,
        published_at=published_at,
        symbols=frozenset(ticker for ticker, _ in _tickers(item) if ":" not in ticker),
    )


def _tickers(item: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What is attached, by the vendor's ticker; `CRYPTO:BTC` and `FOREX:USD` among them."""
    several = item.get("ticker_sentiment")
    attached = several if isinstance(several, list) else []
    named = [(text_in(one, "ticker").upper(), one) for one in attached if isinstance(one, dict)]
    return [(ticker, one) for ticker, one in named if ticker]


def _sentiments(
    item: dict[str, Any], provider_id: str, symbols: Mapping[str, str]
) -> list[VendorSentiment]:
    """The scores of our symbols; one that is out of range is none."""
    found: dict[str, VendorSentiment] = {}
    for ticker, one in _tickers(item):
        symbol = symbols.get(vendor_ticker(ticker))
        if symbol is None:
            continue
        try:
            score = _number(one, "ticker_sentiment_score")
            relevance = _number(one, "relevance_score")
            label = text_in(one, "ticker_sentiment_label")
            found[symbol] = VendorSentiment(provider_id, symbol, score, label, relevance)
        except (ValueError, OverflowError):
            continue
    return list(found.values())


def _number(node: Mapping[str, Any], key: str) -> float:
    """The number under the key, a text or a true number; NaN where it is neither.

    Raises:
        ValueError: The text is no number.
        OverflowError: The number is too long.
    """
    value = node.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return math.nan
    return float(value)


def _instant(text: str) -> datetime | None:
    for form in _TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
