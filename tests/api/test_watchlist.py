"""The watchlist over HTTP: following, editing without losing anybody's change, leaving."""

import threading
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.lookup import Listing, Lookup
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import Database
from tests.api.asking import JSON, Answer, Client
from tests.api.living import serving_api

PATH = "/api/v1/watchlist"
NEW = {"If-None-Match": "*"}
APPLE = Instrument("AAPL", "Apple Inc.", ("Apple",), "XSIM", "USD", ("tech",))


def put(
    api: Client, symbol: str, wanted: Mapping[str, Any], headers: Mapping[str, str] = NEW
) -> Answer:
    path = f"{PATH}/{symbol}"
    return api.ask(wanted, method="PUT", path=path, headers={**JSON, **headers})


def real() -> dict[str, Any]:
    """Settings with real providers, so that symbols are looked up."""
    demo = load_settings(environment={})
    market = demo.market.model_copy(update={"providers": ("yahoo",)})
    news = demo.news.model_copy(update={"providers": ()})
    return {"settings": demo.model_copy(update={"market": market, "news": news})}


def test_a_symbol_is_followed_edited_and_left(database: Database) -> None:
    with serving_api(database) as api:
        created = put(api, "brk-b", {"name": "Berkshire Hathaway", "tags": ["core", "core"]})
        one = api.get(f"{PATH}/BRK.B")
        edited = put(api, "BRK.B", {"aliases": []}, {"If-Match": created.headers["etag"]})
        listed = api.get(PATH).document
        left = api.ask(
            method="DELETE", path=f"{PATH}/BRK.B", headers={"If-Match": edited.headers["etag"]}
        )
        gone = api.get(f"{PATH}/BRK.B")
        known = api.get("/api/v1/instruments?search=hathaway").document
        again = put(api, "BRK.B", {})
    assert (created.status, created.headers["location"]) == (201, f"{PATH}/BRK.B")
    instrument = one.document["instrument"]
    assert (instrument["name"], instrument["mic"]) == ("Berkshire Hathaway", "XSIM")
    assert instrument["tags"] == ["core"]
    assert instrument["aliases"] == ["Berkshire"]
    assert one.headers["etag"] == created.headers["etag"]
    assert edited.status == 200
    assert edited.document["watched"]["instrument"] == {**instrument, "aliases": []}
    assert [item["version"] for item in listed["items"]] == [edited.headers["etag"].strip('"')]
    assert (left.status, left.body, gone.status) == (204, b"", 404)
    assert [item["symbol"] for item in known["items"]] == ["BRK.B"]
    assert again.status == 201
    assert again.document["watched"]["instrument"]["name"] == "Berkshire Hathaway"


def test_each_change_is_announced(database: Database) -> None:
    with serving_api(database) as api:
        created = put(api, "NVDA", {"name": "NVIDIA Corporation"})
        tag = created.headers["etag"]
        api.ask(method="DELETE", path=f"{PATH}/NVDA", headers={"If-Match": tag})
        put(api, "NVDA", {"currency": "DOLLARS"})
    with database.transaction() as connection:
        query = sa.text("SELECT payload FROM fintech.events WHERE topic = 'watchlist' ORDER BY id")
        told = list(connection.scalars(query))
    assert told == [
        {"symbol": "NVDA", "followed": True},
        {"symbol": "NVDA", "followed": False},
    ]


def test_of_two_editors_at_once_one_wins_and_the_other_is_told(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    answers: list[Answer] = []
    with serving_api(database) as api:
        tag = api.get(f"{PATH}/AAPL").headers["etag"]
        start = threading.Barrier(8)

        def edit(number: int) -> None:
            start.wait()
            answers.append(put(api, "AAPL", {"name": f"Apple {number}"}, {"If-Match": tag}))

        editors = [threading.Thread(target=edit, args=(number,)) for number in range(8)]
        for one in editors:
            one.start()
        for one in editors:
            one.join()
        stored = api.get(f"{PATH}/AAPL").document["instrument"]["name"]
    won = [one for one in answers if one.status == 200]
    assert sorted(one.status for one in answers) == [200, *[412] * 7]
    assert won[0].document["watched"]["instrument"]["name"] == stored
    lost = next(one for one in answers if one.status == 412)
    assert lost.detail.startswith("It was changed meanwhile; read it again")


def test_of_two_who_begin_to_follow_at_once_one_is_told_it_is_followed(database: Database) -> None:
    answers: list[Answer] = []
    with serving_api(database) as api:
        start = threading.Barrier(6)

        def begin(number: int) -> None:
            start.wait()
            answers.append(put(api, "NVDA", {"name": f"NVIDIA {number}"}))

        beginners = [threading.Thread(target=begin, args=(number,)) for number in range(6)]
        for one in beginners:
            one.start()
        for one in beginners:
            one.join()
    assert sorted(one.status for one in answers) == [201, *[412] * 5]


def test_an_edit_says_which_state_it_changes(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    with serving_api(database) as api:
        silent = put(api, "AAPL", {"name": "Apple"}, {})
        fresh = put(api, "AAPL", {"name": "Apple"})
        stale = put(api, "AAPL", {"name": "Apple"}, {"If-Match": '"1"'})
        nobody = put(api, "NVDA", {"name": "NVIDIA"}, {"If-Match": '"1"'})
        unseen = api.ask(method="DELETE", path=f"{PATH}/AAPL", headers={})
        unknown = api.ask(method="DELETE", path=f"{PATH}/NOPE", headers={"If-Match": "*"})
        kept = api.get(f"{PATH}/AAPL").document["instrument"]["name"]
    assert (silent.status, unseen.status) == (428, 428)
    assert (fresh.status, stale.status, nobody.status) == (412, 412, 412)
    assert "If-None-Match: *" in silent.detail
    assert "ETag" in fresh.detail
    assert "If-None-Match: *" in nobody.detail
    assert unknown.status == 404
    assert kept == "Apple Inc."


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("NVDA", {"mic": "XNAS"}, "trades on XSIM only; leave mic out"),
    ("NVDA", {"currency": "dollars"}, "is not an ISO 4217 currency code; nothing was added"),
    ("NVDA", {"tags": ["Not A Tag"]}, "is no tag"),
    ("NVDA", {"name": "   "}, "The field name is wrong: string should have at least 1"),
    ("NVDA", {"aliases": ["   "]}, "The field aliases.0 is wrong: string should have at least 1"),
    ("NVDA", {"name": "N\0"}, "The field name is wrong"),
    ("NVDA", {"name": "N" * 201}, "The field name is wrong"),
    ("NVDA", {"colour": "red"}, "has a field that is not known here"),
    ("A" * 16, {}, "is not a symbol"),
    ("A" * 300, {}, "The parameter symbol is wrong"),
]


def test_what_is_malformed_adds_nothing(database: Database) -> None:
    with serving_api(database) as api:
        for symbol, wanted, detail in WRONG:
            answer = put(api, symbol, wanted)
            assert (symbol, wanted, answer.status) == (symbol, wanted, 422)
            assert detail in answer.detail
        assert api.get(PATH).document == {"items": [], "next": None}


def test_a_name_with_markup_is_data(database: Database) -> None:
    with serving_api(database) as api:
        created = put(api, "NVDA", {"name": "<script>alert(1)</script>", "aliases": ["'; --"]})
    assert created.headers["content-type"] == "application/json"
    assert created.document["watched"]["instrument"]["name"] == "<script>alert(1)</script>"


def test_pages_go_through_the_whole_list_and_what_is_added_moves_nothing(
    database: Database,
) -> None:
    store = InstrumentStore(database)
    store.seed(
        [Instrument(f"S{n}", f"Symbol {n}", tags=("even",) * (n % 2 == 0)) for n in range(7)]
    )
    with serving_api(database) as api:
        first = api.get(f"{PATH}?limit=3").document
        store.add(Instrument("A", "Added"))
        second = api.get(f"{PATH}?limit=3&cursor={first['next']}").document
        third = api.get(f"{PATH}?limit=3&cursor={second['next']}").document
        even = api.get(f"{PATH}?tag=even").document
        wrong = api.get(f"{PATH}?cursor=nonsense")
        unknown = api.get("/api/v1/instruments/AAPL/actions")
        none = api.get("/api/v1/instruments/S1/actions").document
        odd = api.get("/api/v1/instruments?search=%25").document
    pages = [
        [one["instrument"]["symbol"] for one in page["items"]] for page in (first, second, third)
    ]
    assert pages == [["S0", "S1", "S2"], ["S3", "S4", "S5"], ["S6"]]
    assert third["next"] is None
    assert [one["instrument"]["symbol"] for one in even["items"]] == ["S0", "S2", "S4", "S6"]
    assert (wrong.status, unknown.status) == (400, 404)
    assert none == {"items": [], "next": None}
    assert odd["items"] == []  # a wildcard is a letter like others


def test_who_is_behind_a_symbol_is_looked_up_where_nobody_says_it(database: Database) -> None:
    asked: list[tuple[str, str | None]] = []

    def look_up(symbol: str, mic: str | None) -> Lookup:
        asked.append((symbol, mic))
        # Whoever waits for a vendor holds no lock: another one may edit meanwhile.
        with database.transaction() as connection:
            connection.execute(sa.text("SET LOCAL lock_timeout = '1s'"))
            connection.execute(sa.text("LOCK fintech.watchlist, fintech.instruments"))
        if symbol == "NOPE":
            return Lookup(told=("Yahoo knows no NOPE; near is NOPEX (Nope Fund).",), refused=True)
        return Lookup(Listing("NVIDIA Corporation", "XNAS", "USD"), "Yahoo")

    with serving_api(database, look_up=look_up, **real()) as api:
        created = put(api, "NVDA", {})
        put(api, "NVDA", {"tags": ["chips"]}, {"If-Match": created.headers["etag"]})
        put(api, "NVDA", {})
        unknown = put(api, "NOPE", {})
        insisted = put(api, "NOPE", {"name": "Nope Fund"})
        quiet = put(api, "QQQ", {"look_up": False})
        closed = put(api, "TM", {"mic": "XXXX"})
    assert created.document["source"] == "Yahoo"
    assert created.document["watched"]["instrument"]["mic"] == "XNAS"
    assert unknown.status == 422
    assert unknown.detail.startswith("Yahoo knows no NOPE; near is NOPEX (Nope Fund). Nothing was")
    assert insisted.status == 201
    assert "matched by the symbol alone" in quiet.document["warnings"][0]
    assert closed.status == 422
    assert "No exchange calendar is known for the MIC 'XXXX'" in closed.detail
    # Neither what is described already nor what is refused anyhow costs a call.
    assert asked == [("NVDA", None), ("NOPE", None), ("NOPE", None)]


def test_a_closed_database_is_told_in_a_sentence(database: Database) -> None:
    with serving_api(database) as api:
        with database.transaction() as connection:
            connection.execute(sa.text("ALTER TABLE fintech.watchlist RENAME TO elsewhere"))
        read, edit = api.get(PATH), put(api, "NVDA", {"name": "NVIDIA"})
    assert (read.status, edit.status) == (503, 503)
    assert "fintech db migrate" in edit.detail
