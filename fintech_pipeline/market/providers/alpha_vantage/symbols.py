"""Our symbols as Alpha Vantage writes them. Pure.

A share class stands after a dash (`BRK-B`), and what trades outside the United States carries the
exchange after a dot: `TSCO.LON`, `SHOP.TRT`, `MBG.DEX`, `RELIANCE.BSE`, `600104.SHH` (the examples
of the vendor's documentation of TIME_SERIES_DAILY).
"""

from fintech_pipeline.errors import NoData
from fintech_pipeline.market.exchanges import AMERICAN
from fintech_pipeline.market.watchlist import Instrument

_SUFFIXES = {
    **dict.fromkeys(AMERICAN, ""),
    "XLON": ".LON",
    "XTSE": ".TRT",
    "XTSX": ".TRV",
    "XETR": ".DEX",
    "XBOM": ".BSE",
    "XSHG": ".SHH",
    "XSHE": ".SHZ",
}


def vendor_symbol(instrument: Instrument) -> str:
    """The vendor's name of the instrument.

    Raises:
        NoData: The vendor has nothing of its exchange.
    """
    suffix = _SUFFIXES.get(instrument.mic)
    if suffix is None:
        raise NoData(f"Alpha Vantage has no bars of the exchange {instrument.mic}")
    return instrument.symbol.replace(".", "-") + suffix


def serves(instrument: Instrument) -> bool:
    """Whether the vendor has the instrument's exchange."""
    return instrument.mic in _SUFFIXES


def same_symbol(answered: object, asked: str) -> bool:
    """Whether an answer's symbol is the one asked for, however the class share is written."""
    return isinstance(answered, str) and _plain(answered) == _plain(asked)


def _plain(symbol: str) -> str:
    return symbol.strip().upper().replace("-", ".")
