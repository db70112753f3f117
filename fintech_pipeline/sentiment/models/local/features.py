"""What the model sees of a text: the lexicon's reading as a few numbers, and its n-grams. Pure.

N-grams are of one to three words within a clause, and of three to five letters within a word. The
instrument's name, other names and numbers are masked, so that what is learned of one company holds
for all. Those of a clause that names the instrument (`own:`), and of one that does not while
another does (`else:`), count besides as such, and so does a word's side of the name and whether it
is close to it (`left:`, `right:`, `near-left:`, `near-right:`).
"""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from fintech_pipeline.sentiment.models.local.clauses import (
    NUMBER,
    OTHER,
    OWN,
    Clause,
    clauses_of,
)
from fintech_pipeline.sentiment.models.local.cues import Cue, cues_of

READING = 1
"""Counted up when this package reads a text otherwise: weights of another reading are refused."""
READ = (
    "sum",
    "twice the sum",
    "size",
    "silence",
    "good",
    "bad",
    "both",
    "good on the whole",
    "bad on the whole",
    "own clause",
    "own clause, size",
    "elsewhere",
    "elsewhere, size",
    "about others",
    "about others, size",
    "background",
    "comparisons",
)
"""The numbers of the lexicon's reading."""
_OWN_CLAUSE, _ELSEWHERE, _ABOUT_OTHERS = 1.0, 0.6, 0.2
"""The weight of a clause that names the instrument, or of each where none does; of one where only
another one does; of one that names somebody else instead."""
_BACKGROUND = 0.5
_TELLING = 0.15
"""A sum beyond this is good or bad on the whole."""
_LETTERS = (3, 4, 5)
_NEAR = 3
_OPEN, _CLOSE = "<", ">"
_NAMES = frozenset({OWN, OTHER})
_MASKS = frozenset({OWN, OTHER, NUMBER, _OPEN, _CLOSE})
_SILENCE = tuple(float(name == "silence") for name in READ)


class Seen(NamedTuple):
    """What the model sees of a text.

    Attributes:
        read: One number for each of `READ`.
        shapes: The words, masked, with runs of names joined, and a mark around each clause.
        shown: The same words as they were written; "" for a mark.
        grams: The n-grams of words.
        starts: At which of the shapes each begins.
        lengths: How many shapes each spans.
        cues: What the lexicon found, each by the weight of its place.
    """

    read: tuple[float, ...]
    shapes: list[str]
    shown: list[str]
    grams: list[str]
    starts: list[int]
    lengths: list[int]
    cues: list[Cue]


class _Placed(NamedTuple):
    """A cue, the weight of the clause it stands in, and whether that is background."""

    cue: Cue
    place: float
    background: bool

    @property
    def value(self) -> float:
        return self.cue.value * (_BACKGROUND if self.background else 1.0)


def seen_in(text: str, names: Sequence[str]) -> Seen:
    """What there is to see in the text, from the instrument of these names."""
    clauses = clauses_of(text, names)
    anywhere = any(clause.named for clause in clauses)
    placed: list[_Placed] = []
    seen = Seen((), [], [], [], [], [], [])
    for clause, found in zip(clauses, cues_of(clauses), strict=True):
        place = _place(clause, anywhere=anywhere)
        placed.extend([_Placed(cue, place, clause.background) for cue in found])
        _look(clause, seen, anywhere=anywhere)
    cues = [Cue(p.cue.phrase, p.value * p.place, p.cue.compared) for p in placed]
    return Seen(_read(placed, cues), *seen[1:-1], cues)


@lru_cache(maxsize=20_000)
def letters_of(shape: str) -> tuple[str, ...]:
    """The n-grams of letters in a word; none in a name, a number or a mark."""
    if shape in _MASKS:
        return ()
    word = f"{_OPEN}{shape}{_CLOSE}"
    return tuple(
        f"~{word[start : start + length]}"
        for length in _LETTERS
        for start in range(len(word) - length + 1)
    )


def _place(clause: Clause, *, anywhere: bool) -> float:
    if clause.named or not anywhere:
        return _OWN_CLAUSE
    return _ABOUT_OTHERS if clause.others else _ELSEWHERE


def _read(placed: Sequence[_Placed], cues: Sequence[Cue]) -> tuple[float, ...]:
    """The numbers of `READ`, squashed where they could grow without end."""
    if not cues:
        return _SILENCE
    values = [cue.value for cue in cues]
    total = math.fsum(values)
    good = math.fsum([value for value in values if value > 0.0])
    bad = -math.fsum([value for value in values if value < 0.0])
    places: list[float] = []
    for place in (_OWN_CLAUSE, _ELSEWHERE, _ABOUT_OTHERS):
        here = [one.value for one in placed if one.place == place]
        places += [math.tanh(math.fsum(here)), math.tanh(math.fsum(map(abs, here)))]
    background = [one.cue.value for one in placed if one.background]
    compared = [math.copysign(1.0, cue.value) for cue in cues if cue.compared]
    return (
        math.tanh(total),
        math.tanh(2.0 * total),
        abs(math.tanh(total)),
        0.0,
        math.tanh(good),
        math.tanh(bad),
        float(good > 0.0 and bad > 0.0),
        float(total > _TELLING),
        float(total < -_TELLING),
        *places,
        math.tanh(math.fsum(background)),
        max(-3.0, min(3.0, math.fsum(compared))),
    )


def _look(clause: Clause, seen: Seen, *, anywhere: bool) -> None:
    """Adds the clause's words and their n-grams to what is seen."""
    shapes = _masked(clause, seen.shown)
    first, count = len(seen.shapes), len(shapes)
    seen.shapes.extend(shapes)
    words = shapes[1:-1]
    pairs = [f"{one} {two}" for one, two in pairwise(shapes)]
    triples = [f"{pair} {three}" for pair, three in zip(pairs, shapes[2:], strict=False)]
    for grams, start, length in ((words, 1, 1), (pairs, 0, 2), (triples, 0, 3)):
        _add(seen, grams, range(first + start, first + start + len(grams)), length)
    if not anywhere:
        return
    placed = "own:" if clause.named else "else:"
    _add(seen, [placed + word for word in words], range(first + 1, first + count - 1), 1)
    _add(seen, [placed + pair for pair in pairs], range(first, first + count - 1), 2)
    if clause.named:
        _add_sides(seen, shapes, first)


def _add(seen: Seen, grams: Sequence[str], starts: Iterable[int], length: int) -> None:
    seen.grams.extend(grams)
    seen.starts.extend(starts)
    seen.lengths.extend([length] * len(grams))


def _masked(clause: Clause, shown: list[str]) -> list[str]:
    """The clause's shapes between two marks; what they were is added to `shown`."""
    shapes = [_OPEN]
    shown.append("")
    for n, word in enumerate(clause.words):
        shape = OWN if n in clause.named else OTHER if n in clause.others else word.shape
        if shape == shapes[-1] and shape in _NAMES:
            shown[-1] += f" {word.token}"
        else:
            shapes.append(shape)
            shown.append(word.token)
    shapes.append(_CLOSE)
    shown.append("")
    return shapes


def _add_sides(seen: Seen, shapes: Sequence[str], first: int) -> None:
    """Each word with its side of the closest mention of the name."""
    own = [n for n, shape in enumerate(shapes) if shape == OWN]
    for n in range(1, len(shapes) - 1):
        shape = shapes[n]
        if shape == OWN:
            continue
        distance = min([n - mention for mention in own], key=abs)
        side = "right:" if distance > 0 else "left:"
        _add(seen, [side + shape], [first + n], 1)
        if -_NEAR <= distance <= _NEAR:
            _add(seen, [f"near-{side}{shape}"], [first + n], 1)
