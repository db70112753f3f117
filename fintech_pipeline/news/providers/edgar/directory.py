"""Who is who at EDGAR: the companies' numbers (CIK), names and exchanges by ticker. Pure.

Sources: https://www.sec.gov/files/company_tickers.json,
`{"0": {"cik_str": 320193, "ticker": "AAPL", "title": "Apple Inc."}, …}`, and
https://www.sec.gov/files/company_tickers_exchange.json,
`{"fields": ["cik", "name", "ticker", "exchange"], "data": [[320193, "Apple Inc.", "AAPL",
"Nasdaq"], …]}`, whose exchange is null for some. Share classes stand after a dash; funds stand in
neither.
"""

from typing import Any

from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.exchanges import AMERICAN
from fintech_pipeline.market.lookup import Listing
from fintech_pipeline.market.names import plain_text
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.quota.payloads import json_object, text_in

_HIGHEST_CIK = 10**10 - 1
_MICS = {"Nasdaq": "XNAS", "NYSE": "XNYS", "CBOE": "BATS", "OTC": "OTCM"}
"""As EDGAR calls them; its NYSE holds NYSE American and Arca too."""
_FIELDS = ("name", "ticker", "exchange")


def parse_directory(body: bytes) -> dict[str, int]:
    """The companies' numbers by EDGAR's ticker.

    Raises:
        Malformed: The body is no such directory, or names nobody.
    """
    entries = json_object(body, "EDGAR").values()
    companies = {ticker: cik for ticker, cik in map(_company, entries) if ticker and cik}
    if not companies:
        raise Malformed("EDGAR sent a directory without companies; nothing stored was changed.")
    return companies


def parse_listings(body: bytes) -> dict[str, Listing]:
    """The companies by EDGAR's ticker, named as it names them.

    Raises:
        Malformed: The body is no such directory, or names nobody.
    """
    tree = json_object(body, "EDGAR")
    fields, rows = tree.get("fields"), tree.get("data")
    if not isinstance(fields, list) or not isinstance(rows, list):
        raise Malformed("EDGAR sent a directory of another form; nothing was changed.")
    places = [fields.index(name) for name in _FIELDS if name in fields]
    found: dict[str, Listing] = {}
    for row in rows if len(places) == len(_FIELDS) else []:
        if isinstance(row, list) and len(row) > max(places):
            name, ticker, exchange = (row[place] for place in places)
            if isinstance(name, str) and isinstance(ticker, str) and plain_text(name):
                mic = _MICS.get(exchange) if isinstance(exchange, str) else None
                found[plain_text(ticker).upper()] = Listing(plain_text(name), mic, "USD")
    if not found:
        raise Malformed("EDGAR sent a directory without companies; nothing was changed.")
    return found


def edgar_ticker(symbol: str) -> str:
    """Our symbol as EDGAR writes it: `BRK-B`."""
    return symbol.replace(".", "-")


def listed_in_us(instruments: list[Instrument]) -> list[Instrument]:
    """Those whose ticker EDGAR's directory may mean: `ALL` in Sydney is another company."""
    return [one for one in instruments if one.mic in AMERICAN]


def _company(entry: Any) -> tuple[str, int]:
    if not isinstance(entry, dict):
        return "", 0
    cik = entry.get("cik_str")
    if not isinstance(cik, int) or not 0 < cik <= _HIGHEST_CIK:
        return "", 0
    return text_in(entry, "ticker").upper(), int(cik)
