"""What is asked of Alpha Vantage: functions and parameters, without the key. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from fintech_pipeline.clock import Window, days_of
from fintech_pipeline.quota.calls import Call

DAY_BARS = "daily bars"
"""The purpose of the calls for days."""
QUOTE = "quote"
BULK_SIZE = 100
"""Symbols that one call of REALTIME_BULK_QUOTES may name."""
COMPACT_REACH = timedelta(days=7)
"""How far 100 half hours, 7 full sessions and 9 half hours, surely reach back."""
FULL_REACH = timedelta(days=29)
"""How far `outputsize=full` without a month reaches back, 30 days, with a day to spare."""


def daily(symbol: str, asked: str) -> Call:
    """The last 100 days, unadjusted: what the free plan has."""
    return _call("TIME_SERIES_DAILY", DAY_BARS, symbol, asked, {"outputsize": "compact"})


def intraday(symbol: str, asked: str, window: Window, now: datetime) -> list[Call]:
    """The half hours of the regular sessions in the window, unadjusted, in as few calls as can be.

    Args:
        symbol: Ours.
        asked: The vendor's.
        window: In UTC; a month's answer is by the calendar of New York, so that a window's first
            hours may lie in the month before.
        now: The present (UTC).
    """
    age = now - window.start
    if age <= FULL_REACH:
        sizes: list[dict[str, str]] = [
            {"outputsize": "compact" if age <= COMPACT_REACH else "full"}
        ]
    else:
        eastern = Window(window.start - timedelta(hours=5), window.end)
        months = dict.fromkeys(f"{day:%Y-%m}" for day in days_of(eastern) if day <= now.date())
        sizes = [{"outputsize": "full", "month": month} for month in months]
    plain = {"interval": "30min", "adjusted": "false", "extended_hours": "false"}
    return [
        _call("TIME_SERIES_INTRADAY", "half-hour bars", symbol, asked, {**plain, **size})
        for size in sizes
    ]


def global_quote(symbol: str, asked: str) -> Call:
    """The last price of one symbol."""
    return _call("GLOBAL_QUOTE", QUOTE, symbol, asked, {})


def bulk_quotes(asked: Mapping[str, str]) -> Call:
    """The last prices of up to `BULK_SIZE` symbols.

    Args:
        asked: Our symbol for each of the vendor's.
    """
    params = {"function": "REALTIME_BULK_QUOTES", "symbol": ",".join(asked), "datatype": "json"}
    return Call("/query", params, "quotes", tuple(asked.values()))


def splits(symbol: str, asked: str) -> Call:
    """All splits of a symbol."""
    return _call("SPLITS", "splits", symbol, asked, {})


def dividends(symbol: str, asked: str) -> Call:
    """All dividends of a symbol."""
    return _call("DIVIDENDS", "dividends", symbol, asked, {})


def _call(function: str, purpose: str, symbol: str, asked: str, params: Mapping[str, str]) -> Call:
    plain = {"function": function, "symbol": asked, "datatype": "json"}
    return Call("/query", {**plain, **params}, purpose, (symbol,))
