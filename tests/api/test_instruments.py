"""Instruments over HTTP."""

from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import Database
from tests.api.living import serving_api

APPLE = Instrument("AAPL", "Apple Inc.", ("Apple",), "XNAS", "USD", ("tech",))


def test_an_instrument_is_told_whole(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    with serving_api(database) as api:
        answer = api.get("/api/v1/instruments/aapl")
    assert answer.status == 200
    assert answer.document == {
        "symbol": "AAPL",
        "name": "Apple Inc.",
        "aliases": ["Apple"],
        "mic": "XNAS",
        "currency": "USD",
        "tags": ["tech"],
    }


def test_what_nobody_follows_is_told_in_a_sentence(database: Database) -> None:
    with serving_api(database) as api:
        answer = api.get("/api/v1/instruments/NOPE")
        long = api.get("/api/v1/instruments/" + "A" * 300)
    assert answer.status == 404
    assert answer.detail == "No instrument of that symbol is known; see GET /api/v1/watchlist."
    assert long.status == 422
    assert long.detail == "The parameter symbol is wrong: string should have at most 40 characters."


def test_what_the_client_has_is_not_sent_again(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    with serving_api(database) as api:
        first = api.get("/api/v1/instruments/AAPL")
        tag = first.headers["etag"]
        again = api.ask(
            method="GET", path="/api/v1/instruments/AAPL", headers={"If-None-Match": tag}
        )
        InstrumentStore(database).add(Instrument("AAPL", "Apple", (), "XNAS", "USD"))
        changed = api.ask(
            method="GET", path="/api/v1/instruments/AAPL", headers={"If-None-Match": tag}
        )
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert changed.status == 200
    assert changed.headers["etag"] != tag
