"""A stand-in of Yahoo Finance's chart interface, and a session that leads yfinance to it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from curl_cffi.requests import Session

from tests.vendors.standin import Reply, StandIn

NEW_YORK = ZoneInfo("America/New_York")
Row = Sequence[float | None]
"""Open, high, low, close, volume; None where Yahoo has a hole."""


class LoopbackSession(Session):  # type: ignore[type-arg]  # its types are of its own kind
    """A session that asks the stand-in whatever it is to ask of Yahoo, and nobody else."""

    def __init__(self, url: str) -> None:
        super().__init__(impersonate="chrome")
        self.loopback = url

    def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(url)
        assert (parts.hostname or "").endswith("yahoo.com"), url
        return super().request(method, f"{self.loopback}{parts.path}", *args, **kwargs)


@dataclass
class YahooStandIn(StandIn):
    """Answers `/v8/finance/chart/SYMBOL` like Yahoo; an unknown symbol is a 404 with its reason.

    Attributes:
        minutes: Fifteen-minute rows by Yahoo's symbol and the instant they start (UTC).
        days: Daily rows by the session's open.
        splits: New and old shares by the ex-date's open.
        about: What a chart says of a symbol, beside what it says of every one.
        instead: What is sent in place of a symbol's chart.
    """

    minutes: dict[str, dict[datetime, Row]] = field(default_factory=dict)
    days: dict[str, dict[datetime, Row]] = field(default_factory=dict)
    splits: dict[str, dict[datetime, tuple[int, int]]] = field(default_factory=dict)
    about: dict[str, dict[str, str]] = field(default_factory=dict)
    instead: dict[str, Reply] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def charts(self) -> list[str]:
        return [f"{one['symbol']} {one['interval']}" for one in self.asked if "symbol" in one]

    def reply(self, path: str, params: dict[str, str]) -> Reply:
        if path == "/v1/test/getcrumb":
            return Reply(b"Tr4nk1l0")
        if not path.startswith("/v8/finance/chart/"):
            return Reply(b"", 404)
        symbol = path.rsplit("/", 1)[1]
        self.asked.append({**params, "symbol": symbol})
        if symbol in self.instead:
            return self.instead[symbol]
        held = self.days if params["interval"] == "1d" else self.minutes
        if symbol not in held:
            error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return Reply(json.dumps({"chart": {"result": None, "error": error}}).encode(), 404)
        return Reply(json.dumps(self._chart(symbol, held[symbol], params)).encode())

    def _chart(self, symbol: str, held: Mapping[datetime, Row], params: dict[str, str]) -> Any:
        # A range of days in place of two instants.
        start, end = int(params.get("period1", 0)), int(params.get("period2", 2**40))
        rows = {at: row for at, row in sorted(held.items()) if start <= at.timestamp() < end}
        columns = [[row[place] for row in rows.values()] for place in range(5)]
        names = ("open", "high", "low", "close", "volume")
        result: dict[str, Any] = {
            "meta": {**_meta(symbol, params["interval"], rows), **self.about.get(symbol, {})},
            "timestamp": [int(at.timestamp()) for at in rows],
            "indicators": {
                "quote": [dict(zip(names, columns, strict=True))],
                "adjclose": [{"adjclose": columns[3]}],
            },
        }
        splits = {
            str(int(at.timestamp())): {
                "date": int(at.timestamp()),
                "numerator": new,
                "denominator": old,
                "splitRatio": f"{new}:{old}",
            }
            for at, (new, old) in self.splits.get(symbol, {}).items()
            if start <= at.timestamp() < end
        }
        if splits:
            result["events"] = {"splits": splits}
        return {"chart": {"result": [result], "error": None}}


def _meta(symbol: str, interval: str, rows: Mapping[datetime, Row]) -> dict[str, Any]:
    days = sorted({at.astimezone(NEW_YORK).date() for at in rows})
    periods = [
        _period(datetime(day.year, day.month, day.day, 9, 30, tzinfo=NEW_YORK)) for day in days
    ]
    today = periods[-1] if periods else _period(datetime(2026, 11, 24, 9, 30, tzinfo=NEW_YORK))
    meta: dict[str, Any] = {
        "currency": "USD",
        "symbol": symbol,
        "exchangeName": "NMS",
        "instrumentType": "EQUITY",
        "firstTradeDate": 345479400,
        "regularMarketTime": today["end"],
        "gmtoffset": today["gmtoffset"],
        "timezone": today["timezone"],
        "exchangeTimezoneName": "America/New_York",
        "regularMarketPrice": 1.0,
        "priceHint": 2,
        "currentTradingPeriod": {"pre": today, "regular": today, "post": today},
        "dataGranularity": interval,
        "range": "",
        "validRanges": ["1d", "5d", "1mo", "3mo", "1y", "max"],
    }
    if interval != "1d":
        meta["tradingPeriods"] = [[period] for period in periods]
    return meta


def _period(opened_at: datetime) -> dict[str, Any]:
    closed_at = opened_at + timedelta(hours=6, minutes=30)
    offset = opened_at.utcoffset() or timedelta(0)
    return {
        "timezone": opened_at.tzname(),
        "start": int(opened_at.astimezone(UTC).timestamp()),
        "end": int(closed_at.astimezone(UTC).timestamp()),
        "gmtoffset": int(offset.total_seconds()),
    }
