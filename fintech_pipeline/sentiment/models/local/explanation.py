"""Why the local model said what it said: each word's part in it, in numbers that add up. Pure.

An n-gram's evidence is shared evenly among its words. What the lexicon read is one row: its numbers
come from the whole text. Every share is rounded, and the sum is the sum of the rounded shares.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from fintech_pipeline.sentiment.models.local.features import READ, Seen
from fintech_pipeline.sentiment.models.local.model import Evidence, LocalModel, parts_of
from fintech_pipeline.sentiment.models.local.scoring import part, probabilities
from fintech_pipeline.sentiment.models.local.weights import UNIT
from fintech_pipeline.sentiment.scores import Text

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Share:
    """What one word, or one reason, adds to the evidence for each class."""

    told: str
    negative: float
    neutral: float
    positive: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """A text's evidence.

    Attributes:
        shares: Every word's in the order of the text, then the lexicon's, then the start's.
        evidence: Their sum: for negative, neutral and positive.
        probabilities: Of the same, by softmax: exp(evidence) over the sum of all three.
    """

    shares: tuple[Share, ...]
    evidence: Evidence
    probabilities: Evidence


def explain(model: LocalModel, text: Text) -> Explanation:
    """The shares behind the model's verdict on the text.

    Raises:
        ConfigurationError: The weights are missing, damaged or of another version.
    """
    parts = parts_of(text)
    shares = [
        _share(told if n == 0 else f"{told} (summary)", [weight * one for one in row])
        for n, (seen, weight) in enumerate(parts)
        for told, row in _rows(model, seen)
    ]
    shares.append(_share("(what every text begins with)", [w / UNIT for w in model.weights.start]))
    evidence = (
        round(math.fsum(share.negative for share in shares), _DIGITS),
        round(math.fsum(share.neutral for share in shares), _DIGITS),
        round(math.fsum(share.positive for share in shares), _DIGITS),
    )
    return Explanation(tuple(shares), evidence, probabilities(evidence))


def _rows(model: LocalModel, seen: Seen) -> Iterator[tuple[str, list[float]]]:
    linear, weights = model.linear, model.weights
    words = [[0.0, 0.0, 0.0] for _ in seen.shapes]
    grams = set(seen.grams)
    factor = part(len(linear.known(grams)), len(grams)) / UNIT
    for gram, places in seen.spans():
        if gram in weights.place and gram in grams:
            grams.remove(gram)  # It counts once, where it first occurs.
            spanned = [n for n in places if seen.shown[n]]
            row = weights.rows[weights.place[gram]].tolist()
            for n in spanned:
                _add(words[n], row, factor / len(spanned))
    letters = {shape: linear.letters(shape) for shape in seen.shapes}
    factor = (
        part(sum(one[1] for one in letters.values()), sum(one[0] for one in letters.values()))
        / UNIT
    )
    for shape, one in letters.items():
        _add(words[seen.shapes.index(shape)], one[2:], factor)
    yield from ((shown, row) for shown, row in zip(seen.shown, words, strict=True) if shown)
    read = [0.0, 0.0, 0.0]
    for column in range(len(READ)):
        _add(read, weights.read[column].tolist(), seen.read[column] / UNIT)
    told = ", ".join(dict.fromkeys(f'"{cue.phrase}" {cue.value:+.2f}' for cue in seen.cues))
    yield f"(the lexicon reads {told or 'nothing'})", read


def _add(row: list[float], more: "list[int] | tuple[int, ...]", factor: float) -> None:
    for n, weight in enumerate(more):
        row[n] += weight * factor


def _share(told: str, row: list[float]) -> Share:
    negative, neutral, positive = (round(one, _DIGITS) + 0.0 for one in row)
    return Share(told, negative, neutral, positive)
