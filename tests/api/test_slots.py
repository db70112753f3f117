"""Slots and freshness over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
import sqlalchemy as sa

from fintech_pipeline.api.progress import Asset, SlotsAsked, State
from fintech_pipeline.composition import compose
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.orchestration.due import ASSETS, MARKET_BARS, NEWS_ARTICLES
from fintech_pipeline.orchestration.progress import PipelineProgress
from fintech_pipeline.orchestration.slot_store import SlotStore
from fintech_pipeline.orchestration.slots import Fallback, SlotRecord, SlotState
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import Database
from tests.api.living import NOW, serving_api

MARKUP = "<img src=x onerror=alert(1)>"


def slot(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


@pytest.fixture
def recorded(database: Database) -> Database:
    InstrumentStore(database).add(Instrument("AAPL", "Apple Inc.", (), "XNAS", "USD"))
    fallbacks = {"MSFT": Fallback("yahoo", "alpha_vantage: the quota is spent")}
    bars = [
        SlotRecord(slot(15), 1, 2, {"AAPL": MARKUP}, fallbacks),
        SlotRecord(slot(14, 30), 2, 2),
        SlotRecord(slot(14), 0, 0),
    ]
    news = [SlotRecord(slot(15), 3), SlotRecord(slot(14, 30), 0)]
    with database.transaction() as connection:
        for asset, records in ((MARKET_BARS, bars), (NEWS_ARTICLES, news)):
            SlotStore(database).record(
                connection,
                asset,
                records,
                live=True,
                cutoff_at=None,
                run_id="one",
                at=NOW,
                delay=timedelta(minutes=2),
            )
    return database


def test_the_words_of_the_document_are_those_of_the_pipeline() -> None:
    assert get_args(Asset) == ASSETS
    assert get_args(State) == tuple(SlotState)


def test_slots_are_told_newest_first_page_by_page(recorded: Database) -> None:
    with serving_api(recorded) as api:
        pages = [api.get("/api/v1/slots?limit=2").document]
        while (further := pages[-1]["next"]) is not None:
            pages.append(api.get(f"/api/v1/slots?limit=2&cursor={further}").document)
    found = [(one["slot_at"][11:16], one["asset"]) for page in pages for one in page["items"]]
    assert found == [
        ("15:00", NEWS_ARTICLES),
        ("15:00", MARKET_BARS),
        ("14:30", NEWS_ARTICLES),
        ("14:30", MARKET_BARS),
        ("14:00", MARKET_BARS),
    ]


def test_a_slot_tells_what_lacks_and_who_stood_in(recorded: Database) -> None:
    with serving_api(recorded) as api:
        answer = api.get("/api/v1/slots?state=partial")
    assert answer.headers["content-type"] == "application/json"
    assert answer.document["items"] == [
        {
            "slot_at": "2026-03-02T15:00:00Z",
            "asset": "market_bars",
            "state": "partial",
            "rows": 1,
            "expected": 2,
            "reasons": {"AAPL": MARKUP},
            "fallbacks": {
                "MSFT": {"provider": "yahoo", "because": "alpha_vantage: the quota is spent"}
            },
            "live": True,
            "cutoff_at": "2026-03-02T15:02:00Z",
            "run_id": "one",
            "updated_at": "2026-03-02T15:10:00Z",
        }
    ]


def test_slots_of_an_asset_and_a_span_end_before_its_end(recorded: Database) -> None:
    span = "from=2026-03-02T14:00Z&to=2026-03-02T15:00Z"
    with serving_api(recorded) as api:
        found = api.get(f"/api/v1/slots?asset=market_bars&{span}").document["items"]
        fifty_years = api.get("/api/v1/slots?from=1976-01-01T00:00Z&to=2026-03-03T00:00Z")
    assert [one["slot_at"][11:16] for one in found] == ["14:30", "14:00"]
    assert len(fifty_years.document["items"]) == 5


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        (
            "from=2026-03-03T00:00Z&to=2026-03-02T00:00Z",
            422,
            "The parameter from lies after to; swap them.",
        ),
        (
            "from=2026-03-03T00:00",
            422,
            "The parameter from is wrong: input should have timezone info.",
        ),
        (
            "cursor=bm90aGluZw",
            400,
            "The cursor is none of this list; leave it out to begin with the first.",
        ),
        *(
            (
                f"cursor={cursor}",
                400,
                "The cursor is none of this list; leave it out to begin with the first.",
            )
            for cursor in ("WzEsIlx1MDAwMCJd", "WzEsIlx1ZDgwMCJd")  # no text that is stored
        ),
        (
            "cursor=WzkyMjMzNzIwMzY4NTQ3NzU4MDcsIngiXQ",
            400,
            "The cursor names no instant; leave it out to begin anew.",
        ),
    ],
)
def test_what_cannot_be_shown_is_told(
    database: Database, query: str, status: int, sentence: str
) -> None:
    with serving_api(database) as api:
        answer = api.get(f"/api/v1/slots?{query}")
    assert (answer.status, answer.detail) == (status, sentence)


def test_an_unknown_asset_is_refused(database: Database) -> None:
    with serving_api(database) as api:
        answer = api.get("/api/v1/slots?asset=" + "x" * 300)
    assert answer.status == 422
    assert "market_bars" in answer.detail


def test_freshness_tells_what_was_due_done_and_missing(recorded: Database) -> None:
    with serving_api(recorded) as api:
        found = api.get("/api/v1/freshness").document
    assets = {one["asset"]: one for one in found["assets"]}
    assert list(assets) == list(ASSETS)
    assert assets["news_articles"] == {
        "asset": "news_articles",
        "newest_slot_at": "2026-03-02T15:00:00Z",
        "age_seconds": 600.0,
        "updated_at": "2026-03-02T15:10:00Z",
        "due": 48,
        "done": 2,
        "partial": 0,
        "missing": 46,
    }
    assert assets["trading_signals"]["newest_slot_at"] is None
    assert found["simulated"] is True
    assert found["next_tick_at"] == "2026-03-02T15:32:00Z"
    assert [one["who"] for one in found["lacking"]] == ["AAPL"]
    assert [one["symbol"] for one in found["fallbacks"]] == ["MSFT"]


def test_pages_of_slots_are_read_in_the_order_of_an_index(
    database: Database,
) -> None:
    """With a year stored, neither a page nor the newest slot of each asset looks at all of them."""
    with database.transaction() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO fintech.slots SELECT at, asset, 'done', 1, 1, '{}', true, at, '', at"
                " FROM generate_series(timestamptz '2025-03-01', '2026-03-01', '30 min') AS at,"
                " unnest(cast(:assets AS text[])) AS asset"
            ),
            {"assets": list(ASSETS)},
        )
    progress = PipelineProgress(compose(load_settings(environment={}), database, lambda: NOW))
    seen: list[str] = []

    def explained(
        connection: sa.Connection, _cursor: object, statement: str, values: Any, *_: object
    ) -> None:
        if not statement.startswith("EXPLAIN"):
            seen.extend(connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars())

    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE fintech.slots")
        sa.event.listen(connection, "before_cursor_execute", explained)
        page = progress.slots(connection, SlotsAsked(101))
        after = (page[-1].slot_at, page[-1].asset)
        further = progress.slots(connection, SlotsAsked(101, "market_bars", after=after))
        newest = progress.newest(connection)
    assert (len(page), len(further), len(newest)) == (101, 101, 4)
    assert len([line for line in seen if "Index" in line and "Scan" in line]) == 3
    assert not any("Seq Scan" in line or "Sort" in line for line in seen)
