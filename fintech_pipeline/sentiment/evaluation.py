"""Evaluation: how often verdicts are right, in which class, and whether confidence can be believed.

Pure: given the labels and what a method said, it counts. Macro-F1 is the plain mean of the three
classes' F1; a class that is neither there nor guessed has an F1 of 0. The expected calibration
error is the mean over ten bins of equal width, by their size, of |accuracy - mean confidence|
(Naeini, Cooper, Hauskrecht 2015; Guo et al. 2017).
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fintech_pipeline.sentiment.scores import Label

BINS = 10
CLASSES = tuple(Label)


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How a class fared. Each is 0 where there was nothing to divide by.

    Attributes:
        precision: Of what was called so, how much was so.
        recall: Of what was so, how much was called so.
        f1: Their harmonic mean.
        texts: How many were so.
    """

    precision: float
    recall: float
    f1: float
    texts: int


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Verdicts of about the same confidence.

    Attributes:
        above: The bin's lower bound; 0.1 above it ends, included.
        texts: How many fell in it.
        confidence: Their mean confidence.
        accuracy: How many of them were right.
    """

    above: float
    texts: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether confidence can be believed.

    Attributes:
        error: The expected calibration error, in [0, 1].
        bins: Those with verdicts, from the least confident.
    """

    error: float
    bins: tuple[ReliabilityBin, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """How a method did on a set.

    Attributes:
        texts: How many were judged.
        accuracy: How many verdicts were right.
        macro_f1: The mean of the classes' F1.
        classes: By label.
        confusion: How many of each label (first) were called what (second).
        calibration: None for a method without confidence.
    """

    texts: int
    accuracy: float
    macro_f1: float
    classes: dict[Label, ClassFigures]
    confusion: dict[Label, dict[Label, int]]
    calibration: Calibration | None


def figures_of(
    labels: Sequence[Label], said: Sequence[Label], confidence: Sequence[float] | None = None
) -> Figures:
    """The figures of what a method said of texts with these labels.

    Args:
        labels: What people said, at least one.
        said: What the method said, in the same order.
        confidence: How sure it was of each, in [0, 1].

    Raises:
        ValueError: There is no text, or the lengths differ.
    """
    if not labels:
        raise ValueError("there is nothing to evaluate")
    pairs = Counter(zip(labels, said, strict=True))
    confusion = {label: {other: pairs[label, other] for other in CLASSES} for label in CLASSES}
    classes = {label: _class_figures(label, confusion) for label in CLASSES}
    right = [label == guess for label, guess in zip(labels, said, strict=True)]
    return Figures(
        len(labels),
        sum(right) / len(labels),
        math.fsum(one.f1 for one in classes.values()) / len(classes),
        classes,
        confusion,
        None if confidence is None else calibration_of(right, confidence),
    )


def calibration_of(right: Sequence[bool], confidence: Sequence[float]) -> Calibration:
    """The calibration of verdicts, by whether each was right and how sure it was."""
    binned: dict[int, list[tuple[bool, float]]] = {}
    for hit, sure in zip(right, confidence, strict=True):
        # Bins are open below and closed above; 0 belongs to the first.
        place = max(0, math.ceil(round(sure * BINS, 9)) - 1)
        binned.setdefault(place, []).append((hit, sure))
    bins = tuple(
        ReliabilityBin(
            place / BINS,
            len(members),
            math.fsum(sure for _, sure in members) / len(members),
            sum(hit for hit, _ in members) / len(members),
        )
        for place, members in sorted(binned.items())
    )
    gaps = (one.texts * abs(one.accuracy - one.confidence) for one in bins)
    return Calibration(math.fsum(gaps) / len(right), bins)


def majority(labels: Sequence[Label]) -> Label:
    """The class that most texts have; of equals the first of `Label`."""
    return max(CLASSES, key=labels.count)


def _class_figures(label: Label, confusion: dict[Label, dict[Label, int]]) -> ClassFigures:
    hits = confusion[label][label]
    texts = sum(confusion[label].values())
    called = sum(row[label] for row in confusion.values())
    return ClassFigures(
        hits / called if called else 0.0,
        hits / texts if texts else 0.0,
        2 * hits / (texts + called) if texts + called else 0.0,
        texts,
    )
