"""Instruments over HTTP."""

from datetime import UTC, date, datetime

from fintech_pipeline.clock import KnownBy
from fintech_pipeline.market.action_store import ActionStore, ToldAction
from fintech_pipeline.market.bars import ActionKind, CorporateAction
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


def test_corporate_actions_are_told_page_by_page_the_newest_first(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    made = [
        (date(2020, 8, 31), ActionKind.SPLIT, 4.0),
        (date(2025, 2, 10), ActionKind.DIVIDEND, 0.25),
        (date(2025, 2, 10), ActionKind.SPLIT, 2.0),
    ]
    at = datetime(2025, 2, 10, 14, 30, tzinfo=UTC)
    told = [
        ToldAction(CorporateAction("AAPL", at, on, kind, value), "yahoo", at, at, KnownBy.LIVE)
        for on, kind, value in made
    ]
    with database.transaction() as connection:
        ActionStore(database, ("yahoo",)).write(connection, told)
    path = "/api/v1/instruments/AAPL/actions"
    with serving_api(database) as api:
        first = api.get(f"{path}?limit=2").document
        rest = api.get(f"{path}?limit=2&cursor={first['next']}").document
        wrong = api.get(f"{path}?cursor=WyJub3ciLCJzcGxpdCJd")
    shown = [(one["ex_on"], one["kind"], one["value"]) for one in first["items"] + rest["items"]]
    assert shown == [(f"{on}", str(kind), value) for on, kind, value in reversed(made)]
    assert rest["next"] is None
    assert wrong.status == 400
    assert wrong.detail.startswith("The cursor names no action")
