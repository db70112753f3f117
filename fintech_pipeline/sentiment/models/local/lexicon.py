"""The lexicon: headline English of finance, written for this project, as `lexicon.toml` has it.

Pure but for that file, which is part of the program.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

PATH = Path(__file__).with_suffix(".toml")

Phrase = tuple[str, ...]


class Lexicon(NamedTuple):
    """What `lexicon.toml` says, each phrase in all its forms.

    Attributes:
        tones: How good or bad a phrase is in itself.
        moves: Whether a move goes up (1) or down (-1).
        alone: What a move says of something unknown.
        things: Whether more of a thing is good (1) or bad (-1).
        shifts: What turns, weakens or strengthens the words after it, by kind.
        breaks: Words that open a new clause.
        backgrounds: Words that open a clause of old news.
        not_before: Before these a background word opens nothing.
        pivots: What sets one figure against another.
        starting: All phrases by their first word, the longest first.
        words: The phrases of one word.
    """

    tones: dict[Phrase, float]
    moves: dict[Phrase, float]
    alone: dict[Phrase, float]
    things: dict[Phrase, float]
    shifts: dict[str, frozenset[Phrase]]
    breaks: frozenset[str]
    backgrounds: frozenset[str]
    not_before: frozenset[str]
    pivots: frozenset[str]
    starting: dict[str, tuple[Phrase, ...]]
    words: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once for each process."""
    data = tomllib.loads(PATH.read_text(encoding="utf-8"))
    tones = _weighted((row["phrases"], row["weight"]) for row in data["tone"])
    moves = _weighted((row["phrases"], row["weight"]) for row in data["move"])
    alone = _weighted((row["phrases"], row["alone"]) for row in data["move"])
    things = _weighted([(data["things"]["good"], 1.0), (data["things"]["bad"], -1.0)])
    shifts = {kind: frozenset(_forms(phrases)) for kind, phrases in data["shifts"].items()}
    clauses = {kind: frozenset(words) for kind, words in data["clauses"].items()}
    starting: dict[str, tuple[Phrase, ...]] = {}
    known = {*tones, *moves, *things}.union(*shifts.values())
    for phrase in sorted(known, key=lambda p: (-len(p), p)):
        starting[phrase[0]] = (*starting.get(phrase[0], ()), phrase)
    words = frozenset(phrase[0] for phrase in known if len(phrase) == 1)
    return Lexicon(
        tones,
        moves,
        alone,
        things,
        shifts,
        clauses["breaks"],
        clauses["backgrounds"],
        clauses["not_before"],
        clauses["pivots"],
        starting,
        words,
    )


def _weighted(groups: Iterable[tuple[Iterable[str], float]]) -> dict[Phrase, float]:
    return {form: weight for phrases, weight in groups for form in _forms(phrases)}


def _forms(phrases: Iterable[str]) -> Iterator[Phrase]:
    """Each phrase word by word, a verb marked `*` in all its regular forms."""
    for phrase in phrases:
        verb, star, rest = phrase.partition("*")
        for form in _conjugated(verb) if star else (verb,):
            yield tuple(f"{form}{rest}".split())


def _conjugated(verb: str) -> tuple[str, ...]:
    """The regular forms of the verb that ends the phrase: soar, soars, soared, soaring."""
    if verb.endswith("e"):
        return verb, f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"
    if re.search(r"[^aeiou]y$", verb):
        return verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"
    third = f"{verb}es" if re.search(r"(?:s|x|ch|sh)$", verb) else f"{verb}s"
    # A short verb doubles its last consonant: drop, dropped. Nobody writes the false forms.
    doubled = verb + verb[-1] if re.search(r"[^aeiou][aeiou][bgmnpt]$", verb) else verb
    return verb, third, f"{verb}ed", f"{verb}ing", f"{doubled}ed", f"{doubled}ing"
