"""A text cut into clauses, each word with what the model has to know of it. Pure.

A clause says of whom it speaks: of the instrument, of somebody else, of nobody by name. Names are
recognised by their capitals, except in a headline that capitalises every word.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from fintech_pipeline.sentiment.models.local.lexicon import Phrase, lexicon

OWN, OTHER, NUMBER = "@own", "@other", "0"
"""What stands for the instrument's name, for other names and for numbers."""
BREAKS = frozenset(".,;:!?…—–|()")

_TOKEN = re.compile(r"[^\W_]+(?:(?:[-'’.&]|,(?=\d{3}))[^\W_]+)*|\.(?!\d)|[,;:!?…—–|()]")
_FIGURE = re.compile(r"(?!(?:19|20)\d\d$)[a-z]{0,3}(\d[\d,]*(?:\.\d+)?)[a-z]{0,3}")
_NUMBER = re.compile(r"[a-z]{0,3}\d[\d,.]*[a-z]{0,3}")
_PERIOD = re.compile(r"\d+-(?:day|week|month|year)")
_LEGAL = frozenset(
    {"inc", "corp", "corporation", "company", "co", "ltd", "limited", "plc", "group"}
)
_ABBREVIATED = _LEGAL | {"rs", "dr", "mr", "mrs", "st", "no", "vs"}
"""A full stop after these ends no clause."""
_TITLE_CASE, _TITLE_WORDS = 0.6, 3
"""Beyond this part of capitals, in more than so many words, capitals tell no names."""


class Word(NamedTuple):
    """A word of a text.

    Attributes:
        token: As it was written.
        lower: In lower case.
        plain: As the lexicon spells it: lower case, straight apostrophe, no possessive.
        shape: Its plain form, or `NUMBER`.
        figure: The number in it, such as 13.1 in `eur13.1mn`; None for a year.
        initial: Whether it opens with a capital.
        capital: Whether it may be a name: a capital, no number, unknown to the lexicon.
        cuts: Whether a clause may end at it.
        telling: Whether it is a tone or a move of the lexicon.
    """

    token: str
    lower: str
    plain: str
    shape: str
    figure: float | None
    initial: bool
    capital: bool
    cuts: bool
    telling: bool


class Clause(NamedTuple):
    """Words that belong together.

    Attributes:
        words: In their order.
        named: Which of them are the instrument's name.
        others: Which of them are other names.
    """

    words: list[Word]
    named: frozenset[int]
    others: frozenset[int]

    @property
    def background(self) -> bool:
        """Whether it tells the old news: "after a weak year"."""
        return self.words[0].lower in lexicon().backgrounds


def clauses_of(text: str, names: Sequence[str]) -> list[Clause]:
    """The text's clauses, cut at punctuation, at "but" and before what opens a background.

    Args:
        text: Untrusted text; the time is linear in it.
        names: What it may call the instrument.
    """
    phrases = name_phrases(tuple(names))
    cut = _cut(list(map(word_of, _TOKEN.findall(text))))
    initials = [word.initial for clause in cut for word in clause]
    titled = len(initials) > _TITLE_WORDS and sum(initials) > _TITLE_CASE * len(initials)
    clauses = []
    for number, words in enumerate(cut):
        named = _positions(words, phrases)
        capitals = [] if titled else [n for n, word in enumerate(words) if word.capital]
        if number == 0 and capitals[:1] == [0] and not words[0].token.isupper():
            del capitals[0]  # A text's first word has a capital anyway.
        others = frozenset(capitals) - named if capitals else _NOWHERE
        clauses.append(Clause(words, named, others))
    return clauses


_NOWHERE: frozenset[int] = frozenset()
_NOTHING = Word("", "", "", "", None, False, False, False, False)


@lru_cache(maxsize=20_000)
def word_of(token: str) -> Word:
    """The token with what there is to know of it."""
    known = lexicon()
    lower = token.lower()
    plain = lower.replace("’", "'").removesuffix("'s")
    plain = "period" if _PERIOD.fullmatch(plain) else plain
    number = _NUMBER.fullmatch(plain)
    hit = _FIGURE.fullmatch(plain) if number else None
    return Word(
        token,
        lower,
        plain,
        NUMBER if number else plain,
        float(hit.group(1).replace(",", "")) if hit else None,
        token[:1].isupper(),
        token[:1].isupper() and not number and plain not in known.words,
        lower in BREAKS | known.breaks | known.backgrounds | {"and"},
        (lower,) in known.tones or (lower,) in known.moves,
    )


@lru_cache(maxsize=5_000)
def name_phrases(names: tuple[str, ...]) -> frozenset[Phrase]:
    """The names word by word; those in capitals stay so, lest `ALL` be found in "all"."""
    return frozenset(_name_phrases(names)) - {()}


def _name_phrases(names: Iterable[str]) -> Iterable[Phrase]:
    for name in names:
        words = [word for word in _TOKEN.findall(name) if word not in BREAKS]
        while len(words) > 1 and words[-1].lower() in _LEGAL:
            words.pop()
        yield tuple(words if name.isupper() else (word_of(word).plain for word in words))


def _cut(words: Sequence[Word]) -> list[list[Word]]:
    clauses: list[list[Word]] = []
    clause: list[Word] = []
    told = False
    for n, word in enumerate(words):
        if word.cuts:
            following = words[n + 1] if n + 1 < len(words) else _NOTHING
            if _opens(word, words[n - 1] if n else _NOTHING, following, told=told) and clause:
                clauses.append(clause)
                clause, told = [], False
            if word.lower in BREAKS:
                continue
        clause.append(word)
        told = told or word.telling
    return [*clauses, clause] if clause else clauses


def _opens(word: Word, before: Word, after: Word, *, told: bool) -> bool:
    """Whether a new clause begins at the word, or after it where it is a mark."""
    known = lexicon()
    if word.lower in known.backgrounds:
        return after.lower not in known.not_before
    if word.lower == "and":
        # "Apple rises and Microsoft falls" is two clauses, "Apple and Microsoft fall" is one.
        return told and after.initial
    return word.lower != "." or before.lower not in _ABBREVIATED


@lru_cache(maxsize=5_000)
def _firsts(names: frozenset[Phrase]) -> frozenset[str]:
    return frozenset(name[0] for name in names)


def _positions(clause: Sequence[Word], names: frozenset[Phrase]) -> frozenset[int]:
    """Which words of the clause belong to the instrument's name."""
    firsts = _firsts(names)
    starts = [n for n, word in enumerate(clause) if word.plain in firsts or word.token in firsts]
    if not starts:
        return _NOWHERE
    found: set[int] = set()
    for start, length in product(starts, {len(name) for name in names}):
        words = clause[start : start + length]
        if (
            tuple(word.plain for word in words) in names
            or tuple(word.token for word in words) in names
        ):
            found.update(range(start, start + length))
            if length < len(clause) - start and clause[start + length].lower in _LEGAL:
                found.add(start + length)
    return frozenset(found)
