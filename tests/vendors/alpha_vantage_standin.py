"""A stand-in of Alpha Vantage: its wire format, its plans and its refusals under HTTP 200.

The wordings are those quoted in `limit_and_error_messages_quoted.json` and in public issues.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.vendors.standin import KEY, Does, Reply, Request, StandIn

PREMIUM = (
    "Thank you for using Alpha Vantage! This is a premium endpoint. You may subscribe to any of the"
    " premium plans at https://www.alphavantage.co/premium/ to instantly unlock all premium"
    " endpoints"
)
PREMIUM_FEATURE = (
    "Thank you for using Alpha Vantage! The outputsize=full parameter value is a premium feature"
    " for the TIME_SERIES_DAILY endpoint. You may subscribe to any of the premium plans at"
    " https://www.alphavantage.co/premium/ to instantly unlock all premium features"
)
PER_SECOND = (
    "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more"
    " sparingly (1 request per second). You may subscribe to any of the premium plans at"
    " https://www.alphavantage.co/premium/ to lift the free key rate limit (25 requests per day),"
    " raise the per-second burst limit, and instantly unlock all premium endpoints"
)
PER_DAY = (
    f"We have detected your API key as {KEY} and our standard API rate limit is 25 requests per"
    " day. Please subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to"
    " instantly remove all daily rate limits."
)
BAD_KEY = (
    "the parameter apikey is invalid or missing. Please claim your free API key on"
    " (https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds."
)
BAD_CALL = (
    "Invalid API call. Please retry or visit the documentation"
    " (https://www.alphavantage.co/documentation/) for {function}."
)
NO_NEWS = (
    "No articles found. Please adjust the time range or refer to the API documentation"
    " https://www.alphavantage.co/documentation#newsapi and try again."
)
BAD_INPUTS = "Invalid inputs. Please refer to the API documentation and try again."
SAMPLE = "This is a premium endpoint. ***THE SAMPLE DATA SCHEMA BELOW IS ARTIFICIAL***"

_PAID = {"TIME_SERIES_INTRADAY", "REALTIME_BULK_QUOTES"}
_NAMES = ("1. open", "2. high", "3. low", "4. close", "5. volume")

THIRTY_DAYS = timedelta(days=30)
Row = Sequence[float]
"""Open, high, low, close, volume."""


def notice(text: str, key: str = "Information") -> bytes:
    return json.dumps({key: text}, indent=4).encode()


def series(
    symbol: str, rows: Mapping[str, Row], name: str = "Daily", refreshed: str | None = None
) -> bytes:
    """A series as the vendor writes it, the newest row first, every number a text."""
    newest = sorted(rows, reverse=True)
    meta = {
        "1. Information": f"{name} prices (open, high, low, close) and volumes",
        "2. Symbol": symbol,
        "3. Last Refreshed": refreshed or (newest or ["2026-11-24"])[0],
    }
    if name != "Daily":
        meta["4. Interval"] = name
    meta["5. Output Size"], meta["6. Time Zone"] = "Compact", "US/Eastern"
    told = {
        label: dict(
            zip(
                _NAMES,
                [f"{v:.4f}" for v in rows[label][:4]] + [f"{rows[label][4]:.0f}"],
                strict=True,
            )
        )
        for label in newest
    }
    return json.dumps({"Meta Data": meta, f"Time Series ({name})": told}, indent=4).encode()


def table(rows: Mapping[str, Row]) -> bytes:
    """The same as CSV."""
    lines = ["timestamp,open,high,low,close,volume"]
    for label in sorted(rows, reverse=True):
        prices = ",".join(f"{value:.4f}" for value in rows[label][:4])
        lines.append(f"{label},{prices},{rows[label][4]:.0f}")
    return ("\r\n".join(lines) + "\r\n").encode()


def article(title: str, time: str, *attached: tuple[str, str, str]) -> dict[str, Any]:
    """An item of the news feed; attached are tickers, each with its relevance and score."""
    return {
        "title": title,
        "url": f"https://wire.example/{title.replace(' ', '-')}",
        "time_published": time,
        "authors": [],
        "summary": "What happened.",
        "source": "Wire",
        "source_domain": "wire.example",
        "overall_sentiment_score": 0.1,
        "ticker_sentiment": [
            {
                "ticker": ticker,
                "relevance_score": relevance,
                "ticker_sentiment_score": score,
                "ticker_sentiment_label": "Somewhat-Bullish",
            }
            for ticker, relevance, score in attached
        ],
    }


@dataclass
class AlphaVantageStandIn(StandIn):
    """Answers like Alpha Vantage.

    Attributes:
        paid: Whether the key's plan includes half hours.
        left: How many requests the day still has; None for no limit.
        days: Daily rows by the vendor's symbol.
        half_hours: Half-hour rows, by the vendor's symbol.
        splits: Rows of SPLITS; the same for dividends and quotes.
        feeds: Articles, by the vendor's symbol.
        listed: Name, region and currency by the vendor's symbol, for SYMBOL_SEARCH.
        instead: What is done in place of answering, by function and symbol.
    """

    paid: bool = False
    left: int | None = None
    days: dict[str, dict[str, Row]] = field(default_factory=dict)
    half_hours: dict[str, dict[str, Row]] = field(default_factory=dict)
    splits: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    dividends: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    quotes: dict[str, dict[str, str]] = field(default_factory=dict)
    feeds: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    listed: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    instead: dict[tuple[str, str], Does] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def functions(self) -> list[str]:
        return [f"{one['function']} {_about(one)}" for one in self.asked]

    def reply(self, request: Request) -> Does:
        params = request.params
        function = params.get("function", "")
        symbol = params.get("symbol") or params.get("tickers", "")
        if request.path != "/query":
            return Reply(b"<html>Not Found</html>", 404, "text/html")
        if params.get("apikey") != KEY:
            return Reply(notice(BAD_KEY, "Error Message"))
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                return Reply(notice(PER_DAY))
        if (function, symbol) in self.instead:
            return self.instead[function, symbol]
        gated = "" if self.paid else _gate(function, params)
        return Reply(notice(gated) if gated else self.good(function, symbol, params))

    def _news(self, symbol: str) -> bytes:
        feed = self.feeds.get(symbol)
        if feed is None:
            return notice(BAD_INPUTS)
        return (
            json.dumps({"items": str(len(feed)), "feed": feed}).encode()
            if feed
            else notice(NO_NEWS)
        )

    def good(self, function: str, symbol: str, params: dict[str, str]) -> bytes:
        if function == "NEWS_SENTIMENT":
            return self._news(symbol)
        unknown = notice(BAD_CALL.format(function=function), "Error Message")
        if function == "TIME_SERIES_DAILY":
            return series(symbol, self.days[symbol]) if symbol in self.days else unknown
        if function == "TIME_SERIES_INTRADAY":
            if symbol not in self.half_hours:
                return unknown
            return series(symbol, _extent(self.half_hours[symbol], params), params["interval"])
        answers: dict[str, Any] = {
            "SYMBOL_SEARCH": {"bestMatches": self._matches(params.get("keywords", ""))},
            "SPLITS": {"symbol": symbol, "data": self.splits.get(symbol, [])},
            "DIVIDENDS": {"symbol": symbol, "data": self.dividends.get(symbol, [])},
            "GLOBAL_QUOTE": {"Global Quote": self.quotes.get(symbol, {})},
            "REALTIME_BULK_QUOTES": {
                "endpoint": "Realtime Bulk Quotes",
                "message": "",
                "data": [self.quotes[one] for one in symbol.split(",") if one in self.quotes],
            },
        }
        return json.dumps(answers[function]).encode() if function in answers else unknown

    def _matches(self, keywords: str) -> list[dict[str, str]]:
        """Those that begin alike, the exact symbol first."""
        near = [one for one in self.listed if one.startswith(keywords[:2])]
        return [
            {
                "1. symbol": symbol,
                "2. name": self.listed[symbol][0],
                "3. type": "Equity",
                "4. region": self.listed[symbol][1],
                "5. marketOpen": "09:30",
                "6. marketClose": "16:00",
                "7. timezone": "UTC-04",
                "8. currency": self.listed[symbol][2],
                "9. matchScore": "1.0000" if symbol == keywords else "0.5000",
            }
            for symbol in sorted(near, key=lambda one: (one != keywords, one))
        ]


def _about(params: Mapping[str, str]) -> str:
    """Whom a request is about, under whichever parameter its function takes them."""
    return next(params[key] for key in ("symbol", "tickers", "keywords") if key in params)


def _gate(function: str, params: Mapping[str, str]) -> str:
    """What the free plan says of a call that it does not have; empty where it has it."""
    if function in _PAID:
        return PREMIUM
    full = function == "TIME_SERIES_DAILY" and params["outputsize"] == "full"
    return PREMIUM_FEATURE if full else ""


def _extent(rows: Mapping[str, Row], params: Mapping[str, str]) -> dict[str, Row]:
    """The rows of the month, or else the newest hundred, or those of the last thirty days."""
    labels = sorted(label for label in rows if label.startswith(params.get("month", "")))
    if params["outputsize"] == "compact":
        labels = labels[-100:]
    elif "month" not in params and labels:
        last = datetime.fromisoformat(labels[-1])
        labels = [one for one in labels if last - datetime.fromisoformat(one) <= THIRTY_DAYS]
    return {label: rows[label] for label in labels}
