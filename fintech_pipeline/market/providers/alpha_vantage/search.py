"""Alpha Vantage's SYMBOL_SEARCH as a source for looking a symbol up.

Source: the vendor's documentation of SYMBOL_SEARCH and two recorded answers: `{"bestMatches":
[{"1. symbol", "2. name", "3. type", "4. region", …, "8. currency", "9. matchScore"}, …]}`, the
exact symbol first; nothing found is an empty list. The region is a country, not an exchange.
"""

from dataclasses import dataclass

from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import Malformed, NoData
from fintech_pipeline.market.lookup import PURPOSE, Listing, shown_near
from fintech_pipeline.market.names import as_written, plain_text
from fintech_pipeline.market.providers.alpha_vantage.symbols import same_symbol, vendor_symbol
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.quota.alpha_vantage import refusal_by
from fintech_pipeline.quota.calls import Asks, Call
from fintech_pipeline.quota.payloads import json_object, text_in


@dataclass(frozen=True, slots=True)
class SymbolSearch:
    """The vendor's search; a call of its quota each time.

    Attributes:
        asks: Makes the calls, with the key.
        clock: The present.
    """

    asks: Asks
    clock: Clock

    @property
    def name(self) -> str:
        """As a person knows it."""
        return "Alpha Vantage"

    @property
    def complete(self) -> bool:
        """Whatever it has bars of, it finds."""
        return True

    def covers(self, mic: str | None) -> bool:
        """The exchanges it has bars of."""
        try:
            return mic is None or bool(vendor_symbol(Instrument("A", "A", mic=mic)))
        except NoData:
            return False

    def listing(self, symbol: str, mic: str | None) -> Listing:
        """Who is behind the symbol; one call.

        Raises:
            NoData: The vendor finds no such symbol.
            ProviderError: It cannot be asked now.
        """
        asked = vendor_symbol(Instrument(symbol, symbol, mic=mic or "XNYS"))
        params = {"function": "SYMBOL_SEARCH", "keywords": asked, "datatype": "json"}
        call = Call("/query", params, PURPOSE, (symbol,), waited_for=True)
        matches = parse_matches(self.asks.ask(call, refusal_by(self.clock)).body)
        for ticker, found in matches.items():
            if same_symbol(ticker, asked):
                return Listing(as_written(found.name, symbol), mic, found.currency)
        near = shown_near({ticker: found.name for ticker, found in matches.items()})
        raise NoData(f"Alpha Vantage finds no {asked}{near}.")


def parse_matches(body: bytes) -> dict[str, Listing]:
    """What was found, by the vendor's symbol, the best first.

    Raises:
        Malformed: The body is no such answer.
    """
    rows = json_object(body, "Alpha Vantage").get("bestMatches")
    if not isinstance(rows, list):
        raise Malformed("Alpha Vantage sent JSON without matches; nothing was changed.")
    found: dict[str, Listing] = {}
    for row in rows:
        if isinstance(row, dict):
            ticker, name = (plain_text(text_in(row, key)) for key in ("1. symbol", "2. name"))
            currency = text_in(row, "8. currency").upper()
            known = currency if len(currency) == 3 and currency.isalpha() else None
            if ticker and name:
                found.setdefault(ticker, Listing(name, None, known))
    return found
