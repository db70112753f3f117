"""One small call that shows whether a vendor answers us: with our key, from here, in its own form.

Each is the cheapest there is, about something that the vendor always has, so that it says nothing
of the watchlist. It goes through the ledger as any other call, as "probe".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from fintech_pipeline.clock import Clock, Window
from fintech_pipeline.errors import Malformed, ProviderError, Unavailable
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.provider import MarketProvider
from fintech_pipeline.market.providers.alpha_vantage.provider import AlphaVantage
from fintech_pipeline.market.providers.yahoo.provider import Yahoo
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.provider import NewsProvider
from fintech_pipeline.news.providers.alpha_vantage.provider import AlphaVantageNews
from fintech_pipeline.news.providers.edgar.directory import parse_directory
from fintech_pipeline.news.providers.edgar.provider import Edgar
from fintech_pipeline.news.providers.edgar.refusals import refusal as refusal_of_edgar
from fintech_pipeline.news.providers.newsapi.answers import parse_page
from fintech_pipeline.news.providers.newsapi.provider import NewsApi
from fintech_pipeline.news.providers.newsapi.refusals import refusal_by as refusal_of_newsapi
from fintech_pipeline.news.providers.rss.provider import RssNews, shown
from fintech_pipeline.quota.alpha_vantage import refusal_by as refusal_of_alpha_vantage
from fintech_pipeline.quota.calls import Answer, Asks, Call, Refusal
from fintech_pipeline.quota.payloads import json_object
from fintech_pipeline.sentiment.models.gemini.model import GeminiModel

PURPOSE = "probe"
KNOWN = Instrument("IBM", "International Business Machines Corporation")
"""Listed since 1915, and in every vendor's examples."""
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)

LiveProvider = MarketProvider | NewsProvider | GeminiModel


@dataclass(frozen=True, slots=True)
class Heard:
    """What a vendor's answer says of our clock.

    Attributes:
        vendor: Whose.
        ahead: How far our clock is ahead of the vendor's; negative where it is behind.
        unsure: How far off that may be: the time the call took, and the header's whole seconds.
    """

    vendor: str
    ahead: timedelta
    unsure: timedelta


def probe(provider: LiveProvider, clock: Clock) -> Heard | None:
    """Asks the provider one small thing.

    Args:
        provider: A live one; any other is not asked.
        clock: The present.

    Returns:
        What its answer says of our clock; None where nothing of the kind came.

    Raises:
        ProviderError: It does not answer, or not us.
        StorageError: The ledger is away; nothing was asked.
    """
    match provider:
        case AlphaVantage() | AlphaVantageNews():
            params = {"function": "GLOBAL_QUOTE", "symbol": KNOWN.symbol, "datatype": "json"}
            call = Call("/query", params, PURPOSE, waited_for=True)
            refusal = refusal_of_alpha_vantage(clock)
            return _heard(provider, provider.asks, call, refusal, _quote, clock)
        case NewsApi():
            call = Call("/v2/everything", _newest_article(clock()), PURPOSE, waited_for=True)
            refusal = refusal_of_newsapi(clock)
            return _heard(provider, provider.asks, call, refusal, parse_page, clock)
        case Edgar():
            call = Call("/files/company_tickers.json", {}, PURPOSE)
            asks = provider.asks_directory
            return _heard(provider, asks, call, refusal_of_edgar, parse_directory, clock)
        case RssNews():
            _probe_feeds(provider, clock())
        case Yahoo():
            now = clock()
            provider.history(KNOWN, Interval.DAY, Window(now - A_WEEK, now))
        case GeminiModel():
            provider.probe()
        case _:
            pass
    return None


def _newest_article(now: datetime) -> dict[str, str]:
    # In a form that every plan takes: the free one shows an article after a day.
    since, until = now - 3 * A_DAY, now - A_DAY
    return {
        "q": '"stock market"',
        "from": f"{since:%Y-%m-%dT%H:%M:%S}",
        "to": f"{until:%Y-%m-%dT%H:%M:%S}",
        "language": "en",
        "sortBy": "publishedAt",
        "pageSize": "1",
        "page": "1",
    }


def _heard(
    provider: MarketProvider | NewsProvider,
    asks: Asks,
    call: Call,
    refusal: Refusal,
    parse: Callable[[bytes], object],
    clock: Clock,
) -> Heard | None:
    began_at = clock()
    answer = asks.ask(call, refusal)
    ended_at = clock()
    parse(answer.body)
    theirs = _date(answer)
    if theirs is None:
        return None
    took = ended_at - began_at
    unsure = took / 2 + timedelta(seconds=1)
    return Heard(provider.name, began_at + took / 2 - theirs, unsure)


def _date(answer: Answer) -> datetime | None:
    """The vendor's clock; an answer out of a cache is as old as it says."""
    try:
        instant = parsedate_to_datetime(answer.headers.get("date", ""))
        age = timedelta(seconds=int(answer.headers.get("age", "0")))
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)) + age
    except (ValueError, OverflowError):
        return None


def _quote(body: bytes) -> None:
    """Reads a GLOBAL_QUOTE answer, an empty one too.

    Raises:
        Malformed: It is no quote.
    """
    if not isinstance(json_object(body, "Alpha Vantage").get("Global Quote"), dict):
        raise Malformed("Alpha Vantage sent JSON without a quote; nothing stored was changed.")


def _probe_feeds(provider: RssNews, now: datetime) -> None:
    """Reads each feed; one that fails is named, whatever the others do."""
    failures: list[tuple[str, ProviderError]] = []
    feeds = tuple(dict.fromkeys(provider.feeds))
    for url in feeds:
        try:
            replace(provider, feeds=(url,)).articles((), Window(now - A_WEEK, now))
        except ProviderError as error:
            failures.append((shown(url), error))
    if len(feeds) == 1 and failures:
        raise failures[0][1]
    if failures:
        raise Unavailable(_feeds_told(failures, len(feeds)))


def _feeds_told(failures: Sequence[tuple[str, ProviderError]], feeds: int) -> str:
    told = "; ".join(f"{feed}: {str(error).rstrip('.')}" for feed, error in failures)
    return f"{len(failures)} of {feeds} feeds did not answer: {told}."
