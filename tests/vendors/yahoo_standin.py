"""A stand-in of Yahoo Finance's chart interface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fintech_pipeline.market.providers.yahoo.session import CHARTS
from tests.vendors.standin import Does, Reply, Request, StandIn, as_json

NEW_YORK = ZoneInfo("America/New_York")
NOT_FOUND = Reply(b"", 404)
Row = Sequence[float | None]
"""Open, high, low, close, volume; None where Yahoo has a hole."""


@dataclass
class YahooStandIn(StandIn):
    """Answers `/v8/finance/chart/SYMBOL` like Yahoo; an unknown symbol is a 404 with its reason.

    Attributes:
        minutes: Fifteen-minute rows by Yahoo's symbol and the instant they start (UTC).
        days: Daily rows by the session's open.
        splits: New and old shares by the ex-date's open.
        dividends: Amounts by the ex-date's open.
        about: What a chart says of a symbol, beside what it says of every one.
        instead: What is done in place of sending a symbol's chart.
        cookies: What is done in place of sending a cookie; Yahoo's own hosts have none either.
    """

    minutes: dict[str, dict[datetime, Row]] = field(default_factory=dict)
    days: dict[str, dict[datetime, Row]] = field(default_factory=dict)
    splits: dict[str, dict[datetime, tuple[int, int]]] = field(default_factory=dict)
    dividends: dict[str, dict[datetime, float]] = field(default_factory=dict)
    about: dict[str, dict[str, str]] = field(default_factory=dict)
    instead: dict[str, Does] = field(default_factory=dict)
    cookies: Does = NOT_FOUND

    def __post_init__(self) -> None:
        super().__init__()

    def charts(self) -> list[str]:
        asked = [one for one in self.requests if one.path.startswith(CHARTS)]
        return [f"{one.path.removeprefix(CHARTS)} {one.params['interval']}" for one in asked]

    @property
    def paths(self) -> list[str]:
        """Of all requests, those for a cookie among them."""
        return [request.path for request in self.requests]

    def reply(self, request: Request) -> Does:
        params = request.params
        if request.path == "/v1/test/getcrumb":
            return Reply(b"Tr4nk1l0", content_type="text/plain")
        if not request.path.startswith(CHARTS):
            return self.cookies
        symbol = request.path.removeprefix(CHARTS)
        if symbol in self.instead:
            return self.instead[symbol]
        held = self.days if params["interval"] == "1d" else self.minutes
        if symbol not in held:
            error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return as_json({"chart": {"result": None, "error": error}}, 404)
        return as_json(self._chart(symbol, held[symbol], params))

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
        if not rows:
            # As yfinance meets it where a symbol did not trade: no times, and a quote of nothing.
            del result["timestamp"]
            result["indicators"] = {"quote": [{}], "adjclose": [{}]}
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
        dividends = {
            str(int(at.timestamp())): {"date": int(at.timestamp()), "amount": amount}
            for at, amount in self.dividends.get(symbol, {}).items()
            if start <= at.timestamp() < end
        }
        events = {"splits": splits, "dividends": dividends}
        if splits or dividends:
            result["events"] = {name: told for name, told in events.items() if told}
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
