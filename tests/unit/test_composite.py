"""Components become a score that visibly adds up, in any order, with a regime and a confidence."""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.composite import MICRO, Composite, composite, confidence, micros
from fintech_pipeline.signals.strategy import COMPONENTS, Strategy
from fintech_pipeline.signals.strategy_files import load_strategy

BALANCED, SWING = load_strategy("balanced"), load_strategy("swing")
ONE = np.array([[MICRO]])
component_values = st.dictionaries(st.sampled_from(COMPONENTS), st.floats(-1, 1), min_size=1)
indicators = st.fixed_dictionaries({"adx": st.floats(0, 100), "volatility_ratio": st.floats(0, 5)})


def matrices(found: Mapping[str, float]) -> dict[str, Floats]:
    return {name: np.array([[found.get(name, np.nan)]]) for name in COMPONENTS}


def weighed(
    found: Mapping[str, float],
    strategy: Strategy = BALANCED,
    adx: float = 10.0,
    volatility_ratio: float = 1.0,
) -> Composite:
    states = {"adx": np.array([[adx]]), "volatility_ratio": np.array([[volatility_ratio]])}
    return composite(strategy, matrices(found), states)


def confidence_of(made: Composite, freshness: float = 1.0) -> float:
    return float(confidence(made.coverage, made.agreement, micros(ONE * freshness / MICRO))[0, 0])


@given(component_values, indicators)
def test_the_contributions_a_person_sees_add_up_to_the_score(
    found: dict[str, float], states: dict[str, float]
) -> None:
    made = weighed(found, BALANCED, **states)
    shown = [Fraction(int(part[0, 0]), MICRO) for part in made.contributions.values()]
    assert max(-1, min(1, sum(shown))) == Fraction(int(made.score[0, 0]), MICRO)
    for name, part in made.contributions.items():
        product = Fraction(int(made.weights[name][0, 0]) * int(made.values[name][0, 0]), MICRO)
        assert abs(int(part[0, 0]) - product) <= Fraction(1, 2)


@given(component_values, indicators)
def test_each_weight_is_its_share_of_the_weights_present(
    found: dict[str, float], states: dict[str, float]
) -> None:
    made = weighed(found, BALANCED, **states)
    regime = int(made.regime[0, 0])
    held = BALANCED.regimes[regime] if regime >= 0 else None
    weights = {n: Fraction(w) for n, w in BALANCED.weights_in(held).items() if n in found}
    total = sum(weights.values())
    for name in BALANCED.weights:
        exact = weights[name] / total if name in weights else Fraction(0)
        assert int(made.weights[name][0, 0]) == pytest.approx(float(exact * MICRO), abs=0.51)


@given(component_values)
def test_score_and_confidence_stay_in_bounds(found: dict[str, float]) -> None:
    made = weighed(found)
    assert -MICRO <= made.score[0, 0] <= MICRO
    assert 0 <= confidence_of(made) <= MICRO


@given(st.lists(component_values, min_size=2, max_size=20), indicators)
def test_one_symbol_alone_has_the_bits_it_has_among_others(
    several: list[dict[str, float]], states: dict[str, float]
) -> None:
    side_by_side = {n: np.array([[f.get(n, np.nan) for f in several]]) for n in COMPONENTS}
    shared = {name: np.full((1, len(several)), value) for name, value in states.items()}
    together = composite(SWING, side_by_side, shared)
    for column, found in enumerate(several):
        alone = weighed(found, SWING, **states)
        assert together.score[0, column] == alone.score[0, 0]
        assert together.coverage[0, column] == alone.coverage[0, 0]
        for name in SWING.weights:
            assert together.weights[name][0, column] == alone.weights[name][0, 0]


def test_a_missing_component_lowers_the_confidence_and_does_not_bend_the_score() -> None:
    full = weighed(dict.fromkeys(COMPONENTS, 0.5))
    lean = weighed({"momentum": 0.5, "trend": 0.5})
    assert full.score[0, 0] == lean.score[0, 0] == MICRO // 2
    assert confidence_of(lean) < confidence_of(full) == MICRO


def test_components_that_disagree_lower_the_confidence() -> None:
    agreeing = weighed({"momentum": 0.4, "news": 0.4})
    opposed = weighed({"momentum": 0.4, "news": -0.4})
    assert confidence_of(opposed) < confidence_of(agreeing)
    assert opposed.agreement[0, 0] == MICRO // 2


def test_missing_bars_lower_the_confidence_in_proportion() -> None:
    made = weighed(dict.fromkeys(COMPONENTS, 0.5))
    assert confidence_of(made, freshness=0.5) == MICRO // 2


def test_the_first_regime_that_holds_changes_the_weights() -> None:
    found = {"momentum": 1.0, "mean_reversion": -1.0}
    calm, trending = weighed(found), weighed(found, adx=30.0)
    both = weighed(found, adx=30.0, volatility_ratio=3.0)
    names = [regime.name for regime in BALANCED.regimes]
    assert calm.regime[0, 0] == -1
    assert names[int(trending.regime[0, 0])] == "trending"
    assert names[int(both.regime[0, 0])] == "turbulent"
    # 0.20 against 0.15; against half of it; half of it against 0.15.
    assert calm.score[0, 0] == round(0.571429e6) - round(0.428571e6)
    assert trending.score[0, 0] == 727273 - 272727
    assert both.score[0, 0] == 400000 - 600000


def test_an_unknown_indicator_is_no_regime() -> None:
    assert weighed({"trend": 1.0}, adx=float("nan")).regime[0, 0] == -1


def test_a_regime_holds_above_its_threshold_and_not_on_it() -> None:
    (trending,) = [regime for regime in BALANCED.regimes if regime.name == "trending"]
    assert weighed({"trend": 1.0}, adx=trending.above).regime[0, 0] == -1


def test_nothing_present_has_no_coverage() -> None:
    made = weighed({})
    assert (made.coverage[0, 0], made.score[0, 0]) == (0, 0)


@pytest.mark.parametrize("number", [0.1234565, -0.1234565, 0.5000005, 1e-7, -0.0])
def test_what_is_counted_in_millionths_reads_back_as_the_same_number(number: float) -> None:
    whole = int(micros(np.array([number]))[0])
    assert whole / MICRO == float(f"{whole / MICRO:.6f}")
    assert abs(whole / MICRO - number) <= 0.5000001e-6
