"""A history as yfinance gives it: under which name, which errors, and how it becomes bars."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
import pandas as pd

from fintech_pipeline.errors import Malformed, NoData, RateLimited, Unavailable
from fintech_pipeline.market.bars import Interval, RawBars
from fintech_pipeline.market.exchanges import AMERICAN
from fintech_pipeline.market.sessions import SessionCalendar
from fintech_pipeline.market.watchlist import Instrument

YAHOO = "https://query2.finance.yahoo.com"
"""Where yfinance asks by itself; its cookie comes from other hosts of Yahoo's."""
PAUSE = timedelta(minutes=15)
"""How long Yahoo is left alone after it said "too many requests" and not for how long."""
_OWN_SUFFIXES = {"XMIL": "MI", "XMAD": "MC", "XWBO": "VI"}
"""Exchanges that the library knows by another MIC than exchange_calendars."""
_COLUMNS = ("Open", "High", "Low", "Close", "Volume")
_REASONS = {
    "CertificateVerifyError": "its certificate is not to be trusted",
    "SSLError": "the encrypted connection failed",
    "DNSError": "its name is not known here",
    "ProxyError": "the proxy on the way failed",
    "Timeout": "it did not answer in time",
}
"""What went wrong, by the name of an error's class, which the HTTP libraries share."""
NOTHING = pd.DataFrame(columns=list(_COLUMNS), dtype=float)
"""A history without a row."""


def vendor_symbol(instrument: Instrument) -> str:
    """Yahoo's name of the instrument: `BRK-B`, and `7203.T` for what trades in Tokyo.

    Raises:
        NoData: Yahoo has no name for its exchange.
    """
    # The list of Yahoo's suffixes by MIC is the library's, under a private name.
    from yfinance.const import _MIC_TO_YAHOO_SUFFIX

    known = {**_MIC_TO_YAHOO_SUFFIX, **dict.fromkeys(AMERICAN, ""), **_OWN_SUFFIXES}
    suffix = known.get(instrument.mic)
    if suffix is None:
        raise NoData(f"Yahoo has no bars of the exchange {instrument.mic}")
    return instrument.symbol.replace(".", "-") + (f".{suffix}" if suffix else "")


def raw_bars(
    rows: pd.DataFrame, symbol: str, interval: Interval, calendar: SessionCalendar
) -> RawBars:
    """The rows of yfinance as bars, unscreened: quarters by their start, days by their session.

    Raises:
        Malformed: A column is missing or its values are no numbers, or times carry no zone.
    """
    try:
        columns = [rows[name].to_numpy(dtype=np.float64) for name in _COLUMNS]
        labels = pd.DatetimeIndex(rows.index)
        if interval is Interval.DAY:
            dates = labels.tz_localize(None).to_numpy().astype("datetime64[D]")
            opened_at = calendar.session_of(dates).opened_at
        else:
            utc = labels if not len(rows) else labels.tz_convert("UTC").tz_localize(None)
            opened_at = utc.to_numpy().astype("datetime64[us]")
    except (KeyError, TypeError, ValueError):
        raise Malformed(f"Yahoo's history of {symbol} is not a table of bars") from None
    return RawBars(symbol, interval, opened_at, *columns)


@contextmanager
def translated(symbol: str) -> Iterator[None]:
    """Turns every error of yfinance, and of its HTTP library, into one of ours.

    Args:
        symbol: Ours, for the sentence.

    Raises:
        ProviderError: In place of the foreign one.
    """
    from curl_cffi import CurlError
    from curl_cffi.requests.exceptions import RequestException
    from requests.exceptions import RequestException as PlainRequestException
    from yfinance import exceptions as theirs

    try:
        yield
    except theirs.YFRateLimitError:
        raise RateLimited("Yahoo was asked too often and wants a pause.", PAUSE) from None
    except theirs.YFTickerMissingError:
        raise NoData(f"Yahoo has no bars of {symbol} in this time, or no longer lists it") from None
    except theirs.YFDataException:
        raise Unavailable("Yahoo Finance says that it is down") from None
    except (RequestException, CurlError, PlainRequestException, OSError) as error:
        # Its JSON error is a request's as well, and of the answer.
        if isinstance(error, ValueError):
            raise Malformed(f"Yahoo's answer about {symbol} is not intact JSON") from None
        raise Unavailable(f"Yahoo cannot be reached for {symbol}: {_reason(error)}") from None
    except (
        theirs.YFException,
        NotImplementedError,
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
        AssertionError,
    ) as error:
        what = type(error).__name__
        raise Malformed(f"Yahoo's answer about {symbol} cannot be read: {what}") from None


def _reason(error: Exception) -> str:
    """Why there was no connection; its own text holds the whole address."""
    names = [kind.__name__ for kind in type(error).__mro__]
    return next((_REASONS[name] for name in names if name in _REASONS), "no connection stood")
