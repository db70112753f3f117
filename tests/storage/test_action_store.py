"""Corporate actions against real servers: upserts, precedence, and what was known when."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from fintech_pipeline.clock import KnownBy, Window
from fintech_pipeline.market.action_store import ActionStore, ToldAction
from fintech_pipeline.market.bars import ActionKind, CorporateAction
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import Database

SEEN = datetime(2025, 6, 1, tzinfo=UTC)
LATER = SEEN + timedelta(days=1)
MAY = Window(datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC))


@pytest.fixture
def store(on_either: Database) -> ActionStore:
    InstrumentStore(on_either).seed([Instrument(symbol, symbol) for symbol in ("AAPL", "KO")])
    return ActionStore(on_either, ("alpha", "beta"))


def ex_at(day: int) -> datetime:
    return datetime(2025, 5, day, 13, 30, tzinfo=UTC)


def told(
    symbol: str,
    day: int,
    value: float,
    kind: ActionKind = ActionKind.SPLIT,
    provider: str = "alpha",
    seen: datetime = SEEN,
    known_at: datetime | None = None,
) -> ToldAction:
    action = CorporateAction(symbol, ex_at(day), date(2025, 5, day), kind, value)
    return ToldAction(action, provider, seen, known_at or ex_at(day), KnownBy.BACKFILL)


def write(store: ActionStore, *actions: ToldAction) -> None:
    with store.database.transaction() as connection:
        store.write(connection, actions)


def read(store: ActionStore, *symbols: str, window: Window = MAY) -> list[tuple[Any, ...]]:
    rows = store.read(symbols, window).to_pylist()
    return [(row["symbol"], row["kind"], row["value"], row["known_at"]) for row in rows]


def rows(store: ActionStore, table: str) -> list[Mapping[str, Any]]:
    with store.database.transaction() as connection:
        query = sa.text(f"SELECT * FROM fintech.{table} ORDER BY symbol, ex_on, kind")  # noqa: S608
        return [dict(row) for row in connection.execute(query).mappings()]


def test_actions_are_read_by_symbol_and_ex_date(store: ActionStore) -> None:
    first, other, last = told("AAPL", 5, 4.0), told("KO", 6, 2.0), told("AAPL", 20, 0.1)
    dividend = told("AAPL", 5, 0.25, ActionKind.DIVIDEND)
    write(store, last, other, first, dividend)
    assert read(store, "KO", "AAPL", window=Window(ex_at(5), ex_at(20))) == [
        ("AAPL", "dividend", 0.25, ex_at(5)),
        ("AAPL", "split", 4.0, ex_at(5)),
        ("KO", "split", 2.0, ex_at(6)),
    ]
    assert read(store, "KO", window=Window(ex_at(1), ex_at(6))) == []


def test_told_again_nothing_changes(store: ActionStore) -> None:
    write(store, told("AAPL", 5, 4.0))
    before = rows(store, "corporate_actions")
    write(store, told("AAPL", 5, 4.0, seen=LATER, known_at=LATER))
    write(store)
    assert rows(store, "corporate_actions") == before
    assert rows(store, "corporate_action_revisions") == []


def test_a_corrected_action_is_known_from_when_the_correction_was_seen(store: ActionStore) -> None:
    write(store, told("AAPL", 5, 4.0))
    write(store, told("AAPL", 5, 5.0, seen=LATER))
    assert read(store, "AAPL") == [
        ("AAPL", "split", 4.0, ex_at(5)),
        ("AAPL", "split", 5.0, LATER),
    ]
    (kept,) = rows(store, "corporate_action_revisions")
    assert (kept["value"], kept["observed_at"], kept["replaced_at"]) == (4.0, SEEN, LATER)


def test_a_later_provider_of_the_chain_never_replaces_an_earlier_one(store: ActionStore) -> None:
    write(store, told("AAPL", 5, 5.0, provider="beta"), told("AAPL", 5, 4.0, provider="alpha"))
    write(store, told("AAPL", 5, 5.0, provider="beta", seen=LATER))
    assert read(store, "AAPL") == [("AAPL", "split", 4.0, ex_at(5))]
    write(store, told("KO", 5, 2.0, provider="beta"))
    write(store, told("KO", 5, 3.0, provider="alpha", seen=LATER))
    assert [value for _, _, value, _ in read(store, "KO")] == [2.0, 3.0]
