"""Cues: what the lexicon finds in a clause, read with direction, negation and comparison. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fintech_pipeline.sentiment.models.local.clauses import Clause, Word
from fintech_pipeline.sentiment.models.local.lexicon import Phrase, lexicon

_SHIFTS = {"negators": -0.7, "escapes": -0.6, "hedges": 0.7, "boosters": 1.3}
_REACH = 3
"""How many words a negator, escape, hedge or booster reaches ahead."""
_THING_AHEAD, _THING_BEHIND = 3, 9
"""How far from a move what moves may stand: "cuts costs", "profit for the quarter rose"."""
_COMPARED, _TURNED, _SAME_UNIT = 0.7, 1.0, 20
"""The weight of figures compared without a verb, of a turn; beyond this factor units differ."""


class Cue(NamedTuple):
    """A found phrase and what it says.

    Attributes:
        phrase: The words, or the comparison.
        value: Above zero good, below zero bad.
        compared: Whether it sets now against then.
    """

    phrase: str
    value: float
    compared: bool


class _Hit(NamedTuple):
    """A phrase of the lexicon in a clause, from word `start` up to `end`."""

    phrase: Phrase
    start: int
    end: int


def cues_of(clauses: Sequence[Clause]) -> list[list[Cue]]:
    """What each clause says, before its place is weighed."""
    found = []
    things = lexicon().things
    subject = 0.0
    for clause in clauses:
        hits = [
            hit
            for hit in _hits(clause.words)
            if not clause.named or clause.named.isdisjoint(range(hit.start, hit.end))
        ]
        found.append(list(_read(clause.words, hits, subject)) if hits or subject else [])
        # "Costs were 5 mn, up from 4 mn": what moves may stand one clause back.
        subject = next((things[h.phrase] for h in hits if h.phrase in things), 0.0)
    return found


def _hits(words: Sequence[Word]) -> list[_Hit]:
    """The lexicon's phrases in the clause from left to right, the longest at each word."""
    starting = lexicon().starting
    plain = [word.plain for word in words]
    hits: list[_Hit] = []
    if starting.keys().isdisjoint(plain):
        return hits
    end = 0
    for start, word in enumerate(plain):
        if start < end or word not in starting:
            continue
        for phrase in starting[word]:
            length = len(phrase)
            if length == 1 or tuple(plain[start : start + length]) == phrase:
                end = start + length
                hits.append(_Hit(phrase, start, end))
                break
    return hits


def _read(words: Sequence[Word], hits: Sequence[_Hit], subject: float) -> Iterator[Cue]:
    """The cues of one clause; `subject` was moved one clause back."""
    known = lexicon()
    things = [hit for hit in hits if hit.phrase in known.things]
    moves = [hit for hit in hits if hit.phrase in known.moves]
    if turned := _comparison(words, things, subject, bare=not moves):
        yield turned
        return
    moved = {move.start: _what_moves(move, things, words) for move in moves}
    for hit in hits:
        value = 0.0 if hit in moved.values() else known.tones.get(hit.phrase, 0.0)
        if hit.start in moved:
            thing = moved[hit.start]
            alone = subject if hit.start == 0 and subject else known.alone[hit.phrase]
            value = known.moves[hit.phrase] * (known.things[thing.phrase] if thing else alone)
        if value:
            yield Cue(" ".join(hit.phrase), _shifted(value, hit, hits), compared=False)


def _what_moves(move: _Hit, things: Sequence[_Hit], words: Sequence[Word]) -> _Hit | None:
    """What a move speaks of: closely ahead ("cuts costs"), else the last behind ("profit rose")."""
    ahead = [t for t in things if 0 <= t.start - move.end <= _THING_AHEAD]
    if move.phrase[-1] == "from" or (ahead and words[move.end].plain == "to"):
        ahead = []  # "slipped to a loss" tells where it went, not what moved
    behind = [t for t in things if 0 <= move.start - t.end <= _THING_BEHIND]
    if ahead and not (behind and move.start == behind[-1].end):
        return ahead[0]
    return behind[-1] if behind else None


def _shifted(value: float, hit: _Hit, hits: Sequence[_Hit]) -> float:
    """The value after the negators, escapes, hedges and boosters shortly before the phrase."""
    if len(hits) == 1:
        return value
    shifts = lexicon().shifts
    for other in [o.phrase for o in hits if 0 <= hit.start - o.end < _REACH]:
        for kind, factor in _SHIFTS.items():
            if other in shifts[kind] and (kind != "escapes" or value < 0.0):
                value *= factor
    return value


def _comparison(
    words: Sequence[Word], things: Sequence[_Hit], subject: float, *, bare: bool
) -> Cue | None:
    """Now against then: a profit after a loss, or (without a verb) "EPS of 1.20 versus 1.10"."""
    weights, pivots = lexicon().things, lexicon().pivots
    if pivots.isdisjoint([word.plain for word in words]):
        return None
    pivot = next(n for n, word in enumerate(words) if word.plain in pivots)
    spoken = [weights[t.phrase] for t in things if t.end <= pivot]
    now = spoken[-1] if spoken else subject * (pivot <= 1)
    then = [weights[t.phrase] for t in things if 0 < t.start - pivot <= _THING_AHEAD + 1]
    if now and then and then[0] != now:
        told = "good after bad" if now > 0 else "bad after good"
        return Cue(told, _TURNED * now, compared=True)
    before = [w.figure for w in words[max(0, pivot - 4) : pivot] if w.figure is not None]
    after = [w.figure for w in words[pivot + 1 : pivot + 9] if w.figure is not None]
    if not (bare and now and before and after):
        return None
    new, old = before[-1], after[0]
    if new == old or max(new, old) > _SAME_UNIT * min(new, old):
        return None
    told = f"{new:g} {words[pivot].plain} {old:g}"
    return Cue(told, _COMPARED * (now if new > old else -now), compared=True)
