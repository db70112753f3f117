"""A stand-in of SEC EDGAR: both hosts in one, for those who say who asks."""

from typing import Any

from tests.vendors.standin import Does, Reply, Request, StandIn, as_json

COLUMNS = (
    "accessionNumber",
    "filingDate",
    "acceptanceDateTime",
    "form",
    "items",
    "primaryDocument",
)
EARNINGS = (
    "0000320193-24-000067",
    "2024-05-02",
    "2024-05-02T20:30:41.000Z",
    "8-K",
    "2.02,9.01",
    "aapl-20240502.htm",
)


def columns(*rows: tuple[Any, ...]) -> dict[str, Any]:
    recent = {name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)}
    return {"name": "Whatever", "filings": {"recent": recent, "files": []}}


def filed(number: int, on: str, time: str, form: str = "8-K") -> tuple[Any, ...]:
    return (f"0000000001-25-{number:06d}", on, f"{time}.000Z", form, "8.01", "doc.htm")


class EdgarStandIn(StandIn):
    """The directory and the companies' filings.

    Attributes:
        directory: Who is who.
        listings: Who is listed where.
        filings: By the company's number.
    """

    def __init__(self) -> None:
        super().__init__()
        self.directory: Any = {
            "0": {"cik_str": 320193, "ticker": "AAPL", "title": "Apple Inc."},
            "1": {"cik_str": 1067983, "ticker": "BRK-B", "title": "BERKSHIRE HATHAWAY INC"},
            "2": {"cik_str": 1652044, "ticker": "GOOGL", "title": "Alphabet Inc."},
            "3": {"cik_str": 1652044, "ticker": "GOOG", "title": "Alphabet Inc."},
            "4": {"cik_str": 899051, "ticker": "ALL", "title": "ALLSTATE CORP"},
        }
        self.listings: Any = {"fields": ["cik", "name", "ticker", "exchange"], "data": []}
        self.filings: dict[int, Any] = {320193: columns(EARNINGS)}

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def reply(self, request: Request) -> Does:
        if "@" not in request.headers.get("user-agent", ""):
            page = b"<html>Your Request Originates from an Undeclared Automated Tool</html>"
            return Reply(page, 403, "text/html")
        if request.path == "/files/company_tickers.json":
            return as_json(self.directory)
        if request.path == "/files/company_tickers_exchange.json":
            return as_json(self.listings)
        cik = int(request.path.removeprefix("/submissions/CIK").removesuffix(".json"))
        assert request.path == f"/submissions/CIK{cik:010d}.json"
        if cik not in self.filings:
            return Reply(b"<Error><Code>NoSuchKey</Code></Error>", 404, "application/xml")
        return as_json(self.filings[cik])
