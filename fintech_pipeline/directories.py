"""Which of the configured providers know who is behind a symbol, the most telling first.

The chains are exactly what is asked: a provider that stands in neither is no source either.
"""

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.market.lookup import Directory
from fintech_pipeline.market.providers.alpha_vantage.provider import AlphaVantage
from fintech_pipeline.market.providers.alpha_vantage.search import SymbolSearch
from fintech_pipeline.market.providers.yahoo.listings import YahooListings
from fintech_pipeline.market.providers.yahoo.provider import Yahoo
from fintech_pipeline.news.providers.alpha_vantage.provider import AlphaVantageNews
from fintech_pipeline.news.providers.edgar.listings import EdgarListings
from fintech_pipeline.news.providers.edgar.provider import Edgar

ORDER = ("Yahoo", "SEC EDGAR", "Alpha Vantage")
"""Yahoo knows all exchanges and writes names as one does; the last costs a call of its quota."""


def directories(pipeline: Pipeline) -> list[Directory]:
    """The sources of a pipeline, in the order in which they are asked; contacts nothing."""
    found: dict[str, Directory] = {}
    for provider in (*pipeline.market_providers, *pipeline.news_providers):
        source = _directory(provider, pipeline)
        if source is not None:
            found[source.name] = source
    return [found[name] for name in ORDER if name in found]


def _directory(provider: object, pipeline: Pipeline) -> Directory | None:
    match provider:
        case Yahoo():
            return YahooListings(provider)
        case Edgar():
            return EdgarListings(provider.asks_directory)
        case AlphaVantage() | AlphaVantageNews():
            return SymbolSearch(provider.asks, pipeline.clock)
        case _:
            return None
