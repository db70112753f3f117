"""Collecting quotes: asking those of the chain that have any."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fintech_pipeline.errors import ProviderError
from fintech_pipeline.market.closings import trades
from fintech_pipeline.market.provider import MarketProvider, Problem, QuoteProvider
from fintech_pipeline.market.quote_store import ToldQuote
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument


@dataclass(frozen=True, slots=True)
class QuotesCollected:
    """What one collection of quotes brought; what lacks is no failure."""

    told: list[ToldQuote] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def collect_quotes(
    providers: Sequence[MarketProvider], instruments: Sequence[Instrument], now: datetime
) -> QuotesCollected:
    """Asks those of the chain that have quotes, for the instruments whose exchange trades.

    Args:
        providers: The chain; one without quotes is passed over.
        instruments: Those without a bar, of which a last price is better than nothing.
        now: The present (UTC).

    Returns:
        Never raises for a provider: bars do not wait for quotes.
    """
    collected = QuotesCollected()
    wanted = {one.symbol: one for one in instruments if trades(calendar_of(one.mic), now)}
    for provider in providers:
        if not wanted or not isinstance(provider, QuoteProvider):
            continue
        try:
            answer = provider.quotes(list(wanted.values()))
        except ProviderError as error:
            collected.problems.extend(Problem(symbol, str(error)) for symbol in wanted)
            continue
        collected.problems.extend(answer.problems)
        for quote in answer.quotes:
            if wanted.pop(quote.symbol, None):
                collected.told.append(ToldQuote(quote, provider.name, now))
    return collected
