"""The figures of an evaluation are those that others compute."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from fintech_pipeline.sentiment.evaluation import calibration_of, figures_of, majority
from fintech_pipeline.sentiment.scores import Label

NAMES = list(Label)
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), min_size=1, max_size=60)


@given(PAIRS)
@settings(max_examples=30, deadline=None)  # scikit-learn is slow at first
def test_every_figure_is_that_of_scikit_learn(pairs: list[tuple[Label, Label]]) -> None:
    labels, said = zip(*pairs, strict=True)
    figures = figures_of(labels, said)
    truth, guess = [str(label) for label in labels], [str(label) for label in said]
    names = [str(name) for name in NAMES]
    columns = precision_recall_fscore_support(truth, guess, labels=names, zero_division=0)
    for label, *expected in zip(NAMES, *columns, strict=True):
        found = figures.classes[label]
        ours = (found.precision, found.recall, found.f1, found.texts)
        assert ours == pytest.approx(tuple(map(float, expected)))
    assert figures.macro_f1 == pytest.approx(float(np.mean(columns[2])))
    assert figures.accuracy == pytest.approx(np.mean([t == g for t, g in pairs]))
    matrix = [[figures.confusion[a][b] for b in NAMES] for a in NAMES]
    assert matrix == confusion_matrix(truth, guess, labels=names).tolist()


def test_confidence_that_is_always_too_high_by_a_tenth_is_off_by_a_tenth() -> None:
    right = [True] * 6 + [False] * 4 + [True] * 8 + [False] * 2
    found = calibration_of(right, [0.7] * 10 + [0.9] * 10)
    assert found.error == pytest.approx(0.1)
    assert [(one.above, one.texts) for one in found.bins] == [(0.6, 10), (0.8, 10)]
    assert [one.accuracy for one in found.bins] == pytest.approx([0.6, 0.8])


def test_a_perfect_and_certain_method_is_calibrated() -> None:
    assert calibration_of([True, True], [1.0, 1.0]).error == 0.0


def test_no_texts_give_no_figures() -> None:
    with pytest.raises(ValueError, match="nothing"):
        figures_of([], [])


def test_the_majority_is_the_most_frequent_class() -> None:
    assert majority([Label.NEUTRAL, Label.NEGATIVE, Label.NEGATIVE]) is Label.NEGATIVE
