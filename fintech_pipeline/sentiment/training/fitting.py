"""Training: from labelled texts to weights, by multinomial logistic regression (scikit-learn).

The same examples give the same bytes: examples are taken in their order, features are sorted, the
solver starts at zero and runs on one thread.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from fintech_pipeline.sentiment.labelled import Example
from fintech_pipeline.sentiment.models.local.features import READ, Seen, letters_of, seen_in
from fintech_pipeline.sentiment.models.local.scoring import part
from fintech_pipeline.sentiment.models.local.weights import READ_PREFIX, START, UNIT, Row
from fintech_pipeline.sentiment.scores import Label

CLASSES = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
_NEGATIVE, _POSITIVE = 0, 2
MET_WORDS, MET_LETTERS = 3, 3
"""In how many examples an n-gram must occur to get a weight."""
WORDS, LETTERS, READS = 4.0, 1.5, 2.0
"""How easily each kind of feature takes weight: the penalty falls on weight / this."""
_PENALTY, _ITERATIONS, _TOLERANCE = 1.0, 300, 1e-3

Floats = npt.NDArray[np.float64]
Classes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Fitted:
    """A fitted regression: each feature's weights by class, before they are rounded."""

    features: tuple[str, ...]
    weights: Floats

    def rows(self, temperature: float) -> dict[str, Row]:
        """The rows of a weights' file; n-grams that round to nothing are left out."""
        whole = np.rint(self.weights / temperature * UNIT).astype(np.int64).tolist()
        return {
            feature: (row[0], row[1], row[2])
            for feature, row in zip(self.features, whole, strict=True)
            if any(row) or feature.startswith("=")
        }


@dataclass(frozen=True)
class Table:
    """Examples as a matrix.

    Attributes:
        features: The name of each column.
        values: By example and feature.
        scales: How easily each feature takes weight.
        classes: The place of each example's label in `CLASSES`.
        counts: How much each example counts.
    """

    features: tuple[str, ...]
    values: csr_matrix
    scales: Floats
    classes: Classes
    counts: Floats


def look(examples: Sequence[Example]) -> list[Seen]:
    """What the model sees of each."""
    return [seen_in(e.text.headline, e.text.names) for e in examples]


def table_of(
    seen: Sequence[Seen], examples: Sequence[Example], counts: Iterable[float] | None = None
) -> Table:
    """The matrix of the examples, over the n-grams that occur often enough in them.

    Args:
        seen: What the model sees of each example.
        examples: With their labels.
        counts: How much each counts; without it, 1.
    """
    letters = [[g for shape in sorted(set(one.shapes)) for g in letters_of(shape)] for one in seen]
    words, word_names = _ngrams([sorted(set(one.grams)) for one in seen], MET_WORDS)
    parts, letter_names = _ngrams(letters, MET_LETTERS)
    read = csr_matrix(np.array([one.read for one in seen]))
    names = (*(READ_PREFIX + name for name in READ), *word_names, *letter_names)
    sizes = (len(READ), len(word_names), len(letter_names))
    return Table(
        names,
        csr_matrix(hstack([read, words, parts])),
        np.repeat([READS, WORDS, LETTERS], sizes),
        np.array([CLASSES.index(example.label) for example in examples]),
        np.ones(len(examples)) if counts is None else np.array(list(counts)),
    )


def fit(table: Table) -> Fitted:
    """The regression over all rows of the table, converged or after 300 steps.

    Each example is learned from twice, with its n-grams and without them: so the lexicon's reading
    is weighed to stand by itself where a text's n-grams are unknown, and n-grams correct it.

    No text is good or bad before a word of it was read: positive and negative examples count the
    same in sum, and start and silence get the mean of what was learned for both.
    """
    scaled = table.values.multiply(table.scales).tocsc()
    bare = scaled.copy()
    bare.data[bare.indptr[len(READ)] :] = 0.0
    bare.eliminate_zeros()
    twice = vstack([scaled, bare]).tocsr()
    with threadpool_limits(1):
        fitted = LogisticRegression(C=_PENALTY, max_iter=_ITERATIONS, tol=_TOLERANCE)
        fitted.fit(twice, np.tile(table.classes, 2), np.tile(_balanced(table), 2))
    weights = np.vstack([fitted.intercept_, fitted.coef_.T * table.scales[:, None]])
    features = (START, *table.features)
    for feature in (START, READ_PREFIX + "silence"):
        row = weights[features.index(feature)]
        row[[_NEGATIVE, _POSITIVE]] = row[[_NEGATIVE, _POSITIVE]].mean()
    return Fitted(features, weights)


def _balanced(table: Table) -> Floats:
    """What each example counts, where the good and the bad are given the same sum."""
    counts = table.counts.copy()
    sums = [table.counts[table.classes == one].sum() for one in (_NEGATIVE, _POSITIVE)]
    for one, total in zip((_NEGATIVE, _POSITIVE), sums, strict=True):
        counts[table.classes == one] *= sum(sums) / 2 / total
    return counts


def temperature_of(evidence: Floats, classes: Classes) -> float:
    """By what evidence on unseen texts is divided so that confidence means accuracy.

    The one number that makes the labels most likely (Guo et al. 2017, On Calibration of Modern
    Neural Networks).
    """

    def surprise(temperature: float) -> float:
        scaled = evidence / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        logs = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return float(-logs[np.arange(len(classes)), classes].mean())

    found = minimize_scalar(surprise, bounds=(0.2, 5.0), method="bounded")
    return round(float(found.x), 3)


def _ngrams(rows: Sequence[Sequence[str]], met: int) -> tuple[csr_matrix, list[str]]:
    """Each example's known n-grams, by √known / all, and the names of those that are known."""
    often = Counter(gram for row in rows for gram in set(row))
    names = sorted(gram for gram, times in often.items() if times >= met)
    place: Mapping[str, int] = {gram: n for n, gram in enumerate(names)}
    ends, columns, values = [0], [], []
    for row in rows:
        known = [place[gram] for gram in row if gram in place]
        columns.extend(known)
        values.extend([part(len(known), len(row))] * len(known))
        ends.append(len(columns))
    shape = (len(rows), len(names))
    found = csr_matrix((np.array(values), np.array(columns, np.int64), ends), shape=shape)
    found.sum_duplicates()
    return found, names
