"""Yahoo's chart as a source for looking a symbol up: its answer says whose it is.

The keys are those of public recordings: `{"currency": "USD", "symbol": "NFLX", "exchangeName":
"NMS", "longName": "Netflix, Inc.", "shortName": "Netflix, Inc.", …}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fintech_pipeline.errors import Malformed, NoData
from fintech_pipeline.market.lookup import PURPOSE, Listing
from fintech_pipeline.market.names import as_written, plain_text
from fintech_pipeline.market.providers.yahoo.history import vendor_symbol
from fintech_pipeline.market.providers.yahoo.provider import TIMEOUT_SECONDS, Yahoo
from fintech_pipeline.market.watchlist import Instrument

_KEYS = ("longName", "shortName", "exchangeName", "currency")
_MICS = {
    **dict.fromkeys(("NMS", "NGM", "NCM"), "XNAS"),
    **dict.fromkeys(("PNK", "OEM", "OQB", "OQX", "OID"), "OTCM"),
    "NYQ": "XNYS",
    "ASE": "XASE",
    "PCX": "ARCX",
    "BTS": "BATS",
}
"""Yahoo's codes of the American exchanges."""
_HUNDREDTHS = {"GBp": "GBX", "ZAc": "ZAX"}
"""Yahoo writes pence and cents in small letters; in capitals they would be a hundred times more."""


@dataclass(frozen=True, slots=True)
class YahooListings:
    """What Yahoo has a chart of.

    Attributes:
        market: Asks Yahoo, within the quota.
    """

    market: Yahoo

    @property
    def name(self) -> str:
        """As a person knows it."""
        return "Yahoo"

    @property
    def complete(self) -> bool:
        """It has whatever is listed."""
        return True

    def covers(self, mic: str | None) -> bool:
        """The exchanges it has a name for."""
        try:
            return mic is None or bool(vendor_symbol(Instrument("A", "A", mic=mic)))
        except NoData:
            return False

    def listing(self, symbol: str, mic: str | None) -> Listing:
        """Who is behind the symbol; one call.

        Raises:
            NoData: Yahoo has no chart of it.
            ProviderError: It cannot be asked now.
        """
        instrument = Instrument(symbol, symbol, mic=mic or "XNYS")
        try:
            with self.market.ticker(instrument, "1d", PURPOSE) as ticker:
                _read_chart(ticker)
                # Taken one by one: looking at all of them asks Yahoo for trading hours.
                told = {key: ticker.history_metadata.get(key) for key in _KEYS}
        except NoData:
            where = f"on {mic}" if mic else "on an American exchange"
            raise NoData(f"Yahoo lists no {symbol} {where}.") from None
        return read_listing(told, symbol, mic)


def _read_chart(ticker: Any) -> None:
    from yfinance.exceptions import YFTickerMissingError

    try:
        ticker.history(period="5d", interval="1d", timeout=TIMEOUT_SECONDS)
    except YFTickerMissingError:
        # What is suspended has a description and no bars.
        if not ticker.history_metadata.get("exchangeName"):
            raise


def read_listing(told: Mapping[str, object], symbol: str, mic: str | None) -> Listing:
    """The listing that a chart's description tells of.

    Raises:
        Malformed: It names nobody.
    """
    name, currency = told.get("longName") or told.get("shortName"), told.get("currency")
    if not isinstance(name, str) or not plain_text(name):
        raise Malformed(f"Yahoo's chart of {symbol} does not say whose it is; nothing was changed.")
    exchange = told.get("exchangeName")
    found = _MICS.get(exchange) if isinstance(exchange, str) else None
    known = currency if isinstance(currency, str) and len(currency) == 3 else None
    return Listing(as_written(name, symbol), mic or found, known and _HUNDREDTHS.get(known, known))
