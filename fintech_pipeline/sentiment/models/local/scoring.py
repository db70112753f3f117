"""The linear part: from what is seen to what speaks for each class. Pure.

    evidence = start + Σ read · weight + (√known / all) · Σ weights of the known n-grams

for words and for letters, each by its own known and all; an n-gram counts once, however often it
occurs. The fewer of a text's n-grams the model has met, the less they say, and the more the
lexicon's reading decides.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fintech_pipeline.sentiment.models.local.features import READ, Seen, letters_of
from fintech_pipeline.sentiment.models.local.weights import UNIT, Weights

Evidence = npt.NDArray[np.float64]
Letters = tuple[int, int, int, int, int]
"""Of a word: how many n-grams of letters it has, how many are known, their sum by class."""

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
        grams: list[int] = []
        starts, word_parts, letter_parts = [], [], []
        letters = []
        for seen in texts:
            known = self.known(seen)
            starts.append(len(grams))
            grams.append(0)
            grams.extend(known)
            word_parts.append(part(len(known), len(set(seen.grams))))
            of_all = [self.letters(shape) for shape in set(seen.shapes)]
            count, met, *sums = map(sum, zip(*of_all, strict=True)) if of_all else (0,) * 5
            letter_parts.append(part(met, count))
            letters.append(sums)
        words = np.add.reduceat(self.weights.rows[grams], starts, axis=0)
        total: Evidence = np.tile(np.array(self.weights.start, np.float64), (len(texts), 1))
        read = np.array([seen.read for seen in texts])
        # Column by column, in this order, as a matrix product promises none.
        for column in range(len(READ)):
            total += read[:, column : column + 1] * self.weights.read[column]
        total += words * np.array(word_parts)[:, None]
        total += np.array(letters, np.int64) * np.array(letter_parts)[:, None]
        return total / UNIT

    def known(self, seen: Seen) -> list[int]:
        """The rows of the n-grams of words that the weights hold."""
        place = self.weights.place
        return [place[gram] for gram in set(seen.grams) if gram in place]

    def letters(self, shape: str) -> Letters:
        """What the letters of a word add up to."""
        found = self._letters.get(shape)
        if found is None:
            place = self.weights.place
            grams = letters_of(shape)
            rows = self.weights.rows[[place[gram] for gram in grams if gram in place]]
            negative, neutral, positive = rows.sum(axis=0).tolist() if len(rows) else (0, 0, 0)
            found = (len(grams), len(rows), negative, neutral, positive)
            if len(self._letters) < _MOST_WORDS_KEPT:
                self._letters[shape] = found
        return found


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
