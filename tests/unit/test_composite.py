import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.signals.composite import Reading, confidence_of, score_of, weigh
from fintech_pipeline.signals.strategy import COMPONENTS
from fintech_pipeline.signals.strategy_files import load_strategy

BALANCED = load_strategy("balanced")
values = st.dictionaries(st.sampled_from(COMPONENTS), st.floats(-1, 1), min_size=1)


def readings(given_values: dict[str, float]) -> dict[str, Reading]:
    return {name: Reading(value, "because") for name, value in given_values.items()}


@given(values)
def test_the_contributions_a_person_sees_add_up_to_the_score(found: dict[str, float]) -> None:
    parts = weigh(BALANCED, readings(found))
    assert round(math.fsum(part.contribution for part in parts), 6) == score_of(parts)
    for part in parts:
        assert part.contribution == pytest.approx(part.weight * part.value, abs=1e-6)


@given(values)
def test_score_and_confidence_stay_in_bounds(found: dict[str, float]) -> None:
    parts = weigh(BALANCED, readings(found))
    assert -1 <= score_of(parts) <= 1
    assert 0 <= confidence_of(BALANCED, parts, freshness=1.0) <= 1


def test_a_missing_component_lowers_the_confidence_and_does_not_bend_the_score() -> None:
    full = weigh(BALANCED, readings(dict.fromkeys(COMPONENTS, 0.5)))
    lean = weigh(BALANCED, readings({"momentum": 0.5, "trend": 0.5}))
    assert score_of(full) == score_of(lean) == 0.5
    assert confidence_of(BALANCED, lean, 1.0) < confidence_of(BALANCED, full, 1.0)


def test_components_that_disagree_lower_the_confidence() -> None:
    agreeing = weigh(BALANCED, readings({"momentum": 0.4, "news": 0.4}))
    opposed = weigh(BALANCED, readings({"momentum": 0.4, "news": -0.4}))
    assert confidence_of(BALANCED, opposed, 1.0) < confidence_of(BALANCED, agreeing, 1.0)
