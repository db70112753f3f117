"""What each slot may see, against a reference that looks at every row for every slot."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fintech_pipeline.clock import SLOT
from fintech_pipeline.signals.visibility import views

START = datetime(2025, 5, 20, 13, 30, tzinfo=UTC)
SLOTS = [START + n * SLOT for n in range(1, 9)]
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, order=True)
class Row:
    """One version of a bar; `value` tells the versions apart."""

    symbol: str
    opened_at: datetime
    known_at: datetime
    value: int

    @property
    def closed_at(self) -> datetime:
        return self.opened_at + SLOT


def table(rows: list[Row]) -> pa.Table:
    when = pa.timestamp("us", "UTC")
    return pa.table(
        {
            "symbol": pa.array([row.symbol for row in rows], pa.string()),
            "opened_at": pa.array([row.opened_at for row in rows], when),
            "closed_at": pa.array([row.closed_at for row in rows], when),
            "known_at": pa.array([row.known_at for row in rows], when),
            "value": pa.array([row.value for row in rows], pa.int64()),
        }
    )


@dataclass(frozen=True, order=True)
class Action:
    """One version of a split; `value` tells the versions apart."""

    symbol: str
    ex_at: datetime
    known_at: datetime
    value: int


def action_table(told: list[Action]) -> pa.Table:
    when = pa.timestamp("us", "UTC")
    return pa.table(
        {
            "symbol": pa.array([one.symbol for one in told], pa.string()),
            "kind": pa.array(["split"] * len(told), pa.string()),
            "ex_on": pa.array([one.ex_at for one in told], when),
            "ex_at": pa.array([one.ex_at for one in told], when),
            "known_at": pa.array([one.known_at for one in told], when),
            "value": pa.array([one.value for one in told], pa.int64()),
        }
    )


NO_ACTIONS = action_table([])
AT_THE_SLOT = {slot: slot for slot in SLOTS}


def reference(rows: list[Row], slot: datetime, cutoff: datetime) -> list[Row]:
    """The newest version of every bar that closed by the slot and was known by the cutoff."""
    newest: dict[tuple[str, datetime], Row] = {}
    for row in rows:  # in order of known_at; what stands later replaces what stands earlier
        if row.closed_at <= slot and row.known_at <= cutoff:
            newest[row.symbol, row.opened_at] = row
    return [newest[key] for key in sorted(newest)]


def seen(
    rows: list[Row], slots: list[datetime], cutoffs: dict[datetime, datetime]
) -> dict[datetime, list[Row]]:
    found: dict[datetime, list[Row]] = {}
    for view in views(table(rows), NO_ACTIONS, slots, cutoffs):
        got = [
            Row(row["symbol"], row["opened_at"], row["known_at"], row["value"])
            for row in view.bars.to_pylist()
        ]
        for slot in view.slots:
            assert slot not in found
            found[slot] = [row for row in got if row.closed_at <= slot]
    return found


minutes = st.integers(-30, 60 * 6)
versions = st.builds(
    lambda symbol, bar, known, value: Row(
        symbol, START + bar * SLOT, START + known * MINUTE, value
    ),
    st.sampled_from(["AAPL", "KO"]),
    st.integers(-2, 9),
    minutes,
    st.integers(0, 3),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """Bars mostly known at their close, and some versions known at any time at all."""
    usual = [
        Row(symbol, START + bar * SLOT, START + (bar + 1) * SLOT, 0)
        for symbol in ("AAPL", "KO")
        for bar in draw(st.sets(st.integers(-2, 8)))
    ]
    odd = draw(st.lists(versions, max_size=12))
    return sorted([*usual, *odd], key=lambda row: (row.symbol, row.opened_at, row.known_at))


@st.composite
def cut_off(draw: st.DrawFn) -> dict[datetime, datetime]:
    """Some slots, each with its cutoff: mostly itself, or later where a tick was late."""
    slots = sorted(draw(st.sets(st.sampled_from(SLOTS), min_size=1)))
    late = st.one_of(st.just(0), st.integers(0, 90))
    return {slot: slot + draw(late) * MINUTE for slot in slots}


@settings(max_examples=400)
@given(histories(), cut_off())
@example(
    # A late tick has a later cutoff than the slot after it, which a backfill did.
    [Row("AAPL", START, SLOTS[0] + 40 * MINUTE, 0)],
    {SLOTS[0]: SLOTS[0] + 50 * MINUTE, SLOTS[1]: SLOTS[1], SLOTS[2]: SLOTS[2]},
)
def test_every_slot_sees_what_a_look_at_every_row_finds(
    rows: list[Row], cutoffs: dict[datetime, datetime]
) -> None:
    found = seen(rows, list(cutoffs), cutoffs)
    assert found == {slot: reference(rows, slot, cutoff) for slot, cutoff in cutoffs.items()}


def test_rows_known_in_time_leave_all_slots_in_one_group() -> None:
    rows = [Row("AAPL", START + n * SLOT, START + (n + 1) * SLOT, 0) for n in range(8)]
    split = [Action("AAPL", START + 2 * SLOT, START + 2 * SLOT, 4)]
    assert len(views(table(rows), action_table(split), SLOTS, AT_THE_SLOT)) == 1


def test_a_late_row_and_a_revision_divide_the_slots() -> None:
    late = Row("AAPL", START, SLOTS[2] + MINUTE, 0)
    first = Row("KO", START, SLOTS[0], 0)
    revised = Row("KO", START, SLOTS[5] + MINUTE, 1)
    groups = views(table([late, first, revised]), NO_ACTIONS, SLOTS, AT_THE_SLOT)
    assert [view.slots for view in groups] == [SLOTS[:3], SLOTS[3:6], SLOTS[6:]]
    assert [view.bars["value"].to_pylist() for view in groups] == [[0], [0, 0], [0, 1]]


def test_without_rows_every_slot_sees_nothing() -> None:
    (view,) = views(table([]), NO_ACTIONS, SLOTS, AT_THE_SLOT)
    assert (view.bars.num_rows, view.actions.num_rows, view.slots) == (0, 0, SLOTS)


@settings(max_examples=300)
@given(
    st.lists(
        st.builds(
            lambda symbol, ex, known, value: Action(
                symbol, START + ex * SLOT, START + known * MINUTE, value
            ),
            st.sampled_from(["AAPL", "KO"]),
            st.integers(-1, 9),
            minutes,
            st.integers(0, 3),
        ),
        max_size=8,
    ),
    cut_off(),
)
def test_every_slot_knows_of_the_actions_in_effect_what_was_known_by_its_cutoff(
    told: list[Action], cutoffs: dict[datetime, datetime]
) -> None:
    ordered = sorted(told)
    found = {}
    for view in views(table([]), action_table(ordered), list(cutoffs), cutoffs):
        for slot in view.slots:
            found[slot] = {
                (row["symbol"], row["ex_at"]): row["value"]
                for row in view.actions.to_pylist()
                if row["ex_at"] < slot
            }
    assert found == {
        slot: {
            (one.symbol, one.ex_at): one.value
            for one in ordered  # the newest last
            if one.ex_at < slot and one.known_at <= cutoff
        }
        for slot, cutoff in cutoffs.items()
    }
