"""Which fields of two versions of a signal differ, to the last bit."""

import json
import math
from typing import Any

import pytest

from fintech_pipeline.signals.differences import Difference, differences

PARTS = [{"name": "trend", "value": 0.5}, {"name": "news", "value": -0.25}]
INPUTS = {"articles": [{"article_id": 7, "share": 0.1}, {"article_id": 3, "share": 0.2}]}


def row(**changes: Any) -> dict[str, object]:
    made: dict[str, object] = {
        "price": 100.25,
        "change_pct": None,
        "score": 0.3,
        "action": "buy",
        "confidence": 0.5,
        "components": json.dumps(PARTS),
        "inputs": json.dumps(INPUTS),
    }
    return made | changes


def test_equal_rows_have_none_however_their_json_is_written() -> None:
    spaced = json.dumps([dict(reversed(part.items())) for part in PARTS], indent=3)
    assert differences(row(), row(components=spaced)) == ()


@pytest.mark.parametrize(
    ("field", "again"),
    [("score", math.nextafter(0.3, 1)), ("change_pct", 0.0), ("action", "hold")],
)
def test_a_column_that_differs_is_named_with_both_values(field: str, again: object) -> None:
    assert differences(row(), row(**{field: again})) == (Difference(field, row()[field], again),)


@pytest.mark.parametrize(
    ("text", "again"), [("0.50", ()), ("0.5000000000000000000001", "0.5000000000000000000001")]
)
def test_a_number_in_json_counts_in_all_its_digits_and_not_in_its_spelling(
    text: str, again: Any
) -> None:
    longer = json.dumps(PARTS).replace("0.5", text, 1)
    expected = (Difference("components.trend.value", 0.5, again),) if again else ()
    assert differences(row(), row(components=longer)) == expected


def test_true_is_not_1() -> None:
    one, other = json.dumps({"split": 1}), json.dumps({"split": True})
    assert differences(row(inputs=one), row(inputs=other)) == (
        Difference("inputs.split", 1.0, True),
    )


def test_an_entry_more_is_named_and_does_not_shift_the_others() -> None:
    more = json.dumps([{"name": "gap", "value": 0.1}, *PARTS])
    (found,) = differences(row(), row(components=more))
    assert found == Difference("components.gap", None, {"name": "gap", "value": 0.1})


def test_the_order_of_a_list_is_part_of_what_it_says() -> None:
    turned = json.dumps({"articles": INPUTS["articles"][::-1]})
    (found,) = differences(row(), row(inputs=turned))
    assert found == Difference("inputs.articles (order)", ["7", "3"], ["3", "7"])
