"""What the model sees of a text: the lexicon's reading as a few numbers, and its n-grams. Pure.

N-grams are of one to three words within a clause, and of three to five letters within a word. The
instrument's name, other names and numbers are masked, so that what is learned of one company holds
for all. A word counts besides as one of a clause that names the instrument (`own:`) or of one that
does not while another does (`else:`), and by its side of the name and whether it is close to it
(`left:`, `right:`, `near-left:`, `near-right:`).
"""

import math
from collections.abc import Iterator, Sequence
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
_PLACES = ("own:", "else:", "left:", "right:", "near-left:", "near-right:")
_IN_OWN, _ELSE, _LEFT, _RIGHT, _CLOSE_BY = 0, 1, 2, 3, 2
"""Where each stands in `_PLACES`; what is close by stands so much further."""
_OPEN, _CLOSE = MARKS = "<", ">"
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
        clauses: How each clause lies in `shapes`, for `spans`.
        cues: What the lexicon found, each by the weight of its place.
    """

    read: tuple[float, ...]
    shapes: list[str]
    shown: list[str]
    grams: list[str]
    clauses: list["_Lying"]
    cues: list[Cue]

    def spans(self) -> Iterator[tuple[str, range]]:
        """Each n-gram with the places in `shapes` that it spans, marks left out."""
        places = (place for lying in self.clauses for place in lying.spans())
        for gram, (start, length) in zip(self.grams, places, strict=True):
            yield gram, range(start, start + length)


class _Lying(NamedTuple):
    """Where in `shapes` a clause lies, and which n-grams were made of it."""

    first: int
    size: int
    placed: bool
    sides: list[int]

    def spans(self) -> Iterator[tuple[int, int]]:
        """Start and length of each n-gram, in the order in which `_look` adds them."""
        end = self.first + self.size
        words = [(start, 1) for start in range(self.first + 1, end - 1)]
        pairs = [(start, 2) for start in range(self.first, end - 1)]
        yield from words
        yield from pairs
        yield from ((start, 3) for start in range(self.first, end - 2))
        if self.placed:
            yield from words
        yield from ((start, 1) for start in self.sides)


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
    seen = Seen((), [], [], [], [], [])
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


@lru_cache(maxsize=20_000)
def _as_placed(word: str) -> tuple[str, ...]:
    """The word as what it is by its place, in the order of `_PLACES`: kept, as words repeat."""
    return tuple(place + word for place in _PLACES)


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
    first = len(seen.shapes)
    seen.shapes.extend(shapes)
    words = shapes[1:-1]
    pairs = [f"{one} {two}" for one, two in pairwise(shapes)]
    grams = [
        *words,
        *pairs,
        *[f"{pair} {last}" for pair, last in zip(pairs, shapes[2:], strict=False)],
    ]
    sides: list[int] = []
    if anywhere:
        kind = _IN_OWN if clause.named else _ELSE
        grams += [_as_placed(word)[kind] for word in words]
    if clause.named:
        beside, sides = _sides(shapes, first)
        grams += beside
    seen.grams.extend(grams)
    seen.clauses.append(_Lying(first, len(shapes), anywhere, sides))


def _masked(clause: Clause, shown: list[str]) -> list[str]:
    """The clause's shapes between two marks; what they were is added to `shown`."""
    shapes = [_OPEN]
    shown.append("")
    if not (clause.named or clause.others):
        shapes += [word.shape for word in clause.words]
        shown += [word.token for word in clause.words]
        shapes.append(_CLOSE)
        shown.append("")
        return shapes
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


def _sides(shapes: Sequence[str], first: int) -> tuple[list[str], list[int]]:
    """Each word with its side of the closest mention of the name, and where it stands."""
    own = [n for n, shape in enumerate(shapes) if shape == OWN]
    grams, places = [], []
    for n in range(1, len(shapes) - 1):
        if (shape := shapes[n]) == OWN:
            continue
        distance = n - own[0] if len(own) == 1 else min([n - one for one in own], key=abs)
        placed = _as_placed(shape)
        side = _RIGHT if distance > 0 else _LEFT
        grams.append(placed[side])
        places.append(first + n)
        if -_NEAR <= distance <= _NEAR:
            grams.append(placed[side + _CLOSE_BY])
            places.append(first + n)
    return grams, places
