import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.signals.composite import Reading, confidence_of, score_of, weigh
from fintech_pipeline.signals.strategy import COMPONENTS, Action, Strategy
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


@pytest.mark.parametrize(
    ("score", "action"),
    [
        (-1.0, Action.STRONG_SELL),
        (-0.4, Action.STRONG_SELL),
        (-0.399999, Action.SELL),
        (-0.15, Action.SELL),
        (-0.149999, Action.HOLD),
        (0.0, Action.HOLD),
        (0.149999, Action.HOLD),
        (0.15, Action.BUY),
        (0.4, Action.STRONG_BUY),
    ],
)
def test_a_score_on_the_edge_of_a_band_belongs_to_it(score: float, action: Action) -> None:
    assert BALANCED.action(score) is action


@pytest.mark.parametrize(
    ("weights", "buy", "strong_buy", "complaint"),
    [
        ({"momentum": 0.5, "moon": 0.5}, 0.1, 0.2, "moon is not a component"),
        ({"momentum": 0.5}, 0.1, 0.2, "do not add up"),
        ({"momentum": 1.5, "news": -0.5}, 0.1, 0.2, "not positive"),
        ({"momentum": 1.0}, 0.3, 0.2, "must rise"),
    ],
)
def test_a_strategy_that_makes_no_sense_is_refused(
    weights: dict[str, float], buy: float, strong_buy: float, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Strategy("odd", 1, weights, buy, strong_buy)


def test_an_unknown_strategy_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="no strategy moonshot; there is balanced"):
        load_strategy("moonshot")
