"""The slots table: what is recorded of each slot, and what stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from fintech_pipeline.clock import SLOT, Window, from_instant64
from fintech_pipeline.errors import StorageError
from fintech_pipeline.orchestration.fallbacks import FallbackUse, fallbacks_used
from fintech_pipeline.orchestration.slot_store import SlotStore
from fintech_pipeline.orchestration.slots import (
    AssetStatus,
    Fallback,
    Lack,
    SlotRecord,
    SlotState,
    slots,
)
from fintech_pipeline.storage.database import Database

FIRST = datetime(2025, 5, 20, 14, 0, tzinfo=UTC)
NOW = datetime(2025, 5, 20, 18, 0, tzinfo=UTC)
DAY = Window(FIRST - SLOT, FIRST + 10 * SLOT)


@pytest.fixture
def store(database: Database) -> SlotStore:
    return SlotStore(database)


def record(store: SlotStore, asset: str, *records: SlotRecord, **changes: Any) -> None:
    values = {"live": False, "cutoff_at": None, "run_id": "run", "at": NOW} | changes
    with store.database.transaction() as connection:
        store.record(connection, asset, records, **values)


def row(store: SlotStore, asset: str, slot_at: datetime) -> dict[str, Any]:
    query = sa.select(slots).where(slots.c.asset == asset, slots.c.slot_at == slot_at)
    with store.database.transaction() as connection:
        return dict(connection.execute(query).mappings().one())


@pytest.mark.parametrize(
    ("rows", "expected", "state"),
    [
        (0, 0, SlotState.CLOSED),
        (0, None, SlotState.DONE),
        (3, None, SlotState.DONE),
        (0, 3, SlotState.PARTIAL),
        (2, 3, SlotState.PARTIAL),
        (3, 3, SlotState.DONE),
        (3, 0, SlotState.DONE),
    ],
)
def test_a_slot_s_state_follows_from_what_came_of_what_was_expected(
    rows: int, expected: int | None, state: SlotState
) -> None:
    assert SlotRecord(FIRST, rows, expected).state is state


def test_a_slot_of_a_backfill_is_cut_off_at_the_slot_itself(store: SlotStore) -> None:
    record(store, "bars", SlotRecord(FIRST, 3, 4, {"KO": "no bar"}))
    stored = row(store, "bars", FIRST)
    assert stored["cutoff_at"] == FIRST
    assert not stored["live"]
    assert (stored["state"], stored["rows"], stored["expected"]) == ("partial", 3, 4)
    assert store.reasons("bars", FIRST) == {"KO": "no bar"}


def test_recording_again_updates_and_does_not_add(store: SlotStore) -> None:
    record(store, "bars", SlotRecord(FIRST, 3, 4, {"KO": "no bar"}), run_id="one")
    again = NOW + SLOT
    record(store, "bars", SlotRecord(FIRST, 4, 4), run_id="two", at=again)
    stored = row(store, "bars", FIRST)
    assert (stored["state"], stored["rows"], stored["reasons"]) == ("done", 4, {})
    assert (stored["run_id"], stored["updated_at"]) == ("two", again)
    assert store.recorded("bars", DAY) == {FIRST}


def test_a_slot_once_live_stays_live_with_the_cutoff_of_its_last_live_reading(
    store: SlotStore,
) -> None:
    cutoff_at = FIRST + timedelta(minutes=2)
    record(store, "bars", SlotRecord(FIRST, 3, 4), live=True, cutoff_at=cutoff_at)
    late = FIRST + timedelta(minutes=40)
    record(store, "bars", SlotRecord(FIRST, 4, 4), live=True, cutoff_at=late)
    record(store, "bars", SlotRecord(FIRST, 4, 4))
    stored = row(store, "bars", FIRST)
    assert stored["live"]
    assert stored["cutoff_at"] == late
    assert stored["rows"] == 4


def test_a_backfilled_slot_that_is_then_ticked_live_takes_the_tick_s_cutoff(
    store: SlotStore,
) -> None:
    record(store, "bars", SlotRecord(FIRST, 3, 4))
    cutoff_at = FIRST + timedelta(minutes=2)
    record(store, "bars", SlotRecord(FIRST, 3, 4), live=True, cutoff_at=cutoff_at)
    assert row(store, "bars", FIRST)["cutoff_at"] == cutoff_at


def test_assets_do_not_share_their_slots(store: SlotStore) -> None:
    record(store, "bars", SlotRecord(FIRST, 1, 1))
    record(store, "news", SlotRecord(FIRST + SLOT, 1))
    assert store.recorded("bars", DAY) == {FIRST}
    assert store.recorded("news", DAY) == {FIRST + SLOT}
    assert store.reasons("news", FIRST) == {}


def test_looks_are_the_live_collections_of_an_asset_in_order(store: SlotStore) -> None:
    assert store.looks("news", FIRST, FIRST + 9 * SLOT).looked_at.tolist() == []
    seen = [FIRST + n * SLOT + timedelta(minutes=2) for n in range(4)]
    for n, live in enumerate((True, True, False, True)):
        record(store, "news", SlotRecord(FIRST + n * SLOT, 1), live=live, cutoff_at=seen[n])

    def looks(asset: str, since: datetime, before: datetime) -> list[datetime]:
        found = store.looks(asset, since, before)
        slots = [at - timedelta(minutes=2) for at in map(from_instant64, found.looked_at)]
        assert [from_instant64(slot) for slot in found.slot_at] == slots
        return list(map(from_instant64, found.looked_at))

    assert looks("news", FIRST, FIRST + 9 * SLOT) == [seen[0], seen[1], seen[3]]
    assert looks("news", FIRST + SLOT, seen[3]) == [seen[1]]
    assert looks("bars", FIRST, FIRST + 9 * SLOT) == []


def test_a_slots_live_cutoff_is_when_the_last_of_its_assets_read(store: SlotStore) -> None:
    at = FIRST + timedelta(minutes=2)
    record(store, "bars", SlotRecord(FIRST, 1), live=True, cutoff_at=at)
    record(store, "news", SlotRecord(FIRST, 1), live=True, cutoff_at=at + timedelta(seconds=3))
    record(store, "bars", SlotRecord(FIRST + SLOT, 1))
    assert store.live_cutoffs([FIRST, FIRST + SLOT]) == {FIRST: at + timedelta(seconds=3)}
    assert store.live_cutoffs([]) == {}


def test_a_slot_that_found_nothing_of_what_was_due_is_barren(store: SlotStore) -> None:
    for n, (rows, expected) in enumerate(((0, 3), (1, 3), (0, 0), (0, None))):
        record(store, "bars", SlotRecord(FIRST + n * SLOT, rows, expected))
    assert store.barren("bars", DAY) == {FIRST}


def test_newest_and_oldest_span_what_was_recorded(store: SlotStore) -> None:
    assert store.oldest() is None
    assert store.newest("bars", NOW) is None
    record(store, "bars", *(SlotRecord(FIRST + n * SLOT, 1, 1) for n in range(3)))
    record(store, "news", SlotRecord(FIRST - 5 * SLOT, 1))
    assert store.oldest() == FIRST - 5 * SLOT
    assert store.newest("bars", FIRST + 2 * SLOT) == FIRST + SLOT
    assert store.newest("bars", FIRST) is None


def test_recorded_includes_the_window_s_end_and_not_its_start(store: SlotStore) -> None:
    record(store, "bars", *(SlotRecord(FIRST + n * SLOT, 1, 1) for n in range(4)))
    window = Window(FIRST, FIRST + 2 * SLOT)
    assert store.recorded("bars", window) == {FIRST + SLOT, FIRST + 2 * SLOT}


def test_a_closed_slot_is_not_settled_for_whom_it_is_due_later(store: SlotStore) -> None:
    record(store, "bars", SlotRecord(FIRST, 0, 0), SlotRecord(FIRST + SLOT, 1, 1))
    assert store.recorded("bars", DAY) == {FIRST + SLOT}


def test_counting_leaves_out_closed_slots_and_what_was_written_before(store: SlotStore) -> None:
    record(store, "bars", SlotRecord(FIRST, 1, 1), SlotRecord(FIRST + SLOT, 0, 0), at=NOW - SLOT)
    record(store, "bars", SlotRecord(FIRST + 2 * SLOT, 0, 2))
    record(store, "news", SlotRecord(FIRST, 0))
    record(store, "other", SlotRecord(FIRST, 5))
    assert store.count(["bars", "news"], DAY, None) == 3
    assert store.count(["bars", "news"], DAY, NOW) == 2
    assert store.count(["bars"], Window(FIRST, FIRST + SLOT), None) == 0
    assert store.count([], DAY, None) == 0


def test_status_counts_the_window_and_keeps_the_given_order(store: SlotStore) -> None:
    record(store, "bars", SlotRecord(FIRST, 1, 2), SlotRecord(FIRST + SLOT, 2, 2))
    record(store, "bars", SlotRecord(FIRST - 9 * SLOT, 0, 2), at=NOW + SLOT)
    assert store.status(["news", "bars"], DAY) == [
        AssetStatus("news", None, None, 0, 0),
        AssetStatus("bars", FIRST + SLOT, NOW, 2, 1),
    ]


def test_status_counts_no_closed_slot_and_a_quiet_half_hour_as_done(store: SlotStore) -> None:
    record(store, "bars", SlotRecord(FIRST, 1, 1), SlotRecord(FIRST + SLOT, 0, 0))
    record(store, "bars", SlotRecord(FIRST + 2 * SLOT, 0, 1))
    record(store, "news", SlotRecord(FIRST, 2), SlotRecord(FIRST + SLOT, 0))
    assert store.status(["bars", "news"], DAY) == [
        AssetStatus("bars", FIRST, NOW, 2, 1),
        AssetStatus("news", FIRST + SLOT, NOW, 2, 0),
    ]


def test_what_lacks_most_often_is_told_first_with_its_newest_reason(store: SlotStore) -> None:
    for n, why in enumerate(("old", "new", "newest")):
        reasons = {"KO": why, "SPY": "gone"} if n == 1 else {"KO": why}
        record(store, "bars", SlotRecord(FIRST + n * SLOT, 0, 2, reasons))
    record(store, "news", SlotRecord(FIRST, 3, None, {"wire": "away"}))
    record(store, "other", SlotRecord(FIRST, 0, 1, {"KO": "x"}))
    assert store.lacking(["bars", "news"], DAY) == [
        Lack("bars", "KO", 3, FIRST + 2 * SLOT, "newest"),
        Lack("bars", "SPY", 1, FIRST + SLOT, "gone"),
        Lack("news", "wire", 1, FIRST, "away"),
    ]
    assert store.lacking(["bars"], Window(FIRST, FIRST)) == []


def test_a_transaction_that_fails_records_nothing(store: SlotStore) -> None:
    good = SlotRecord(FIRST, 1, 1)
    with pytest.raises(StorageError, match="out of range"):
        record(store, "bars", good, replace(good, slot_at=FIRST + SLOT, rows=2**31))
    assert store.recorded("bars", DAY) == set()


def test_reasons_keep_any_text(store: SlotStore) -> None:
    reasons = {"KO": 'it\'s "gone" \\ 🚀 {%s} ' + "x" * 100_000, "BRK.B": "日本語\n"}
    record(store, "bars", SlotRecord(FIRST, 0, 2, reasons))
    assert store.reasons("bars", FIRST) == reasons


def test_nothing_to_record_is_no_error(store: SlotStore) -> None:
    record(store, "bars")
    assert store.recorded("bars", DAY) == set()


def test_a_fallback_is_kept_beside_the_lacks_and_is_none_of_them(store: SlotStore) -> None:
    served = {"KO": Fallback("other", "the first is down")}
    for place in range(3):
        lacks = {"AAPL": "no bar"} if place else {}
        record(store, "bars", SlotRecord(FIRST + place * SLOT, 3 - place, 3, lacks, served))
    assert store.reasons("bars", FIRST) == {}
    assert store.reasons("bars", FIRST + SLOT) == {"AAPL": "no bar"}
    assert set(store.reasons_between("bars", DAY)) == {FIRST + SLOT, FIRST + 2 * SLOT}
    assert [(lack.who, lack.slots) for lack in store.lacking(["bars"], DAY)] == [("AAPL", 2)]
    newest = FIRST + 2 * SLOT
    assert fallbacks_used(store.database, ["bars"], DAY) == [
        FallbackUse("bars", "KO", "other", 3, newest, "the first is down")
    ]
