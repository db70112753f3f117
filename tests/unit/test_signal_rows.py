"""Signals become columns whose JSON holds what was added, made without an object a signal."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.signals.composite import MICRO
from fintech_pipeline.signals.signal_rows import (
    COLUMNS,
    ComponentColumn,
    chosen_json,
    components_json,
    inputs_json,
    missing_json,
    not_adding_up,
    numbers_json,
)

PHRASES = ("", "too few bars", 'it said "no" \\ 日本')
micro = st.integers(-MICRO, MICRO)
figures = st.floats(-1e9, 1e9)
cells = st.lists(
    st.tuples(st.booleans(), micro, micro, micro, figures, st.sampled_from([1, 2])),
    min_size=1,
    max_size=20,
)


def column(name: str, rows: list[tuple[bool, int, int, int, float, int]]) -> ComponentColumn:
    present, value, weight, contribution, figure, lack = map(np.array, zip(*rows, strict=True))
    return ComponentColumn(
        name,
        present,
        value,
        weight,
        contribution,
        np.where(present, figure, np.nan),
        np.where(present, 0, lack),
        PHRASES,
    )


def read(texts: Any) -> list[Any]:
    return [json.loads(text) for text in texts.to_pylist()]


@given(cells)
def test_the_components_read_back_as_the_numbers_that_were_added(
    rows: list[tuple[bool, int, int, int, float, int]],
) -> None:
    always = [(True, *row[1:]) for row in rows]
    columns = [column("trend", rows), column("news", always)]
    for place, parts in enumerate(read(components_json(columns))):
        assert [part["name"] for part in parts][-1] == "news"
        assert len(parts) == 1 + rows[place][0]
        for part in parts:
            _, value, weight, contribution, figure, _ = rows[place]
            assert part["value"] == value / MICRO
            assert part["weight"] == weight / MICRO
            assert part["contribution"] == contribution / MICRO
            assert abs(part["figure"] - figure) <= max(1e-6, abs(figure) * 1e-12)


@given(cells)
def test_what_is_missing_is_said_with_its_reason_and_nothing_else_is(
    rows: list[tuple[bool, int, int, int, float, int]],
) -> None:
    swapped = [(not row[0], *row[1:]) for row in rows]
    found = read(missing_json([column("trend", rows), column("gap", swapped)]))
    for (present, *_, lack), told in zip(rows, found, strict=True):
        assert told == {"gap" if present else "trend": PHRASES[lack]}


def test_numbers_that_are_not_there_are_null_and_choices_are_told() -> None:
    texts = inputs_json(
        split=numbers_json(np.array([np.nan, 4.0])),
        bars=numbers_json(np.array([7, 8], dtype=np.int32)),
        regime=chosen_json(["calm", 'a "name"', None], np.array([-1, 1])),
    )
    assert read(texts) == [
        {"split": None, "bars": 7, "regime": None},
        {"split": 4.0, "bars": 8, "regime": 'a "name"'},
    ]


def test_a_signal_whose_parts_do_not_add_up_is_named() -> None:
    parts = [{"contribution": 0.1}, {"contribution": 0.2}, {"contribution": -0.000001}]
    row = dict.fromkeys(COLUMNS.names)
    row |= {"symbol": "KO", "slot_at": np.datetime64("2025-05-20T16:00", "us").item()}
    row |= {"components": json.dumps(parts), "score": 0.299999}
    right = pa.Table.from_pylist([row], schema=COLUMNS)
    wrong = pa.Table.from_pylist([{**row, "score": 0.3}], schema=COLUMNS)
    assert not_adding_up(right) == []
    assert not_adding_up(wrong) == ["KO at 2025-05-20 16:00Z"]
