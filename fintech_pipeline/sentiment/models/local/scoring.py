"""The linear part: from what is seen to what speaks for each class. Pure.

    evidence = start + Σ read · weight + (√known / all) · Σ weights of the known n-grams

for words and for letters, each by its own known and all; an n-gram counts once, however often it
occurs. The fewer of a text's n-grams the model has met, the less they say, and the more the
lexicon's reading decides.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from fintech_pipeline.sentiment.models.local.features import READ, Seen, letters_of
from fintech_pipeline.sentiment.models.local.weights import UNIT, Weights, Whole

Evidence = npt.NDArray[np.float64]
Letters = tuple[int, int, int, int, int]
"""Of a word: how many n-grams of letters it has, how many are known, their sum by class."""

_NO_LETTERS: Letters = (0, 0, 0, 0, 0)
_MOST_WORDS_KEPT = 50_000


class Linear:
    """What the weights make of texts: a pure function of them, with the letters of words kept."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._letters: dict[str, Letters] = {}

    def evidence(self, texts: Sequence[Seen]) -> Evidence:
        """What speaks for negative, neutral and positive, by text; the same bits in any batch."""
        if not texts:
            return np.zeros((0, 3))
        words: list[list[int]] = []
        word_parts: list[float] = []
        shapes: dict[str, int] = {}
        spelled: list[list[int]] = []
        for seen in texts:
            grams = set(seen.grams)
            known = self.known(grams)
            words.append(known)
            word_parts.append(part(len(known), len(grams)))
            spelled.append([shapes.setdefault(s, len(shapes)) for s in set(seen.shapes)])
        letters = _sums(np.array([self.letters(s) for s in shapes] or [_NO_LETTERS]), spelled)
        letter_parts = [part(met, count) for count, met in letters[:, :2].tolist()]
        total: Evidence = np.tile(np.array(self.weights.start, np.float64), (len(texts), 1))
        read = np.array([seen.read for seen in texts])
        # Column by column, in this order, as a matrix product promises none.
        for column in range(len(READ)):
            total += read[:, column : column + 1] * self.weights.read[column]
        total += _sums(self.weights.rows, words) * np.array(word_parts)[:, None]
        total += letters[:, 2:] * np.array(letter_parts)[:, None]
        return total / UNIT

    def known(self, grams: Iterable[str]) -> list[int]:
        """The rows of those n-grams that the weights hold."""
        # No n-gram has row 0.
        return list(filter(None, map(self.weights.place.get, grams)))

    def letters(self, shape: str) -> Letters:
        """What the letters of a word add up to."""
        found = self._letters.get(shape)
        if found is None:
            grams = letters_of(shape)
            rows = self.weights.rows[self.known(grams)]
            negative, neutral, positive = rows.sum(axis=0).tolist() if len(rows) else (0, 0, 0)
            found = (len(grams), len(rows), negative, neutral, positive)
            if len(self._letters) < _MOST_WORDS_KEPT:
                self._letters[shape] = found
        return found


def _sums(table: Whole, rows: Sequence[Sequence[int]]) -> Whole:
    """The sum of the named rows of the table, for each list of names: exact, in any order."""
    flat = np.fromiter(chain.from_iterable(rows), np.int64)
    ends = np.cumsum([0, *map(len, rows)])
    sums = np.zeros((len(rows), table.shape[1]), np.int64)
    some = np.flatnonzero(np.diff(ends))
    if len(some):
        for column in range(table.shape[1]):
            sums[some, column] = np.add.reduceat(table[flat, column], ends[some])
    return sums


def part(known: int, count: int) -> float:
    """By what the sum of the known n-grams is multiplied."""
    return math.sqrt(known) / count if count else 0.0


def probabilities(evidence: Sequence[float]) -> tuple[float, float, float]:
    """The softmax: how likely negative, neutral and positive are."""
    most = max(evidence)
    powers = [math.exp(one - most) for one in evidence]
    total = math.fsum(powers)
    negative, neutral, positive = (power / total for power in powers)
    return negative, neutral, positive
