"""EDGAR's directory as a source for looking a symbol up."""

from dataclasses import dataclass, replace

from fintech_pipeline.errors import NoData
from fintech_pipeline.market.exchanges import AMERICAN
from fintech_pipeline.market.lookup import PURPOSE, Listing, near_told
from fintech_pipeline.market.names import as_written
from fintech_pipeline.news.providers.edgar.directory import edgar_ticker, parse_listings
from fintech_pipeline.news.providers.edgar.refusals import refusal
from fintech_pipeline.quota.calls import Asks, Call


@dataclass(frozen=True, slots=True)
class EdgarListings:
    """The companies that file with the SEC: American exchanges, without funds.

    Attributes:
        asks: Makes the calls to `www.sec.gov`, with the contact in the User-Agent.
    """

    asks: Asks

    @property
    def name(self) -> str:
        """As a person knows it."""
        return "SEC EDGAR"

    @property
    def complete(self) -> bool:
        """Not: funds are listed and do not stand in it."""
        return False

    def covers(self, mic: str | None) -> bool:
        """American exchanges only."""
        return mic is None or mic in AMERICAN

    def listing(self, symbol: str, mic: str | None) -> Listing:  # noqa: ARG002  tickers are American
        """Who is behind the symbol; one call.

        Raises:
            NoData: No company of the ticker files with the SEC.
            ProviderError: EDGAR cannot be asked now.
        """
        call = Call("/files/company_tickers_exchange.json", {}, PURPOSE, (symbol,))
        known = parse_listings(self.asks.ask(call, refusal).body)
        found = known.get(edgar_ticker(symbol))
        if found is None:
            names = {ticker.replace("-", "."): one.name for ticker, one in known.items()}
            raise NoData(
                f"SEC EDGAR lists no company of the ticker {symbol}, nor any fund"
                f"{near_told(symbol, names)}."
            )
        return replace(found, name=as_written(found.name, symbol))
