"""Who is who at EDGAR: the companies' numbers (CIK) by ticker. Pure.

Source: https://www.sec.gov/files/company_tickers.json,
`{"0": {"cik_str": 320193, "ticker": "AAPL", "title": "Apple Inc."}, …}`; share classes stand after
a dash.
"""

from typing import Any

from fintech_pipeline.errors import Malformed
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.quota.payloads import json_object, text_in

US_EXCHANGES = frozenset({"XNYS", "XNAS", "XASE", "ARCX", "BATS", "OTCM"})
"""MICs whose tickers the directory means: `ALL` in Sydney is another company."""
_HIGHEST_CIK = 10**10 - 1


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


def edgar_ticker(symbol: str) -> str:
    """Our symbol as EDGAR writes it: `BRK-B`."""
    return symbol.replace(".", "-")


def listed_in_us(instruments: list[Instrument]) -> list[Instrument]:
    """Those whose ticker EDGAR's directory may mean."""
    return [one for one in instruments if one.mic in US_EXCHANGES]


def _company(entry: Any) -> tuple[str, int]:
    if not isinstance(entry, dict):
        return "", 0
    cik = entry.get("cik_str")
    if not isinstance(cik, int) or not 0 < cik <= _HIGHEST_CIK:
        return "", 0
    return text_in(entry, "ticker").upper(), int(cik)
